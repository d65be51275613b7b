/* values.c - arguments and structs become the values of a statement's parameters. */
#include <assert.h>
#include <string.h>

#include "db/db_private.h"

/* Where the sealed fields of a row find what they are sealed with. */
struct sealing {
	struct tx *tx;
	const struct db_stmt *stmt;
	const char *row;
};

static struct db_value
number_value(int64_t number, bool null)
{
	return (struct db_value){.wire = WIRE_NUMBER, .number = number, .null = null};
}

static struct db_value
bytes_value(const void *at, size_t len, bool null, bool binary)
{
	return (struct db_value){.wire = WIRE_BYTES,
				 .at = at,
				 .len = len,
				 .null = null,
				 .binary = binary};
}

static struct db_value
text_value(const char *text)
{
	return bytes_value(text, text ? strlen(text) : 0, text == NULL, false);
}

static struct db_value
of_number(const struct db_arg *arg)
{
	return number_value(arg->n, false);
}

static struct db_value
of_id(const struct db_arg *arg)
{
	return number_value(arg->n, arg->n == 0);
}

static struct db_value
of_maybe(const struct db_arg *arg)
{
	return number_value(arg->maybe.n, !arg->maybe.there);
}

static struct db_value
of_text(const struct db_arg *arg)
{
	return text_value(arg->text);
}

static struct db_value
of_uuid(const struct db_arg *arg)
{
	struct db_value value = text_value(arg->uuid.text);

	value.null = value.len == 0;
	return value;
}

static struct db_value
of_digest(const struct db_arg *arg)
{
	static const struct digest none;

	return bytes_value(arg->digest.bytes, sizeof arg->digest.bytes,
			   memcmp(&arg->digest, &none, sizeof none) == 0, true);
}

static struct db_value
of_instant(const struct db_arg *arg)
{
	struct db_value value = {.wire = WIRE_TIME};

	value.null = instant_is_none(arg->instant);
	if (!value.null)
		value.time = time_from_instant(arg->instant);
	return value;
}

static struct db_value
of_bytes(const struct db_arg *arg)
{
	return bytes_value(arg->bytes.at, arg->bytes.len, arg->bytes.at == NULL, true);
}

/* How a plain type becomes a value. The value points into the argument. */
static struct db_value (*const makers[])(const struct db_arg *) = {
	[DB_INT] = of_number,      [DB_FLAG] = of_number,     [DB_ID] = of_id,
	[DB_MAYBE_INT] = of_maybe, [DB_TEXT] = of_text,       [DB_UUID] = of_uuid,
	[DB_DIGEST] = of_digest,   [DB_INSTANT] = of_instant, [DB_BYTES] = of_bytes,
	[DB_MONEY] = NULL,         [DB_PERSON] = NULL,        [DB_SEALED] = NULL,
	[DB_SEALED_BYTES] = NULL,
};

/* Seals bytes under the house's key, bound to the column that parameter nth goes to. */
static fallible
house_value(struct tx *tx, const struct db_stmt *stmt, size_t nth, const void *at,
	    size_t len, struct db_value *out)
{
	const char *place = db_place(tx->mem, stmt->text, nth);
	struct bytes sealed;

	*out = bytes_value(NULL, 0, true, true);
	if (at == NULL)
		return NULL;
	if (tx->cx->keys == NULL || place == NULL)
		return FAIL(INTERNAL, "%s: parameter %zu cannot be sealed: %s",
			    stmt->name, nth + 1,
			    place ? "no keyring" : "no column by name");
	sealed = seal_house(tx->cx->keys, tx->mem, place, (struct bytes){at, len});
	*out = bytes_value(sealed.at, sealed.len, false, true);
	return NULL;
}

/* ---- arguments ---- */

static fallible
value_of_arg(struct tx *tx, const struct db_stmt *stmt, size_t nth,
	     const struct db_arg *arg, struct db_value *out)
{
	if (arg->type == DB_SEALED_BYTES)
		return house_value(tx, stmt, nth, arg->sealed.at, arg->sealed.len, out);
	assert((size_t)arg->type < DB_COUNT(makers) && makers[arg->type] != NULL);
	*out = makers[arg->type](arg);
	return NULL;
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

/* A list fills fifty places; the last text stands in those that are left over. Lists
 * hold codes: a text that is none could spoil the comparison with all others, so an
 * empty one stands in its place. */
static fallible
values_of_list(struct tx *tx, const struct db_stmt *stmt, struct db_list list,
	       size_t *n)
{
	enum { PLACES = 50 };

	if (list.n == 0 || list.n > PLACES || *n + PLACES > DB_MAX_PARAMS)
		return FAIL(INTERNAL, "%s: a list of %zu", stmt->name, list.n);
	for (size_t i = 0; i < PLACES; i++) {
		const char *text = list.texts[i < list.n ? i : list.n - 1];

		tx->db->values[(*n)++] = text_value(is_ascii(text) ? text : "");
	}
	return NULL;
}

fallible
db_values_of_args(struct tx *tx, const struct db_stmt *stmt, struct db_args args,
		  size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < args.n; i++) {
		const struct db_arg *arg = &args.v[i];

		if (arg->is_list) {
			TRY(values_of_list(tx, stmt, arg->list, n));
			continue;
		}
		if (*n == DB_MAX_PARAMS)
			return FAIL(INTERNAL, "%s: too many arguments", stmt->name);
		TRY(value_of_arg(tx, stmt, *n, arg, &tx->db->values[*n]));
		++*n;
	}
	return NULL;
}

