/* bench_figures_test.c - what the bench says of times, of starts and of goods is so. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/client/goods.h"
#include "bench/client/histogram.h"
#include "bench/client/pausing.h"
#include "bench/client/schedule.h"
#include "bench/client/words.h"
#include "support/check.h"

static struct histogram h;

static void
empty_histogram(void)
{
	memset(&h, 0, sizeof h);
}

/* The longest time that shares a slot with this one. */
static uint64_t
longest_beside(uint64_t us)
{
	empty_histogram();
	histogram_add(&h, (int64_t)us);
	histogram_add(&h, (int64_t)HISTOGRAM_MOST);
	return histogram_at(&h, 0.5);
}

/* ---- times ---- */

static void
short_times_are_told_exactly(void **state)
{
	(void)state;
	empty_histogram();
	for (int64_t us = 1; us <= 1000; us++)
		histogram_add(&h, us);
	WANT_INT(h.n, 1000);
	WANT_INT(histogram_at(&h, 0.5), 500);
	WANT_INT(histogram_at(&h, 0.95), 950);
	WANT_INT(histogram_at(&h, 0.99), 990);
	WANT_INT(histogram_at(&h, 0.999), 999);
	WANT_INT(histogram_at(&h, 1.0), 1000);
	WANT_INT(histogram_at(&h, 0.0), 1);
}

/* One time alone is every percentile of itself, to a thousandth. */
static void
every_time_is_told_to_three_digits(void **state)
{
	(void)state;
	for (uint64_t us = 1; us < HISTOGRAM_MOST; us += 1 + us / 60) {
		uint64_t told = longest_beside(us);

		WANT(told >= us && (told - us) * 1000 <= us);
	}
}

static void
slots_meet_where_they_get_wider(void **state)
{
	(void)state;
	for (int doubling = 0; doubling < HISTOGRAM_DOUBLINGS; doubling++) {
		uint64_t edge = UINT64_C(2048) << doubling;
		uint64_t before = edge - 1 - (UINT64_C(4) << doubling);

		for (int slot = 0; slot < 8; slot++) {
			uint64_t longest = longest_beside(before + 1);

			WANT(longest > before);
			WANT_INT(longest_beside(longest), longest);
			before = longest;
		}
		WANT_INT(before, edge - 1 + (UINT64_C(8) << doubling));
	}
}

static void
the_largest_is_told_as_it_was_and_no_percentile_exceeds_it(void **state)
{
	(void)state;
	empty_histogram();
	histogram_add(&h, 1000001);
	WANT_INT(h.max, 1000001);
	WANT_INT(histogram_at(&h, 0.999), 1000001);
	histogram_add(&h, INT64_MAX);
	WANT_INT(h.max, HISTOGRAM_MOST);
	histogram_add(&h, -5);
	WANT_INT(histogram_at(&h, 0.01), 0);
}

static void
nothing_seen_is_zero(void **state)
{
	(void)state;
	empty_histogram();
	WANT_INT(histogram_at(&h, 0.99), 0);
}

/* ---- starts ---- */

static void
starts_come_at_the_rate_that_was_asked_for(void **state)
{
	struct schedule s = schedule_of(250.0, 7, 5000000);
	int64_t before = 5000000, n = 0, squares = 0;

	(void)state;
	for (; schedule_next(&s) < 105000000; schedule_step(&s), n++) {
		int64_t gap = schedule_next(&s) - before;

		WANT(gap >= 0);
		before += gap;
		squares += gap * gap;
	}
	/* 25,000 in 100 s, give or take four deviations of 158 */
	WANT(n > 24368 && n < 25632);
	/* of exponential gaps the mean square is twice the square of the mean: 2 * 4
	 * ms² */
	WANT(squares / n > 30400000 && squares / n < 33600000);
}

static void
one_seed_makes_the_same_starts_again_and_another_does_not(void **state)
{
	struct schedule a = schedule_of(10, 1, 0), b = schedule_of(10, 1, 0),
			c = schedule_of(10, 2, 0);
	int same = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		WANT_INT(schedule_next(&a), schedule_next(&b));
		same += schedule_next(&a) == schedule_next(&c);
		schedule_step(&a);
		schedule_step(&b);
		schedule_step(&c);
	}
	WANT(same < 3);
}

