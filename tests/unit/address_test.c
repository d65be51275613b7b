/* address_test.c - addresses are put right and checked by the rules of their country.
 * random() is not seeded: it draws the same each time. */
#include "domain/address.h"

#include <stdlib.h>

#include "support/in_arena.h"

/* A right address in the United States: tests spoil one field of it. */
static struct address
ada(void)
{
	return (struct address){.full_name = "Ada Lovelace",
				.line1 = "1 Analytical Row",
				.city = "Portland",
				.region = "OR",
				.postal_code = "97201",
				.country = "US"};
}

static const struct problem *
problem_of(const struct problems *problems, const char *field)
{
	for (size_t i = 0; i < problems->n; i++)
		if (strcmp(problems->list[i].field, field) == 0)
			return &problems->list[i];
	return NULL;
}

/* Normalises and checks; the one problem there is, or NULL. */
static const struct problem *
only_problem(struct address *address)
{
	static struct problems problems;

	problems.n = 0;
	address_normalise(mem, address);
	address_check(mem, "shipping_address", address, &problems);
	WANT(problems.n <= 1);
	return problems.n ? &problems.list[0] : NULL;
}

static void
want_problem(struct address address, const char *field, const char *code,
	     const char *text)
{
	const struct problem *problem = only_problem(&address);

	WANT(problem != NULL);
	WANT_TEXT(problem->field, arena_printf(mem, "shipping_address.%s", field));
	WANT_TEXT(problem->code, code);
	if (text)
		WANT_TEXT(problem->text, text);
}

static void
want_right(struct address address)
{
	const struct problem *problem = only_problem(&address);

	WANT_TEXT(problem ? problem->text : NULL, NULL);
}

static void
a_right_address_has_no_problem(void **state)
{
	(void)state;
	want_right(ada());
}

static void
every_missing_field_is_named_at_once(void **state)
{
	struct address nothing = {.country = "US", .full_name = "  "};
	struct problems problems = {0};

	(void)state;
	address_normalise(mem, &nothing);
	address_check(mem, "billing_address", &nothing, &problems);
	WANT_INT(problems.n, 5);
	WANT_TEXT(problem_of(&problems, "billing_address.full_name")->text,
		  "Enter the full name.");
	WANT_TEXT(problem_of(&problems, "billing_address.line1")->text,
		  "Enter the address: street and house number.");
	WANT_TEXT(problem_of(&problems, "billing_address.city")->text,
		  "Enter the city.");
	WANT_TEXT(problem_of(&problems, "billing_address.region")->text,
		  "Choose the state.");
	WANT_TEXT(problem_of(&problems, "billing_address.postal_code")->text,
		  "Enter the ZIP code, for example 97201.");
	for (size_t i = 0; i < problems.n; i++)
		WANT_TEXT(problems.list[i].code, "required");
}

static void
white_space_is_trimmed_and_folded(void **state)
{
	struct address address = ada();

	(void)state;
	address.full_name = "  Ada   Byron\xC2\xA0Lovelace ";
	address.country = "us";
	address.line2 = "   ";
	want_right(address);
	address_normalise(mem, &address);
	WANT_TEXT(address.full_name, "Ada Byron Lovelace");
	WANT_TEXT(address.country, "US");
	WANT_TEXT(address.line2, NULL);
}

static void
an_unknown_region_is_refused_where_there_is_a_list(void **state)
{
	struct address address = ada();

	(void)state;
	address.region = "Ontario";
	want_problem(address, "region", "invalid",
		     "Choose the state from the list, for example Alabama.");
	address.country = "NG"; /* states are written freely there */
	address.postal_code = NULL;
	want_right(address);
}

static void
a_postcode_of_another_form_is_refused_with_an_example(void **state)
{
	static const char *const wrong[] = {"9720",       "972011", "ABCDE",
					    "97201-12",   "97201!", "9720l",
					    "97201,1234", "<b>"};
	struct address address = ada();

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		address.postal_code = wrong[i];
		want_problem(address, "postal_code", "invalid",
			     "Check the ZIP code. It should look like 97201.");
	}
}

static void
what_a_country_does_not_use_is_not_asked_for(void **state)
{
	struct address dubai = {.full_name = "Ada",
				.line1 = "1 Marina Walk",
				.region = "Dubai",
				.country = "AE"};
	struct address singapore = {.full_name = "Ada",
				    .line1 = "1 Raffles Place",
				    .postal_code = "048616",
				    .country = "SG"};

	(void)state;
	want_right(dubai);
	want_right(singapore);
	dubai.postal_code = "00000"; /* typed all the same */
	want_right(dubai);
}

static void
an_unknown_country_is_refused_and_a_missing_one_asked_for(void **state)
{
	struct address address = ada();

	(void)state;
	address.country = "XX";
	want_problem(address, "country", "invalid", "Choose a country from the list.");
	address.country = "United States";
	want_problem(address, "country", "invalid", NULL);
	address.country = NULL;
	want_problem(address, "country", "required", "Choose the country.");
}

static void
texts_are_counted_in_characters(void **state)
{
	struct address address = ada();
	char text[4 * ADDRESS_TEXT_MAX + 8] = "";

	(void)state;
	for (int i = 0; i < ADDRESS_TEXT_MAX; i++)
		strcat(text, "𠮷"); /* four bytes each */
	address.full_name = text;
	want_right(address);
	strcat(text, "x");
	want_problem(address, "full_name", "too_long",
		     "Shorten the full name to 100 characters at most.");
	address.full_name = "Ada";
	address.line2 = text;
	want_problem(address, "line2", "too_long", NULL);
	address.line2 = NULL;
	address.country = "AE";
	address.region = "DU";
	address.postal_code = "123456789012345678901";
	want_problem(address, "postal_code", "too_long", NULL);
}

