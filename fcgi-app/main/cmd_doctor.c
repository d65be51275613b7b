/* cmd_doctor.c - till doctor: what a shop stands on, and what to do where it is weak.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/secret.h"
#include "base/text.h"
#include "db/migrate.h"
#include "db/server.h"
#include "domain/journal.h"
#include "flow/shop.h"
#include "gateway/mail.h"
#include "gateway/reach.h"
#include "main/command.h"
#include "main/commands.h"

enum { OUTPUT_MAX = 256 * 1024, FINDINGS_MAX = 32 };
enum { EFFORT_DAYS = 30, EFFORT_ORDERS = 100, EFFORT_PERCENT = 115 };
enum { CERTIFICATE_DAYS = 21, LONE_LANES = 2, SPARE_CONNECTIONS = 20 };

#define CLOCKS_APART SECONDS(2)
/* A gateway's session has to live for 30 minutes by its clock and is asked for 31 by
 * ours, a minute that the call itself and both clocks share. */
#define GATEWAY_APART SECONDS(20)
#define RUN_FREE      (INT64_C(16) << 20)

struct finding {
	const char *name, *found;
	const char *remedy; /* NULL: all is well */
};

struct doctor {
	const struct config *config;
	struct arena *mem;
	struct ctx *cx;
	struct server server; /* once the database has answered */
	struct instant here;  /* this host's clock at that moment */
	int64_t statements;   /* of the program */
	struct finding list[FINDINGS_MAX];
	size_t n, wrong;
};

/* What was found of a thing; the remedy counts only when it is not well. */
static void __attribute__((format(printf, 5, 6)))
note(struct doctor *d, const char *name, bool well, const char *remedy,
     const char *format, ...)
{
	struct finding *finding = &d->list[d->n];
	char found[512];
	va_list args;

	if (d->n == FINDINGS_MAX)
		return;
	va_start(args, format);
	vsnprintf(found, sizeof found, format, args);
	va_end(args);
	finding->name = name;
	finding->found = arena_text(d->mem, found);
	finding->remedy = well ? NULL : remedy;
	d->n++;
	d->wrong += !well;
}

/* The same of something that is well when nothing was raised. */
static void
note_err(struct doctor *d, const char *name, const struct err *e, const char *well,
	 const char *remedy)
{
	note(d, name, e == NULL, remedy, "%s", e == NULL ? well : e->cause);
}

/* ---- the database ---- */

/* The connection of the program's user; its keys are a matter of their own. */
static fallible
connect(struct doctor *d)
{
	struct db_options options;
	struct err *e;

	TRY(db_options_from(d->mem, d->config, false, &options));
	d->cx->db = db_new(d->mem, &options);
	READING (tx, d->cx, &e)
		e = server_read(tx, &d->server);
	TRY(e);
	d->here = instant_add(clock_now(), -SECONDS(clock_offset()));
	return NULL;
}

static bool
check_database(struct doctor *d)
{
	struct err *e = connect(d);

	note_err(d, "database", e,
		 arena_printf(d->mem, "MariaDB %s answers",
			      d->server.version ? d->server.version : ""),
		 "start MariaDB; see [db] of the settings");
	return e == NULL;
}

static void
check_schema(struct doctor *d)
{
	struct migrations all;
	struct err *e = migrate_look(d->cx, d->config->db_migrations, &all);
	size_t applied = 0;

	for (size_t i = 0; e == NULL && i < all.n; i++)
		applied += !instant_is_none(all.list[i].applied_at);
	if (e != NULL)
		note_err(d, "schema", e, "",
			 "see db.migrations: a migration that was applied stays as it"
			 " is, changes come in a new one");
	else
		note(d, "schema", applied == all.n, "run till migrate",
		     "%zu of %zu migrations are applied, up to %s", applied, all.n,
		     applied ? all.list[applied - 1].name : "none");
}

