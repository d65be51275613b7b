/* address.c - postal addresses: normalising and checking by the rules of their country.
 */
#include "domain/address.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "domain/contact.h"
#include "domain/postcode.h"
#include "domain/script.h"

/* What a form asks for, in its order. */
enum part { COUNTRY, FULL_NAME, LINE1, LINE2, CITY, REGION, POSTAL_CODE };

_Static_assert(POSTAL_CODE + 1 == ADDRESS_FIELDS, "every part has its field");

static const struct part_row {
	size_t offset;              /* of the text in struct address */
	struct address_field field; /* as it is where no country says otherwise */
	const char *noun;
} parts[ADDRESS_FIELDS] = {
	[COUNTRY] = {offsetof(struct address, country),
		     {.name = "country",
		      .label = "Country",
		      .autocomplete = "country",
		      .need = FIELD_REQUIRED,
		      .max_length = 2},
		     "country"},
	[FULL_NAME] = {offsetof(struct address, full_name),
		       {.name = "full_name",
			.label = "Full name",
			.autocomplete = "name",
			.need = FIELD_REQUIRED,
			.max_length = ADDRESS_TEXT_MAX},
		       "full name"},
	[LINE1] = {offsetof(struct address, line1),
		   {.name = "line1",
		    .label = "Address",
		    .autocomplete = "address-line1",
		    .need = FIELD_REQUIRED,
		    .max_length = ADDRESS_TEXT_MAX},
		   "address"},
	[LINE2] = {offsetof(struct address, line2),
		   {.name = "line2",
		    .label = "Flat, floor or company",
		    .autocomplete = "address-line2",
		    .need = FIELD_OPTIONAL,
		    .max_length = ADDRESS_TEXT_MAX},
		   "second line"},
	[CITY] = {offsetof(struct address, city),
		  {.name = "city",
		   .label = "City",
		   .autocomplete = "address-level2",
		   .need = FIELD_REQUIRED,
		   .max_length = ADDRESS_TEXT_MAX},
		  "city"},
	[REGION] = {offsetof(struct address, region),
		    {.name = "region",
		     .label = "Region",
		     .autocomplete = "address-level1",
		     .need = FIELD_OPTIONAL,
		     .max_length = ADDRESS_TEXT_MAX},
		    "region"},
	[POSTAL_CODE] = {offsetof(struct address, postal_code),
			 {.name = "postal_code",
			  .label = "Postal code",
			  .autocomplete = "postal-code",
			  .need = FIELD_OPTIONAL,
			  .max_length = POSTCODE_MAX},
			 "postal code"},
};

static const char **
text_of(struct address *address, enum part part)
{
	return (const char **)(void *)((char *)address + parts[part].offset);
}

static const char *
value_of(const struct address *address, enum part part)
{
	struct address copy = *address;

	return *text_of(&copy, part);
}

void
address_normalise(struct arena *mem, struct address *address)
{
	const struct country *country;
	const struct region *region;
	const char *postcode = NULL;

	for (enum part part = COUNTRY; part <= POSTAL_CODE; part++) {
		const char **text = text_of(address, part);

		*text = script_tidy(mem, *text);
	}
	if (address->country)
		address->country = text_upper(mem, address->country);
	country = country_find(address->country);
	if (!country)
		return;
	region = country_find_region(country->code, address->region);
	if (region)
		address->region = region->code;
	if (country->postcode_pattern && address->postal_code)
		postcode = postcode_canonical(mem, country->code,
					      country->postcode_pattern,
					      address->postal_code);
	if (postcode)
		address->postal_code = postcode;
}

/* What the country says of the parts that differ from country to country. */
static void
apply_country(const struct country *country, enum part part,
	      struct address_field *field, const char **noun)
{
	const struct field_word *word = NULL;

	if (part == CITY) {
		word = &country->city;
		field->need = country->city_need;
	} else if (part == REGION) {
		word = &country->region;
		field->need = country->region_need;
	} else if (part == POSTAL_CODE) {
		word = &country->postcode;
		field->need = country->postcode_need;
		field->example = country->postcode_example;
	}
	if (word) {
		field->label = word->label;
		*noun = word->noun;
	}
}

struct check {
	struct arena *mem;
	const struct country *country; /* NULL when it is unknown */
	const struct address *address;
	struct problems *problems;
};

static const char *
required_text(const struct check *c, enum part part, const struct address_field *field,
	      const char *noun)
{
	size_t n = 0;

	if (part == COUNTRY)
		return "Choose the country.";
	if (part == LINE1)
		return "Enter the address: street and house number.";
	if (part == REGION && c->country)
		country_list_regions(c->country->code, &n);
	if (field->example)
		return arena_printf(c->mem, "Enter the %s, for example %s.", noun,
				    field->example);
	return arena_printf(c->mem, "%s the %s.", n > 0 ? "Choose" : "Enter", noun);
}

