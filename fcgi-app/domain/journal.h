/* journal.h - what was asked of gateways and what they answered, each try (F-144). A
 * record is written beside the database first (base/spool.h), sealed, by whoever
 * called, in the moment after the answer: it costs the payment no statement and no
 * commit, it is there when the process dies or the database is gone, and a job brings
 * it in. */
#ifndef DOMAIN_JOURNAL_H
#define DOMAIN_JOURNAL_H

#include "db/db.h"

struct keyring;

struct journal_call {
	int64_t id;
	struct uuid uid; /* of the record: brought in twice, it is there once */
	struct attempt_id attempt; /* 0: of none that was known */
	struct refund_id refund;
	const char *gateway, *operation, *method, *path;
	const char *idem_key; /* NULL: none */
	int64_t nth;          /* try of its call, from 1 */
	const char *outcome;  /* answered, lost, not_sent */
	int64_t status;       /* 0: no answer */
	int64_t took_ms;
	const char *request_id, *trace, *error;
	struct sealed_bytes request, response; /* without secrets; long ones are cut */
	struct instant called_at;              /* by the clock of who called */
	struct instant created_at;             /* when it was brought in */
	/* Of the payment, when it was read: */
	const char *order_number;
	struct uuid attempt_uid, refund_uid;
	struct money fee; /* of the attempt, once for all its calls; or none */
};

/* A record as sealed bytes, and back: INTERNAL when they are no record. */
struct bytes journal_pack(const struct keyring *, struct arena *,
			  const struct journal_call *);
fallible journal_unpack(const struct keyring *, struct arena *, struct bytes,
			struct journal_call *);

/* Brings records in; those that are there already stay as they are. */
fallible journal_add(struct tx *, const struct journal_call *, size_t n);
/* Of one order, oldest first, bodies and all. */
fallible journal_list(struct tx *, struct order_id, struct journal_call **list,
		      size_t *n);
/* Of all, oldest first, one after another; since none: from the beginning. */
fallible journal_each(struct tx *, struct instant since,
		      fallible (*row)(void *to, const void *call), void *to);
/* Drops what is older than so many days; returns how many. */
fallible journal_purge(struct tx *, int64_t days, int64_t limit, int64_t *dropped);

/* Attempts that the orders of the last so many days took which were paid (F-128). */
struct journal_effort {
	int64_t orders, attempts;
};
fallible journal_read_effort(struct tx *, int64_t days, struct journal_effort *);

#endif
