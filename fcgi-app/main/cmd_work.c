/* cmd_work.c - till work: the master of the lanes that work in the background. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/seal.h"
#include "flow/outside.h"
#include "jobs/lane.h"
#include "jobs/mailer.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/master.h"
#include "main/trial.h"

enum {
	BUSY_LIMIT_S = 300,
	STATIC_MEMORY = 64 * 1024 * 1024,
	ITEM_MEMORY = 32 * 1024 * 1024,
	SOCKET_MODE = 0660,
};

/* The role of a lane's processes in the shared map. */
static const char *const roles[LANE_COUNT] = {
	[LANE_HOOK] = "work-hook",     [LANE_PAY] = "work-pay",
	[LANE_MAIL] = "work-mail",     [LANE_SWEEP] = "work-sweep",
	[LANE_REPORT] = "work-report",
};

/* What is made before the fork and shared by all children. */
struct working {
	const struct config *config;
	struct keyring *keys;
	struct mailer *mailer;
	struct db_options db;
	struct shared *shared;
};

struct lane_job {
	const struct working *common;
	enum lane lane;
	int nudges;
};

/* ---- a child ---- */

static void
free_items(void *mem)
{
	arena_free(mem);
}

static fallible
work_in_lane(const struct lane_job *job, struct arena *mem, struct shared_slot *slot)
{
	const struct working *common = job->common;
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);
	struct lane_worker worker = {
		.lane = job->lane,
		.nudges = job->nudges,
		.slot = slot,
		.rounds_max = common->config->run_recycle_after,
	};
	struct shop *shop;

	TRY(shop_new(mem, common->config, common->keys, &shop));
	outside_open(mem, shop, common->shared);
	cx->mem = arena_new(ITEM_MEMORY);
	arena_defer(mem, free_items, cx->mem);
	cx->db = db_new(mem, &common->db);
	cx->keys = common->keys;
	worker.work = work_new(mem, shop, cx, common->mailer);
	worker.work->shared = common->shared;
	return lane_run(&worker) == 0 ? NULL : FAIL(INTERNAL, "no nudges here");
}

static int
run_child(const struct master_job *job, struct shared_slot *slot)
{
	struct arena *mem = arena_new(STATIC_MEMORY);
	struct err *e = work_in_lane(job->arg, mem, slot);

	if (e != NULL)
		log_error("child.not_working", e);
	arena_free(mem);
	return e == NULL ? 0 : 1;
}

/* ---- the master ---- */

/* Where nudges of a lane arrive. The master's lock says that nobody else listens there.
 */
static fallible
bind_lane(const struct config *config, enum lane lane, int *fd)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct shop paths = {.config = config};

	lane_path(&paths, lane, at.sun_path, sizeof at.sun_path);
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(at.sun_path);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    chmod(at.sun_path, SOCKET_MODE) != 0)
		return FAIL(INTERNAL, "no socket %s", at.sun_path);
	return NULL;
}

static fallible
load(const struct command *cmd, struct working *common)
{
	common->config = cmd->config;
	TRY(keyring_load(cmd->mem, cmd->config->keys_file, &common->keys));
	TRY(db_options_from(cmd->mem, cmd->config, false, &common->db));
	return mailer_new(cmd->mem, cmd->config, &common->mailer);
}

/* The clock of a shop that plays may be turned, for all roles alike. */
static fallible
share(const struct command *cmd, struct master *m)
{
	const char *path = arena_printf(cmd->mem, "%s/shm", cmd->config->run_dir);

	TRY(shared_open(path, &m->shared));
	if (strcmp(cmd->config->gateway_mode, "sandbox") == 0)
		clock_share(&m->shared->clock_offset_s);
	FAULT_POINTS_OPEN(cmd->config->run_dir);
	return NULL;
}

static int64_t
webhooks_late(const struct master_job *job)
{
	const struct lane_job *lane = job->arg;

	return lane->common->shared->queue_late_us[QUEUE_WEBHOOKS];
}

static int64_t
payments_late(const struct master_job *job)
{
	const struct lane_job *lane = job->arg;
	int64_t payments = lane->common->shared->queue_late_us[QUEUE_PAYMENTS];
	int64_t refunds = lane->common->shared->queue_late_us[QUEUE_REFUNDS];

	return payments > refunds ? payments : refunds;
}

static int64_t
mails_late(const struct master_job *job)
{
	const struct lane_job *lane = job->arg;

	return lane->common->shared->queue_late_us[QUEUE_MAILS];
}

static void
may_grow(struct master_job *job, int64_t least, int64_t most,
	 int64_t (*late_us)(const struct master_job *))
{
	job->children_min = (int)least;
	job->children_max = (int)(most > least ? most : least);
	job->late_us = late_us;
}

/* Lanes that wait for a gateway or a mail server grow while it is slow; the others have
 * one process. */
static void
size_lane(struct master_job *job, enum lane lane, const struct config *config)
{
	job->children_min = job->children_max = 1;
	if (lane == LANE_HOOK)
		may_grow(job, config->work_hook_children,
			 config->work_hook_children_max, webhooks_late);
	else if (lane == LANE_PAY)
		may_grow(job, config->work_pay_children, config->work_pay_children_max,
			 payments_late);
	else if (lane == LANE_MAIL)
		may_grow(job, config->work_mail_children,
			 config->work_mail_children_max, mails_late);
}

static fallible
make_lanes(const struct command *cmd, const struct working *common,
	   struct master_job *jobs)
{
	struct lane_job *lanes = arena_new_of(cmd->mem, struct lane_job, LANE_COUNT);

	for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
		lanes[lane] = (struct lane_job){.common = common, .lane = lane};
		TRY(bind_lane(cmd->config, lane, &lanes[lane].nudges));
		jobs[lane] = (struct master_job){
			.name = roles[lane],
			.idle_s = cmd->config->work_idle_seconds,
			.busy_limit_s = BUSY_LIMIT_S,
			.run = run_child,
			.arg = &lanes[lane],
		};
		size_lane(&jobs[lane], lane, cmd->config);
	}
	return NULL;
}

static fallible
work(struct command *cmd, struct master *m)
{
	struct working *common = arena_new_of(cmd->mem, struct working, 1);
	struct master_job *jobs = arena_new_of(cmd->mem, struct master_job, LANE_COUNT);

	TRY(load(cmd, common));
	TRY(trial_run(common->config, common->keys, &common->db));
	if (master_only_checks())
		return NULL;
	TRY(share(cmd, m));
	common->shared = m->shared;
	m->dir = cmd->config->run_dir;
	TRY(master_lock(m));
	TRY(make_lanes(cmd, common, jobs));
	m->jobs = jobs;
	m->n_jobs = LANE_COUNT;
	return master_run(m) == 0 ? NULL : FAIL(INTERNAL, "the lanes ended badly");
}

int
cmd_work(int argc, char **argv)
{
	struct command cmd = {.usage = "work"};
	int code = command_begin(&cmd, argc, argv);
	struct master m = {.argv = argv,
			   .name = "work",
			   .lock_fd = -1,
			   .listen_fd = -1,
			   .first_fd = -1};

	return code == COMMAND_GO ? command_end(&cmd, work(&cmd, &m)) : code;
}
