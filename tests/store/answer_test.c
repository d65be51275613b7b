/* answer_test.c - what a key earned is kept before it leaves, and given again as it
 * was. */
#include "base/config.h"
#include "base/log.h"
#include "base/token.h"
#include "db/fault.h"
#include "support/check.h"
#include "support/database.h"
#include "support/web.h"

static struct arena *mem;
static const char *dir;
static struct web *web;
static struct ctx *cx;
static int worked;           /* times that the work was done */
static int turn_out;         /* status that the work is to have */
static int kept, kept_alone; /* what was learned: with its answer, without one */
static bool learns;          /* whether the work has such a thing */

struct done {
	int64_t number;
};

static const struct view_field done_fields[] = {SHOW(struct done, number), SHOW_END};
static const struct view done_view = {"Done", "done.html", done_fields};

static fallible
turned_out(void)
{
	if (turn_out == 409)
		return FAIL(ORDER_STATE, "told so");
	if (turn_out == 503)
		return FAIL(GATEWAY_UNAVAILABLE, "told so");
	return NULL;
}

static fallible
keep(struct tx *tx, const void *key, const struct idem_reply *reply)
{
	*(reply == NULL ? &kept_alone : &kept) += 1;
	return reply == NULL ? NULL : idem_finish(tx, "test", key, reply);
}

static fallible
work(struct request *rq, const void *form, struct reply *re)
{
	struct done *done = arena_new_of(rq->cx->mem, struct done, 1);
	struct idem idem;
	struct err *e;

	(void)form;
	TRANSACTION (tx, rq->cx, &e)
		e = idem_begin(tx, "test", rq->key, rq->key_hash, &idem);
	TRY(e);
	if (idem.state == IDEM_REPLAY)
		return reply_stored(re, &idem.reply);
	if (idem.state == IDEM_RUNNING)
		return FAIL(KEY_IN_USE, "still running");
	if (idem.state == IDEM_OTHER)
		return FAIL(KEY_REUSED, "another request");
	re->idem_scope = "test";
	re->keep = learns ? keep : NULL;
	re->kept = rq->key;
	done->number = ++worked;
	TRY(turned_out());
	re->status = rq->face == FACE_JSON ? 201 : 0;
	return reply_changed(rq, re, arena_printf(rq->cx->mem, "/done/%d", worked),
			     &done_view, done);
}

static const struct endpoint work_post = {
	.page = "POST /work",
	.api = "POST /api/v1/work",
	.needs = NEEDS_KEY | NEEDS_VISITOR,
	.shows = &done_view,
	.handle = work,
};
static const struct endpoint *const endpoints[] = {&work_post};

static const char cookie[] =
	"HTTP_COOKIE=__Host-till=0123456789012345678901234567890123456789012";
static const char token[] = "0123456789012345678901234567890123456789012";

static struct web_answer
post(const char *key, const char *body)
{
	return web_ask(web, cx,
		       (struct web_ask){
			       .method = "POST",
			       .path = "/api/v1/work",
			       .params = {"CONTENT_TYPE=application/json", cookie,
					  arena_printf(cx->mem,
						       "HTTP_IDEMPOTENCY_KEY=%s", key)},
			       .body = body});
}

static struct web_answer
post_form(const char *key)
{
	return web_ask(
		web, cx,
		(struct web_ask){
			.method = "POST",
			.path = "/work",
			.params = {"CONTENT_TYPE=application/x-www-form-urlencoded",
				   cookie},
			.body = arena_printf(
				cx->mem, "csrf=%s&idempotency_key=%s",
				csrf_token(cx->mem, web->keys, token, clock_now()),
				key)});
}

static void
a_repeat_is_answered_byte_for_byte_without_working_again(void **state)
{
	const char *key = token_short(mem);
	struct web_answer first = post(key, "{}"), again = post(key, " { } ");
	int before = worked;

	(void)state;
	WANT_INT(first.status, 201);
	WANT_INT(again.status, 201);
	WANT_TEXT(again.body, first.body);
	WANT(web_has(&again, "Content-Type: application/json"));
	WANT_INT(post(key, "{}").status, 201);
	WANT_INT(worked, before);
}

static void
the_place_that_a_form_was_sent_on_to_is_kept_too(void **state)
{
	const char *key = token_short(mem);
	struct web_answer first = post_form(key), again = post_form(key);
	const char *place = strstr(first.head, "Location: /done/");

	(void)state;
	WANT_INT(first.status, 303);
	WANT_INT(again.status, 303);
	WANT(place != NULL);
	WANT(web_has(&again, arena_copy(mem, place, strcspn(place, "\r"))));
}

