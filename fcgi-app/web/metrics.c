/* metrics.c - what a process counts, and all of it as Prometheus reads it. */
#include "web/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
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
put_breakers(const struct shared *shared, struct buf *to)
{
	put_help(to, "till_breaker_failures", "gauge",
		 "Failed calls in a row, by gateway.");
	for (size_t i = 0; i < SHARED_BREAKERS; i++)
		if (shared->breakers[i].name[0] != '\0')
			buf_printf(
				to,
				"till_breaker_failures{gateway=\"%s\"} %" PRId64 "\n",
				shared->breakers[i].name, shared->breakers[i].failures);
}

static void
put_total(struct buf *to, const char *name, const char *help, int64_t n)
{
	put_help(to, name, "counter", help);
	buf_printf(to, "%s %" PRId64 "\n", name, n);
}

void
metrics_render(const struct shared *shared, const struct router *router, struct buf *to)
{
	int64_t statements = 0;

	put_disk(shared, to);
	put_routes(shared, router, to);
	put_durations(shared, to);
	put_processes(shared, to);
	put_breakers(shared, to);
	for (size_t i = 0; i < SHARED_SLOTS; i++)
		statements += shared->slots[i].statements;
	put_total(to, "till_statements_total", "Database statements.", statements);
	put_total(to, "till_child_deaths_total", "Children that ended by a fault.",
		  shared->deaths);
	put_total(to, "till_child_starts_total", "Children that were started.",
		  shared->restarts);
}
