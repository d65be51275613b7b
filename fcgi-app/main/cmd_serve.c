/* cmd_serve.c - till serve: the master of one pool of FastCGI children. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/seal.h"
#include "db/db.h"
#include "domain/catalog_cache.h"
#include "flow/outside.h"
#include "flow/shop.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/master.h"
#include "main/trial.h"
#include "pages/endpoints.h"
#include "web/serve.h"

enum { BUSY_LIMIT_S = 60, IDLE_S = 60, STATIC_MEMORY = 64 * 1024 * 1024 };

/* What is made before the fork and shared by all children. */
struct serving {
	const struct config *config;
	const struct keyring *keys;
	struct web *web;
	struct db_options db;
	struct crashes *crashes;
	int listen_fd, first_fd;
};

/* Not all children of a pool leave in the same second. */
static int64_t
requests_of(const struct config *config)
{
	int64_t n = config->run_recycle_after;

	return n + getpid() % (n / 8 + 1);
}

static fallible
serve_child(const struct serving *s, struct arena *mem)
{
	struct serve serve = {
		.web = s->web,
		.db = db_new(mem, &s->db),
		.listen_fd = s->listen_fd,
		.first_fd = s->first_fd,
		.requests_max = requests_of(s->config),
	};
	int exit_code;

	TRY(shop_new(mem, s->config, s->keys, &s->web->shop));
	outside_open(mem, s->web->shop, s->web->shared);
	s->web->shop->looks = catalog_cache_new(mem, s->web->shared);
	exit_code = serve_run(&serve);
	catalog_cache_free(s->web->shop->looks);
	return exit_code == 0 ? NULL : FAIL(INTERNAL, "no FastCGI here");
}

static int
run_child(const struct master_job *job, struct shared_slot *slot)
{
	const struct serving *s = job->arg;
	struct arena *mem = arena_new(STATIC_MEMORY);
	struct err *e;

	s->web->slot = slot;
	s->web->crash = crash_claim(s->crashes);
	e = serve_child(s, mem);
	if (e != NULL)
		log_error("child.not_served", e);
	arena_free(mem);
	return e == NULL ? 0 : 1;
}

static void
child_ended(const struct master_job *job, pid_t pid, int signal_number)
{
	const struct serving *s = job->arg;

	crash_child_ended(s->crashes, pid, signal_number);
}

static int
shop_children(const struct config *config)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->run_shop_children > 0)
		return (int)config->run_shop_children;
	return cores < 2 ? 4 : (int)cores * 2;
}

static int
larger(int64_t a, int64_t b)
{
	return (int)(a > b ? a : b);
}

/* How many children the pool has; false when there is no such pool. */
static bool
size_pool(const struct config *config, const char *pool, struct master_job *job)
{
	if (strcmp(pool, "shop") == 0) {
		job->children_min = job->children_max = shop_children(config);
	} else if (strcmp(pool, "pay") == 0) {
		job->children_min = (int)config->run_pay_children;
		job->children_max =
			larger(config->run_pay_children_max, config->run_pay_children);
	} else if (strcmp(pool, "hook") == 0) {
		job->children_min = (int)config->run_hook_children;
		job->children_max = larger(config->run_hook_children_max,
					   config->run_hook_children);
	} else {
		return false;
	}
	return true;
}

static fallible
load(const struct command *cmd, struct serving *s)
{
	size_t n;
	const struct endpoint *const *endpoints = endpoints_all(&n);
	struct keyring *keys;

	s->config = cmd->config;
	TRY(keyring_load(cmd->mem, cmd->config->keys_file, &keys));
	s->keys = keys;
	TRY(db_options_from(cmd->mem, cmd->config, false, &s->db));
	return web_new(cmd->mem, cmd->config, keys, endpoints, n, NULL, &s->web);
}

/* The clock of a shop that plays may be turned, from outside and for all roles alike.
 */
static fallible
share(const struct config *config, struct arena *mem, struct shared **out)
{
	TRY(shared_open(arena_printf(mem, "%s/shm", config->run_dir), out));
	if (strcmp(config->gateway_mode, "sandbox") == 0)
		clock_share(&(*out)->clock_offset_s);
	FAULT_POINTS_OPEN(config->run_dir);
	return NULL;
}

static fallible
serve(struct command *cmd, struct master *m, struct master_job *job)
{
	struct serving *s = arena_new_of(cmd->mem, struct serving, 1);

	TRY(load(cmd, s));
	TRY(trial_run(s->config, s->keys, &s->db));
	if (master_only_checks())
		return NULL;
	TRY(share(cmd->config, cmd->mem, &m->shared));
	s->web->shared = m->shared;
	s->crashes = arena_new_of(cmd->mem, struct crashes, 1);
	TRY(crash_open(cmd->mem, cmd->config->run_dir, s->keys,
		       (size_t)job->children_max, s->crashes));
	m->dir = cmd->config->run_dir;
	TRY(master_lock(m));
	TRY(master_listen(m));
	s->listen_fd = m->listen_fd;
	s->first_fd = m->first_fd;
	job->arg = s;
	return master_run(m) == 0 ? NULL : FAIL(INTERNAL, "the pool ended badly");
}

int
cmd_serve(int argc, char **argv)
{
	const char *pool = NULL;
	const struct command_option options[] = {
		{"--pool", "shop|pay|hook", "which pool", &pool, NULL},
		{0},
	};
	struct command cmd = {.usage = "serve --pool NAME", .options = options};
	int code = command_begin(&cmd, argc, argv);
	struct master_job job = {.idle_s = IDLE_S,
				 .busy_limit_s = BUSY_LIMIT_S,
				 .run = run_child,
				 .ended = child_ended};
	struct master m = {.argv = argv, .jobs = &job, .n_jobs = 1};

	if (code != COMMAND_GO)
		return code;
	if (pool == NULL || !size_pool(cmd.config, pool, &job))
		return command_wrong(&cmd, "which pool? shop, pay or hook");
	job.name = pool;
	m.name = pool;
	m.has_first = strcmp(pool, "shop") == 0;
	return command_end(&cmd, serve(&cmd, &m, &job));
}
