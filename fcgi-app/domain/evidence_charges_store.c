/* evidence_charges_store.c - what gateways say they took, against the books. */
#include "domain/evidence_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct booked {
	struct order_id order;
	struct uuid uid;
	const char *number, *gateway, *gw_payment, *state;
	int64_t n;
	struct money captured;
	int64_t refunded, returning; /* done; asked for and not answered yet */
	struct instant sent_at, updated_at;
};

SQL_ROWS(list_booked, struct booked,
	 (order, uid, number, n, gateway, gw_payment, state, captured, refunded,
	  returning, sent_at, updated_at),
	 "SELECT a.order_id AS `order`, a.uid, o.number, CAST(a.n AS SIGNED) AS n,"
	 "       a.gateway, a.gw_payment, a.state, a.captured AS captured_minor,"
	 "       a.currency AS captured_currency, a.refunded,"
	 "       CAST(COALESCE((SELECT SUM(r.amount) FROM refund r"
	 "         WHERE r.attempt_id = a.id AND r.state = 'pending'), 0) AS SIGNED)"
	 "         AS `returning`, a.sent_at, a.updated_at"
	 "  FROM payment_attempt a JOIN orders o ON o.id = a.order_id ORDER BY a.id");

/* Whose a charge is, as far as the books know. */
struct owner {
	int64_t order; /* 0: nobody's */
	char number[16];
	int64_t returning;
};

struct charges_look {
	const struct evidence *evidence;
	const struct charge **by_ref; /* those that bear a reference of ours */
	size_t n_by_ref;
	struct owner *owners; /* by charge */
	struct findings *differ, *missing;
};

/* ---- finding charges ---- */

static int
compare_payments(const void *a, const void *b)
{
	const struct charge *x = a, *y = b;
	int by_gateway = strcmp(x->gateway, y->gateway);

	return by_gateway != 0 ? by_gateway : strcmp(x->payment, y->payment);
}

static int
compare_refs(const void *a, const void *b)
{
	const struct charge *const *x = a, *const *y = b;

	return strcmp((*x)->attempt_ref, (*y)->attempt_ref);
}

static struct charges_look
prepare(struct tx *tx, struct evidence *evidence)
{
	struct charges_look look = {
		.evidence = evidence,
		.by_ref = arena_new_of(tx->mem, const struct charge *,
				       evidence->n_charges + 1),
		.owners = arena_new_of(tx->mem, struct owner, evidence->n_charges + 1),
		.differ = findings_new(tx->mem),
		.missing = findings_new(tx->mem),
	};

	if (evidence->n_charges > 0)
		qsort(evidence->charges, evidence->n_charges, sizeof *evidence->charges,
		      compare_payments);
	for (size_t i = 0; i < evidence->n_charges; i++)
		if (evidence->charges[i].attempt_ref != NULL)
			look.by_ref[look.n_by_ref++] = &evidence->charges[i];
	if (look.n_by_ref > 0)
		qsort(look.by_ref, look.n_by_ref, sizeof *look.by_ref, compare_refs);
	return look;
}

static const struct charge *
find_payment(const struct charges_look *look, const struct booked *booked)
{
	struct charge key = {.gateway = booked->gateway, .payment = booked->gw_payment};

	if (key.payment == NULL || look->evidence->n_charges == 0)
		return NULL;
	return bsearch(&key, look->evidence->charges, look->evidence->n_charges,
		       sizeof key, compare_payments);
}

