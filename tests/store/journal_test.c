/* journal_test.c - the journal of gateway calls: sealed beside the database, brought in
 * once, found by order, dropped when it is old, never changed (F-144). */
#include "domain/journal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/shared.h"
#include "base/spool.h"
#include "base/token.h"
#include "flow/outside.h"
#include "gateway/http_out.h"
#include "support/kit.h"
#include "support/peer.h"

#define HUSH "a body with a name in it"

static struct journal_call
a_call(int64_t attempt)
{
	return (struct journal_call){
		.uid = uuid_new(),
		.attempt = {attempt},
		.gateway = "stripe",
		.operation = "session.create",
		.method = "POST",
		.path = "/v1/checkout/sessions",
		.idem_key = "cs-1",
		.nth = 1,
		.outcome = "answered",
		.status = 200,
		.took_ms = 12,
		.trace = "00000000000000000000000000000000",
		.request = {HUSH, sizeof HUSH - 1},
		.called_at = clock_now(),
	};
}

static void
a_record_comes_back_as_it_was_and_opens_with_no_other_key(void **state)
{
	struct ctx *cx = test_ctx();
	struct journal_call call = a_call(7), back;
	struct bytes record = journal_pack(cx->keys, cx->mem, &call);
	char *spoiled = arena_copy(cx->mem, record.at, record.len);

	(void)state;
	WANT(memmem(record.at, record.len, HUSH, sizeof HUSH - 1) == NULL);
	WANT_OK(journal_unpack(cx->keys, cx->mem, record, &back));
	WANT_TEXT(back.uid.text, call.uid.text);
	WANT_TEXT(back.operation, "session.create");
	WANT(back.request_id == NULL && back.response.at == NULL);
	WANT_INT(back.attempt.n, 7);
	WANT_INT(back.called_at.us, call.called_at.us);
	WANT_INT(back.request.len, sizeof HUSH - 1);
	WANT(memcmp(back.request.at, HUSH, sizeof HUSH - 1) == 0);
	for (size_t i = 0; i < record.len; i++) {
		spoiled[i] ^= 1;
		WANT(journal_unpack(cx->keys, cx->mem,
				    (struct bytes){spoiled, record.len},
				    &back) != NULL);
		spoiled[i] ^= 1;
	}
	test_ctx_free(cx);
}

static void
a_record_that_comes_twice_is_there_once_and_sealed(void **state)
{
	struct ctx *cx = test_ctx();
	struct journal_call calls[] = {a_call(7), a_call(7)};

	(void)state;
	WANT_OK(IN_TX(cx, journal_add(tx, calls, 2)));
	WANT_OK(IN_TX(cx, journal_add(tx, calls, 2)));
	WANT_INT(test_number("SELECT COUNT(*) FROM gateway_call"), 2);
	WANT_INT(test_number("SELECT COUNT(*) FROM gateway_call"
			     " WHERE LOCATE('name in it', request) > 0"),
		 0);
	test_ctx_free(cx);
}

/* No odd record keeps those behind it waiting. */
static void
an_odd_record_is_cut_and_not_refused(void **state)
{
	struct ctx *cx = test_ctx();
	struct journal_call call = a_call(8);
	char *path = arena_alloc(cx->mem, 3001);

	(void)state;
	memset(path, 'x', 3000);
	call.path = path;
	call.request_id = "req_\xc3\xa4";
	WANT_OK(IN_TX(cx, journal_add(tx, &call, 1)));
	WANT_INT(test_number("SELECT LENGTH(path) FROM gateway_call"
			     " WHERE attempt_id = 8"),
		 1000);
	test_ctx_free(cx);
}

