/* idem_test.c - one key, one effect, one answer. */
#include "db/idem.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/text.h"
#include "support/database.h"

static const char body[] = "{\"order\":1}\0with a NUL and \xff";

static struct digest
request(const char *text)
{
	return digest_of_text(text);
}

/* One transaction that claims a key. */
static fallible
claim(struct ctx *cx, const char *key, const char *text, struct idem *out)
{
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = idem_begin(tx, "payment", key, request(text), out);
	return e;
}

static fallible
finish(struct ctx *cx, const char *key)
{
	struct idem_reply reply = {
		.status = 201,
		.location = "/checkout/go/secret",
		.content_type = "application/json",
		.body = {body, sizeof body},
	};
	struct err *e;

	SINGLE (tx, cx, &e)
		e = idem_finish(tx, "payment", key, &reply);
	return e;
}

static void
the_first_request_runs_and_the_second_waits(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem first, second;

	(void)state;
	WANT_OK(claim(cx, "waits", "a", &first));
	WANT_INT(first.state, IDEM_NEW);
	WANT_TEXT(first.recovery_point, "started");
	WANT_OK(claim(cx, "waits", "a", &second));
	WANT_INT(second.state, IDEM_RUNNING);
	test_ctx_free(cx);
}

static void
a_key_for_another_request_is_refused_at_any_time(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;

	(void)state;
	WANT_OK(claim(cx, "other", "a", &idem));
	WANT_OK(claim(cx, "other", "b", &idem));
	WANT_INT(idem.state, IDEM_OTHER);
	WANT_OK(finish(cx, "other"));
	WANT_OK(claim(cx, "other", "b", &idem));
	WANT_INT(idem.state, IDEM_OTHER);
	test_ctx_free(cx);
}

static void
scopes_do_not_meet(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	struct err *e;

	(void)state;
	WANT_OK(claim(cx, "scoped", "a", &idem));
	TRANSACTION (tx, cx, &e)
		e = idem_begin(tx, "cancel", "scoped", request("b"), &idem);
	WANT_OK(e);
	WANT_INT(idem.state, IDEM_NEW);
	test_ctx_free(cx);
}

static void
an_answer_is_replayed_byte_for_byte(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;

	(void)state;
	WANT_OK(claim(cx, "replayed", "a", &idem));
	WANT_OK(finish(cx, "replayed"));
	WANT_OK(claim(cx, "replayed", "a", &idem));
	WANT_INT(idem.state, IDEM_REPLAY);
	WANT_INT(idem.reply.status, 201);
	WANT_TEXT(idem.reply.location, "/checkout/go/secret");
	WANT_TEXT(idem.reply.content_type, "application/json");
	WANT_INT(idem.reply.body.len, sizeof body);
	WANT(memcmp(idem.reply.body.at, body, sizeof body) == 0);
	test_ctx_free(cx);
}

static void
an_answer_is_stored_sealed(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;

	(void)state;
	WANT_OK(claim(cx, "sealed", "a", &idem));
	WANT_OK(finish(cx, "sealed"));
	WANT_INT(test_number("SELECT COUNT(*) FROM idem WHERE idem_key = 'sealed'"
			     " AND resp_body LIKE '%%order%%'"),
		 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM idem WHERE idem_key = 'sealed'"
			     " AND resp_location LIKE '%%secret%%'"),
		 0);
	test_script("UPDATE idem SET resp_location = resp_body, resp_body = NULL"
		    " WHERE idem_key = 'sealed'");
	WANT_ERR(claim(cx, "sealed", "a", &idem), INTERNAL); /* in another column */
	test_ctx_free(cx);
}

static void
the_first_answer_stays(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem_reply late = {.status = 500};
	struct idem idem;
	struct err *e;

	(void)state;
	WANT_OK(claim(cx, "first", "a", &idem));
	WANT_OK(finish(cx, "first"));
	SINGLE (tx, cx, &e)
		e = idem_finish(tx, "payment", "first", &late);
	WANT_OK(e);
	SINGLE (tx, cx, &e)
		e = idem_release(tx, "payment", "first");
	WANT_OK(e);
	WANT_OK(claim(cx, "first", "a", &idem));
	WANT_INT(idem.state, IDEM_REPLAY);
	WANT_INT(idem.reply.status, 201);
	test_ctx_free(cx);
}

