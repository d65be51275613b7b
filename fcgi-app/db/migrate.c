/* migrate.c - compares the folder with what was applied, and applies what waits. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db_private.h"
#include "db/migrate.h"

enum {
	DIGITS = 4,
	SCRIPT_MAX = 4 * 1024 * 1024,
	FILES_MAX = 1000,
	TRIES = 10,
	LAST_THAT_COPIES = 6
};

/* ---- what was applied ---- */

struct applied {
	int64_t version;
	const char *name;
	struct digest checksum;
	struct instant applied_at;
};

struct got {
	struct maybe_int got;
};

SQL_ROWS(lock_schema, struct got, (got),
	 "SELECT GET_LOCK(CONCAT('till.migrate.', DATABASE()), 60) AS got");

static fallible
migrate_lock(struct tx *tx)
{
	struct got got = {0};
	bool found;

	TRY(db_one(tx, &lock_schema, NO_ARGS, &got, &found));
	if (!got.got.there || got.got.n != 1)
		return FAIL(REFUSED, "another process is migrating this schema");
	return NULL;
}

SQL_ROWS(list_applied, struct applied, (version, name, checksum, applied_at),
	 "SELECT version, name, checksum, applied_at FROM schema_migration"
	 " ORDER BY version");

static fallible
migrate_list_applied(struct tx *tx, struct applied **list, size_t *n)
{
	return db_all(tx, &list_applied, NO_ARGS, list, n);
}

static const char record_table[] =
	"CREATE TABLE IF NOT EXISTS schema_migration ("
	" version INT NOT NULL PRIMARY KEY,"
	" name VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
	" checksum BINARY(32) NOT NULL,"
	" applied_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6)"
	") ENGINE = InnoDB";

/* The shop is open while it is migrated. Building an index may take its time, waiting
 * for a table may not. */
static const char session[] = "SET SESSION lock_wait_timeout = 2,"
			      " SESSION max_statement_time = 0";

/* A change that would copy a whole table, with all writers waiting, is refused unless
 * it says so itself. The first migrations found small tables. */
static const char *
online(int64_t version)
{
	return version <= LAST_THAT_COPIES ? "SET SESSION alter_algorithm = 'DEFAULT'"
					   : "SET SESSION alter_algorithm = 'NOCOPY'";
}

/* ---- what the folder holds ---- */

/* "0001_schema.sql": four digits, an underscore, small letters, digits, underscores. */
static bool
is_migration(const char *file)
{
	size_t len = strlen(file);

	if (len < DIGITS + 6 || !text_ends(file, ".sql") || file[DIGITS] != '_')
		return false;
	for (size_t i = 0; i < len - 4; i++) {
		bool digit = isdigit((unsigned char)file[i]) != 0;

		if (i < DIGITS ? !digit
			       : !digit && !islower((unsigned char)file[i]) &&
					 file[i] != '_')
			return false;
	}
	return len - 4 <= 80;
}

static fallible
read_script(struct arena *mem, const char *folder, const char *file, const char **out)
{
	const char *path = arena_printf(mem, "%s/%s", folder, file);
	FILE *stream = fopen(path, "re");
	struct buf text = buf_new(mem, SCRIPT_MAX);
	char part[4096];
	size_t got;
	bool bad;

	if (stream == NULL)
		return FAIL(REFUSED, "%s cannot be read", path);
	while ((got = fread(part, 1, sizeof part, stream)) > 0)
		buf_put(&text, part, got);
	bad = ferror(stream) != 0;
	fclose(stream);
	if (bad || text.full || !text_is_utf8(text.data ? text.data : "", text.len))
		return FAIL(REFUSED, "%s cannot be read as text of at most %d bytes",
			    path, SCRIPT_MAX);
	*out = buf_string(&text);
	return NULL;
}

