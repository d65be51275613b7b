/* invoice.h - invoice numbers, gapless per series, given by a job within seconds so
 * that no confirmation waits for another. */
#ifndef DOMAIN_INVOICE_H
#define DOMAIN_INVOICE_H

#include "db/db.h"

/* Whether any order waits for its number, without a lock. */
fallible invoice_look(struct tx *, bool *waiting);
/* Numbers up to limit confirmed orders that have no invoice, in the order in which they
 * were confirmed; returns how many. Locks the series, so two runs never give one number
 * twice. */
fallible invoice_number_some(struct tx *, int64_t limit, int64_t *numbered);
/* "A-000042", or NULL while there is none. */
fallible invoice_find(struct tx *, struct order_id, const char **number);

#endif
