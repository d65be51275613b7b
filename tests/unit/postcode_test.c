/* postcode_test.c - postcodes take the form of their country, for browser and server.
 * random() is not seeded: it draws the same each time. */
#include "domain/postcode.h"

#include <regex.h>
#include <stdlib.h>

#include "domain/address.h"
#include "support/in_arena.h"

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

TESTS_IN_ARENA(TEST(postcodes_take_the_form_of_their_country),
	       TEST(every_example_is_right_and_canonical),
	       TEST(browser_and_server_agree_on_every_postcode))
