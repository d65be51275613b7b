/* plan.c - statements with values, and what EXPLAIN says of them. */
#include "support/plan.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "support/database.h"

enum { TEXT_MAX = 64 * 1024, WORD_MAX = 40 };

/* ---- values ---- */

#define MIDDLE "5000"
#define HASH   "UNHEX(SHA2(" MIDDLE ", 256))"

/* What a condition compares a column with, in a file or anywhere (NULL); those of a
 * file stand first. */
static const struct {
	const char *column, *file, *value;
} values[] = {
	/* what most rows are in: the shopkeeper's longest lists */
	{"state", "order_read_store.c", "'delivered'"},
	{"state", "inbox_store.c", "'applied'"},
	{"state", "outbox_store.c", "'done'"},
	{"state", "settling_store.c", "'pending'"},
	{"idem_key", NULL, "'key-" MIDDLE "'"},
	{"id", "settling_store.c", "9995"}, /* of those that wait */
	{"id", NULL, MIDDLE},
	{"order_id", NULL, MIDDLE},
	{"cart_id", NULL, MIDDLE},
	{"attempt_id", NULL, MIDDLE},
	{"person_id", NULL, MIDDLE},
	{"waiting_cart", NULL, "9995"},
	{"uid", NULL, "'00005000-0000-7000-8000-000000000000'"},
	{"number", NULL, "'O0000005000'"},
	{"sku", NULL, "'S" MIDDLE "'"},
	{"slug", NULL, "'s" MIDDLE "'"},
	{"scope", NULL, "'payment'"},
	{"return_token", NULL, HASH},
	{"email_hash", NULL, HASH},
	{"active_visitor", NULL, HASH},
	{"address_hash", NULL, HASH},
	{"bucket", NULL, HASH},
	{"gateway", NULL, "'stripe'"},
	{"gw_id", NULL, "'cs_" MIDDLE "'"},
	{"gw_payment", NULL, "'pi_" MIDDLE "'"},
	{"gw_refund_id", NULL, "'re_" MIDDLE "'"},
	{"gw_dispute_id", NULL, "'dp_" MIDDLE "'"},
	{"event_id", NULL, "'evt_" MIDDLE "'"},
	{"lease_owner", NULL, "'host:1'"},
	{"kind", NULL, "'mail.%'"},
	{"ref", NULL, "'capture:00005000-0000-7000-8000-000000000000'"},
	{"account", NULL, "'gateway'"},
	{"reserved", NULL, "1"},
	{"checks", NULL, "1"},
	{"position", NULL, MIDDLE},
	{"confirmed_at", NULL, "UTC_TIMESTAMP(6) - INTERVAL 7 DAY"},
	{"created_at", NULL, "UTC_TIMESTAMP(6) - INTERVAL 3 MINUTE"},
	{"updated_at", NULL, "UTC_TIMESTAMP(6) - INTERVAL 3 MINUTE"},
};
static const char newest_id[] = "9990"; /* where a look goes on: id > ? */
static const char some_number[] = "60"; /* of seconds, days, rows */
static const char written[] = "NULL";   /* EXPLAIN writes nothing */

