/* address_test.c - addresses, by the rules of every country. */
#include "domain/address.h"

#include <regex.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/text.h"
#include "domain/postcode.h"
#include "support/check.h"

static struct arena *mem;

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

/* They are found by halving: each must stand among those of its country. */
static void
a_countrys_regions_are_all_that_the_table_has_of_it(void **state)
{
	size_t n_all, n, n_listed = 0, n_countries;
	const struct region *all = country_all_regions(&n_all), *list;
	const struct country *countries = country_list(&n_countries);

	(void)state;
	for (size_t c = 0; c < n_countries; c++) {
		list = country_list_regions(countries[c].code, &n);
		n_listed += n;
		for (size_t i = 0; i < n; i++)
			WANT_TEXT(list[i].country, countries[c].code);
	}
	WANT_INT(n_listed, n_all);
	WANT(country_list_regions("US", &n) >= all && n > 50);
	WANT(country_list_regions("XX", &n) == NULL && n == 0);
	WANT(country_list_regions(NULL, &n) == NULL && n == 0);
}

static void
a_region_is_known_by_code_and_by_name(void **state)
{
	static const struct {
		const char *country, *typed, *code;
	} rows[] = {
		{"US", "OR", "OR"},
		{"US", "or", "OR"},
		{"US", "oregon", "OR"},
		{"US", "D.C.", "DC"},
		{"US", "Washington DC", "DC"},
		{"US", "Washington", "WA"},
		{"CA", "Québec", "QC"},
		{"CA", "quebec", "QC"},
		{"BR", "Sao Paulo", "SP"},
		{"BR", "Sa\xCC\x83o Paulo", "SP"},
		{"JP", "Tokyo", "13"},
		{"JP", "東京都", "13"},
		{"JP", "東京", "13"},
		{"ES", "Vizcaya", "BI"},
		{"ES", "Cadiz", "CA"},
		{"CN", "广东", "GD"},
		{"IT", "Forli-Cesena", "FC"},
		{"IE", "County Cork", "CO"},
		{"AU", "n.s.w.", "NSW"},
		{"IN", "Orissa", "OD"},
		{"MX", "CDMX", "CMX"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address address = {.country = rows[i].country,
					  .region = rows[i].typed};

		address_normalise(mem, &address);
		WANT_TEXT(address.region, rows[i].code);
	}
	WANT(country_find_region("US", "Ontario") == NULL);
	WANT(country_find_region("US", "") == NULL);
	WANT(country_find_region("US", "|") == NULL);
	WANT(country_find_region("US", "--") == NULL);
	WANT(country_find_region("US", NULL) == NULL);
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
postcodes_take_the_form_of_their_country(void **state)
{
	static const struct {
		const char *country, *typed, *stored;
	} rows[] = {
		{"GB", "sw1a1aa", "SW1A 1AA"},
		{"GB", "m11ae", "M1 1AE"},
		{"GB", "EC1Y-8SY", "EC1Y 8SY"},
		{"GB", "bfpo 57", "BFPO 57"},
		{"CA", "k1a0b6", "K1A 0B6"},
		{"NL", "1234ab", "1234 AB"},
		{"NL", "NL-1234 ab", "1234 AB"},
		{"US", "972011234", "97201-1234"},
		{"US", "97201 - 1234", "97201-1234"},
		{"PL", "00950", "00-950"},
		{"SE", "SE-114 55", "114 55"},
		{"SE", "11455", "114 55"},
		{"DE", "D-10115", "10115"},
		{"FR", "75 001", "75001"},
		{"BR", "40301110", "40301-110"},
		{"PT", "2725079", "2725-079"},
		{"JP", "〒１５４−００２３", "154-0023"},
		{"EG", "١٢٤١١", "12411"},
		{"LV", "1073", "LV-1073"},
		{"LV", "lv 1073", "LV-1073"},
		{"LT", "04340", "LT-04340"},
		{"AD", "500", "AD500"},
		{"IE", "a65f4e2", "A65 F4E2"},
		{"IE", "d6wxy45", "D6W XY45"},
		{"MT", "vlt1117", "VLT 1117"},
		{"AR", "c1070aam", "C1070AAM"},
		{"AR", "1070", "1070"},
		{"KY", "ky11100", "KY1-1100"},
		{"IN", "110 034", "110034"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address address = {.country = rows[i].country,
					  .postal_code = rows[i].typed};

		address_normalise(mem, &address);
		WANT_TEXT(address.postal_code, rows[i].stored);
	}
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
a_postcode_tells_its_region_where_that_is_known(void **state)
{
	static const struct {
		const char *country, *postcode, *region;
	} rows[] = {
		{"US", "97201", "OR"},   {"US", "00501-0001", "NY"},
		{"US", "20001", "DC"},   {"US", "20101", "VA"},
		{"US", "96799", "AS"},   {"US", "34001", "AA"},
		{"US", "09001", "AE"},   {"US", "96201", "AP"},
		{"US", "73301", "TX"},   {"US", "00802", "VI"},
		{"US", "05501", "MA"},   {"US", "99950", "AK"},
		{"CA", "K1A 0B6", "ON"}, {"CA", "X0A 0H0", "NU"},
		{"CA", "X1A 1A1", "NT"}, {"AU", "2600", "ACT"},
		{"AU", "2000", "NSW"},   {"AU", "0800", "NT"},
		{"ES", "28039", "M"},    {"ES", "51001", "CE"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct region *region =
			country_region_of_postcode(rows[i].country, rows[i].postcode);

		WANT_TEXT(region ? region->code : NULL, rows[i].region);
	}
	WANT(country_region_of_postcode("US", "00000") == NULL);
	WANT(country_region_of_postcode("US", NULL) == NULL);
	WANT(country_region_of_postcode("DE", "10115") == NULL);
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
all_249_countries_stand_in_the_table_once(void **state)
{
	size_t n;
	const struct country *list = country_list(&n);

	(void)state;
	WANT_INT(n, 249);
	for (size_t i = 0; i < n; i++) {
		WANT_INT(strlen(list[i].code), 2);
		WANT(country_find(list[i].code) == &list[i]);
		WANT(text_length(list[i].name) >= 4);
	}
	WANT(country_find("us") == NULL);
	WANT(country_find(NULL) == NULL);
}

static void
every_example_is_right_and_canonical(void **state)
{
	size_t n;
	const struct country *list = country_list(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct country *c = &list[i];

		WANT(!c->postcode_pattern == !c->postcode_example);
		WANT(!c->postcode_pattern == (c->postcode_need == FIELD_UNUSED));
		if (c->postcode_pattern)
			WANT_TEXT(postcode_canonical(mem, c->code, c->postcode_pattern,
						     c->postcode_example),
				  c->postcode_example);
	}
}

static void
every_region_is_found_by_its_code_and_its_name(void **state)
{
	size_t n_countries, total = 0;
	const struct country *list = country_list(&n_countries);

	(void)state;
	for (size_t i = 0; i < n_countries; i++) {
		size_t n;
		const struct region *regions = country_list_regions(list[i].code, &n);

		total += n;
		if (n > 0)
			WANT(list[i].region_need != FIELD_UNUSED);
		for (size_t r = 0; r < n; r++) {
			WANT_TEXT(regions[r].country, list[i].code);
			WANT(country_find_region(list[i].code, regions[r].code) ==
			     &regions[r]);
			WANT(country_find_region(list[i].code, regions[r].name) ==
			     &regions[r]);
		}
	}
	WANT_INT(total, 661);
	country_list_regions("US", &n_countries);
	WANT_INT(n_countries, 59);
}

/* One of the characters that postcodes are made of, and now and then another. */
static char
random_character(void)
{
	static const char set[] =
		"0123456789012345678901234567890123456789ABCXYZabcxyz -";

	return set[random() % (long)(sizeof set - 1)];
}

/* A text that follows one form of the pattern, with some characters changed. */
static void
random_postcode(const char *pattern, char *out, size_t size)
{
	size_t len = 0;

	for (long skip = random() % 3; skip > 0 && strchr(pattern, '|'); skip--)
		pattern = strchr(pattern, '|') + 1;
	for (; *pattern && *pattern != '|' && len + 1 < size; pattern++) {
		if (*pattern == '(' || *pattern == ')')
			continue;
		if (*pattern == '9')
			out[len++] = (char)('0' + random() % 10);
		else if (*pattern == 'A' || *pattern == '*')
			out[len++] = (char)((random() % 2 ? 'a' : 'A') + random() % 26);
		else if (random() % 8 != 0)
			out[len++] = *pattern;
	}
	out[len] = '\0';
	if (len > 0 && random() % 4 == 0)
		out[random() % (long)len] = random_character();
	if (len > 0 && random() % 8 == 0)
		out[len - 1] = '\0';
}

static void
browser_and_server_agree_on_every_postcode(void **state)
{
	size_t n, right = 0, wrong = 0;
	const struct country *list = country_list(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct country *c = &list[i];
		struct arena_mark mark = arena_mark(mem);
		regex_t regex;
		char typed[POSTCODE_MAX];

		if (!c->postcode_pattern)
			continue;
		WANT_INT(regcomp(&regex,
				 arena_printf(
					 mem, "^(%s)$",
					 postcode_html_pattern(mem, c->code,
							       c->postcode_pattern)),
				 REG_EXTENDED | REG_NOSUB),
			 0);
		for (int round = 0; round < 200; round++) {
			random_postcode(c->postcode_pattern, typed, sizeof typed);
			bool browser = regexec(&regex, typed, 0, NULL, 0) == 0;
			bool server = postcode_canonical(mem, c->code,
							 c->postcode_pattern, typed);

			if (browser != server)
				check_fail(__FILE__, __LINE__, "%s: \"%s\": %s %d, %d",
					   c->code, typed, c->postcode_pattern, browser,
					   server);
			right += server;
			wrong += !server;
		}
		regfree(&regex);
		arena_rewind(mem, mark);
	}
	WANT(right > 10000 && wrong > 1000);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_right_address_has_no_problem),
		TEST(every_missing_field_is_named_at_once),
		TEST(white_space_is_trimmed_and_folded),
		TEST(a_countrys_regions_are_all_that_the_table_has_of_it),
		TEST(a_region_is_known_by_code_and_by_name),
		TEST(an_unknown_region_is_refused_where_there_is_a_list),
		TEST(postcodes_take_the_form_of_their_country),
		TEST(a_postcode_of_another_form_is_refused_with_an_example),
		TEST(what_a_country_does_not_use_is_not_asked_for),
		TEST(an_unknown_country_is_refused_and_a_missing_one_asked_for),
		TEST(texts_are_counted_in_characters),
		TEST(control_characters_are_refused),
		TEST(card_numbers_are_refused_in_every_text),
		TEST(a_postcode_in_another_region_is_a_notice_and_no_problem),
		TEST(a_postcode_tells_its_region_where_that_is_known),
		TEST(stored_codes_are_shown_by_name),
		TEST(addresses_are_compared_field_by_field),
		TEST(form_fields_follow_the_country),
		TEST(all_249_countries_stand_in_the_table_once),
		TEST(every_example_is_right_and_canonical),
		TEST(every_region_is_found_by_its_code_and_its_name),
		TEST(browser_and_server_agree_on_every_postcode),
		TEST(no_typed_bytes_break_the_rules),
	};
	int failed;

	mem = arena_new(64 << 20);
	srandom(1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
