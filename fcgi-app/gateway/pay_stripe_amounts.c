/* pay_stripe_amounts.c - Stripe's own table of decimals (gateways.md section 5):
 * amounts are converted exactly or refused, never rounded. */
#include "gateway/pay_stripe_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

enum { NOT_TAKEN = -1 };

/* What Stripe counts otherwise than ISO 4217, and what it takes besides two decimals.
 */
static const struct {
	char currency[4];
	int decimals;
} special[] = {
	{"BIF", 0}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"JPY", 0}, {"KMF", 0},
	{"KRW", 0}, {"MGA", 0}, {"PYG", 0}, {"RWF", 0}, {"VND", 0}, {"VUV", 0},
	{"XAF", 0}, {"XOF", 0}, {"XPF", 0}, {"BHD", 3}, {"JOD", 3}, {"KWD", 3},
	{"OMR", 3}, {"TND", 3}, {"ISK", 2}, {"UGX", 2},
};

/* The least charge, in ISO minor units of the currency that it is settled in. */
static const struct {
	char currency[4];
	int64_t minor;
} least_charge[] = {
	{"USD", 50},  {"EUR", 50},    {"AUD", 50},   {"CAD", 50},   {"CHF", 50},
	{"BRL", 50},  {"INR", 50},    {"NZD", 50},   {"SGD", 50},   {"ZAR", 50},
	{"PHP", 50},  {"ILS", 50},    {"GBP", 30},   {"AED", 200},  {"MYR", 200},
	{"PLN", 200}, {"RON", 200},   {"DKK", 250},  {"NOK", 300},  {"SEK", 300},
	{"HKD", 400}, {"MXN", 1000},  {"THB", 1000}, {"CZK", 1500}, {"JPY", 50},
	{"KRW", 50},  {"HUF", 17500},
};

static const int64_t power_of_ten[] = {1, 10, 100, 1000};

/* Amounts have at most 12 digits. */
static const int64_t wire_most = INT64_C(999999999999);

static int
decimals_of(const char *currency)
{
	if (!currency_is_known(currency))
		return NOT_TAKEN;
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strcmp(special[i].currency, currency) == 0)
			return special[i].decimals;
	return currency_exponent(currency) == 2 ? 2 : NOT_TAKEN;
}

/* n with from decimals as n with to decimals; false when a digit would be lost. */
static bool
rescale(int64_t n, int from, int to, int64_t *out)
{
	int64_t factor = power_of_ten[from > to ? from - to : to - from];

	if (from > to && n % factor != 0)
		return false;
	*out = from > to ? n / factor : n * factor;
	return true;
}

/* The last digit of a three-decimal amount must be 0. */
static bool
is_whole(int64_t wire, int decimals)
{
	return decimals != 3 || wire % 10 == 0;
}

bool
pay_stripe_amount_to_wire(struct money money, int64_t *wire)
{
	int decimals = decimals_of(money.currency);
	int64_t n;

	if (decimals == NOT_TAKEN || money.minor <= 0 || money.minor > wire_most)
		return false;
	if (!rescale(money.minor, currency_exponent(money.currency), decimals, &n) ||
	    n > wire_most || !is_whole(n, decimals))
		return false;
	*wire = n;
	return true;
}

bool
pay_stripe_amount_from_wire(int64_t wire, const char *currency, struct money *out)
{
	char code[4] = "";
	int decimals;
	int64_t n;

	if (currency == NULL || strlen(currency) != 3 || wire < 0 || wire > wire_most)
		return false;
	for (int i = 0; i < 3; i++)
		code[i] = currency[i] >= 'a' && currency[i] <= 'z'
				  ? (char)(currency[i] - 'a' + 'A')
				  : currency[i];
	decimals = decimals_of(code);
	if (decimals == NOT_TAKEN ||
	    !rescale(wire, decimals, currency_exponent(code), &n))
		return false;
	*out = money_of(n, code);
	return true;
}

bool
pay_stripe_amount_read(const struct json *object, const char *member, struct money *out)
{
	int64_t wire;

	return json_int(json_member(object, member), &wire) &&
	       pay_stripe_amount_from_wire(wire, json_text_at(object, "currency"), out);
}

const char *
pay_stripe_currency(struct arena *mem, struct money money)
{
	return text_lower(mem, money.currency);
}

void
pay_stripe_limits(const struct pay *pay, const char *currency, struct money *least,
		  struct money *most)
{
	int wire = decimals_of(currency), iso = currency_exponent(currency);

	(void)pay;
	*least = money_of(1, currency);
	*most = money_of(wire > iso ? wire_most / power_of_ten[wire - iso] : wire_most,
			 currency);
	for (size_t i = 0; i < sizeof least_charge / sizeof *least_charge; i++)
		if (strcmp(least_charge[i].currency, currency) == 0)
			least->minor = least_charge[i].minor;
}
