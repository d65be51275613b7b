/* sandbox.h - the sandbox gateway: what its parts share, and the port that each
 * emulated gateway fills. Stripe is one; the ledger, faults, webhooks and the control
 * API know nothing of any particular one. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sandbox/agenda.h"
#include "sandbox/http.h"
#include "sandbox/store.h"

struct deliver;
struct delivery;
struct faults;
struct gateway;

enum { SECRETS_MAX = 8, RETRIES_MAX = 16, GATEWAYS_MAX = 3, CALLS_KEPT = 4096 };

/* Where the webhooks of one gateway go. */
struct hook {
	const char *url; /* NULL: nowhere */
	size_t n_secrets;
	const char *secrets[SECRETS_MAX];
};

/* What PUT /_sandbox/config changes; it survives a reset. */
struct settings {
	struct hook hooks[GATEWAYS_MAX]; /* in the order of the gateways */
	size_t n_retries;
	int64_t retry_ms[RETRIES_MAX];
	int64_t late_delay_ms, hold_ms;
};

/* One received API call, for GET /_sandbox/requests. No secrets. */
struct call {
	int64_t at_us;
	char gateway[12], method[8], path[160], key[260];
	int status;
};

struct sandbox {
	struct arena *mem; /* lives as long as the process */
	struct store *store;
	struct agenda *agenda;
	struct http_server *server;
	struct deliver *deliver;
	struct faults *faults;
	struct settings settings;
	const struct gateway *const *gateways; /* ends with NULL */
	struct call *calls;                    /* ring; not kept over a restart */
	uint64_t n_calls, tickets;
	bool stop;
};

/* A row of the ledger: what truly happened to one payment. Amounts are in the
 * gateway's minor units. */
struct ledger_row {
	const char *gateway, *ref, *attempt_ref;
	int64_t authorised, captured, refunded;
	const char *currency; /* "USD" */
	/* open pending authorised captured refunded failed canceled */
	const char *status;
};

/* The port that each emulated gateway fills. */
struct gateway {
	const char *name; /* its paths start with "/name/" */
	/* of webhooks, until the configuration says otherwise */
	const char *first_secret;
	/* Answers one request; path is the request's without "/name". */
	void (*handle)(struct sandbox *, const struct http_request *, const char *path,
		       struct http_reply *);
	/* Does what due_add() asked for. */
	void (*due)(struct sandbox *, struct arena *, const char *action,
		    const char *object);
	void (*ledger)(struct sandbox *, struct arena *,
		       void (*row)(void *, const struct ledger_row *), void *);
	/* Presses a button of a hosted page, or opens a dispute ("open", "inquiry") or
	 * ends it ("won", "lost"), for the payment that ref names (order_ref,
	 * attempt_ref or an id). NULL, or what is in the way. */
	const char *(*press)(struct sandbox *, struct arena *, const char *ref,
			     const char *outcome);
	const char *(*dispute)(struct sandbox *, struct arena *, const char *ref,
			       const char *outcome);
	/* The signature header of one delivery, "Name: value". */
	const char *(*sign)(struct arena *, const struct hook *, const char *body,
			    const char *flaw);
};

struct sandbox_options {
	int port;
	const char *dir;
	const char *ca; /* file of certificates to trust for webhooks, or NULL */
	void (*ready)(int port); /* called when requests are answered */
};

/* Runs until SIGTERM or SIGINT. */
fallible sandbox_run(struct arena *, const struct sandbox_options *);

/* The sandbox's own clock: that of the house plus what POST /_sandbox/clock added. */
int64_t sandbox_now_us(const struct sandbox *);
int64_t sandbox_now_s(const struct sandbox *);
void sandbox_advance(struct sandbox *, int64_t seconds);
fallible sandbox_reset(struct sandbox *);
size_t sandbox_gateway_index(const struct sandbox *,
			     const char *name); /* SIZE_MAX: none */
/* prefix and n random letters and digits. */
char *sandbox_id(struct arena *, const char *prefix, size_t n);
void sandbox_note_call(struct sandbox *, const char *gateway,
		       const struct http_request *, const char *path, const char *key,
		       int status);

/* Something that a gateway does later, kept over a restart. */
void due_add(struct sandbox *, const struct gateway *, int64_t at_us,
	     const char *action, const char *object);
void due_wake(struct sandbox *); /* after the store was read */
extern const struct store_kind due_kind, clock_kind, settings_kind, event_kind,
	delivery_kind, fired_kind;

/* settings.c */
void settings_load(struct sandbox *);
/* Merges at the first two levels; NULL, or what is wrong (then nothing changed). */
const char *settings_put(struct sandbox *, struct arena *, const char *json,
			 size_t len);
struct json_out;
void settings_show(const struct sandbox *, struct json_out *);

/* control.c */
void control_handle(struct sandbox *, const struct http_request *, struct http_reply *);

#endif