static fallible
read_migration(struct arena *mem, const char *folder, const char *file,
	       struct migration *out)
{
	TRY(read_script(mem, folder, file, &out->sql));
	out->name = arena_copy(mem, file, strlen(file) - strlen(".sql"));
	out->version = strtol(file, NULL, 10);
	out->checksum = digest_of_text(out->sql);
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the folder's migrations, in order. */
static fallible
list_files(struct arena *mem, const char *folder, const char ***out, size_t *n)
{
	DIR *dir = opendir(folder);
	const char **names = arena_new_of(mem, const char *, FILES_MAX);
	const struct dirent *entry;

	*n = 0;
	if (dir == NULL)
		return FAIL(REFUSED, "%s cannot be read", folder);
	while ((entry = readdir(dir)) != NULL && *n < FILES_MAX) {
		if (is_migration(entry->d_name))
			names[(*n)++] = arena_text(mem, entry->d_name);
	}
	closedir(dir);
	if (entry != NULL)
		return FAIL(REFUSED, "%s holds too many migrations", folder);
	qsort(names, *n, sizeof *names, by_name);
	*out = names;
	return NULL;
}

static fallible
read_folder(struct arena *mem, const char *folder, struct migrations *out)
{
	const char **files = NULL;

	TRY(list_files(mem, folder, &files, &out->n));
	out->list = arena_new_of(mem, struct migration, out->n);
	for (size_t i = 0; i < out->n; i++) {
		struct migration *this = &out->list[i];

		TRY(read_migration(mem, folder, files[i], this));
		if (i > 0 && this->version == this[-1].version)
			return FAIL(REFUSED, "%s and %s have one number", this[-1].name,
				    this->name);
	}
	return NULL;
}

/* ---- comparing and applying ---- */

/* Every applied one must be the file at its place: so a changed, a missing, an unknown
 * and a late one are all seen. */
static fallible
compare(struct migrations *all, const struct applied *applied, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct migration *file = i < all->n ? &all->list[i] : NULL;

		if (file == NULL || file->version > applied[i].version)
			return FAIL(REFUSED,
				    "%s was applied to this schema, but there is"
				    " no such file",
				    applied[i].name);
		if (file->version < applied[i].version)
			return FAIL(REFUSED,
				    "%s waits, but the later %s was applied"
				    " already",
				    file->name, applied[i].name);
		if (!text_equal(file->name, applied[i].name) ||
		    !digest_same(file->checksum, applied[i].checksum))
			return FAIL(REFUSED, "%s has changed since it was applied",
				    file->name);
		file->applied_at = applied[i].applied_at;
	}
	return NULL;
}

/* A table that is in use is waited for a short while only, since everybody else would
 * wait behind this change; then it is tried again. */
static fallible
run_patiently(struct ctx *cx, const char *sql)
{
	struct err *e = db_script(cx->db, sql);

	for (int tries = 1; e != NULL && e->code == ERR_BUSY && tries < TRIES;
	     tries++) {
		log_event(LOG_WARNING, "migrate.waits", "why", e->cause, NULL);
		sleep(1);
		e = db_script(cx->db, sql);
	}
	return e;
}

/* The record is a script, not a statement of the program, since the program's own user
 * may not write it. Name and checksum hold letters, digits and underscores only. */
static fallible
apply(struct ctx *cx, const struct migration *migration)
{
	const struct digest *sum = &migration->checksum;
	struct err *e;

	TRY(db_script(cx->db, online(migration->version)));
	e = run_patiently(cx, migration->sql);
	if (e != NULL)
		return FAIL(REFUSED, "%s: %s", migration->name,
			    arena_text(cx->mem, e->cause));
	TRY(db_script(
		cx->db,
		arena_printf(cx->mem,
			     "INSERT INTO schema_migration (version, name, checksum)"
			     " VALUES (%" PRId64 ", '%s', X'%s')",
			     migration->version, migration->name,
			     text_hex(cx->mem, sum->bytes, sizeof sum->bytes))));
	log_event(LOG_INFO, "migrate.applied", "name", migration->name, NULL);
	return NULL;
}

/* Replaces each place of a name; a name must be made of letters that need no quoting.
 */
