/* invoice.h - invoice numbers, gapless per series, given by a job within seconds so
 * that no confirmation waits for another. */
#ifndef DOMAIN_INVOICE_H
#define DOMAIN_INVOICE_H

#include "db/db.h"

/* How far before the order with the last number those without one are looked for.
 * Numbers follow the confirmations, but for transactions that took their time. */
enum invoice_reach {
	INVOICE_NEAR, /* minutes: what a shop of 1,000 orders a minute can do each
			 second */
	INVOICE_FAR   /* a day: whom a clock that was set back has left out */
};

/* Whether any order waits for its number, without a lock. */
fallible invoice_look(struct tx *, enum invoice_reach, bool *waiting);
/* Numbers up to limit confirmed orders that have no invoice, in the order in which they
 * were confirmed; returns how many. Locks the series, so two runs never give one number
 * twice. */
fallible invoice_number_some(struct tx *, enum invoice_reach, int64_t limit,
			     int64_t *numbered);
/* "A-000042", or NULL while there is none. */
fallible invoice_find(struct tx *, struct order_id, const char **number);

#endif