static void
a_refusal_is_kept_and_a_fault_is_not(void **state)
{
	const char *key = token_short(mem), *other = token_short(mem);
	struct web_answer first, again;

	(void)state;
	turn_out = 409;
	first = post(key, "{}");
	turn_out = 0;
	again = post(key, "{}");
	WANT_INT(first.status, 409);
	WANT_TEXT(again.body, first.body);
	turn_out = 503;
	WANT_INT(post(other, "{}").status, 503);
	turn_out = 0;
	WANT_INT(post(other, "{}").status, 201);
	WANT_LOGGED_ERRORS(1);
}

static void
another_body_under_the_key_is_refused(void **state)
{
	const char *key = token_short(mem);

	(void)state;
	WANT_INT(post(key, "{}").status, 201);
	WANT_INT(post(key, "{\"idempotency_key\":\"x\"}").status, 201);
	WANT_INT(post_form(key).status, 422);
}

/* Of the UPDATE that keeps the answer nobody knows whether it was done: it is done
 * again. */
static void
an_answer_is_kept_although_the_database_went_away(void **state)
{
	const char *key = token_short(mem);
	struct web_answer given, again;
	int before, last;

	(void)state;
	db_fail_statement(cx->db, 0, 0);
	WANT_INT(post(token_short(mem), "{}").status, 201);
	last = db_fail_counted(cx->db);
	before = worked;
	db_fail_statement(cx->db, last, 2013);
	given = post(key, "{}");
	db_fail_statement(cx->db, 0, 0);
	WANT_INT(given.status, 201);
	again = post(key, "{}");
	WANT_TEXT(again.body, given.body);
	WANT_INT(worked, before + 1);
}

/* The work is done and committed, then the UPDATE that keeps its answer fails. */
static void
an_answer_that_could_not_be_kept_is_not_given(void **state)
{
	const char *key = token_short(mem);
	struct web_answer lost, found;
	int before = worked, last;

	(void)state;
	db_fail_statement(cx->db, 0, 0);
	WANT_INT(post(token_short(mem), "{}").status, 201);
	last = db_fail_counted(cx->db);
	db_fail_statement(cx->db, last, 1114);
	lost = post(key, "{}");
	db_fail_statement(cx->db, 0, 0);
	WANT_INT(lost.status, 503);
	WANT(strstr(lost.body, "\"code\":\"uncertain\"") != NULL);
	WANT(strstr(lost.body, "number") == NULL);
	test_script("UPDATE idem SET locked_at = locked_at - INTERVAL 2 MINUTE"
		    " WHERE idem_key = '%s'",
		    key);
	found = post(key, "{}");
	WANT_INT(found.status, 201);
	WANT_INT(worked, before + 3);
	WANT_LOGGED_ERRORS(2);
}

static void
what_a_request_learned_is_kept_with_its_answer_or_after_a_fault_alone(void **state)
{
	const char *key = token_short(mem), *other = token_short(mem);
	struct web_answer first;

	(void)state;
	learns = true;
	first = post(key, "{}");
	WANT_INT(first.status, 201);
	WANT_INT(kept, 1);
	WANT_TEXT(post(key, "{}").body, first.body);
	WANT_INT(kept, 1);
	turn_out = 503;
	WANT_INT(post(other, "{}").status, 503);
	turn_out = 0;
	WANT_INT(kept_alone, 1);
	WANT_INT(post(other, "{}").status, 201); /* the key was let go of */
	WANT_INT(kept, 2);
	learns = false;
	WANT_LOGGED_ERRORS(1);
}

static int
set_up(void **state)
{
	struct config *config;

	(void)state;
	log_threshold(LOG_ERROR);
	mem = arena_new(64 * 1024 * 1024);
	cx = test_ctx();
	dir = web_folder(mem);
	config = config_defaults(mem);
	config->shop_templates = dir;
	web_file(dir, "error.html", "{{status}}");
	web_file(dir, "overloaded.html", "{{status}}");
	web_file(dir, "done.html", "{{number}}");
	return web_new(mem, config, cx->keys, endpoints, 1, NULL, &web) == NULL ? 0
										: -1;
}

static int
tear_down(void **state)
{
	(void)state;
	web_drop_folder(mem, dir);
	test_ctx_free(cx);
	arena_free(mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_repeat_is_answered_byte_for_byte_without_working_again),
		TEST(the_place_that_a_form_was_sent_on_to_is_kept_too),
		TEST(a_refusal_is_kept_and_a_fault_is_not),
		TEST(another_body_under_the_key_is_refused),
		TEST(an_answer_is_kept_although_the_database_went_away),
		TEST(an_answer_that_could_not_be_kept_is_not_given),
		TEST(what_a_request_learned_is_kept_with_its_answer_or_after_a_fault_alone),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