static void
a_silent_request_is_taken_over_where_it_stopped(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	struct err *e;

	(void)state;
	WANT_OK(claim(cx, "silent", "a", &idem));
	TRANSACTION (tx, cx, &e)
		e = idem_point(tx, &idem, "placed", "order", 77);
	WANT_OK(e);
	test_turn_clock(IDEM_LOCK_SECONDS - 5);
	WANT_OK(claim(cx, "silent", "a", &idem));
	WANT_INT(idem.state, IDEM_RUNNING);
	test_turn_clock(IDEM_LOCK_SECONDS + 5);
	WANT_OK(claim(cx, "silent", "a", &idem));
	WANT_INT(idem.state, IDEM_RESUMED);
	WANT_TEXT(idem.recovery_point, "placed");
	WANT_TEXT(idem.resource_kind, "order");
	WANT_INT(idem.resource_id, 77);
	WANT_OK(claim(cx, "silent", "a", &idem)); /* it is taken now */
	WANT_INT(idem.state, IDEM_RUNNING);
	test_turn_clock(0);
	test_ctx_free(cx);
}

static int
claim_and_end(int child)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	struct err *e = claim(cx, "gone", "a", &idem);

	test_ctx_free(cx);
	return e == NULL && idem.state == IDEM_NEW && child == 0 ? 0 : 1;
}

static void
a_key_whose_process_is_gone_is_taken_over_at_once(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;

	(void)state;
	test_processes(1, claim_and_end);
	WANT_OK(claim(cx, "gone", "a", &idem));
	WANT_INT(idem.state, IDEM_RESUMED);
	WANT_OK(claim(cx, "gone", "a", &idem)); /* it is ours now */
	WANT_INT(idem.state, IDEM_RUNNING);
	test_script("UPDATE idem SET owner = REPLACE(owner, '-', 'f')"
		    " WHERE idem_key = 'gone'"); /* another host's */
	WANT_OK(claim(cx, "gone", "a", &idem));
	WANT_INT(idem.state, IDEM_RUNNING);
	test_ctx_free(cx);
}

static void
a_released_key_runs_again_at_once(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	struct err *e;

	(void)state;
	WANT_OK(claim(cx, "released", "a", &idem));
	SINGLE (tx, cx, &e)
		e = idem_release(tx, "payment", "released");
	WANT_OK(e);
	WANT_OK(claim(cx, "released", "a", &idem));
	WANT_INT(idem.state, IDEM_RESUMED);
	test_ctx_free(cx);
}

static void
a_key_whose_request_died_is_released(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	int64_t released;
	struct err *e;

	(void)state;
	WANT_OK(claim(cx, "lives", "a", &idem));
	WANT_OK(claim(cx, "died", "a", &idem));
	test_script("UPDATE idem SET locked_at = locked_at - INTERVAL 121 SECOND"
		    " WHERE idem_key = 'died'");
	TRANSACTION (tx, cx, &e)
		e = idem_release_left(tx, 10, &released);
	WANT_OK(e);
	WANT_INT(released, 1);
	WANT_INT(test_number(
			 "SELECT locked_at IS NULL FROM idem WHERE idem_key = 'died'"),
		 1);
	WANT_OK(claim(cx, "died", "a", &idem));
	WANT_INT(idem.state, IDEM_RESUMED);
	WANT_OK(claim(cx, "lives", "a", &idem));
	WANT_INT(idem.state, IDEM_RUNNING);
	test_ctx_free(cx);
}

/* A transaction that claims a key and then fails. */
static fallible
claim_and_fail(struct tx *tx, const char *key)
{
	struct idem idem;

	TRY(idem_begin(tx, "payment", key, request("a"), &idem));
	return FAIL(SOLD_OUT, "on purpose");
}

static void
a_transaction_that_failed_leaves_no_key(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	struct err *e;
	bool found;

	(void)state;
	TRANSACTION (tx, cx, &e)
		e = claim_and_fail(tx, "failed");
	WANT_ERR(e, SOLD_OUT);
	READING (tx, cx, &e)
		e = idem_find(tx, "payment", "failed", request("a"), &idem, &found);
	WANT_OK(e);
	WANT(!found);
	test_ctx_free(cx);
}

static void
old_rows_are_dropped_and_no_others(void **state)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	int64_t dropped;
	struct err *e;

	(void)state;
	test_script("DELETE FROM idem");
	WANT_OK(claim(cx, "old", "a", &idem));
	test_turn_clock(29 * 86400);
	WANT_OK(claim(cx, "young", "a", &idem));
	test_turn_clock(31 * 86400);
	SINGLE (tx, cx, &e)
		e = idem_purge(tx, 100, &dropped);
	WANT_OK(e);
	WANT_INT(dropped, 1);
	WANT_TEXT(test_text("SELECT idem_key FROM idem"), "young");
	test_turn_clock(0);
	test_ctx_free(cx);
}