static fallible
fill(struct arena *mem, const char *text, const char *place, const char *with,
     const char **out)
{
	struct buf filled = buf_new(mem, SCRIPT_MAX);
	const char *at;

	for (; (at = strstr(text, place)) != NULL; text = at + strlen(place)) {
		buf_put(&filled, text, (size_t)(at - text));
		buf_text(&filled, with);
	}
	buf_text(&filled, text);
	*out = buf_string(&filled);
	return filled.full ? FAIL(REFUSED, "grants.sql is too long") : NULL;
}

static fallible
check_name(const char *what, const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			return FAIL(REFUSED,
				    "%s \"%s\" has other characters than letters,"
				    " digits, - and _",
				    what, name);
	}
	return NULL;
}

static fallible
grant(struct ctx *cx, const char *folder, const char *user)
{
	const char *schema = cx->db->options.schema;
	const char *sql;

	TRY(check_name("schema", schema));
	TRY(check_name("user", user));
	TRY(read_script(cx->mem, folder, "grants.sql", &sql));
	TRY(fill(cx->mem, sql, "{schema}", arena_printf(cx->mem, "`%s`", schema),
		 &sql));
	TRY(fill(cx->mem, sql, "{user}",
		 arena_printf(cx->mem, "'%s'@'localhost'", user), &sql));
	return db_script(cx->db, sql);
}

static fallible
migrate_locked(struct ctx *cx, const char *folder, const char *user,
	       struct migrations *out)
{
	struct applied *applied = NULL;
	struct err *e;
	size_t n = 0;

	TRY(db_script(cx->db, session));
	TRY(db_script(cx->db, record_table));
	READING (tx, cx, &e)
		e = migrate_list_applied(tx, &applied, &n);
	TRY(e);
	TRY(compare(out, applied, n));
	for (size_t i = n; i < out->n; i++, out->applied++)
		TRY(apply(cx, &out->list[i]));
	return grant(cx, folder, user);
}

fallible
migrate_run(struct ctx *cx, const char *folder, const char *user,
	    struct migrations *out)
{
	struct err *e, *late;

	*out = (struct migrations){0};
	TRY(read_folder(cx->mem, folder, out));
	READING (tx, cx, &e)
		e = migrate_lock(tx);
	TRY(e);
	e = migrate_locked(cx, folder, user, out);
	late = db_script(cx->db, "DO RELEASE_ALL_LOCKS()");
	return e != NULL ? e : late;
}

struct newest {
	int64_t version;
};

SQL_ROWS(get_newest, struct newest, (version),
	 "SELECT CAST(COALESCE(MAX(version), 0) AS SIGNED) AS version"
	 "  FROM schema_migration");

static fallible
migrate_get_newest(struct tx *tx, int64_t *version)
{
	struct newest newest = {0};
	bool found;

	TRY(db_one(tx, &get_newest, NO_ARGS, &newest, &found));
	*version = newest.version;
	return NULL;
}

fallible
migrate_check(struct ctx *cx, const char *folder)
{
	const char **files = NULL;
	int64_t version = 0;
	struct err *e;
	size_t n = 0;

	if (access(folder, R_OK) != 0)
		return NULL;
	TRY(list_files(cx->mem, folder, &files, &n));
	READING (tx, cx, &e)
		e = migrate_get_newest(tx, &version);
	TRY(e);
	if (n > 0 && version < strtol(files[n - 1], NULL, 10))
		return FAIL(REFUSED,
			    "the schema is older than this program: %s waits;"
			    " run till migrate first",
			    files[n - 1]);
	return NULL;
}

fallible
migrate_look(struct ctx *cx, const char *folder, struct migrations *out)
{
	struct applied *applied = NULL;
	struct err *e;
	size_t n = 0;

	*out = (struct migrations){0};
	TRY(read_folder(cx->mem, folder, out));
	READING (tx, cx, &e)
		e = migrate_list_applied(tx, &applied, &n);
	TRY(e);
	return compare(out, applied, n);
}
