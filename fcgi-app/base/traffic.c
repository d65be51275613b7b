/* traffic.c - the calls to gateways of all processes of a host. */
#include "base/traffic.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { FREE, BEING_NAMED, NAMED, PATIENCE = 1000 };

const char *
traffic_result_word(enum traffic_result result)
{
	static const char *const words[] = {
		[TRAFFIC_ANSWERED] = "answered", [TRAFFIC_SERVER_ERROR] = "error",
		[TRAFFIC_LOST] = "lost",         [TRAFFIC_NOT_SENT] = "not_sent",
		[TRAFFIC_REFUSED] = "refused",
	};

	return words[result];
}

/* ---- names ---- */

bool
traffic_is_named(const struct traffic_name *name)
{
	return name->state == NAMED;
}

/* Whether the place bears this name, which it is given when it is free. A process that
 * died while it gave a name costs the place, and no more. */
static bool
is_place_of(struct traffic_name *place, const char *wanted)
{
	uint32_t free_place = FREE;

	if (atomic_compare_exchange_strong(&place->state, &free_place, BEING_NAMED)) {
		strncpy(place->text, wanted, sizeof place->text - 1);
		place->state = NAMED;
	}
	for (int i = 0; place->state == BEING_NAMED && i < PATIENCE; i++)
		sched_yield();
	return place->state == NAMED &&
	       strncmp(place->text, wanted, sizeof place->text - 1) == 0;
}

struct traffic_gateway *
traffic_gateway(struct traffic *traffic, const char *name)
{
	for (size_t i = 0; i < TRAFFIC_GATEWAYS; i++)
		if (is_place_of(&traffic->gateways[i].name, name))
			return &traffic->gateways[i];
	return NULL;
}

struct traffic_operation *
traffic_operation(struct traffic *traffic, const char *gateway, const char *operation)
{
	char name[sizeof traffic->operations[0].name.text];

	snprintf(name, sizeof name, "%s %s", gateway, operation);
	for (size_t i = 0; i < TRAFFIC_OPERATIONS; i++)
		if (is_place_of(&traffic->operations[i].name, name))
			return &traffic->operations[i];
	return NULL;
}

/* ---- the breaker ---- */

struct breaker
traffic_breaker(const struct traffic_gateway *gateway)
{
	return breaker_unpack(gateway->breaker);
}

enum breaker_leave
traffic_ask(struct traffic_gateway *gateway, int64_t now_ms, int64_t *wait_ms)
{
	uint64_t word = gateway->breaker;

	for (;;) {
		struct breaker b = breaker_unpack(word);
		enum breaker_leave leave = breaker_ask(&b, now_ms);

		*wait_ms = leave == BREAKER_REFUSE ? breaker_wait_ms(&b, now_ms) : 0;
		if (leave != BREAKER_TRIAL ||
		    atomic_compare_exchange_weak(&gateway->breaker, &word,
						 breaker_pack(&b)))
			return leave;
	}
}

void
traffic_tell(struct traffic_gateway *gateway, enum breaker_leave leave,
	     enum breaker_news news, int64_t now_ms)
{
	uint64_t word = gateway->breaker;
	struct breaker before, after;

	do {
		before = breaker_unpack(word);
		after = before;
		breaker_tell(&after, leave, news, now_ms);
	} while (!atomic_compare_exchange_weak(&gateway->breaker, &word,
					       breaker_pack(&after)));
	if (before.phase == BREAKER_CLOSED && after.phase == BREAKER_OPEN)
		atomic_fetch_add(&gateway->opened, 1);
}

int64_t
traffic_open_breakers(const struct traffic *traffic, int64_t now_ms)
{
	int64_t n = 0;

	for (size_t i = 0; i < TRAFFIC_GATEWAYS; i++) {
		struct breaker b = traffic_breaker(&traffic->gateways[i]);

		n += breaker_wait_ms(&b, now_ms) > 0;
	}
	return n;
}

/* ---- the seats ---- */

static uint64_t
seat_of(int32_t pid, int64_t now_ms)
{
	return (uint64_t)(now_ms / 1000) << 32 | (uint32_t)pid;
}

/* Of a process that is gone, or so old that its number was given again. */
static bool
is_free(uint64_t seat, int64_t now_ms)
{
	int32_t pid = (int32_t)(uint32_t)seat;
	int64_t age_s = now_ms / 1000 - (int64_t)(seat >> 32);

	return seat == 0 || age_s < 0 || age_s > TRAFFIC_SEAT_S ||
	       (kill(pid, 0) != 0 && errno == ESRCH);
}

int
traffic_sit(struct traffic_gateway *gateway, int64_t most, int32_t pid, int64_t now_ms)
{
	for (int i = 0; i < TRAFFIC_SEATS && i < most; i++) {
		uint64_t seat = gateway->seats[i];

		if (is_free(seat, now_ms) &&
		    atomic_compare_exchange_strong(&gateway->seats[i], &seat,
						   seat_of(pid, now_ms)))
			return i;
	}
	return TRAFFIC_FULL;
}

/* It may be another's by now. */
void
traffic_rise(struct traffic_gateway *gateway, int seat, int32_t pid)
{
	uint64_t mine = gateway->seats[seat];

	if ((int32_t)(uint32_t)mine == pid)
		atomic_compare_exchange_strong(&gateway->seats[seat], &mine, 0);
}

int64_t
traffic_seated(const struct traffic_gateway *gateway, int64_t now_ms)
{
	int64_t n = 0;

	for (size_t i = 0; i < TRAFFIC_SEATS; i++)
		n += !is_free(gateway->seats[i], now_ms);
	return n;
}
