/* country.c - countries, what their addresses need, and their regions. */
#include "domain/country.h"

#include <string.h>

#include "base/text.h"

#define MUST FIELD_REQUIRED
#define MAY  FIELD_OPTIONAL
#define NO   FIELD_UNUSED

#define WORD_AREA                                                                      \
	{                                                                              \
		"Area", "area"                                                         \
	}
#define WORD_AREA_CITY                                                                 \
	{                                                                              \
		"Area or city", "area or city"                                         \
	}
#define WORD_BLOCK                                                                     \
	{                                                                              \
		"Block number", "block number"                                         \
	}
#define WORD_CANTON                                                                    \
	{                                                                              \
		"Canton", "canton"                                                     \
	}
#define WORD_CEP                                                                       \
	{                                                                              \
		"CEP", "CEP"                                                           \
	}
#define WORD_CITY                                                                      \
	{                                                                              \
		"City", "city"                                                         \
	}
#define WORD_CITY_OR_DISTRICT                                                          \
	{                                                                              \
		"City or district", "city or district"                                 \
	}
#define WORD_CITY_OR_WARD                                                              \
	{                                                                              \
		"City or ward", "city or ward"                                         \
	}
#define WORD_COMMUNE                                                                   \
	{                                                                              \
		"Commune", "commune"                                                   \
	}
#define WORD_COUNTY                                                                    \
	{                                                                              \
		"County", "county"                                                     \
	}
#define WORD_DEPARTMENT                                                                \
	{                                                                              \
		"Department", "department"                                             \
	}
#define WORD_DISTRICT                                                                  \
	{                                                                              \
		"District", "district"                                                 \
	}
#define WORD_DISTRICT_CITY                                                             \
	{                                                                              \
		"District or city", "district or city"                                 \
	}
#define WORD_DIVISION                                                                  \
	{                                                                              \
		"Division", "division"                                                 \
	}
#define WORD_EIRCODE                                                                   \
	{                                                                              \
		"Eircode", "Eircode"                                                   \
	}
#define WORD_EMIRATE                                                                   \
	{                                                                              \
		"Emirate", "emirate"                                                   \
	}
#define WORD_GOVERNORATE                                                               \
	{                                                                              \
		"Governorate", "governorate"                                           \
	}
#define WORD_ISLAND                                                                    \
	{                                                                              \
		"Island", "island"                                                     \
	}
#define WORD_MUNICIPALITY                                                              \
	{                                                                              \
		"Municipality", "municipality"                                         \
	}
#define WORD_PARISH                                                                    \
	{                                                                              \
		"Parish", "parish"                                                     \
	}
#define WORD_PARISH_OR_TOWN                                                            \
	{                                                                              \
		"Parish or town", "parish or town"                                     \
	}
#define WORD_PIN                                                                       \
	{                                                                              \
		"PIN code", "PIN code"                                                 \
	}
#define WORD_POSTAL                                                                    \
	{                                                                              \
		"Postal code", "postal code"                                           \
	}
#define WORD_POSTCODE                                                                  \
	{                                                                              \
		"Postcode", "postcode"                                                 \
	}
#define WORD_PREFECTURE                                                                \
	{                                                                              \
		"Prefecture", "prefecture"                                             \
	}
#define WORD_PROVINCE                                                                  \
	{                                                                              \
		"Province", "province"                                                 \
	}
#define WORD_PROVINCE_OR_TERRITORY                                                     \
	{                                                                              \
		"Province or territory", "province or territory"                       \
	}
#define WORD_REGION                                                                    \
	{                                                                              \
		"Region", "region"                                                     \
	}
#define WORD_STATE                                                                     \
	{                                                                              \
		"State", "state"                                                       \
	}
#define WORD_STATE_OR_TERRITORY                                                        \
	{                                                                              \
		"State or territory", "state or territory"                             \
	}
#define WORD_STATION                                                                   \
	{                                                                              \
		"Place or station", "place or station"                                 \
	}
#define WORD_SUBURB                                                                    \
	{                                                                              \
		"Suburb or town", "suburb or town"                                     \
	}
#define WORD_TOWN                                                                      \
	{                                                                              \
		"Town or city", "town or city"                                         \
	}
#define WORD_ZIP                                                                       \
	{                                                                              \
		"ZIP code", "ZIP code"                                                 \
	}

static const struct country countries[] = {
#define COUNTRY(code, name, city_need, city, region_need, region, postcode_need,       \
		postcode, pattern, example)                                            \
	{#code,       name,          city_need,       region_need, postcode_need,      \
	 WORD_##city, WORD_##region, WORD_##postcode, pattern,     example},
#include "domain/country.def"
#undef COUNTRY
};

static const struct region regions[] = {
#define REGION(country, code, name, also) {#country, code, name, also},
#include "domain/region.def"
#undef REGION
};

