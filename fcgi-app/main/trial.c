/* trial.c - whether this program can do its work here. */
#include "main/trial.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "db/migrate.h"
#include "flow/shop.h"
#include "main/master.h"

enum { MEMORY = 64 * 1024 * 1024 };

/* Busy or away: nothing is known of the schema. */
static bool
is_silent(const struct err *e)
{
	return e->code == ERR_DATABASE_DOWN || e->code == ERR_BUSY;
}

static fallible
try_schema(struct ctx *cx, const struct config *config)
{
	size_t n;

	TRY(migrate_check(cx, config->db_migrations));
	return master_only_checks() ? db_check_all(cx->db, &n) : NULL;
}

static fallible
try_all(const struct config *config, const struct keyring *keys,
	const struct db_options *db)
{
	struct arena *mem = arena_new(MEMORY);
	struct ctx cx = {.mem = mem, .db = db_new(mem, db), .keys = keys};
	struct shop *shop;
	struct err *e;

	TRY(shop_new(mem, config, keys, &shop));
	e = try_schema(&cx, config);
	if (e == NULL || !is_silent(e))
		return e;
	log_event(LOG_WARNING, "schema.unknown", "why", e->cause, NULL);
	return NULL;
}

fallible
trial_run(const struct config *config, const struct keyring *keys,
	  const struct db_options *db)
{
	pid_t pid = fork();
	struct err *e;
	int status;

	if (pid == 0) {
		e = try_all(config, keys, db);
		if (e != NULL)
			fprintf(stderr, "till: %s\n", e->cause);
		_exit(e == NULL ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return FAIL(REFUSED, "this till cannot start here");
	return NULL;
}