/* Every statement of the program is prepared: what it needs is there and permitted. */
static void
check_statements(struct doctor *d)
{
	size_t n = 0;
	struct err *e = db_check_all(d->cx->db, &n);

	d->statements = (int64_t)n;
	note_err(d, "statements", e,
		 arena_printf(d->mem, "all %zu statements fit the schema", n),
		 "run till migrate; it also gives the program its rights");
}

static void
check_clock(struct doctor *d)
{
	int64_t apart = instant_since(d->server.now, d->here);

	note(d, "clock", apart < CLOCKS_APART && apart > -CLOCKS_APART,
	     "let both hosts keep time with NTP",
	     "database and host are %s%" PRId64 ".%03" PRId64 " s apart",
	     apart < 0 ? "-" : "", (apart < 0 ? -apart : apart) / SECONDS(1),
	     (apart < 0 ? -apart : apart) / 1000 % 1000);
}

static void
check_durable(struct doctor *d)
{
	const struct server *s = &d->server;

	note(d, "durable", s->flush_log == 1 && (!s->log_bin || s->sync_binlog == 1),
	     "set innodb_flush_log_at_trx_commit=1 and sync_binlog=1",
	     "innodb_flush_log_at_trx_commit=%" PRId64 ", sync_binlog=%" PRId64 "%s",
	     s->flush_log, s->sync_binlog, s->log_bin ? "" : " (no binary log)");
	note(d, "timeouts", s->rollback_on_timeout, "set innodb_rollback_on_timeout=ON",
	     "a lock that is waited for too long rolls %s back",
	     s->rollback_on_timeout ? "the whole transaction" : "one statement alone");
}

/* Processes of this host that hold a connection each, at most. */
static int64_t
connections_wanted(const struct config *config)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t shop = config->run_shop_children;

	if (shop == 0)
		shop = cores < 2 ? 4 : 2 * cores;
	return shop + config->run_pay_children_max + config->run_hook_children_max +
	       config->work_hook_children_max + config->work_pay_children_max +
	       config->work_mail_children_max + LONE_LANES + SPARE_CONNECTIONS;
}

static void
check_limits(struct doctor *d)
{
	int64_t wanted = connections_wanted(d->config);
	const struct server *s = &d->server;

	note(d, "connections", s->max_connections >= wanted,
	     "raise max_connections, or lower the children in [run] and [work]",
	     "max_connections=%" PRId64 ", this host may need %" PRId64,
	     s->max_connections, wanted);
	note(d, "prepared", s->max_prepared >= wanted * d->statements,
	     "raise max_prepared_stmt_count",
	     "max_prepared_stmt_count=%" PRId64 ", this host may need %" PRId64,
	     s->max_prepared, wanted * d->statements);
}

/* F-128: each attempt costs a fee or at least a shopper's patience. Of a handful of
 * orders nothing follows. */
static void
check_attempts(struct doctor *d)
{
	struct journal_effort effort = {0};
	struct err *e;
	int64_t percent;

	READING (tx, d->cx, &e)
		e = journal_read_effort(tx, EFFORT_DAYS, &effort);
	if (e != NULL) {
		note_err(d, "attempts", e, "", "run till migrate");
		return;
	}
	percent = effort.orders == 0 ? 0 : effort.attempts * 100 / effort.orders;
	note(d, "attempts", effort.orders < EFFORT_ORDERS || percent <= EFFORT_PERCENT,
	     "see why payments fail: till payment export",
	     "%" PRId64 ".%02" PRId64 " attempts a paid order, %" PRId64
	     " orders in %d days",
	     percent / 100, percent % 100, effort.orders, EFFORT_DAYS);
}

/* ---- the host ---- */

static void
check_disk(struct doctor *d, const char *what, const char *folder,
	   struct disk_limit limit)
{
	struct disk_room room;

	if (!disk_look(folder, &room)) {
		note(d, what, false, "make the folder, or correct the settings",
		     "%s cannot be looked at", folder);
		return;
	}
	note(d, what, !disk_is_low(room, limit, false),
	     "make room; new checkouts are stopped until then (disk.free_mb,"
	     " disk.free_percent)",
	     "%" PRId64 " of %" PRId64 " MiB are free in %s", room.free_bytes >> 20,
	     room.total_bytes >> 20, folder);
}