static const struct postcode_region {
	const char *country, *first, *last, *region;
} postcode_regions[] = {
#define POSTCODE_REGION(country, first, last, region) {#country, first, last, region},
#include "domain/postcode_region.def"
#undef POSTCODE_REGION
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct country *
country_list(size_t *n)
{
	*n = COUNT(countries);
	return countries;
}

const struct country *
country_find(const char *code)
{
	for (size_t i = 0; code && i < COUNT(countries); i++)
		if (strcmp(countries[i].code, code) == 0)
			return &countries[i];
	return NULL;
}

const struct region *
country_all_regions(size_t *n)
{
	*n = COUNT(regions);
	return regions;
}

/* The first region of this country or of one behind it: they stand in that order. */
static size_t
find_first_region(const char *country)
{
	size_t low = 0, high = COUNT(regions);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(regions[middle].country, country) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct region *
country_list_regions(const char *country, size_t *n)
{
	size_t first;

	*n = 0;
	if (country == NULL)
		return NULL;
	first = find_first_region(country);
	while (first + *n < COUNT(regions) &&
	       strcmp(regions[first + *n].country, country) == 0)
		++*n;
	return *n == 0 ? NULL : &regions[first];
}

/* The Latin letter under the accent, for the letters U+00C0..U+017F that names of
 * regions hold; 0 for all others. */
static char
bare_letter(unsigned point)
{
	static const char latin1[] =
		"aaaaaaaceeeeiiiidnooooo\0ouuuuytsaaaaaaaceeeeiiiidnooooo"
		"\0ouuuuyty";
	static const char extended[] = "aaaaaaccccccccddddeeeeeeeeeeggggggg"
				       "ghhhhiiiiiiiiiiiijjkkkllllllllllnnn"
				       "nnnnnnoooooooorrrrrrssssssssttttttu"
				       "uuuuuuuuuuuwwyyyzzzzzzs";
	_Static_assert(sizeof extended == 0x80 + 1, "one letter for each code point");

	if (point >= 0xC0 && point <= 0xFF)
		return latin1[point - 0xC0];
	if (point >= 0x100 && point <= 0x17F)
		return extended[point - 0x100];
	return 0;
}

/* Takes the next character that counts when names are compared: a small ASCII letter or
 * digit, or a byte of another script. 0 at the end or at the '|' between names. */
static int
next_of_name(const char **at)
{
	while (**at && **at != '|') {
		unsigned char c = (unsigned char)*(*at)++;

		if (c >= 'A' && c <= 'Z')
			return c + ('a' - 'A');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			return c;
		if (c < 0x80)
			continue;
		if ((c == 0xCC || c == 0xCD) && **at) { /* an accent of its own */
			(*at)++;
			continue;
		}
		unsigned char next = (unsigned char)**at;
		char bare = c >= 0xC3 && c <= 0xC5
				    ? bare_letter((c & 0x1Fu) << 6 | (next & 0x3Fu))
				    : 0;
		if (!bare)
			return c;
		(*at)++;
		return bare;
	}
	return 0;
}

static bool
names_alike(const char *one, const char *other)
{
	int a, b;

	do {
		a = next_of_name(&one);
		b = next_of_name(&other);
	} while (a == b && a != 0);
	return a == b;
}

static bool
has_other_name(const struct region *region, const char *text)
{
	for (const char *also = region->also; also; also = strchr(also, '|')) {
		also += *also == '|';
		if (names_alike(also, text))
			return true;
	}
	return false;
}

const struct region *
country_find_region(const char *country, const char *text)
{
	size_t n;
	const struct region *list = country_list_regions(country, &n);
	const char *start = text;

	if (!text || strchr(text, '|') || next_of_name(&start) == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (text_equal_fold(list[i].code, text))
			return &list[i];
	for (size_t i = 0; i < n; i++)
		if (names_alike(list[i].code, text) || names_alike(list[i].name, text))
			return &list[i];
	for (size_t i = 0; i < n; i++)
		if (has_other_name(&list[i], text))
			return &list[i];
	return NULL;
}

const struct region *
country_region_of_postcode(const char *country, const char *postcode)
{
	char bare[16] = {0};
	size_t len = 0;

	for (const char *at = postcode; at && *at && len < sizeof bare - 1; at++)
		if (*at != ' ' && *at != '-')
			bare[len++] = *at;
	for (size_t i = 0; country && i < COUNT(postcode_regions); i++) {
		const struct postcode_region *row = &postcode_regions[i];
		size_t n;

		if (strcmp(row->country, country) != 0)
			continue;
		n = strlen(row->first);
		if (len >= n && strncmp(bare, row->first, n) >= 0 &&
		    strncmp(bare, row->last, n) <= 0)
			return country_find_region(country, row->region);
	}
	return NULL;
}