static void
control_characters_are_refused(void **state)
{
	static const char *const wrong[] = {"Ada\r\nBcc: eve@example.com", "Ada\tL",
					    "Ada\x7F", "Ada\xC2\x85", "Ada\n"};
	struct address address = ada();

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		address.full_name = wrong[i];
		want_problem(address, "full_name", "invalid",
			     "Take line breaks and other hidden characters out of the "
			     "full name.");
	}
}

static void
card_numbers_are_refused_in_every_text(void **state)
{
	struct address address = ada();

	(void)state;
	address.full_name = "Ada 4242 4242 4242 4242";
	want_problem(address, "full_name", "card_number",
		     "Please do not enter card numbers here.");
	address = ada();
	address.line2 = "4000056655665556";
	want_problem(address, "line2", "card_number", NULL);
	address = ada();
	address.postal_code = "378282246310005";
	want_problem(address, "postal_code", "card_number", NULL);
	address = ada();
	address.line2 = "Flat 4242 4242 4242 4243"; /* fails the check digit */
	want_right(address);
}

static void
a_postcode_in_another_region_is_a_notice_and_no_problem(void **state)
{
	struct address address = ada();
	struct notice notice;

	(void)state;
	WANT(!address_find_notice(mem, "shipping_address", &address, &notice));
	address.postal_code = "10001";
	want_right(address);
	WANT(address_find_notice(mem, "shipping_address", &address, &notice));
	WANT_TEXT(notice.code, "region_mismatch");
	WANT_TEXT(notice.field, "shipping_address.postal_code");
	WANT_TEXT(notice.message,
		  "ZIP code 10001 is usually in New York, not in Oregon. Please check "
		  "both; you may leave them as they are.");
}

static void
stored_codes_are_shown_by_name(void **state)
{
	struct address address = ada();

	(void)state;
	WANT_TEXT(address_region_name(&address), "Oregon");
	WANT_TEXT(address_country_name(&address), "United States");
	address = (struct address){.country = "XX", .region = "Somewhere"};
	WANT_TEXT(address_region_name(&address), "Somewhere");
	WANT_TEXT(address_country_name(&address), "XX");
}

static void
addresses_are_compared_field_by_field(void **state)
{
	struct address one = ada(), other = ada(), empty = {.country = "US"};

	(void)state;
	other.line2 = "";
	WANT(address_same(&one, &other));
	other.line2 = "Flat 2";
	WANT(!address_same(&one, &other));
	WANT(address_is_empty(&empty));
	WANT(!address_is_empty(&one));
}

static void
form_fields_follow_the_country(void **state)
{
	struct address_field fields[ADDRESS_FIELDS];

	(void)state;
	address_list_fields(mem, "US", fields);
	WANT_TEXT(fields[0].name, "country");
	WANT_TEXT(fields[5].label, "State");
	WANT_INT(fields[5].need, FIELD_REQUIRED);
	WANT_TEXT(fields[6].name, "postal_code");
	WANT_TEXT(fields[6].label, "ZIP code");
	WANT_TEXT(fields[6].example, "97201");
	WANT_TEXT(fields[6].inputmode, "numeric");
	WANT_TEXT(fields[6].autocomplete, "postal-code");
	address_list_fields(mem, "GB", fields);
	WANT_TEXT(fields[4].label, "Town or city");
	WANT_INT(fields[5].need, FIELD_UNUSED);
	WANT_TEXT(fields[6].inputmode, NULL);
	address_list_fields(mem, "AE", fields);
	WANT_TEXT(fields[6].pattern, NULL);
	address_list_fields(mem, NULL, fields);
	WANT_TEXT(fields[6].label, "Postal code");
	WANT_TEXT(fields[6].pattern, NULL);
}

static void
no_typed_bytes_break_the_rules(void **state)
{
	static struct problems problems;
	size_t n;
	const struct country *list = country_list(&n);

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct arena_mark mark = arena_mark(mem);
		char text[64];
		struct address address = {.full_name = text,
					  .line1 = text,
					  .city = text,
					  .region = text,
					  .postal_code = text,
					  .country = list[(size_t)random() % n].code};
		size_t len = (size_t)random() % (sizeof text - 1);

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + random() % 255);
		text[len] = '\0';
		problems.n = 0;
		address_normalise(mem, &address);
		address_check(mem, "shipping_address", &address, &problems);
		for (size_t i = 0; i < problems.n; i++)
			WANT(problems.list[i].text && *problems.list[i].text);
		arena_rewind(mem, mark);
	}
}

TESTS_IN_ARENA(TEST(a_right_address_has_no_problem),
	       TEST(every_missing_field_is_named_at_once),
	       TEST(white_space_is_trimmed_and_folded),
	       TEST(an_unknown_region_is_refused_where_there_is_a_list),
	       TEST(a_postcode_of_another_form_is_refused_with_an_example),
	       TEST(what_a_country_does_not_use_is_not_asked_for),
	       TEST(an_unknown_country_is_refused_and_a_missing_one_asked_for),
	       TEST(texts_are_counted_in_characters),
	       TEST(control_characters_are_refused),
	       TEST(card_numbers_are_refused_in_every_text),
	       TEST(a_postcode_in_another_region_is_a_notice_and_no_problem),
	       TEST(stored_codes_are_shown_by_name),
	       TEST(addresses_are_compared_field_by_field),
	       TEST(form_fields_follow_the_country),
	       TEST(no_typed_bytes_break_the_rules))
