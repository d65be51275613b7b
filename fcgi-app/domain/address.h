/* address.h - postal addresses: normalising and checking by the rules of their country.
 * Pure: no table, no clock. */
#ifndef DOMAIN_ADDRESS_H
#define DOMAIN_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/notice.h"
#include "domain/country.h"

struct arena;

enum { ADDRESS_TEXT_MAX = 100 }; /* characters of a name, line, city or region */

/* NULL is "not given"; after address_normalise() a text is NULL or not empty. */
struct address {
	const char *full_name, *line1, *line2, *city, *region, *postal_code;
	const char *country; /* ISO 3166-1 alpha-2 */
};

/* Puts an address into the form in which it is stored: white space trimmed and folded,
 * country in upper case, a listed region as its code, the postcode as its country
 * writes it. What cannot be understood stays as typed, for address_check() to name. */
void address_normalise(struct arena *, struct address *);

/* Appends everything that is wrong with a normalised address. Fields are named under
 * prefix ("shipping_address.postal_code"); codes are required, too_long, invalid and
 * card_number; texts live in the arena. */
void address_check(struct arena *, const char *prefix, const struct address *,
		   struct problems *);

/* Whether the region and the postcode of a normalised address disagree. The shopper may
 * override this: it is never a problem. */
bool address_find_notice(struct arena *, const char *prefix, const struct address *,
			 struct notice *);

/* Whether nothing at all was given, apart from the country. */
bool address_is_empty(const struct address *);
bool address_same(const struct address *, const struct address *);

/* "Oregon" for "OR": the name of a stored region, or the text itself. */
const char *address_region_name(const struct address *);
/* "United States", or the code itself when it is unknown. */
const char *address_country_name(const struct address *);

/* One field of an address form for one country: server, browser and API from one table.
 */
struct address_field {
	const char *name;         /* "postal_code", without prefix */
	const char *label;        /* "ZIP code" */
	const char *autocomplete; /* token of HTML, without section */
	const char *example;      /* or NULL */
	const char *pattern;      /* of an HTML attribute, or NULL */
	const char *inputmode;    /* "numeric" or NULL */
	enum field_need need;
	int max_length;
};

enum { ADDRESS_FIELDS = 7 };

/* The fields in the order to ask for them; an unknown country (or NULL) gets the fields
 * that every address has. */
void address_list_fields(struct arena *, const char *country,
			 struct address_field fields[ADDRESS_FIELDS]);

#endif
