/* country_test.c - countries and their regions are found by what people type. */
#include "domain/country.h"

#include "base/text.h"
#include "domain/address.h"
#include "support/in_arena.h"

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

TESTS_IN_ARENA(TEST(a_countrys_regions_are_all_that_the_table_has_of_it),
	       TEST(a_region_is_known_by_code_and_by_name),
	       TEST(a_postcode_tells_its_region_where_that_is_known),
	       TEST(all_249_countries_stand_in_the_table_once),
	       TEST(every_region_is_found_by_its_code_and_its_name))