static void
the_program_can_neither_change_a_call_nor_drop_a_young_one(void **state)
{
	struct ctx *cx = test_ctx();
	struct journal_call call = a_call(9);
	int64_t dropped;

	(void)state;
	WANT_OK(IN_TX(cx, journal_add(tx, &call, 1)));
	WANT_OK(IN_TX(cx, journal_purge(tx, 400, 100, &dropped)));
	WANT_INT(dropped, 0);
	WANT_ERR(IN_TX(cx, journal_purge(tx, 0, 100, &dropped)), INTERNAL);
	test_turn_clock(401 * 86400);
	WANT_OK(IN_TX(cx, journal_purge(tx, 400, 100, &dropped)));
	WANT(dropped > 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM gateway_call"), 0);
	test_turn_clock(0);
	WANT_INT(test_number("SELECT COUNT(*) FROM information_schema.table_privileges"
			     " WHERE grantee LIKE '%%till''@%%' AND table_schema = '%s'"
			     " AND table_name = 'gateway_call'"
			     " AND privilege_type = 'UPDATE'",
			     test_schema()),
		 0);
	test_ctx_free(cx);
}

static fallible
count_row(void *to, const void *call)
{
	const struct journal_call *one = call;

	WANT_TEXT(one->gateway, "stripe");
	++*(int64_t *)to;
	return NULL;
}

static void
calls_are_found_by_their_order_and_from_a_day_on(void **state)
{
	struct kit kit = kit_new();
	struct placement placed = kit_buy(&kit, 1, "mug", 1, "key-journal");
	struct journal_call calls[] = {a_call(placed.attempt.id.n), a_call(0)}, *list;
	struct journal_effort effort;
	int64_t rows = 0;
	size_t n;

	(void)state;
	WANT_OK(IN_TX(kit.cx, journal_add(tx, calls, 2)));
	WANT_OK(IN_READ(kit.cx, journal_list(tx, placed.order.id, &list, &n)));
	WANT_INT(n, 1);
	WANT_TEXT(list[0].order_number, placed.order.number);
	WANT_TEXT(list[0].attempt_uid.text, placed.attempt.uid.text);
	WANT(memcmp(list[0].request.at, HUSH, sizeof HUSH - 1) == 0);
	WANT_OK(IN_READ(kit.cx,
			journal_each(tx, (struct instant){0}, count_row, &rows)));
	WANT_INT(rows, 2);
	rows = 0;
	WANT_OK(IN_READ(kit.cx, journal_each(tx, instant_add(clock_now(), HOURS(1)),
					     count_row, &rows)));
	WANT_INT(rows, 0);
	WANT_OK(IN_READ(kit.cx, journal_read_effort(tx, 30, &effort)));
	WANT_INT(effort.orders, 1);
	WANT_INT(effort.attempts, 1);
	test_ctx_free(kit.cx);
}

/* ---- from the call to the table ---- */

struct desk {
	struct kit kit;
	struct shared *shared;
	struct config config;
	char *dir;
};

static struct desk
desk_new(void)
{
	struct desk desk = {.kit = kit_open(), .shared = shared_private()};
	struct arena *mem = desk.kit.cx->mem;

	test_script("TRUNCATE gateway_call");
	desk.dir = arena_text(mem, "/tmp/till-journal-XXXXXX");
	WANT(mkdtemp(desk.dir) != NULL);
	desk.config = *desk.kit.shop->config;
	desk.config.run_dir = desk.dir;
	desk.config.gateway_mode = "sandbox";
	desk.kit.shop->config = &desk.config;
	return desk;
}

static void
desk_open(struct desk *desk)
{
	desk->kit.shop->config = &desk->config;
	desk->kit.shop->http = http_out_new(desk->kit.cx->mem, &desk->config);
	outside_open(desk->kit.cx->mem, desk->kit.shop, desk->shared);
}

static void
desk_drop(struct desk *desk)
{
	rmdir(arena_printf(desk->kit.cx->mem, "%s/journal", desk->dir));
	unlink(arena_printf(desk->kit.cx->mem, "%s/asking", desk->dir));
	WANT_INT(rmdir(desk->dir), 0);
	test_ctx_free(desk->kit.cx);
}

static void
call_once(struct desk *desk, int port)
{
	struct http_answer answer;
	struct http_call call = {
		.gateway = "stripe",
		.operation = "session.get",
		.method = "GET",
		.url = arena_printf(desk->kit.cx->mem, "http://127.0.0.1:%d/x", port),
		.retry = HTTP_NEVER,
	};

	http_out_send(desk->kit.shop->http, desk->kit.cx, &call, &answer);
}

static void
a_call_waits_beside_the_database_until_it_is_brought_in_once(void **state)
{
	struct desk desk = desk_new();
	int64_t done = 0, before;

	(void)state;
	desk_open(&desk);
	outside_about(desk.kit.shop, (struct attempt_id){5}, (struct refund_id){6});
	before = db_statements(desk.kit.cx->db);
	call_once(&desk, peer_dead_port());
	WANT_INT(db_statements(desk.kit.cx->db), before);
	WANT_INT(desk.shared->traffic.journal_waiting, 1);
	WANT_OK(outside_keep(desk.kit.shop, desk.kit.cx, &done));
	WANT_OK(outside_keep(desk.kit.shop, desk.kit.cx, &done));
	WANT_INT(done, 1);
	WANT_INT(desk.shared->traffic.journal_waiting, 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM gateway_call WHERE attempt_id = 5"
			     " AND refund_id = 6 AND outcome = 'not_sent'"),
		 1);
	desk_drop(&desk);
}

