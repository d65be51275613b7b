/* country.h - countries, what their addresses need, and their regions. Constant tables.
 */
#ifndef DOMAIN_COUNTRY_H
#define DOMAIN_COUNTRY_H

#include <stdbool.h>
#include <stddef.h>

enum field_need { FIELD_UNUSED, FIELD_OPTIONAL, FIELD_REQUIRED };

/* What a field is called: above the field ("Postcode"), inside a sentence ("postcode").
 */
struct field_word {
	const char *label, *noun;
};

struct country {
	const char *code; /* ISO 3166-1 alpha-2, "US" */
	const char *name; /* English, "United States" */
	enum field_need city_need, region_need, postcode_need;
	struct field_word city, region, postcode;
	const char *postcode_pattern; /* see postcode.h; NULL when there is none */
	const char *postcode_example; /* NULL when there is none */
};

struct region {
	const char *country;
	const char *code; /* what is stored: "OR", "13" */
	const char *name; /* what is shown: "Oregon", "Tokyo" */
	const char *also; /* other names, "a|b", or NULL */
};

/* All countries by English name. */
const struct country *country_list(size_t *n);
/* By code in upper case; NULL when there is none. */
const struct country *country_find(const char *code);

/* All regions, those of one country together. */
const struct region *country_all_regions(size_t *n);
/* The country's regions in the order to offer them; n is 0 when regions are free text.
 */
const struct region *country_list_regions(const char *country, size_t *n);
/* By code, name or other name, whatever the case, accents and punctuation; NULL when
 * none fits. */
const struct region *country_find_region(const char *country, const char *text);
/* The region that a postcode lies in where the table knows, else NULL. */
const struct region *country_region_of_postcode(const char *country,
						const char *postcode);

#endif
