/* details_form.h - what a shopper tells a checkout, as it is sent: the same fields in
 * every request that takes them, in both faces. */
#ifndef PAGES_DETAILS_FORM_H
#define PAGES_DETAILS_FORM_H

#include "domain/details.h"
#include "web/endpoint.h"

/* The domain knows how long a text may be, and names it together with everything else
 * that is wrong; beyond this no text was typed by a person. */
enum { DETAILS_TEXT_MAX = 4000 };

struct contact_form {
	const char *email, *phone;
};

struct details_form {
	struct contact_form contact;
	struct address shipping_address, billing_address;
	bool billing_same; /* the tick-box of the page */
	const char *shipping_option, *payment_method;
};

/* The rows of an endpoint's input table, for a struct `type` that holds a struct
 * details_form as its member `in`:
 *
 *	struct form { struct details_form details; int64_t cart_version; };
 *	static const struct input inputs[] = {
 *		DETAILS_INPUTS(struct form, details),
 *		INPUT_MAY(struct form, cart_version, 1, INT64_MAX),
 *		INPUT_END,
 *	};
 */
/* clang-format off */
#define DETAILS_INPUT(type_, in, field, ...)                                           \
	{                                                                              \
		.name = #field, .type = INPUT_TYPE_OF(((type_ *)0)->in.field),         \
		.at = offsetof(type_, in.field), .max = DETAILS_TEXT_MAX, __VA_ARGS__  \
	}
#define DETAILS_ADDRESS(type_, in, address)                                            \
	DETAILS_INPUT(type_, in, address.full_name, .min = 1),                         \
	DETAILS_INPUT(type_, in, address.line1, .min = 1),                             \
	DETAILS_INPUT(type_, in, address.line2, .min = 1),                             \
	DETAILS_INPUT(type_, in, address.city, .min = 1),                              \
	DETAILS_INPUT(type_, in, address.region, .min = 1),                            \
	DETAILS_INPUT(type_, in, address.postal_code, .min = 1),                       \
	DETAILS_INPUT(type_, in, address.country, .min = 1)
#define DETAILS_INPUTS(type_, in)                                                      \
	DETAILS_INPUT(type_, in, contact.email, .min = 1, .format = "email"),          \
	DETAILS_INPUT(type_, in, contact.phone, .min = 1),                             \
	DETAILS_ADDRESS(type_, in, shipping_address),                                  \
	DETAILS_ADDRESS(type_, in, billing_address),                                   \
	DETAILS_INPUT(type_, in, billing_same, .page_only = true),                     \
	DETAILS_INPUT(type_, in, shipping_option, .min = 1),                           \
	DETAILS_INPUT(type_, in, payment_method, .min = 1)
/* clang-format on */

/* Which groups were sent, and what is in them. A group that is absent leaves what is
 * stored; a billing_address of null, or the tick in the page's box, sends the bill
 * where the goods go. */
void details_of_form(const struct request *, const struct details_form *,
		     struct details *);

/* Region and postcode were typed for the country that the form was shown for. Who then
 * chooses another one has not done wrong: what does not fit it is asked for again. */
void details_form_follow(struct arena *, const char *shown_country, struct address *);

#endif
