/* log_test.c - one JSON object per line, and no line is worth waiting for. */
#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "support/check.h"

static struct arena *mem;
static int ends[2];

static int
begin(void **state)
{
	mem = arena_new(1 << 20);
	if (pipe(ends) != 0)
		return -1;
	log_to(ends[1]);
	return check_begin(state);
}

static int
end(void **state)
{
	log_to(STDERR_FILENO);
	log_trace(NULL);
	log_threshold(LOG_INFO);
	close(ends[0]);
	close(ends[1]);
	arena_free(mem);
	return check_end(state);
}

/* What stands in the pipe: exactly one line, as JSON. */
static const struct json *
the_line(void)
{
	static char line[65536];
	const struct json *j;
	ssize_t len = read(ends[0], line, sizeof line);

	WANT(len > 0 && len <= 4096 && line[len - 1] == '\n');
	WANT(memchr(line, '\n', (size_t)len) == line + len - 1);
	WANT_OK(json_parse(mem, line, (size_t)len, &j));
	return j;
}

static bool
nothing_was_written(void)
{
	char c;

	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return read(ends[0], &c, 1) < 0;
}

static void
an_event_is_one_json_line_in_fixed_order(void **state)
{
	static const char *const names[] = {"at",    "level", "event",
					    "order", "total", "trace"};
	const struct json *j;

	(void)state;
	log_trace("0123456789abcdef0123456789abcdef");
	log_event(LOG_INFO, "order.placed", "order", "ABCDE-23456", "left_out",
		  (char *)NULL, "total", log_number(1234), NULL);
	j = the_line();
	WANT_INT(json_count(j), 6);
	for (size_t i = 0; i < 6; i++)
		WANT_TEXT(json_member_name(j, i), names[i]);
	WANT_TEXT(json_text_at(j, "level"), "info");
	WANT_TEXT(json_text_at(j, "event"), "order.placed");
	WANT_TEXT(json_text_at(j, "total"), "1234");
	WANT_TEXT(json_text_at(j, "trace"), "0123456789abcdef0123456789abcdef");
	WANT_INT(strlen(json_text_at(j, "at")), 24);
}

static void
what_a_stranger_sends_cannot_begin_a_line(void **state)
{
	const char *bad = "x\r\n{\"level\":\"error\"}\x1B[2J\xE2\x80\xA8\xFF";
	const struct json *j;

	(void)state;
	log_event(LOG_INFO, "request.read", "agent", bad, NULL);
	j = the_line();
	WANT_TEXT(json_text_at(j, "level"), "info");
	WANT_TEXT(json_text_at(j, "agent"),
		  "x\r\n{\"level\":\"error\"}\x1B[2J\xE2\x80\xA8\xEF\xBF\xBD");
}

static void
a_long_line_is_cut_and_stays_json(void **state)
{
	char *value = arena_alloc(mem, 20001);
	const struct json *j;
	bool cut = false;

	(void)state;
	log_trace("0123456789abcdef0123456789abcdef");
	for (size_t len = 0; len < 20000; len += 499) {
		memset(value, len % 2 ? '\n' : 'x', len);
		log_event(LOG_INFO, "a", "k1", value, "k2", value, "k3", value, "k4",
			  value, "k5", value, NULL);
		j = the_line();
		WANT(json_text_at(j, "trace") != NULL);
		if (len > 1000)
			WANT(json_bool(json_member(j, "cut"), &cut) && cut);
	}
}

static void
a_value_is_cut_between_characters(void **state)
{
	char value[2001] = "";
	const char *got;

	(void)state;
	for (int i = 0; i < 2000; i += 3)
		memcpy(value + i, "東", 3);
	value[1998] = '\0';
	log_event(LOG_INFO, "a", "k", value, NULL);
	got = json_text_at(the_line(), "k");
	WANT(text_starts(value, got));
	WANT_INT(strlen(got) % 3, 0);
	WANT(strlen(got) > 1000);
}

static void
what_lies_below_the_threshold_is_not_written(void **state)
{
	(void)state;
	log_event(LOG_DEBUG, "a", NULL);
	WANT(nothing_was_written());
	log_threshold(LOG_ERROR);
	log_event(LOG_WARNING, "a", NULL);
	WANT(nothing_was_written());
	log_threshold(LOG_DEBUG);
	log_event(LOG_DEBUG, "a", NULL);
	WANT_TEXT(json_text_at(the_line(), "level"), "debug");
}

