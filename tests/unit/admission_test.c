/* admission_test.c - when not everybody can be served, who pays goes first. */
#include "support/note_shop.h"

/* One that nginx handed over so long ago. */
static struct web_answer
ask_late(const char *method, const char *path, bool yields, int64_t ms)
{
	int64_t since = clock_now().us / 1000 - ms;
	struct web_ask late = {
		.method = method, .path = path, .body = "", .yields = yields};

	late.params[0] = arena_printf(mem, "REQUEST_MSEC=%" PRId64 ".%03" PRId64,
				      since / 1000, since % 1000);
	late.params[1] = "REQUEST_ID=000102030405060708090a0b0c0d0e0f";
	late.params[2] = "CONTENT_TYPE=application/json";
	late.params[3] = "HTTP_IDEMPOTENCY_KEY=k";
	return ask(late);
}

/* The child served somebody for so long, and has sent others away since. */
static void
served_for(int64_t took_us, int64_t turned_us)
{
	web->served_took_us = took_us;
	web->served_at_us = clock_steady_us() - turned_us;
}

static void
who_only_looks_around_gives_way_when_the_queue_is_long(void **state)
{
	struct web_answer got;

	(void)state;
	served_for(SECONDS(100), 0);
	got = ask_late("GET", "/note", true, config->run_queue_ms / 2);
	WANT_INT(got.status, 200);
	served_for(SECONDS(100), 0);
	got = ask_late("GET", "/note", true, config->run_queue_ms + 50);
	WANT_INT(got.status, 503);
	WANT_INT(handled, 0);
	WANT(web_has(&got, "Retry-After: 4"));
	WANT_TEXT(got.body, "<h1>Many</h1>again in 4");
	got = ask_late("GET", "/api/v1/note", true, config->run_queue_ms + 50);
	WANT_INT(got.status, 503);
	WANT(strstr(got.body, "\"code\":\"busy\"") != NULL);
}

static void
four_fifths_of_a_child_s_time_go_into_serving_however_long_the_queue(void **state)
{
	int64_t late = config->run_queue_ms + 50;

	(void)state;
	served_for(SECONDS(8), SECONDS(1));
	WANT_INT(ask_late("GET", "/note", true, late).status, 503);
	served_for(SECONDS(8), SECONDS(3));
	WANT_INT(ask_late("GET", "/note", true, late).status, 200);
	WANT(web->served_took_us < SECONDS(1)); /* this one was served since */
	served_for(SECONDS(8), SECONDS(3));
	WANT_INT(ask_late("GET", "/note", true, 8500).status, 503);
	WANT(web->served_took_us == SECONDS(8));
}

static void
who_pays_is_served_until_nginx_may_give_up(void **state)
{
	(void)state;
	WANT_INT(ask_late("POST", "/api/v1/pay", false, 7500).status, 200);
	WANT_INT(ask_late("POST", "/api/v1/pay", false, 8500).status, 503);
	WANT_INT(handled, 0);
}

static void
a_time_that_cannot_be_counts_as_none(void **state)
{
	(void)state;
	WANT_INT(ask_late("GET", "/note", true, -5000).status, 200);
	WANT_INT(ask_late("GET", "/note", true, 3600000).status, 200);
}

TESTS_IN_NOTE_SHOP(
	TEST(who_only_looks_around_gives_way_when_the_queue_is_long),
	TEST(four_fifths_of_a_child_s_time_go_into_serving_however_long_the_queue),
	TEST(who_pays_is_served_until_nginx_may_give_up),
	TEST(a_time_that_cannot_be_counts_as_none))