static const char *
value_of(const char *column, const char *file)
{
	for (size_t i = 0; i < DB_COUNT(values); i++) {
		if (text_equal(values[i].column, column) &&
		    (values[i].file == NULL || text_ends(file, values[i].file)))
			return values[i].value;
	}
	return NULL;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *
back_over(const char *text, const char *at, const char *set)
{
	while (at > text && strchr(set, at[-1]) != NULL)
		at--;
	return at;
}

/* The word that ends at a place; the place before it. */
static const char *
word_before(const char *text, const char *end, char word[WORD_MAX])
{
	const char *at = end;
	size_t len;

	while (at > text && is_word(at[-1]))
		at--;
	len = (size_t)(end - at) < WORD_MAX - 1 ? (size_t)(end - at) : WORD_MAX - 1;
	memcpy(word, at, len);
	word[len] = '\0';
	return at;
}

/* The word that tells what a place is for: values to be written, or conditions. What
 * stands in brackets that are closed again before it tells nothing. */
static const char *
purpose_of(const char *text, const char *place)
{
	static const char *const words[] = {"SET", "VALUES", "WHERE", "ON", "SELECT"};
	char word[WORD_MAX];
	int closed = 0;

	for (const char *at = place; at > text; at--) {
		closed += at[-1] == ')' ? 1 : at[-1] == '(' && closed > 0 ? -1 : 0;
		if (closed > 0 || !is_word(at[-1]) || is_word(*at))
			continue;
		word_before(text, at, word);
		for (size_t i = 0; i < DB_COUNT(words); i++) {
			if (strcmp(word, words[i]) == 0)
				return words[i];
		}
	}
	return "";
}

/* The column that a parameter is compared with, and how ('>' ...); false when it is
 * compared with none. */
static bool
compared(const char *text, const char *parameter, char column[WORD_MAX], char *how)
{
	const char *at = back_over(text, parameter, " ?,(");
	char word[WORD_MAX];

	*how = at > text ? at[-1] : ' ';
	if (at > text && strchr("=<>", at[-1]) != NULL) {
		at = back_over(text, at, "=<>");
	} else {
		at = word_before(text, at, word);
		if (strcmp(word, "IN") != 0 && strcmp(word, "LIKE") != 0)
			return false;
	}
	word_before(text, back_over(text, at, " `"), column);
	return column[0] != '\0' && !isdigit((unsigned char)column[0]);
}

static const char *
value_for(const struct db_stmt *stmt, const char *parameter, char column[WORD_MAX])
{
	const char *purpose = purpose_of(stmt->text, parameter);
	char how;

	if (text_equal(purpose, "SET") || text_equal(purpose, "VALUES"))
		return written;
	if (text_equal(purpose, "SELECT") ||
	    !compared(stmt->text, parameter, column, &how))
		return some_number;
	if (how == '>' && strcmp(column, "id") == 0)
		return newest_id;
	return value_of(column, stmt->file);
}

const char *
plan_with_values(struct arena *mem, const struct db_stmt *stmt, const char **unknown)
{
	struct buf out = buf_new(mem, TEXT_MAX);
	const char *from = stmt->text, *value;
	char column[WORD_MAX];

	for (const char *at = from; (at = strchr(at, '?')) != NULL; from = ++at) {
		value = value_for(stmt, at, column);
		if (value == NULL) {
			*unknown = arena_text(mem, column);
			return NULL;
		}
		buf_printf(&out, "%.*s%s", (int)(at - from), from, value);
	}
	buf_printf(&out, "%s", from);
	WANT(!out.full);
	return buf_string(&out);
}

/* ---- plans ---- */

enum { SELECT_TYPE = 1, TABLE, TYPE, POSSIBLE_KEYS, KEY, KEY_LEN, REF, ROWS, EXTRA };

static const char *
or_nothing(const char *cell)
{
	return cell == NULL ? "-" : cell;
}

/* What was worked out before (<derived2>, <union3,4>) was found by plans of its own. */
static bool
is_wrong(char **cells)
{
	const char *extra = or_nothing(cells[EXTRA]);

	if (strstr(extra, "Impossible") != NULL ||
	    strstr(extra, "no matching row") != NULL)
		return true;
	return cells[TABLE] != NULL && cells[TABLE][0] != '<' && cells[ROWS] != NULL &&
	       strtoll(cells[ROWS], NULL, 10) > PLAN_ROWS_MOST;
}

static void
put_row(void *to, char **cells)
{
	buf_printf(to, "\n    %s %s: type %s, key %s, %s rows, %s",
		   or_nothing(cells[SELECT_TYPE]), or_nothing(cells[TABLE]),
		   or_nothing(cells[TYPE]), or_nothing(cells[KEY]),
		   or_nothing(cells[ROWS]), or_nothing(cells[EXTRA]));
}

static void
put_wrong_row(void *to, char **cells)
{
	if (is_wrong(cells))
		put_row(to, cells);
}

const char *
plan_complaint(struct arena *mem, const char *text)
{
	struct buf complaint = buf_new(mem, TEXT_MAX);

	test_rows(arena_printf(mem, "EXPLAIN %s", text), put_wrong_row, &complaint);
	return complaint.len == 0 ? NULL : buf_string(&complaint);
}

static void
let_go(void *to, char **cells)
{
	(void)to;
	(void)cells;
}

const char *
plan_complaint_when_run(struct arena *mem, const char *text)
{
	struct buf complaint = buf_new(mem, TEXT_MAX);
	int64_t rows;

	test_script("START TRANSACTION; FLUSH STATUS");
	test_rows(text, let_go, NULL);
	rows = test_number("SELECT SUM(variable_value)"
			   "  FROM information_schema.session_status"
			   " WHERE variable_name LIKE 'HANDLER_READ%%'"
			   "    OR variable_name = 'HANDLER_ICP_ATTEMPTS'");
	test_script("ROLLBACK");
	if (rows <= PLAN_READS_MOST)
		return NULL;
	buf_printf(&complaint, "\n    reads %" PRId64 " rows", rows);
	test_rows(arena_printf(mem, "EXPLAIN %s", text), put_row, &complaint);
	return buf_string(&complaint);
}