static size_t
find_ref(const struct charges_look *look, const char *ref)
{
	size_t low = 0, high = look->n_by_ref;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(look->by_ref[middle]->attempt_ref, ref) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- one against the other ---- */

static bool
is_late(const struct charges_look *look, struct instant moment)
{
	const struct evidence *evidence = look->evidence;

	return instant_since(evidence->charges_at, moment) <
	       SECONDS(evidence->settling_s);
}

static bool
is_settling(const struct charges_look *look, const struct charge *charge,
	    const struct booked *booked)
{
	return is_late(look, charge->at) || is_late(look, booked->updated_at);
}

/* A refund that the gateway has made and we have only asked for is one all the same. */
static void
compare(struct charges_look *look, const struct charge *charge,
	const struct booked *booked)
{
	int64_t taken = charge->captured.minor, back = charge->refunded.minor;
	bool same = taken == booked->captured.minor && back >= booked->refunded &&
		    back <= booked->refunded + booked->returning &&
		    (taken == 0 ||
		     text_equal(charge->captured.currency, booked->captured.currency));

	if (same || is_settling(look, charge, booked))
		return;
	findings_add(look->differ,
		     "%s attempt %" PRId64 " is %s: %" PRId64 " - %" PRId64
		     " %s in the books, %" PRId64 " - %" PRId64 " %s at %s (%s)",
		     booked->number, booked->n, booked->state, booked->captured.minor,
		     booked->refunded, booked->captured.currency, taken, back,
		     charge->captured.currency, charge->gateway, charge->payment);
}

static void
own(struct charges_look *look, const struct charge *charge, const struct booked *booked)
{
	struct owner *owner = &look->owners[charge - look->evidence->charges];

	owner->order = booked->order.n;
	snprintf(owner->number, sizeof owner->number, "%s", booked->number);
}

/* Charges that bear the attempt's reference and are not the one that it knows. */
static const struct charge *
look_at_others(struct charges_look *look, const struct booked *booked,
	       const struct charge *known)
{
	for (size_t i = find_ref(look, booked->uid.text);
	     i < look->n_by_ref &&
	     text_equal(look->by_ref[i]->attempt_ref, booked->uid.text);
	     i++) {
		const struct charge *charge = look->by_ref[i];

		own(look, charge, booked);
		if (charge == known || !text_equal(charge->gateway, booked->gateway))
			continue;
		if (known == NULL && booked->gw_payment == NULL)
			known = charge;
		else if (charge->captured.minor != charge->refunded.minor)
			findings_add(look->differ,
				     "%s attempt %" PRId64 ": another charge, %s, of"
				     " %" PRId64 " %s",
				     booked->number, booked->n, charge->payment,
				     charge->captured.minor, charge->captured.currency);
	}
	return known;
}

static struct err *
look_at_booked(void *to, const void *row)
{
	struct charges_look *look = to;
	const struct booked *booked = row;
	const struct charge *charge =
		look_at_others(look, booked, find_payment(look, booked));

	if (charge != NULL) {
		own(look, charge, booked);
		look->owners[charge - look->evidence->charges].returning =
			booked->returning;
		compare(look, charge, booked);
	} else if (booked->captured.minor > 0 &&
		   instant_since(booked->sent_at, look->evidence->charges_from) >= 0 &&
		   !is_late(look, booked->updated_at)) {
		findings_add(look->missing,
			     "%s attempt %" PRId64 ": %" PRId64
			     " %s captured, %s knows nothing of %s",
			     booked->number, booked->n, booked->captured.minor,
			     booked->captured.currency, booked->gateway,
			     booked->gw_payment != NULL ? booked->gw_payment : "it");
	}
	return NULL;
}

static fallible
look_at_all(struct tx *tx, struct charges_look *look)
{
	return db_each_(tx, &list_booked, NO_ARGS, look_at_booked, look,
			sizeof(struct booked));
}

/* ---- the three invariants ---- */

fallible
evidence_charges_differ(struct tx *tx, struct evidence *evidence,
			struct findings *findings)
{
	struct charges_look look = prepare(tx, evidence);

	TRY(look_at_all(tx, &look));
	for (size_t i = 0; i < evidence->n_charges; i++) {
		const struct charge *charge = &evidence->charges[i];

		if (look.owners[i].order == 0 && !is_late(&look, charge->at) &&
		    charge->captured.minor != charge->refunded.minor)
			findings_add(look.differ,
				     "%s of %s: %" PRId64 " - %" PRId64
				     " %s for no attempt of ours",
				     charge->payment, charge->gateway,
				     charge->captured.minor, charge->refunded.minor,
				     charge->captured.currency);
	}
	*findings = *look.differ;
	return NULL;
}

fallible
evidence_charges_missing(struct tx *tx, struct evidence *evidence,
			 struct findings *findings)
{
	struct charges_look look = prepare(tx, evidence);

	TRY(look_at_all(tx, &look));
	*findings = *look.missing;
	return NULL;
}

static int
compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

/* Money that is on its way back is not kept. A charge that is not held is nobody's. */
fallible
evidence_charges_double(struct tx *tx, struct evidence *evidence,
			struct findings *findings)
{
	struct charges_look look = prepare(tx, evidence);
	size_t n = evidence->n_charges;

	TRY(look_at_all(tx, &look));
	for (size_t i = 0; i < n; i++) {
		const struct charge *charge = &evidence->charges[i];

		if (charge->captured.minor <=
			    charge->refunded.minor + look.owners[i].returning ||
		    is_late(&look, charge->at))
			look.owners[i].order = 0;
	}
	if (n > 0)
		qsort(look.owners, n, sizeof *look.owners, compare_owners);
	for (size_t i = 1; i < n; i++)
		if (look.owners[i].order != 0 &&
		    look.owners[i].order == look.owners[i - 1].order &&
		    (i < 2 || look.owners[i - 2].order != look.owners[i].order))
			findings_add(findings, "%s: more than one live charge",
				     look.owners[i].number);
	return NULL;
}