/* ---- a struct ---- */

static const struct db_col *
find_col(const struct db_stmt *stmt, enum db_type type, const char *name)
{
	for (size_t i = 0; i < stmt->n_cols; i++) {
		if (stmt->cols[i].type == type &&
		    (name == NULL || strcmp(stmt->cols[i].name, name) == 0))
			return &stmt->cols[i];
	}
	return NULL;
}

/* The person of a sealed field: the last one before it, else the first one after. */
static const struct db_col *
person_of(const struct db_stmt *stmt, const struct db_col *sealed)
{
	for (const struct db_col *col = sealed; col-- > stmt->cols;) {
		if (col->type == DB_PERSON)
			return col;
	}
	return find_col(stmt, DB_PERSON, NULL);
}

static fallible
sealed_value(const struct sealing *s, const struct db_col *col, size_t nth,
	     struct db_value *out)
{
	const struct sealed *field = (const void *)(s->row + col->at);
	const struct db_col *person = person_of(s->stmt, col);
	const struct db_col *uid = find_col(s->stmt, DB_UUID, "uid");
	const struct person *owner;
	const struct uuid *row;
	struct bytes sealed;

	*out = bytes_value(NULL, 0, true, true);
	if (field->plain == NULL)
		return NULL;
	if (person == NULL || uid == NULL || s->tx->cx->keys == NULL)
		return FAIL(INTERNAL,
			    "%s: %s cannot be sealed without keyring, person"
			    " and uid",
			    s->stmt->name, col->name);
	owner = (const void *)(s->row + person->at);
	row = (const void *)(s->row + uid->at);
	sealed =
		seal_text(s->tx->cx->keys, s->tx->mem, *owner,
			  db_place(s->tx->mem, s->stmt->text, nth), *row, field->plain);
	*out = bytes_value(sealed.at, sealed.len, false, true);
	return NULL;
}

static void
money_values(const struct money *money, struct db_value *out)
{
	bool none = money->currency[0] == '\0';

	out[0] = number_value(money->minor, none);
	out[1] = bytes_value(money->currency, strlen(money->currency), none, false);
}

/* A field of a plain type, as the argument that it would be. It lives as long as the
 * transaction's memory, since values point into it. */
static struct db_arg *
arg_of_field(struct tx *tx, const struct db_col *col, const void *at)
{
	struct db_arg *arg = arena_new_of(tx->mem, struct db_arg, 1);

	arg->type = col->type;
	if (col->type == DB_FLAG)
		arg->n = *(const _Bool *)at;
	else
		memcpy(&arg->n, at, db_rule(col->type)->size);
	return arg;
}

/* Fills as many values as the field has parts when saved. */
static fallible
values_of_col(const struct sealing *s, const struct db_col *col, size_t nth)
{
	const void *at = s->row + col->at;
	struct db_value *out = &s->tx->db->values[nth];

	switch (col->type) {
	case DB_MONEY:
		money_values(at, out);
		return NULL;
	case DB_PERSON: {
		const struct person *person = at;

		*out = number_value(person->id.n, person->id.n == 0);
		return NULL;
	}
	case DB_SEALED:
		return sealed_value(s, col, nth, out);
	default:
		return value_of_arg(s->tx, s->stmt, nth, arg_of_field(s->tx, col, at),
				    out);
	}
}

fallible
db_values_of_row(struct tx *tx, const struct db_stmt *stmt, const void *row, size_t *n)
{
	struct sealing s = {tx, stmt, row};

	assert(stmt->saves && db_width(stmt) <= DB_MAX_PARAMS);
	*n = 0;
	for (const struct db_col *col = stmt->cols; col < stmt->cols + stmt->n_cols;
	     col++) {
		TRY(values_of_col(&s, col, *n));
		*n += db_rule(col->type)->n_saved;
	}
	return NULL;
}