static void
whose_pause_ends_first_is_woken_first(void **state)
{
	enum { N = 200 };
	static struct visitor visitors[N];
	struct visitor *heap[N];
	static struct run run;
	uint64_t seed = 5;

	(void)state;
	run.pausing = heap;
	for (int round = 0; round < 20; round++) {
		int64_t before = -1;

		for (size_t i = 0; i < N; i++) {
			visitors[i].due_us = (int64_t)check_random_below(&seed, 150);
			pausing_put(&run, &visitors[i]);
			if (i % 3 == 0)
				pausing_put(&run, pausing_take(&run));
		}
		for (size_t i = 0; i < N; i++) {
			int64_t due = pausing_take(&run)->due_us;

			WANT(due >= before);
			before = due;
		}
		WANT_INT(run.n_pausing, 0);
	}
}

/* ---- goods ---- */

static void
the_nth_good_is_wanted_an_nth_as_often_as_the_first(void **state)
{
	enum { N = 50, PICKS = 200000 };
	char path[] = "/tmp/bench_figures_test.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct goods goods;
	int64_t picked[N] = {0};
	uint64_t seed = 3;
	double sum = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		fprintf(file, "S-%d slug-%d\n", i, i);
		sum += 1.0 / (i + 1);
	}
	fclose(file);
	WANT(goods_read(path, &goods));
	unlink(path);
	WANT_INT(goods.n, N);
	WANT_TEXT(goods.list[49].slug, "slug-49");
	for (int i = 0; i < PICKS; i++)
		picked[goods_pick(&goods, &seed)]++;
	for (int i = 0; i < N; i++) {
		double wanted = PICKS / sum / (i + 1);

		WANT(fabs((double)picked[i] - wanted) < 5 * sqrt(wanted));
	}
	free(goods.list);
	free(goods.up_to);
}

/* ---- words ---- */

static void
a_request_is_written_with_what_the_visitor_knows(void **state)
{
	struct words words = {0};
	char out[40];
	size_t n;

	(void)state;
	words_set(&words, WORD_SKU, "HG-MUG", 6);
	words_set(&words, WORD_TOTAL, "1800", 4);
	WANT(words_fill(&words, "{\"sku\":\"<sku>\",\"total\":<total>}", out,
			sizeof out, &n));
	WANT_TEXT(out, "{\"sku\":\"HG-MUG\",\"total\":1800}");
	WANT_INT(n, strlen(out));
	WANT(words_fill(&words, "<csrf>.", out, sizeof out, &n));
	WANT_TEXT(out, ".");
	WANT(!words_fill(&words, "<nobody>", out, sizeof out, &n));
	WANT(!words_fill(&words, "<sk", out, sizeof out, &n));
	WANT(!words_fill(&words, "<sku><sku><sku><sku><sku><sku><sku>", out, sizeof out,
			 &n));
}

static void
an_answer_is_read_between_two_texts(void **state)
{
	static const struct reading amount = {WORD_TOTAL, "\"amount\":", ",", false},
				    may = {WORD_DONE, "is ", ".", true};
	static const char text[] = "{\"due\":{\"amount\":4050,\"currency\":\"USD\"}}";
	struct words words = {0};

	(void)state;
	WANT(words_read(&words, &amount, text, sizeof text - 1));
	WANT_TEXT(words.of[WORD_TOTAL], "4050");
	WANT(!words_read(&words, &amount, text, 20)); /* cut before its end */
	WANT_TEXT(words.of[WORD_TOTAL], "");
	words_set(&words, WORD_DONE, "confirmed", 9);
	WANT(words_read(&words, &may, text, sizeof text - 1));
	WANT_TEXT(words.of[WORD_DONE], "");
}

TESTS(TEST(short_times_are_told_exactly), TEST(every_time_is_told_to_three_digits),
      TEST(slots_meet_where_they_get_wider),
      TEST(the_largest_is_told_as_it_was_and_no_percentile_exceeds_it),
      TEST(nothing_seen_is_zero), TEST(starts_come_at_the_rate_that_was_asked_for),
      TEST(one_seed_makes_the_same_starts_again_and_another_does_not),
      TEST(whose_pause_ends_first_is_woken_first),
      TEST(the_nth_good_is_wanted_an_nth_as_often_as_the_first),
      TEST(a_request_is_written_with_what_the_visitor_knows),
      TEST(an_answer_is_read_between_two_texts))
