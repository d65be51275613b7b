/* money_test.c - not a cent is lost. */
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/check.h"

__extension__ typedef __int128 wide;

static const char *const all_codes[] = {
#define CURRENCY(code, exponent, symbol, place) #code,
#include "base/currency.def"
#undef CURRENCY
};
enum { N_CODES = sizeof all_codes / sizeof all_codes[0] };

static int64_t
random_amount(uint64_t *seed)
{
	int64_t n = (int64_t)check_random_below(seed, (uint64_t)MONEY_MAX + 1);

	/* Small amounts show rounding, large ones overflow: both matter. */
	if (check_random_below(seed, 2))
		n %= 100;
	return check_random_below(seed, 4) ? n : -n;
}

static size_t
random_weights(uint64_t *seed, int64_t *weights)
{
	size_t n = 1 + check_random_below(seed, 50);

	for (size_t i = 0; i < n; i++)
		weights[i] = (int64_t)check_random_below(
			seed, check_random_below(seed, 2) ? 4 : (uint64_t)MONEY_MAX);
	weights[check_random_below(seed, n)] += 1;
	return n;
}

/* Each part lies less than one unit from its exact share. */
static void
want_near(int64_t part, int64_t total, int64_t weight, wide sum)
{
	wide off = (wide)part * sum - (wide)total * weight;

	WANT(off < sum && off > -sum);
	WANT(weight > 0 || part == 0);
}

static void
shares_add_up_and_none_is_a_unit_off(void **state)
{
	uint64_t seed = 1;
	int64_t weights[51];
	struct money parts[51];

	(void)state;
	for (int round = 0; round < 100000; round++) {
		struct money total = money_of(random_amount(&seed), "EUR");
		struct money back = {0};
		size_t n = random_weights(&seed, weights);
		wide sum = 0;

		money_share(total, weights, n, parts);
		for (size_t i = 0; i < n; i++) {
			back = money_add(back, parts[i]);
			sum += weights[i];
		}
		WANT(money_same(back, total));
		for (size_t i = 0; i < n; i++)
			want_near(parts[i].minor, total.minor, weights[i], sum);
	}
}

static void
the_largest_remainder_then_the_earlier_part_gets_the_rest(void **state)
{
	struct money parts[3];

	(void)state;
	money_share(money_of(100, "USD"), (int64_t[]){1, 1, 1}, 3, parts);
	WANT_INT(parts[0].minor, 34);
	WANT_INT(parts[1].minor, 33);
	WANT_INT(parts[2].minor, 33);
	money_share(money_of(-100, "USD"), (int64_t[]){1, 1, 1}, 3, parts);
	WANT_INT(parts[0].minor, -34);
	WANT_INT(parts[2].minor, -33);
	money_share(money_of(10, "USD"), (int64_t[]){333, 333, 334}, 3, parts);
	WANT_INT(parts[2].minor, 4);
	money_share(money_of(1, "USD"), (int64_t[]){0, 1, 1}, 3, parts);
	WANT_INT(parts[0].minor, 0);
	WANT_INT(parts[1].minor, 1);
}

static void
a_ratio_is_rounded_half_away_from_zero(void **state)
{
	uint64_t seed = 2;

	(void)state;
	WANT_INT(money_ratio(money_of(5, "USD"), 1, 2).minor, 3);
	WANT_INT(money_ratio(money_of(-5, "USD"), 1, 2).minor, -3);
	WANT_INT(money_ratio(money_of(1, "USD"), 1, 3).minor, 0);
	WANT_INT(money_ratio(money_of(2, "USD"), 1, 3).minor, 1);
	WANT_INT(money_ratio(money_of(1999, "USD"), 1900, 10000).minor, 380);
	for (int round = 0; round < 100000; round++) {
		int64_t amount = random_amount(&seed);
		int64_t up = (int64_t)check_random_below(&seed, 100000);
		int64_t down = 1 + (int64_t)check_random_below(&seed, 100000);
		wide exact = (wide)amount * up;
		wide twice =
			2 *
			((wide)money_ratio(money_of(amount, "USD"), up, down).minor *
				 down -
			 exact);

		/* At most half a unit off, and at exactly half away from zero. */
		WANT(twice <= down && twice >= -down);
		WANT(twice != down || exact > 0);
		WANT(twice != -down || exact < 0);
	}
}

static void
decimals_come_back_exactly(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct arena_mark mark = arena_mark(mem);
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		const char *code = all_codes[check_random_below(&seed, N_CODES)];
		struct money m = money_of(random_amount(&seed), code), back;

		WANT(money_from_decimal(money_decimal(mem, m), code, &back));
		WANT(money_same(m, back));
		arena_rewind(mem, mark);
	}
	arena_free(mem);
}

