/* deliver.h - events and their signed webhooks, sent again until a 2xx comes back. */
#ifndef SANDBOX_DELIVER_H
#define SANDBOX_DELIVER_H

#include "sandbox/sandbox.h"

/* A thing that happened, as its gateway tells it; body bytes never change. */
struct event {
	struct record record;
	const char *gateway, *type, *body;
	int64_t created; /* seconds */
};

struct delivery {
	struct record record;
	const char *event, *gateway, *type, *url;
	const char *state;    /* waiting delivered failed */
	const char *flaw;     /* NULL, "signature" or "old" */
	const char *attempts; /* JSON objects, comma between */
	int64_t tries, status, due_us;
	bool single;     /* not sent again */
	bool under_way;  /* not kept */
	uint64_t ticket; /* not kept: of the answer that waits for the first try */
};

enum { BATCH_MAX = 8 };

/* Events that one operation caused, in their order. */
struct batch {
	size_t n;
	struct event *events[BATCH_MAX];
};

/* ca: file of certificates, or NULL for those of the system. */
fallible deliver_new(struct sandbox *, const char *ca);
struct event *deliver_event(struct sandbox *, const char *gateway, const char *id,
			    const char *type, const char *body);
/* Plans the deliveries of a batch as the fault (9201 to 9207, or 0) wants them. A
 * ticket other than 0 is released when each was tried once. */
void deliver_batch(struct sandbox *, const struct batch *, int fault, uint64_t ticket);
/* Sends one again at once. */
void deliver_again(struct sandbox *, struct delivery *);
void deliver_wake(struct sandbox *);   /* after the store was read */
void deliver_forget(struct sandbox *); /* stops all that is under way */
/* Waits for a descriptor of fds or of a transfer, then moves transfers on. */
void deliver_wait(struct sandbox *, const int *fds, size_t n, int64_t timeout_us);
void deliver_stop(struct sandbox *);

#endif
