/* money.c - exact arithmetic on minor units; what cannot be exact aborts. */
#include "base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

__extension__ typedef __int128 wide;

enum place { TIGHT, APART };

struct currency {
	char code[4];
	int exponent;
	const char *symbol;
	enum place place;
};

static const struct currency currencies[] = {
#define CURRENCY(code, exponent, symbol, place) {#code, exponent, symbol, place},
#include "base/currency.def"
#undef CURRENCY
};

static int
compare_code(const void *code, const void *currency)
{
	return strcmp(code, ((const struct currency *)currency)->code);
}

static const struct currency *
find_currency(const char *code)
{
	return bsearch(code, currencies, sizeof currencies / sizeof currencies[0],
		       sizeof currencies[0], compare_code);
}

bool
currency_is_known(const char *code)
{
	return code != NULL && find_currency(code) != NULL;
}

int
currency_exponent(const char *code)
{
	const struct currency *c = find_currency(code);

	assert(c != NULL);
	return c->exponent;
}

struct money
money_of(int64_t minor, const char *currency)
{
	struct money m = {.minor = minor};

	assert(strlen(currency) == 3);
	memcpy(m.currency, currency, 3);
	return m;
}

struct money
money_zero(const char *currency)
{
	return money_of(0, currency);
}

static bool
is_nothing(struct money m)
{
	return m.currency[0] == '\0';
}

/* The currency of two amounts that meet: one of them may be "nothing yet". */
static struct money
meet(struct money a, struct money b)
{
	assert(is_nothing(a) || is_nothing(b) || strcmp(a.currency, b.currency) == 0);
	assert(!is_nothing(a) || a.minor == 0);
	assert(!is_nothing(b) || b.minor == 0);
	return is_nothing(a) ? b : a;
}

struct money
money_add(struct money a, struct money b)
{
	struct money sum = meet(a, b);
	bool over = __builtin_add_overflow(a.minor, b.minor, &sum.minor);

	assert(!over);
	return sum;
}

struct money
money_sub(struct money a, struct money b)
{
	struct money rest = meet(a, b);
	bool over = __builtin_sub_overflow(a.minor, b.minor, &rest.minor);

	assert(!over);
	return rest;
}

struct money
money_times(struct money m, int64_t n)
{
	bool over = __builtin_mul_overflow(m.minor, n, &m.minor);

	assert(!over);
	return m;
}

bool
money_is_zero(struct money m)
{
	return m.minor == 0;
}

bool
money_same(struct money a, struct money b)
{
	return a.minor == b.minor && strcmp(a.currency, b.currency) == 0;
}

int
money_compare(struct money a, struct money b)
{
	meet(a, b);
	return (a.minor > b.minor) - (a.minor < b.minor);
}

struct money
money_ratio(struct money m, int64_t numerator, int64_t denominator)
{
	wide product = (wide)m.minor * numerator;
	wide half = (wide)denominator / 2;
	wide result;

	assert(denominator > 0);
	/* For an odd denominator no product lies halfway, so that its floor serves too.
	 */
	result = (product >= 0 ? product + half : product - half) / denominator;
	assert(result >= INT64_MIN && result <= INT64_MAX);
	m.minor = (int64_t)result;
	return m;
}

static int64_t
sum_of(const int64_t *weights, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		bool over = __builtin_add_overflow(sum, weights[i], &sum);

		assert(weights[i] >= 0 && !over);
	}
	return sum;
}

void
money_share(struct money total, const int64_t *weights, size_t n, struct money *parts)
{
	int64_t remainders[MONEY_PARTS_MAX];
	int64_t sum, unit = total.minor < 0 ? -1 : 1;
	int64_t left = total.minor;

	assert(n > 0 && n <= MONEY_PARTS_MAX);
	sum = sum_of(weights, n);
	assert(sum > 0);
	for (size_t i = 0; i < n; i++) {
		wide product = (wide)total.minor * weights[i];

		parts[i] = total;
		parts[i].minor = (int64_t)(product / sum);
		remainders[i] = (int64_t)(product % sum) * unit;
		left -= parts[i].minor;
	}
	for (; left != 0; left -= unit) {
		size_t best = 0;

		for (size_t i = 1; i < n; i++)
			if (remainders[i] > remainders[best])
				best = i;
		parts[best].minor += unit;
		remainders[best] = -1;
	}
}

/* Writes the digits of an amount from the end of out backwards, a comma before every
 * third of the whole ones if wanted, and returns where they begin. */
static char *
write_amount(char *end, int64_t minor, int exponent, bool commas)
{
	uint64_t rest = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
	int digits = 0;

	*--end = '\0';
	do {
		if (digits == exponent && exponent > 0)
			*--end = '.';
		else if (commas && digits > exponent && (digits - exponent) % 3 == 0)
			*--end = ',';
		*--end = (char)('0' + rest % 10);
		rest /= 10;
		digits++;
	} while (rest > 0 || digits <= exponent);
	return end;
}

/* Bytes of a currency's sign; an amount of 19 digits with its commas takes 27. */
enum { SYMBOL_MAX = 16 };

char *
money_format(struct arena *mem, struct money m)
{
	char room[64];
	const struct currency *c = is_nothing(m) ? NULL : find_currency(m.currency);
	char *from;
	size_t len;

	if (is_nothing(m))
		return arena_text(mem, "0");
	assert(c != NULL);
	len = strlen(c->symbol);
	assert(len < SYMBOL_MAX);
	from = write_amount(room + sizeof room, m.minor, c->exponent, true);
	if (c->place == APART)
		*--from = ' ';
	from -= len;
	memcpy(from, c->symbol, len);
	if (m.minor < 0)
		*--from = '-';
	return arena_copy(mem, from, (size_t)(room + sizeof room - 1 - from));
}

char *
money_decimal(struct arena *mem, struct money m)
{
	char room[48];
	int exponent = is_nothing(m) ? 0 : currency_exponent(m.currency);

	return arena_printf(mem, "%s%s", m.minor < 0 ? "-" : "",
			    write_amount(room + sizeof room, m.minor, exponent, false));
}

/* Digits up to the first other character, appended to *minor. */
static int
read_digits(const char **at, int most, int64_t *minor)
{
	int n = 0;

	for (; **at >= '0' && **at <= '9' && n < most; (*at)++, n++)
		*minor = *minor * 10 + (**at - '0');
	return n;
}

bool
money_from_decimal(const char *text, const char *currency, struct money *out)
{
	enum { WHOLE_MAX = 13 }; /* digits of MONEY_MAX */
	bool minus;
	int64_t minor = 0;
	int exponent, decimals = 0;

	if (text == NULL || !currency_is_known(currency))
		return false;
	exponent = currency_exponent(currency);
	minus = *text == '-';
	text += minus;
	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return false;
	if (read_digits(&text, WHOLE_MAX, &minor) == 0)
		return false;
	if (*text == '.') {
		text++;
		decimals = read_digits(&text, exponent, &minor);
		if (decimals == 0)
			return false;
	}
	if (*text != '\0')
		return false;
	for (; decimals < exponent; decimals++)
		minor *= 10;
	if (minor > MONEY_MAX)
		return false;
	*out = money_of(minus ? -minor : minor, currency);
	return true;
}
