/* ledger_store.h - what ledger.c asks of its table. */
#ifndef DOMAIN_LEDGER_STORE_H
#define DOMAIN_LEDGER_STORE_H

#include "domain/ledger.h"

fallible ledger_insert(struct tx *, const struct ledger_leg *, size_t n);
/* Whether a movement touched an account. */
fallible ledger_has(struct tx *, const char *ref, const char *account, bool *has);

#endif