/* ---- many at once ---- */

enum { SHOPPERS = 4, KEYS = 25 };

/* Claims a key and does the work of a request: a row that must be there once. */
static fallible
work(struct tx *tx, const char *key, struct idem *idem)
{
	TRY(idem_begin(tx, "race", key, request("a"), idem));
	if (idem->state == IDEM_NEW)
		TRY(idem_point(tx, idem, "placed", "order", (int64_t)getpid()));
	return NULL;
}

static int
race(int child)
{
	struct ctx *cx = test_ctx();
	struct idem idem;
	struct err *e;
	int news = 0;

	(void)child;
	for (int i = 0; i < KEYS; i++) {
		const char *key = arena_printf(cx->mem, "race-%d", i);

		TRANSACTION (tx, cx, &e)
			e = work(tx, key, &idem);
		if (e != NULL)
			return 1;
		if (idem.state != IDEM_NEW && idem.state != IDEM_RUNNING)
			return 2;
		news += idem.state == IDEM_NEW;
	}
	test_script("INSERT INTO race_news VALUES (%d)", news);
	/* who is gone has nothing that runs */
	while (test_number("SELECT COUNT(*) FROM race_news") < SHOPPERS)
		usleep(1000);
	test_ctx_free(cx);
	return 0;
}

static void
of_many_processes_with_one_key_one_runs(void **state)
{
	(void)state;
	test_script("CREATE TABLE race_news (n INT)");
	test_processes(SHOPPERS, race);
	WANT_INT(test_number("SELECT SUM(n) FROM race_news"), KEYS);
	WANT_INT(test_number("SELECT COUNT(*) FROM idem WHERE scope = 'race'"
			     " AND recovery_point = 'placed'"),
		 KEYS);
}

/* ---- the key as it was sent ---- */

static void
keys_are_accepted_bare_and_quoted(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	WANT_TEXT(idem_key_clean(mem, "8e03978e-40d5"), "8e03978e-40d5");
	WANT_TEXT(idem_key_clean(mem, "\"8e03978e-40d5\""), "8e03978e-40d5");
	WANT_TEXT(idem_key_clean(mem, "\"a\\\"b\\\\c\""), "a\"b\\c");
	WANT_TEXT(idem_key_clean(mem, "a\"b"), "a\"b");
	arena_free(mem);
}

static void
keys_that_are_neither_are_refused(void **state)
{
	static const char *const bad[] = {
		"",        "\"",       "\"\"", "\"a",         "a\"",
		"a b",     "\"a b\"",  "a\tb", "caf\xc3\xa9", "\"a\"b\"",
		"\"a\\\"", "\"a\\n\"", " a",
	};
	struct arena *mem = arena_new(1 << 20);
	char longest[258];

	(void)state;
	for (size_t i = 0; i < DB_COUNT(bad); i++)
		WANT_TEXT(idem_key_clean(mem, bad[i]), NULL);
	WANT_TEXT(idem_key_clean(mem, NULL), NULL);
	memset(longest, 'k', sizeof longest);
	longest[256] = '\0';
	WANT_TEXT(idem_key_clean(mem, longest), NULL);
	longest[255] = '\0';
	WANT_TEXT(idem_key_clean(mem, longest), longest);
	arena_free(mem);
}

TESTS(TEST(the_first_request_runs_and_the_second_waits),
      TEST(a_key_for_another_request_is_refused_at_any_time), TEST(scopes_do_not_meet),
      TEST(an_answer_is_replayed_byte_for_byte), TEST(an_answer_is_stored_sealed),
      TEST(the_first_answer_stays),
      TEST(a_silent_request_is_taken_over_where_it_stopped),
      TEST(a_key_whose_process_is_gone_is_taken_over_at_once),
      TEST(a_released_key_runs_again_at_once),
      TEST(a_key_whose_request_died_is_released),
      TEST(a_transaction_that_failed_leaves_no_key),
      TEST(old_rows_are_dropped_and_no_others),
      TEST(of_many_processes_with_one_key_one_runs),
      TEST(keys_are_accepted_bare_and_quoted), TEST(keys_that_are_neither_are_refused))
