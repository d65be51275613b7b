/* evidence.h - what others saw of the shop: clients, gateways, receivers of mail. Held
 * against the books, it tells what no look into the books alone can tell. */
#ifndef DOMAIN_EVIDENCE_H
#define DOMAIN_EVIDENCE_H

#include "db/db.h"
#include "domain/invariant.h"

/* What a client was told, and kept before it went on. */
struct ack {
	const char *order; /* number or UUID */
	int64_t total;     /* minor units */
	const char *key;   /* Idempotency-Key, or NULL: not told */
	bool confirmed;    /* false: it was told that the order is there, no more */
};

/* What a gateway says it took and gave back. */
struct charge {
	const char *gateway, *payment; /* "stripe", "pi_..." */
	const char *attempt_ref; /* the attempt's uuid, NULL: it has none of ours */
	struct money captured, refunded;
	struct instant at; /* when it was made */
};

/* What a receiver saw: an entry of the outbox by its dedup key, or by the form that the
 * key has in a Message-ID (dots for colons). */
struct effect {
	const char *dedup, *kind;
};

struct evidence {
	bool has_acks, has_charges, has_effects;
	struct ack *acks;
	size_t n_acks;
	struct charge *charges;
	size_t n_charges;
	struct instant charges_from; /* the reports begin here ... */
	struct instant charges_at;   /* ... and were pulled then; the books are newer */
	/* What moved so shortly before they were pulled is not held against anybody: a
	 * webhook or a poll is still on its way. */
	int64_t settling_s;
	struct effect *effects;
	size_t n_effects;
};

/* Checks one of I08, I14, I22, I23, I24, I31, if there is evidence for it: then its
 * needs become NULL. Sorts the evidence. */
fallible evidence_check(struct tx *, struct evidence *, struct invariant *);

#endif