/* The disks that the shop watches by itself, and the one of its sockets. */
static void
check_disks(struct doctor *d)
{
	const struct config *config = d->config;
	struct disk_limit limit = {config->disk_free_percent,
				   config->disk_free_mb << 20};
	const char *at = config->disk_watch;

	if (d->server.data_dir != NULL && access(d->server.data_dir, F_OK) == 0)
		check_disk(d, "disk (data)", d->server.data_dir, limit);
	while (*(at += strspn(at, ", ")) != '\0') {
		size_t len = strcspn(at, ",");

		check_disk(d, "disk", arena_copy(d->mem, at, len), limit);
		at += len;
	}
	check_disk(d, "disk (run)", config->run_dir,
		   (struct disk_limit){.bytes = RUN_FREE});
}

static void
check_keys(struct doctor *d)
{
	const char *path = d->config->keys_file;
	struct keyring *keys;
	struct err *e;

	if (text_is_empty(path)) {
		note(d, "keys", false, "name a file with master keys in keys.file",
		     "there are no master keys");
		return;
	}
	e = keyring_load(d->mem, path, &keys);
	if (e == NULL)
		d->cx->keys = keys;
	note_err(d, "keys", e,
		 arena_printf(d->mem, "master keys are in %s; keep a copy elsewhere",
			      path),
		 "mode 0640 or stricter, one line \"id hex64\" each");
}

/* ---- the outside ---- */

static bool
is_sandbox(const struct config *config)
{
	return text_equal(config->gateway_mode, "sandbox");
}

static void
check_address(struct doctor *d)
{
	struct reach_shop shop;
	int64_t days;

	reach_shop(d->cx, d->config, "/health/ready", !is_sandbox(d->config), &shop);
	note(d, "address", shop.why == NULL && shop.status == 200,
	     "start nginx and the pools; see shop.url", "%s: %s", d->config->shop_url,
	     shop.why ? shop.why
		      : arena_printf(d->mem, "/health/ready answers %d", shop.status));
	if (instant_is_none(shop.expires))
		return;
	days = instant_since(shop.expires, clock_now()) / DAYS(1);
	note(d, "certificate", days >= CERTIFICATE_DAYS,
	     "renew the certificate and reload nginx",
	     "the certificate ends in %" PRId64 " days", days);
}

static void
check_mail(struct doctor *d)
{
	const struct mail_port *port;
	struct err *e = mail_smtp(d->mem, d->config, &port);
	const char *why;

	if (e != NULL) {
		note_err(d, "mail", e, "", "correct [mail] in the settings");
		return;
	}
	if (text_is_empty(d->config->mail_url)) {
		note(d, "mail", false, "set mail.url",
		     "there is no mail server: mails wait");
		return;
	}
	why = reach_mail(d->cx, d->config);
	note(d, "mail", why == NULL, "see [mail] in the settings, and that server",
	     "%s%s%s", d->config->mail_url, why ? ": " : " answers", why ? why : "");
}

static void
check_gateways(struct doctor *d)
{
	struct shop *shop;
	struct err *e = shop_new(d->mem, d->config, d->cx->keys, &shop);
	size_t n = e == NULL ? shop->n_gateways : 0;

	if (e != NULL)
		note_err(d, "gateways", e, "", "see [gateway] and [stripe]");
	else
		note(d, "gateways", n > 0, "name a key in stripe.key_file",
		     "%zu way%s to pay, mode %s", n, n == 1 ? "" : "s",
		     d->config->gateway_mode);
}

/* Where the host's clock is wrong, the gateway takes no session for too short a time,
 * and webhooks are refused as stale. */
