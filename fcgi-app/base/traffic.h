/* traffic.h - the calls to gateways of all processes of a host, in the shared map: who
 * is calling, what was counted, which breaker is open. A process may die anywhere:
 * every change is one atomic word, and the seats of the dead are free. */
#ifndef BASE_TRAFFIC_H
#define BASE_TRAFFIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/breaker.h"

enum {
	TRAFFIC_GATEWAYS = 8,
	TRAFFIC_OPERATIONS = 64,
	TRAFFIC_SEATS = 512,
	TRAFFIC_NAME = 24,
	TRAFFIC_SEAT_S = 60, /* nobody calls for longer: a seat that old is a dead one's
			      */
};

/* What became of a call. */
enum traffic_result {
	TRAFFIC_ANSWERED,     /* below 500 */
	TRAFFIC_SERVER_ERROR, /* 500 and more */
	TRAFFIC_LOST,         /* sent; no or no whole answer */
	TRAFFIC_NOT_SENT,     /* no connection */
	TRAFFIC_REFUSED,      /* by the breaker, or since too many were calling */
	TRAFFIC_RESULTS,
};
const char *traffic_result_word(enum traffic_result);

/* 0 free, 1 being named, 2 named. */
struct traffic_name {
	_Atomic uint32_t state;
	char text[2 * TRAFFIC_NAME]; /* "stripe", "stripe session.create" */
};

struct traffic_gateway {
	struct traffic_name name;
	_Atomic uint64_t breaker;              /* breaker_pack() */
	_Atomic int64_t opened;                /* how often it did */
	_Atomic uint64_t seats[TRAFFIC_SEATS]; /* second of sitting down, process id */
};

struct traffic_operation {
	struct traffic_name name;
	_Atomic int64_t results[TRAFFIC_RESULTS];
	_Atomic int64_t retries; /* tries beyond the first of a call */
	_Atomic int64_t total_us;
};

struct traffic {
	struct traffic_gateway gateways[TRAFFIC_GATEWAYS];
	struct traffic_operation operations[TRAFFIC_OPERATIONS];
	_Atomic int64_t journal_waiting; /* records that no table holds yet */
	/* Orders that this host saw paid, and the attempts they took (F-128). */
	_Atomic int64_t paid_orders, paid_attempts;
};

/* Made at first use; NULL when there are too many. */
struct traffic_gateway *traffic_gateway(struct traffic *, const char *name);
struct traffic_operation *traffic_operation(struct traffic *, const char *gateway,
					    const char *operation);
bool traffic_is_named(const struct traffic_name *);

/* ---- the breaker ---- */
/* May a call go out? When not, *wait_ms says for how long. */
enum breaker_leave traffic_ask(struct traffic_gateway *, int64_t now_ms,
			       int64_t *wait_ms);
void traffic_tell(struct traffic_gateway *, enum breaker_leave, enum breaker_news,
		  int64_t now_ms);
struct breaker traffic_breaker(const struct traffic_gateway *);
/* How many gateways nobody may call now. */
int64_t traffic_open_breakers(const struct traffic *, int64_t now_ms);

/* ---- the seats ---- */
enum { TRAFFIC_FULL = -1 };
/* A seat among the first `most`, or FULL. */
int traffic_sit(struct traffic_gateway *, int64_t most, int32_t pid, int64_t now_ms);
void traffic_rise(struct traffic_gateway *, int seat, int32_t pid);
/* Seats that living processes have. */
int64_t traffic_seated(const struct traffic_gateway *, int64_t now_ms);

#endif
