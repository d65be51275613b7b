/* catalog.c - the rules of what may be in the catalogue and said of a line. */
#include "domain/catalog.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/catalog_store.h"

enum { METADATA_BYTES = 4096 };

static void
check_length(struct problems *problems, const char *field, const char *text, size_t max)
{
	if (text_is_empty(text))
		problem_add(problems, field, "required",
			    "This column must not be empty.");
	else if (text_length(text) > max)
		problem_add(problems, field, "too_long", "This text is too long.");
}

static bool
is_name(const char *text)
{
	return text != NULL && *text != '\0' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-_.") == strlen(text);
}

bool
catalog_is_beyond(struct money price, int64_t quantity)
{
	return quantity > 0 && price.minor > CATALOG_LINE_MAX / quantity;
}

void
catalog_check(struct arena *mem, const struct product *p, struct problems *problems)
{
	check_length(problems, "sku", p->sku, 64);
	check_length(problems, "slug", p->slug, 80);
	check_length(problems, "title", p->title, 200);
	if (p->sku != NULL && !is_name(p->sku))
		problem_add(problems, "sku", "invalid",
			    "A SKU has letters, digits, dashes, dots and underscores.");
	if (p->slug != NULL && !is_name(p->slug))
		problem_add(
			problems, "slug", "invalid",
			"A slug has letters, digits, dashes, dots and underscores.");
	if (p->kind == NULL ||
	    (strcmp(p->kind, "ship") != 0 && strcmp(p->kind, "digital") != 0))
		problem_add(problems, "kind", "invalid",
			    "The kind is ship or digital.");
	if (!currency_is_known(p->price.currency))
		problem_add(problems, "currency", "invalid",
			    "This currency is not known.");
	if (p->price.minor < 0 || catalog_is_beyond(p->price, p->per_order))
		problem_add(problems, "price", "out_of_range",
			    "The price is out of range.");
	if (p->per_order < 1 || p->per_order > 9999)
		problem_add(problems, "per_order", "out_of_range",
			    "The limit per order is 1 to 9999.");
	if (p->weight_g < 0 || p->weight_g > 10000000)
		problem_add(problems, "weight_g", "out_of_range",
			    "The weight is 0 to 10,000,000 grams.");
	(void)mem;
}

static bool
same_text(const char *a, const char *b)
{
	return text_equal(a == NULL ? "" : a, b == NULL ? "" : b);
}

static bool
same_product(const struct product *a, const struct product *b)
{
	return same_text(a->slug, b->slug) && same_text(a->title, b->title) &&
	       same_text(a->kind, b->kind) && money_same(a->price, b->price) &&
	       same_text(a->tax_class, b->tax_class) && a->weight_g == b->weight_g &&
	       a->per_order == b->per_order && same_text(a->picture, b->picture) &&
	       same_text(a->summary, b->summary) &&
	       same_text(a->description, b->description) &&
	       same_text(a->metadata_fields, b->metadata_fields) &&
	       a->position == b->position;
}

fallible
catalog_save(struct tx *tx, const struct product *product, enum catalog_change *change)
{
	struct product old = {0};
	int64_t changed;
	bool found;

	TRY(catalog_find_any(tx, product->sku, &old, &found));
	if (!found) {
		*change = CATALOG_ADDED;
		return catalog_insert(tx, product);
	}
	*change = same_product(&old, product) ? CATALOG_SAME : CATALOG_CHANGED;
	if (*change == CATALOG_SAME)
		return NULL;
	return catalog_update(tx, product, &changed);
}

/* The declaration of a field: {"name":"engraving","max":40,"required":true}. */
static const struct json *
declared(const struct json *fields, const char *name)
{
	for (size_t i = 0; i < json_count(fields); i++) {
		const struct json *field = json_item(fields, i);
		if (text_equal(json_text_at(field, "name"), name))
			return field;
	}
	return NULL;
}

static bool
value_fits(const struct json *value, const struct json *field)
{
	int64_t max;

	if (json_kind(value) == JSON_LIST || json_kind(value) == JSON_OBJECT)
		return false;
	if (field == NULL || !json_int_at(field, "max", &max))
		return true;
	return json_kind(value) == JSON_TEXT &&
	       text_length(json_text(value)) <= (size_t)max;
}

/* What is said must be declared and fit. */
static void
check_values(const struct json *fields, const struct json *values,
	     struct problems *problems)
{
	for (size_t i = 0; i < json_count(values); i++) {
		const char *name = json_member_name(values, i);
		const struct json *field = fields ? declared(fields, name) : NULL;

		if ((fields != NULL && field == NULL) ||
		    !value_fits(json_member_value(values, i), field))
			problem_add(problems, "metadata", "invalid",
				    "These details do not fit this product.");
	}
}

static bool
says_something(const struct json *value)
{
	if (value == NULL || json_kind(value) == JSON_NULL)
		return false;
	return json_kind(value) != JSON_TEXT || text_length(json_text(value)) > 0;
}

/* What must be said is. */
static void
check_required(struct arena *mem, const struct json *fields, const struct json *values,
	       struct problems *problems)
{
	for (size_t i = 0; i < json_count(fields); i++) {
		const struct json *field = json_item(fields, i);
		const char *name = json_text_at(field, "name");
		bool required = false;

		json_bool(json_member(field, "required"), &required);
		if (required && name != NULL &&
		    !says_something(values ? json_member(values, name) : NULL))
			problem_add(problems, arena_printf(mem, "metadata.%s", name),
				    "required",
				    arena_printf(mem, "Tell us the %s.", name));
	}
}

void
catalog_check_metadata(struct arena *mem, const struct product *product,
		       const char *json, struct problems *problems)
{
	const char *told = product->metadata_fields;
	const struct json *values = NULL, *fields = NULL;

	if (json != NULL && strlen(json) > METADATA_BYTES) {
		problem_add(problems, "metadata", "too_long",
			    "These details are too long.");
		return;
	}
	if (json != NULL && (json_parse(mem, json, strlen(json), &values) != NULL ||
			     json_kind(values) != JSON_OBJECT)) {
		problem_add(problems, "metadata", "invalid",
			    "These details must be an object.");
		return;
	}
	if (told != NULL && (json_parse(mem, told, strlen(told), &fields) != NULL ||
			     json_kind(fields) != JSON_LIST))
		fields = NULL;
	if (values != NULL)
		check_values(fields, values, problems);
	if (fields != NULL)
		check_required(mem, fields, values, problems);
}