/* What is wrong with the value as the country sees it, or NULL. */
static const char *
invalid_text(const struct check *c, enum part part, const char *value, const char *noun)
{
	const struct country *country = c->country;
	size_t n = 0;

	if (part == COUNTRY && !country)
		return "Choose a country from the list.";
	if (part == REGION && country) {
		const struct region *regions = country_list_regions(country->code, &n);

		if (n > 0 && !country_find_region(country->code, value))
			return arena_printf(
				c->mem, "Choose the %s from the list, for example %s.",
				noun, regions[0].name);
	}
	if (part == POSTAL_CODE && country && country->postcode_pattern &&
	    !postcode_canonical(c->mem, country->code, country->postcode_pattern,
				value))
		return arena_printf(c->mem, "Check the %s. It should look like %s.",
				    noun, country->postcode_example);
	return NULL;
}

static void
check_part(const struct check *c, const char *prefix, enum part part)
{
	struct address_field field = parts[part].field;
	const char *noun = parts[part].noun, *value = value_of(c->address, part);
	const char *name = arena_printf(c->mem, "%s.%s", prefix, field.name);
	const char *wrong;

	if (c->country)
		apply_country(c->country, part, &field, &noun);
	if (text_is_empty(value)) {
		if (field.need == FIELD_REQUIRED)
			problem_add(c->problems, name, "required",
				    required_text(c, part, &field, noun));
	} else if (text_has_control(value)) {
		problem_add(c->problems, name, "invalid",
			    arena_printf(c->mem,
					 "Take line breaks and other hidden characters "
					 "out of the %s.",
					 noun));
	} else if (contact_has_card_number(value)) {
		problem_add(c->problems, name, "card_number", CONTACT_NO_CARDS);
	} else if (part != COUNTRY && text_length(value) > (size_t)field.max_length) {
		problem_add(c->problems, name, "too_long",
			    arena_printf(c->mem,
					 "Shorten the %s to %d characters at most.",
					 noun, field.max_length));
	} else {
		wrong = invalid_text(c, part, value, noun);
		if (wrong)
			problem_add(c->problems, name, "invalid", wrong);
	}
}

void
address_check(struct arena *mem, const char *prefix, const struct address *address,
	      struct problems *problems)
{
	struct check c = {mem, country_find(address->country), address, problems};

	for (enum part part = COUNTRY; part <= POSTAL_CODE; part++)
		check_part(&c, prefix, part);
}

bool
address_find_notice(struct arena *mem, const char *prefix,
		    const struct address *address, struct notice *notice)
{
	const struct country *country = country_find(address->country);
	const struct region *named, *meant;

	if (!country || !address->region || !address->postal_code)
		return false;
	named = country_find_region(country->code, address->region);
	meant = country_region_of_postcode(country->code, address->postal_code);
	if (!named || !meant || named == meant)
		return false;
	*notice = (struct notice){
		.code = "region_mismatch",
		.field = arena_printf(mem, "%s.postal_code", prefix),
		.message =
			arena_printf(mem,
				     "%s %s is usually in %s, not in %s. Please check "
				     "both; you may leave them as they are.",
				     country->postcode.label, address->postal_code,
				     meant->name, named->name),
	};
	return true;
}

bool
address_is_empty(const struct address *address)
{
	for (enum part part = FULL_NAME; part <= POSTAL_CODE; part++)
		if (!text_is_empty(value_of(address, part)))
			return false;
	return true;
}

bool
address_same(const struct address *one, const struct address *other)
{
	for (enum part part = COUNTRY; part <= POSTAL_CODE; part++) {
		const char *a = value_of(one, part), *b = value_of(other, part);

		if (strcmp(a ? a : "", b ? b : "") != 0)
			return false;
	}
	return true;
}

const char *
address_region_name(const struct address *address)
{
	const struct region *region =
		country_find_region(address->country, address->region);

	return region ? region->name : address->region;
}

const char *
address_country_name(const struct address *address)
{
	const struct country *country = country_find(address->country);

	return country ? country->name : address->country;
}

/* Postcodes of digits alone get the keyboard of digits: their dashes need no typing. */
static bool
is_numeric(const char *pattern)
{
	return pattern[strspn(pattern, "0123456789 -|")] == '\0';
}

void
address_list_fields(struct arena *mem, const char *code,
		    struct address_field fields[ADDRESS_FIELDS])
{
	const struct country *country = country_find(code);

	for (enum part part = COUNTRY; part <= POSTAL_CODE; part++) {
		const char *noun;

		fields[part] = parts[part].field;
		if (country)
			apply_country(country, part, &fields[part], &noun);
	}
	if (!country || !country->postcode_pattern)
		return;
	fields[POSTAL_CODE].pattern =
		postcode_html_pattern(mem, country->code, country->postcode_pattern);
	if (is_numeric(country->postcode_pattern))
		fields[POSTAL_CODE].inputmode = "numeric";
}
