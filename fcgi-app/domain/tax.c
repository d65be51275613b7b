/* tax.c - rates by destination and class of goods, and the tax of an amount. */
#include "domain/tax.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "domain/country.h"

enum { RATES_MAX = 1000, CLASS_MAX = 32, DECIMALS = 4, WORDS = 3 };

/* "8.25" percent is 82500 parts per million; -1 for what is no percentage. */
static int64_t
read_percent(const char *text)
{
	int64_t ppm = 0;
	int decimals = -1; /* -1 before the point */

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text; text++) {
		if (*text == '.' && decimals < 0 && text[1]) {
			decimals = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || ppm > TAX_PPM_MAX ||
		    decimals == DECIMALS)
			return -1;
		ppm = ppm * 10 + (*text - '0');
		if (decimals >= 0)
			decimals++;
	}
	for (int i = decimals < 0 ? 0 : decimals; i < DECIMALS; i++)
		ppm *= 10;
	return ppm <= TAX_PPM_MAX ? ppm : -1;
}

static bool
is_class_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return strcmp(text, "*") == 0 ||
	       (len > 0 && len <= CLASS_MAX && text[len] == '\0');
}

/* Splits an entry at its blanks into exactly three words. */
static bool
split_entry(struct arena *mem, const char *entry, size_t len, const char *words[WORDS])
{
	char *text = arena_copy(mem, entry, len);
	size_t n = 0;

	for (char *at = text_fold_space(mem, text); *at; n++) {
		size_t word = strcspn(at, " ");

		if (n == WORDS)
			return false;
		words[n] = arena_copy(mem, at, word);
		at += word + (at[word] == ' ');
	}
	return n == WORDS;
}

static bool
read_entry(struct arena *mem, const char *entry, size_t len, struct tax_rate *rate)
{
	const char *words[WORDS];

	if (!split_entry(mem, entry, len, words))
		return false;
	*rate = (struct tax_rate){words[0], words[1], read_percent(words[2])};
	return rate->ppm >= 0 && is_class_name(rate->class_name) &&
	       (strcmp(rate->country, "*") == 0 || country_find(rate->country));
}

static const struct tax_rate *
find_row(const struct tax_rates *rates, const char *country, const char *class_name)
{
	for (size_t i = 0; i < rates->n; i++)
		if (strcmp(rates->list[i].country, country) == 0 &&
		    strcmp(rates->list[i].class_name, class_name) == 0)
			return &rates->list[i];
	return NULL;
}

fallible
tax_rates_read(struct arena *mem, const char *text, bool included,
	       struct tax_rates *out)
{
	struct tax_rate *list = arena_new_of(mem, struct tax_rate, RATES_MAX);
	struct tax_rates rates = {.list = list, .included = included};

	while (*text) {
		size_t len = strcspn(text, ";");
		struct tax_rate rate;

		if (len > strspn(text, " ")) {
			if (rates.n == RATES_MAX || !read_entry(mem, text, len, &rate))
				return FAIL(INVALID, "tax.rates: \"%.*s\"", (int)len,
					    text);
			if (find_row(&rates, rate.country, rate.class_name))
				return FAIL(INVALID, "tax.rates: \"%.*s\" twice",
					    (int)len, text);
			list[rates.n++] = rate;
		}
		text += len + (text[len] == ';');
	}
	*out = rates;
	return NULL;
}

/* The row of one country, or of "*", for a class, else for every class. */
static const struct tax_rate *
find_in(const struct tax_rates *rates, const char *country, const char *class_name)
{
	const struct tax_rate *row = find_row(rates, country, class_name);

	return row ? row : find_row(rates, country, "*");
}

int64_t
tax_find_rate(const struct tax_rates *rates, const char *country,
	      const char *class_name)
{
	const struct tax_rate *row = NULL;

	if (country)
		row = find_in(rates, country, class_name);
	if (!row)
		row = find_in(rates, "*", class_name);
	return row ? row->ppm : 0;
}

int64_t
tax_find_shipping_rate(const struct tax_rates *rates, const char *country)
{
	const char *const places[] = {country ? country : "*", "*"};

	for (size_t i = 0; i < 2; i++) {
		const struct tax_rate *row =
			find_row(rates, places[i], TAX_CLASS_SHIPPING);

		if (!row)
			row = find_in(rates, places[i], TAX_CLASS_STANDARD);
		if (row)
			return row->ppm;
	}
	return 0;
}

struct money
tax_of(struct money amount, int64_t ppm, bool included)
{
	assert(amount.minor >= 0 && ppm >= 0 && ppm <= TAX_PPM_MAX);
	return money_ratio(amount, ppm, included ? TAX_PPM_MAX + ppm : TAX_PPM_MAX);
}

char *
tax_percent(struct arena *mem, int64_t ppm)
{
	char *text =
		arena_printf(mem, "%" PRId64 ".%04" PRId64, ppm / 10000, ppm % 10000);
	size_t len = strlen(text);

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	return arena_printf(mem, "%.*s%%", (int)len, text);
}
