/* ledger_store.c - the only file that writes the ledger. */
#include "domain/ledger_store.h"

SQL_SAVE(insert_leg, struct ledger_leg, (txn_id, account, amount, ref, order),
	 "INSERT INTO ledger (txn_id, account, amount, currency, ref, order_id)"
	 " VALUES (?, ?, ?, ?, ?, ?)");

fallible
ledger_insert(struct tx *tx, const struct ledger_leg *legs, size_t n)
{
	int64_t changed;

	return db_run_rows(tx, &insert_leg, legs, n, &changed);
}
