/* shared.h - one mapped file that every role of a host sees: what each process is at
 * and has counted, the gateways' circuit breakers, the test clock's offset. Nothing in
 * it may be missed when it is lost. */
#ifndef BASE_SHARED_H
#define BASE_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/traffic.h"

enum {
	SHARED_SLOTS = 768,
	SHARED_ROUTES = 160,
	SHARED_BUCKETS = 12,
	SHARED_ROLE = 16,
};

/* Upper ends of the duration buckets in milliseconds; the last has none. */
extern const int64_t shared_bucket_ms[SHARED_BUCKETS - 1];

struct shared_route {
	_Atomic int64_t answers[6]; /* by first digit of the status */
	_Atomic int64_t total_us;
};

/* More people than can be served; web/admission. */
struct shared_crowd {
	_Atomic int64_t seen_us; /* steady clock: when somebody was last turned away */
};

/* The watched disks; jobs/disk_watch looks at them. */
struct shared_disk {
	_Atomic int32_t is_low;      /* no new checkouts while it is 1 */
	_Atomic int64_t free_bytes;  /* of the fullest; -1: none could be looked at */
	_Atomic int64_t total_bytes; /* of the same */
};

/* Of one process; counters outlive it and go on with the next of the same role. */
struct shared_slot {
	_Atomic int32_t pid;           /* 0: free */
	char role[SHARED_ROLE];        /* "shop", "work-pay" */
	_Atomic int64_t busy_since_us; /* steady clock; 0: idle */
	_Atomic int64_t idle_since_us;
	_Atomic int64_t requests, statements, turned_away;
	_Atomic int64_t buckets[SHARED_BUCKETS];
	struct shared_route routes[SHARED_ROUTES];
} __attribute__((aligned(64)));

/* What the last look of the day at all the books found. */
struct shared_books {
	_Atomic int64_t broken;     /* invariants */
	_Atomic int64_t checked_us; /* instant; 0: not yet */
};

/* What waits for the lanes; jobs/work notes how long. */
enum shared_queue {
	QUEUE_WEBHOOKS,
	QUEUE_PAYMENTS,
	QUEUE_REFUNDS,
	QUEUE_MAILS,
	QUEUES
};

/* What processes remembered of the catalogue; domain/catalog_cache. */
struct shared_catalog {
	_Atomic int64_t asked, known;
};

struct shared {
	_Atomic uint32_t magic;
	volatile int64_t clock_offset_s;
	_Atomic int64_t deaths, restarts; /* of children, by all masters */
	struct traffic traffic;           /* calls to gateways */
	struct shared_slot slots[SHARED_SLOTS];
	struct shared_disk disk;
	struct shared_books books;
	struct shared_crowd crowd;
	_Atomic int64_t queue_late_us[QUEUES]; /* of the first that is due; 0: none */
	struct shared_catalog catalog;
};

/* Maps the file, making it when it is missing or of another version. */
fallible shared_open(const char *path, struct shared **out);
/* The same without a file, for tests and single commands. */
struct shared *shared_private(void);

/* A slot for a process of a role: one of the same role that is free, else a fresh one,
 * else NULL. The slots of processes that are gone count as free. */
struct shared_slot *shared_claim(struct shared *, const char *role, int32_t pid);
void shared_release(struct shared *, int32_t pid);
struct shared_slot *shared_slot_of(struct shared *, int32_t pid);
/* Since now its process works, or waits; NULL: nobody wants to know. */
void shared_mark_busy(struct shared_slot *, bool busy);
/* What it worked at came to nothing: it has been idle since then, as before. 0: it was
 * not. */
void shared_mark_idle_since(struct shared_slot *, int64_t since_us);

#endif