static void
a_record_outlives_an_outage_of_the_database(void **state)
{
	struct desk desk = desk_new();
	int64_t done = 0;

	(void)state;
	desk_open(&desk);
	call_once(&desk, peer_dead_port());
	test_script("RENAME TABLE gateway_call TO gateway_call_away");
	WANT(outside_keep(desk.kit.shop, desk.kit.cx, &done) != NULL);
	test_script("RENAME TABLE gateway_call_away TO gateway_call");
	WANT_INT(done, 0);
	WANT_OK(outside_keep(desk.kit.shop, desk.kit.cx, &done));
	WANT_INT(done, 1);
	desk_drop(&desk);
}

static void
a_journal_that_cannot_be_written_stops_no_call(void **state)
{
	struct desk desk = desk_new();

	(void)state;
	desk.config.run_dir = "/nonexistent";
	desk_open(&desk);
	call_once(&desk, peer_dead_port());
	WANT_LOGGED_ERRORS(2); /* no folder, no record */
	desk_drop(&desk);
}

static void
what_nobody_can_read_is_put_aside(void **state)
{
	struct desk desk = desk_new();
	struct arena *mem = desk.kit.cx->mem;
	const char *folder = arena_printf(mem, "%s/journal", desk.dir);
	int64_t done = 0;

	(void)state;
	desk_open(&desk);
	WANT_OK(spool_put(folder, "0-no-record", (struct bytes){"nonsense", 8}));
	call_once(&desk, peer_dead_port());
	WANT_OK(outside_keep(desk.kit.shop, desk.kit.cx, &done));
	WANT_LOGGED_ERRORS(1);
	WANT_INT(test_number("SELECT COUNT(*) FROM gateway_call"), 1);
	WANT_INT(unlink(arena_printf(mem, "%s/.bad-0-no-record", folder)), 0);
	desk_drop(&desk);
}

static void
jobs_rest_while_no_gateway_may_be_called(void **state)
{
	struct desk desk = desk_new();
	struct traffic_gateway *gateway;

	(void)state;
	desk_open(&desk);
	WANT(!outside_rests(desk.kit.shop));
	gateway = traffic_gateway(&desk.shared->traffic, desk.kit.pay->name);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		traffic_tell(gateway, BREAKER_CALL, BREAKER_FAILED,
			     clock_steady_us() / 1000);
	WANT(outside_rests(desk.kit.shop));
	desk_drop(&desk);
}

TESTS(TEST(a_record_comes_back_as_it_was_and_opens_with_no_other_key),
      TEST(a_record_that_comes_twice_is_there_once_and_sealed),
      TEST(an_odd_record_is_cut_and_not_refused),
      TEST(the_program_can_neither_change_a_call_nor_drop_a_young_one),
      TEST(calls_are_found_by_their_order_and_from_a_day_on),
      TEST(a_call_waits_beside_the_database_until_it_is_brought_in_once),
      TEST(a_record_outlives_an_outage_of_the_database),
      TEST(a_journal_that_cannot_be_written_stops_no_call),
      TEST(what_nobody_can_read_is_put_aside),
      TEST(jobs_rest_while_no_gateway_may_be_called))
