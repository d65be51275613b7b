/* invoice_store.c - invoice numbers; the only file that writes invoices. */
#include "domain/invoice.h"

#include "base/fault_point.h"

struct series_row {
	int64_t next_no;
	struct instant since;
};

struct due_row {
	struct order_id order;
	const char *series;
	int64_t no;
	struct money total;
};

/* Nobody who took longer than the reach to commit is found; the look stays short,
 * however many orders there are and however long nobody looked. That moment is read
 * beforehand: as a subquery of the look it would be worked out too late to lead into an
 * index. */
#define SERIES_SELECT                                                                  \
	"SELECT s.next_no, COALESCE((SELECT p.confirmed_at - INTERVAL ? SECOND"        \
	"          FROM invoice l JOIN orders p ON p.id = l.order_id"                  \
	"         WHERE l.series = 'A' ORDER BY l.no DESC LIMIT 1),"                   \
	"        TIMESTAMP '2000-01-01 00:00:00') AS since"                            \
	"  FROM invoice_series s WHERE s.series = 'A'"
SQL_ROWS(read_series, struct series_row, (next_no, since), SERIES_SELECT);
SQL_ROWS(lock_series, struct series_row, (next_no, since), SERIES_SELECT " FOR UPDATE");
SQL_ROWS(list_due, struct due_row, (order, total),
	 "SELECT o.id AS `order`, o.total AS total_minor, o.currency AS total_currency"
	 "  FROM orders o LEFT JOIN invoice i ON i.order_id = o.id"
	 " WHERE o.confirmed_at >= ? AND i.order_id IS NULL"
	 " ORDER BY o.confirmed_at, o.id LIMIT ?");
SQL_SAVE(insert_invoice, struct due_row, (series, no, order, total),
	 "INSERT INTO invoice (series, no, order_id, total, currency) VALUES (?, ?, ?, "
	 "?, ?)");
SQL(set_series, "UPDATE invoice_series SET next_no = ? WHERE series = 'A'");

static const int64_t reach_s[] = {
	[INVOICE_NEAR] = 5 * 60,
	[INVOICE_FAR] = 86400,
};

fallible
invoice_look(struct tx *tx, enum invoice_reach reach, bool *waiting)
{
	struct series_row series = {0};
	struct due_row *due;
	size_t n;

	TRY(db_one(tx, &read_series, ARGS(reach_s[reach]), &series, waiting));
	TRY(db_all(tx, &list_due, ARGS(series.since, 1), &due, &n));
	*waiting = *waiting && n > 0;
	return NULL;
}

fallible
invoice_number_some(struct tx *tx, enum invoice_reach reach, int64_t limit,
		    int64_t *numbered)
{
	struct series_row series = {0};
	struct due_row *due;
	int64_t changed;
	size_t n;
	bool found;

	*numbered = 0;
	TRY(db_one(tx, &lock_series, ARGS(reach_s[reach]), &series, &found));
	TRY(db_all(tx, &list_due, ARGS(series.since, limit), &due, &n));
	if (!found || n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		due[i].series = "A";
		due[i].no = series.next_no++;
	}
	TRY(db_run_rows(tx, &insert_invoice, due, n, &changed));
	FAULT_POINT_ERR(invoice_numbered, INTERNAL);
	TRY(db_run(tx, &set_series, ARGS(series.next_no)));
	*numbered = (int64_t)n;
	return NULL;
}

struct number_row {
	const char *number;
};

SQL_ROWS(find_invoice, struct number_row, (number),
	 "SELECT CONCAT(series, '-', LPAD(no, 6, '0')) AS number FROM invoice"
	 " WHERE order_id = ?");

fallible
invoice_find(struct tx *tx, struct order_id order, const char **number)
{
	struct number_row row = {0};
	bool found;

	TRY(db_one(tx, &find_invoice, ARGS(order), &row, &found));
	*number = row.number;
	return NULL;
}
