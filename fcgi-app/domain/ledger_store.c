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

struct entry_row {
	int64_t n;
};

SQL_ROWS(find_entry, struct entry_row, (n),
	 "SELECT COUNT(*) AS n FROM ledger WHERE ref = ? AND account = ?");

fallible
ledger_has(struct tx *tx, const char *ref, const char *account, bool *has)
{
	struct entry_row row = {0};
	bool found;

	TRY(db_one(tx, &find_entry, ARGS(ref, account), &row, &found));
	*has = row.n > 0;
	return NULL;
}