static void
check_gateway_clock(struct doctor *d)
{
	struct reach_time time;
	int64_t apart;

	if (text_is_empty(d->config->stripe_key_file))
		return;
	reach_gateway(d->cx, d->config, d->config->stripe_api_base, &time);
	if (time.why != NULL || instant_is_none(time.there)) {
		note(d, "gateway", false, "see stripe.api_base and the way out",
		     "%s %s", d->config->stripe_api_base,
		     time.why ? time.why : "does not tell the time");
		return;
	}
	apart = instant_since(time.here, time.there) / SECONDS(1);
	note(d, "gateway",
	     apart <= GATEWAY_APART / SECONDS(1) &&
		     apart >= -GATEWAY_APART / SECONDS(1),
	     "let this host keep time with NTP: payments fail and webhooks are refused",
	     "%s answers; this host's clock is %" PRId64 " s %s it",
	     d->config->stripe_api_base, apart < 0 ? -apart : apart,
	     apart < 0 ? "behind" : "ahead of");
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

/* One secret a line; each begins as Stripe's do. */
static bool
are_secrets(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		if (*text == '\n' || *text == '#')
			continue;
		if (!text_starts(text, "whsec_"))
			return false;
		n++;
	}
	return n > 0;
}

static void
check_webhooks(struct doctor *d)
{
	const char *path = d->config->stripe_webhook_secrets_file;
	struct secret *secrets;
	struct err *e;

	if (text_is_empty(d->config->stripe_key_file))
		return;
	if (text_is_empty(path)) {
		note(d, "webhooks", false, "set stripe.webhook_secrets_file",
		     "no webhook can be checked: payments are seen late");
		return;
	}
	e = secret_from_file(d->mem, path, &secrets);
	if (e != NULL)
		note_err(d, "webhooks", e, "",
			 "one secret a line, each whsec_...; mode 0640 or stricter");
	else if (is_blank(secret_text(secrets)))
		note(d, "webhooks", false, "one secret a line, each whsec_...",
		     "%s is empty: no webhook can be checked, payments are seen late",
		     path);
	else
		note(d, "webhooks", are_secrets(secret_text(secrets)),
		     "one secret a line, each whsec_...",
		     "the secrets of webhooks are in %s", path);
}

/* ---- the report ---- */

static void
print_json(const struct doctor *d)
{
	struct buf text = buf_new(d->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '{');
	json_pair_bool(&out, "ok", d->wrong == 0);
	json_key(&out, "checks");
	json_open(&out, '[');
	for (size_t i = 0; i < d->n; i++) {
		json_open(&out, '{');
		json_pair_text(&out, "name", d->list[i].name);
		json_pair_bool(&out, "ok", d->list[i].remedy == NULL);
		json_pair_text(&out, "found", d->list[i].found);
		json_pair_text(&out, "remedy", d->list[i].remedy);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
	command_print(&text);
}

static void
print_lines(const struct doctor *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->list[i];

		printf("%-5s  %-12s %s\n", f->remedy ? "WRONG" : "well", f->name,
		       f->found);
		if (f->remedy != NULL)
			printf("       %-12s -> %s\n", "", f->remedy);
	}
}

static void
look(struct doctor *d)
{
	if (check_database(d)) {
		check_schema(d);
		check_statements(d);
		check_clock(d);
		check_durable(d);
		check_limits(d);
		check_attempts(d);
	}
	check_disks(d);
	check_keys(d);
	check_address(d);
	check_mail(d);
	check_gateways(d);
	check_gateway_clock(d);
	check_webhooks(d);
}

static void
examine(struct command *cmd)
{
	struct doctor *d = arena_new_of(cmd->mem, struct doctor, 1);

	d->config = cmd->config;
	d->mem = cmd->mem;
	d->cx = arena_new_of(cmd->mem, struct ctx, 1);
	d->cx->mem = cmd->mem;
	look(d);
	if (cmd->json)
		print_json(d);
	else
		print_lines(d);
	cmd->refused = d->wrong > 0;
}

int
cmd_doctor(int argc, char **argv)
{
	struct command cmd = {.usage = "doctor"};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	examine(&cmd);
	return command_end(&cmd, NULL);
}