static void
an_error_is_logged_with_cause_and_place(void **state)
{
	struct err *e = FAIL(INTERNAL, "no such table \"cart\"");
	const struct json *j;

	(void)state;
	log_error("request.failed", e);
	WANT_LOGGED_ERRORS(1);
	j = the_line();
	WANT_TEXT(json_text_at(j, "level"), "error");
	WANT_TEXT(json_text_at(j, "code"), "internal");
	WANT_TEXT(json_text_at(j, "cause"), "no such table \"cart\"");
	WANT(strstr(json_text_at(j, "file"), "log_test.c") != NULL);
	WANT_TEXT(json_text_at(j, "line"), log_number(e->line));
}

static void
what_the_shopper_did_wrong_is_information(void **state)
{
	(void)state;
	log_error("request.refused", FAIL(SOLD_OUT, "sku=mug"));
	WANT_TEXT(json_text_at(the_line(), "level"), "info");
	WANT_LOGGED_ERRORS(0);
}

static void
a_full_pipe_drops_the_line_and_counts_it(void **state)
{
	char page[4096] = "";
	uint64_t before = log_dropped();
	int64_t start = clock_steady_us();

	(void)state;
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], page, sizeof page) > 0)
		continue;
	fcntl(ends[1], F_SETFL, 0);
	for (int i = 0; i < 100; i++)
		log_event(LOG_INFO, "order.placed", NULL);
	WANT_INT(log_dropped() - before, 100);
	WANT(clock_steady_us() - start < SECONDS(5));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while (read(ends[0], page, sizeof page) > 0)
		continue;
	log_event(LOG_INFO, "order.placed", NULL);
	WANT_INT(log_dropped() - before, 100);
	WANT_TEXT(json_text_at(the_line(), "event"), "order.placed");
}

static void
a_full_socket_drops_the_line_too(void **state)
{
	int pair[2];
	uint64_t before = log_dropped();

	(void)state;
	WANT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	log_to(pair[1]);
	for (int i = 0; i < 100000 && log_dropped() == before; i++)
		log_event(LOG_INFO, "order.placed", NULL);
	WANT(log_dropped() > before);
	close(pair[0]);
	close(pair[1]);
}

static void
personal_data_is_masked(void **state)
{
	(void)state;
	WANT_TEXT(log_masked("ada@example.com"), "a***@e***.com");
	WANT_TEXT(log_masked("Jane Doe"), "J***");
	WANT_TEXT(log_masked("Łucja"), "Ł***");
	WANT_TEXT(log_masked("東京@例え.jp"), "東***@例***.jp");
	WANT_TEXT(log_masked("+14155550100"), "+***");
	WANT_TEXT(log_masked("@example.com"), "@***");
	WANT_TEXT(log_masked("a@localhost"), "a***");
	WANT_TEXT(log_masked(""), "");
	WANT(log_masked(NULL) == NULL);
}

static void
four_masked_texts_and_eight_numbers_live_at_once(void **state)
{
	const char *masked[4], *numbers[8];

	(void)state;
	for (int i = 0; i < 4; i++)
		masked[i] = log_masked((char[]){(char)('a' + i), 'x', '\0'});
	for (int i = 0; i < 8; i++)
		numbers[i] = log_number(INT64_MIN + i);
	WANT_TEXT(masked[0], "a***");
	WANT_TEXT(masked[3], "d***");
	WANT_TEXT(numbers[0], "-9223372036854775808");
	WANT_TEXT(numbers[7], "-9223372036854775801");
}

#define WITH_PIPE(name) cmocka_unit_test_setup_teardown(name, begin, end)
TESTS(WITH_PIPE(an_event_is_one_json_line_in_fixed_order),
      WITH_PIPE(what_a_stranger_sends_cannot_begin_a_line),
      WITH_PIPE(a_long_line_is_cut_and_stays_json),
      WITH_PIPE(a_value_is_cut_between_characters),
      WITH_PIPE(what_lies_below_the_threshold_is_not_written),
      WITH_PIPE(an_error_is_logged_with_cause_and_place),
      WITH_PIPE(what_the_shopper_did_wrong_is_information),
      WITH_PIPE(a_full_pipe_drops_the_line_and_counts_it),
      WITH_PIPE(a_full_socket_drops_the_line_too), WITH_PIPE(personal_data_is_masked),
      WITH_PIPE(four_masked_texts_and_eight_numbers_live_at_once))
