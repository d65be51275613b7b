/* metrics.c - what a process counts, and all of it as Prometheus reads it. */
#include "web/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/shared.h"
#include "web/router.h"

static size_t
bucket_of(int64_t us)
{
	size_t i = 0;

	while (i < SHARED_BUCKETS - 1 && us > shared_bucket_ms[i] * 1000)
		i++;
	return i;
}

/* The last place counts what no route was found for. */
static size_t
place_of(int route)
{
	return route < 0 || route >= SHARED_ROUTES - 1 ? SHARED_ROUTES - 1
						       : (size_t)route;
}

static void
add(_Atomic int64_t *counter, int64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void
metrics_count(struct shared_slot *slot, int route, int status, int64_t us,
	      int64_t statements)
{
	struct shared_route *counted;

	if (slot == NULL)
		return;
	counted = &slot->routes[place_of(route)];
	add(&slot->requests, 1);
	add(&slot->statements, statements);
	add(&slot->buckets[bucket_of(us)], 1);
	add(&counted->answers[status / 100 % 6], 1);
	add(&counted->total_us, us);
}

static void
put_help(struct buf *to, const char *name, const char *type, const char *help)
{
	buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_route(const struct shared *shared, struct buf *to, size_t place, const char *route)
{
	for (int class = 1; class < 6; class ++) {
		int64_t n = 0;

		for (size_t i = 0; i < SHARED_SLOTS; i++)
			n += shared->slots[i].routes[place].answers[class];
		if (n > 0)
			buf_printf(to,
				   "till_requests_total{route=\"%s\",status=\"%dxx\"} "
				   "%" PRId64 "\n",
				   route, class, n);
	}
}

static void
put_routes(const struct shared *shared, const struct router *router, struct buf *to)
{
	size_t n;
	const struct route *routes = router_routes(router, &n);

	put_help(to, "till_requests_total", "counter", "Requests answered, by route.");
	for (size_t i = 0; i < n && i < SHARED_ROUTES - 1; i++)
		put_route(shared, to, i, routes[i].text);
	put_route(shared, to, SHARED_ROUTES - 1, "none");
}

static void
put_durations(const struct shared *shared, struct buf *to)
{
	int64_t below = 0, total_us = 0;

	put_help(to, "till_request_seconds", "histogram", "Time in the program.");
	for (size_t b = 0; b < SHARED_BUCKETS; b++) {
		for (size_t i = 0; i < SHARED_SLOTS; i++)
			below += shared->slots[i].buckets[b];
		if (b < SHARED_BUCKETS - 1)
			buf_printf(to,
				   "till_request_seconds_bucket{le=\"%" PRId64
				   ".%03" PRId64 "\"} %" PRId64 "\n",
				   shared_bucket_ms[b] / 1000,
				   shared_bucket_ms[b] % 1000, below);
	}
	for (size_t i = 0; i < SHARED_SLOTS; i++)
		for (size_t k = 0; k < SHARED_ROUTES; k++)
			total_us += shared->slots[i].routes[k].total_us;
	buf_printf(to, "till_request_seconds_bucket{le=\"+Inf\"} %" PRId64 "\n", below);
	buf_printf(to, "till_request_seconds_sum %" PRId64 ".%06" PRId64 "\n",
		   total_us / 1000000, total_us % 1000000);
	buf_printf(to, "till_request_seconds_count %" PRId64 "\n", below);
}

static void
put_disk(const struct shared *shared, struct buf *to)
{
	put_help(to, "till_disk_free_bytes", "gauge",
		 "Room on the fullest of the watched disks.");
	buf_printf(to, "till_disk_free_bytes %" PRId64 "\n", shared->disk.free_bytes);
	put_help(to, "till_disk_low", "gauge", "1 while new checkouts are stopped.");
	buf_printf(to, "till_disk_low %d\n", (int)shared->disk.is_low);
}

static void
put_crowd(const struct shared *shared, struct buf *to)
{
	int64_t turned_away = 0;

	for (size_t i = 0; i < SHARED_SLOTS; i++)
		turned_away += shared->slots[i].turned_away;
	put_help(to, "till_turned_away_total", "counter",
		 "Requests that were answered with the waiting page.");
	buf_printf(to, "till_turned_away_total %" PRId64 "\n", turned_away);
}

static void
put_catalog(const struct shared *shared, struct buf *to)
{
	put_help(to, "till_catalog_asked_total", "counter",
		 "Looks at products, on the shelf and on their pages.");
	buf_printf(to, "till_catalog_asked_total %" PRId64 "\n", shared->catalog.asked);
	put_help(to, "till_catalog_known_total", "counter",
		 "Looks that were answered from memory.");
	buf_printf(to, "till_catalog_known_total %" PRId64 "\n", shared->catalog.known);
}

/* Processes by role: how many there are, how many are at work. */
static void
put_processes(const struct shared *shared, struct buf *to)
{
	put_help(to, "till_processes", "gauge", "Processes by role and state.");
	for (size_t i = 0; i < SHARED_SLOTS; i++) {
		const struct shared_slot *slot = &shared->slots[i];
		int64_t all = 0, busy = 0;
		bool first = slot->role[0] != '\0';

		for (size_t k = 0; k < SHARED_SLOTS && first; k++) {
			const struct shared_slot *other = &shared->slots[k];

			if (strncmp(slot->role, other->role, SHARED_ROLE) != 0)
				continue;
			first = k >= i;
			all += other->pid != 0;
			busy += other->pid != 0 && other->busy_since_us != 0;
		}
		if (!first)
			continue;
		buf_printf(to,
			   "till_processes{role=\"%s\",state=\"busy\"} %" PRId64 "\n"
			   "till_processes{role=\"%s\",state=\"idle\"} %" PRId64 "\n",
			   slot->role, busy, slot->role, all - busy);
	}
}

static void
put_queues(const struct shared *shared, struct buf *to)
{
	static const char *const names[QUEUES] = {"webhooks", "payments", "refunds",
						  "mails"};

	put_help(to, "till_queue_late_seconds", "gauge",
		 "For how long the first that is due has waited, by queue.");
	for (size_t i = 0; i < QUEUES; i++)
		buf_printf(to,
			   "till_queue_late_seconds{queue=\"%s\"} %" PRId64
			   ".%06" PRId64 "\n",
			   names[i], shared->queue_late_us[i] / SECONDS(1),
			   shared->queue_late_us[i] % SECONDS(1));
}

/* One line of a gateway, which is named by its place in the map. */
static void
put_gateway(struct buf *to, const char *metric, const struct traffic_gateway *gateway,
	    int64_t n)
{
	buf_printf(to, "%s{gateway=\"%s\"} %" PRId64 "\n", metric, gateway->name.text,
		   n);
}

/* 0 closed, 1 it may be tried, 2 nobody calls. */
static int64_t
breaker_level(const struct traffic_gateway *gateway)
{
	struct breaker b = traffic_breaker(gateway);

	if (b.phase == BREAKER_CLOSED)
		return 0;
	return breaker_wait_ms(&b, clock_steady_us() / 1000) > 0 ? 2 : 1;
}

static int64_t
breaker_failures(const struct traffic_gateway *gateway)
{
	return traffic_breaker(gateway).failures;
}

static int64_t
times_opened(const struct traffic_gateway *gateway)
{
	return gateway->opened;
}

static int64_t
calls_now(const struct traffic_gateway *gateway)
{
	return traffic_seated(gateway, clock_steady_us() / 1000);
}

static void
put_gateways(const struct traffic *traffic, struct buf *to)
{
	static const struct {
		const char *name, *type, *help;
		int64_t (*of)(const struct traffic_gateway *);
	} metrics[] = {
		{"till_breaker_state", "gauge",
		 "0: calls go out; 1: one call tries; 2: nobody calls.", breaker_level},
		{"till_breaker_failures", "gauge", "Failed calls in a row, by gateway.",
		 breaker_failures},
		{"till_breaker_opened_total", "counter",
		 "How often a gateway was left alone.", times_opened},
		{"till_gateway_calls_now", "gauge", "Calls on their way, by gateway.",
		 calls_now},
	};

	for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
		put_help(to, metrics[m].name, metrics[m].type, metrics[m].help);
		for (size_t i = 0; i < TRAFFIC_GATEWAYS; i++)
			if (traffic_is_named(&traffic->gateways[i].name))
				put_gateway(to, metrics[m].name, &traffic->gateways[i],
					    metrics[m].of(&traffic->gateways[i]));
	}
}

/* gateway="stripe",operation="session.create": the two words of its name. */
static const char *
labels_of(const struct traffic_operation *operation, char *out, size_t size)
{
	const char *name = operation->name.text;
	int gateway = (int)strcspn(name, " ");

	snprintf(out, size, "gateway=\"%.*s\",operation=\"%s\"", gateway, name,
		 name + gateway + (name[gateway] == ' '));
	return out;
}

static void
put_results(struct buf *to, const struct traffic_operation *operation)
{
	char labels[96];

	labels_of(operation, labels, sizeof labels);
	for (enum traffic_result r = 0; r < TRAFFIC_RESULTS; r++)
		buf_printf(to,
			   "till_gateway_calls_total{%s,result=\"%s\"} %" PRId64 "\n",
			   labels, traffic_result_word(r), operation->results[r]);
}

static void
put_operations(const struct traffic *traffic, struct buf *to)
{
	char labels[96];

	put_help(to, "till_gateway_calls_total", "counter",
		 "Calls, by what came of them.");
	for (size_t i = 0; i < TRAFFIC_OPERATIONS; i++)
		if (traffic_is_named(&traffic->operations[i].name))
			put_results(to, &traffic->operations[i]);
	put_help(to, "till_gateway_retries_total", "counter",
		 "Tries beyond the first of a call.");
	for (size_t i = 0; i < TRAFFIC_OPERATIONS; i++)
		if (traffic_is_named(&traffic->operations[i].name))
			buf_printf(to, "till_gateway_retries_total{%s} %" PRId64 "\n",
				   labels_of(&traffic->operations[i], labels,
					     sizeof labels),
				   traffic->operations[i].retries);
	put_help(to, "till_gateway_seconds_total", "counter",
		 "Time that calls took, retries and waits included.");
	for (size_t i = 0; i < TRAFFIC_OPERATIONS; i++)
		if (traffic_is_named(&traffic->operations[i].name))
			buf_printf(to,
				   "till_gateway_seconds_total{%s} %" PRId64
				   ".%06" PRId64 "\n",
				   labels_of(&traffic->operations[i], labels,
					     sizeof labels),
				   traffic->operations[i].total_us / SECONDS(1),
				   traffic->operations[i].total_us % SECONDS(1));
}

static void
put_journal(const struct traffic *traffic, struct buf *to)
{
	put_help(to, "till_journal_waiting", "gauge",
		 "Gateway calls that are not in the table yet.");
	buf_printf(to, "till_journal_waiting %" PRId64 "\n", traffic->journal_waiting);
}

static void
put_total(struct buf *to, const char *name, const char *help, int64_t n)
{
	put_help(to, name, "counter", help);
	buf_printf(to, "%s %" PRId64 "\n", name, n);
}

static void
put_books(const struct shared *shared, struct buf *to)
{
	if (shared->books.checked_us == 0)
		return;
	put_help(to, "till_books_broken", "gauge",
		 "Invariants that the daily check found broken.");
	buf_printf(to, "till_books_broken %" PRId64 "\n", shared->books.broken);
	put_help(to, "till_books_checked_seconds", "gauge", "When that was.");
	buf_printf(to, "till_books_checked_seconds %" PRId64 "\n",
		   shared->books.checked_us / 1000000);
}

/* F-128: at most 1.15 attempts a paid order. */
static void
put_effort(const struct traffic *traffic, struct buf *to)
{
	put_total(to, "till_paid_orders_total", "Orders that were paid.",
		  traffic->paid_orders);
	put_total(to, "till_paid_order_attempts_total",
		  "Attempts to pay that those orders took.", traffic->paid_attempts);
}

void
metrics_render(const struct shared *shared, const struct router *router, struct buf *to)
{
	int64_t statements = 0;

	put_disk(shared, to);
	put_books(shared, to);
	put_crowd(shared, to);
	put_catalog(shared, to);
	put_routes(shared, router, to);
	put_durations(shared, to);
	put_processes(shared, to);
	put_queues(shared, to);
	put_gateways(&shared->traffic, to);
	put_operations(&shared->traffic, to);
	put_journal(&shared->traffic, to);
	put_effort(&shared->traffic, to);
	for (size_t i = 0; i < SHARED_SLOTS; i++)
		statements += shared->slots[i].statements;
	put_total(to, "till_statements_total", "Database statements.", statements);
	put_total(to, "till_child_deaths_total", "Children that ended by a fault.",
		  shared->deaths);
	put_total(to, "till_child_starts_total", "Children that were started.",
		  shared->restarts);
}