static void
only_exact_decimals_are_read(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		".5",
		"5.",
		"1.234",
		"+1",
		" 1",
		"1 ",
		"1e2",
		"1,2",
		"01",
		"--1",
		"0x1",
		"1.2.3",
		"NaN",
		"1.-2",
		"00.1",
		"١",
		"10000000000.01",
		"99999999999999999999",
		"1\n",
	};
	struct money m;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (money_from_decimal(bad[i], "USD", &m))
			check_fail(__FILE__, __LINE__, "took \"%s\"", bad[i]);
	WANT(!money_from_decimal("1", "XXX", &m));
	WANT(!money_from_decimal(NULL, "USD", &m));
	WANT(!money_from_decimal("1.0", "JPY", &m));
	WANT(money_from_decimal("12.1", "USD", &m) && m.minor == 1210);
	WANT(money_from_decimal("12", "KWD", &m) && m.minor == 12000);
	WANT(money_from_decimal("-0.05", "USD", &m) && m.minor == -5);
	WANT(money_from_decimal("10000000000.00", "USD", &m) && m.minor == MONEY_MAX);
}

static void
amounts_are_shown_as_their_currency_wants(void **state)
{
	static const struct {
		int64_t minor;
		const char *currency, *text;
	} cases[] = {
		{1234, "USD", "$12.34"},
		{0, "USD", "$0.00"},
		{5, "USD", "$0.05"},
		{-5, "USD", "-$0.05"},
		{99999, "USD", "$999.99"},
		{100000, "USD", "$1,000.00"},
		{MONEY_MAX, "USD", "$10,000,000,000.00"},
		{500, "JPY", "¥500"},
		{1234567, "JPY", "¥1,234,567"},
		{5124, "KWD", "KWD 5.124"},
		{-1234567, "KWD", "-KWD 1,234.567"},
		{1999, "EUR", "€19.99"},
		{1999, "CHF", "CHF 19.99"},
		{INT64_MIN, "JPY", "-¥9,223,372,036,854,775,808"},
		{INT64_MIN, "KWD", "-KWD 9,223,372,036,854,775.808"},
	};
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		WANT_TEXT(
			money_format(mem, money_of(cases[i].minor, cases[i].currency)),
			cases[i].text);
	WANT_TEXT(money_format(mem, (struct money){0}), "0");
	arena_free(mem);
}

static void
every_currency_is_known_by_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CODES; i++) {
		WANT(currency_is_known(all_codes[i]));
		WANT(i == 0 || strcmp(all_codes[i - 1], all_codes[i]) < 0);
		WANT(currency_exponent(all_codes[i]) == 0 ||
		     currency_exponent(all_codes[i]) == 2 ||
		     currency_exponent(all_codes[i]) == 3);
	}
	WANT(!currency_is_known("usd"));
	WANT(!currency_is_known("US"));
	WANT(!currency_is_known(""));
	WANT(!currency_is_known(NULL));
	WANT_INT(currency_exponent("USD"), 2);
	WANT_INT(currency_exponent("JPY"), 0);
	WANT_INT(currency_exponent("BHD"), 3);
}

static void
nothing_yet_takes_the_other_currency(void **state)
{
	struct money sum = {0}, five = money_of(5, "USD");

	(void)state;
	sum = money_add(sum, five);
	sum = money_add(sum, (struct money){0});
	WANT(money_same(sum, five));
	WANT(money_same(money_sub((struct money){0}, five), money_of(-5, "USD")));
	WANT(money_compare((struct money){0}, five) < 0);
	WANT(money_is_zero(money_zero("USD")));
	WANT(!money_same(money_zero("USD"), money_zero("EUR")));
}

static volatile int64_t outcome;

static void
mix_currencies(void)
{
	outcome = money_add(money_of(1, "USD"), money_of(1, "EUR")).minor;
}

static void
add_beyond_64_bits(void)
{
	outcome = money_add(money_of(INT64_MAX, "USD"), money_of(1, "USD")).minor;
}

static void
times_beyond_64_bits(void)
{
	outcome = money_times(money_of(MONEY_MAX, "USD"), INT64_MAX).minor;
}

static void
ratio_beyond_64_bits(void)
{
	outcome = money_ratio(money_of(INT64_MAX, "USD"), 2, 1).minor;
}

static void
compare_currencies(void)
{
	outcome = money_compare(money_of(1, "USD"), money_of(1, "EUR"));
}

static bool
aborts(void (*does)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		does();
		_exit(0);
	}
	WANT(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
what_cannot_be_exact_aborts(void **state)
{
	(void)state;
	WANT(aborts(mix_currencies));
	WANT(aborts(compare_currencies));
	WANT(aborts(add_beyond_64_bits));
	WANT(aborts(times_beyond_64_bits));
	WANT(aborts(ratio_beyond_64_bits));
}

TESTS(TEST(shares_add_up_and_none_is_a_unit_off),
      TEST(the_largest_remainder_then_the_earlier_part_gets_the_rest),
      TEST(a_ratio_is_rounded_half_away_from_zero), TEST(decimals_come_back_exactly),
      TEST(only_exact_decimals_are_read),
      TEST(amounts_are_shown_as_their_currency_wants),
      TEST(every_currency_is_known_by_its_code),
      TEST(nothing_yet_takes_the_other_currency), TEST(what_cannot_be_exact_aborts))
