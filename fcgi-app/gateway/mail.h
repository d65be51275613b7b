/* mail.h - the mail port: one message to one person, by SMTP (libcurl). */
#ifndef GATEWAY_MAIL_H
#define GATEWAY_MAIL_H

#include <stddef.h>

#include "base/ctx.h"
#include "base/err.h"

struct config;

struct mail {
	const char *to;          /* one address */
	const char *subject;     /* ASCII */
	const char *message_id;  /* "<dedup@host>": derived from the outbox row, so that
				  * a repeated sending is recognised */
	const char *text, *html; /* UTF-8 */
};

enum mail_outcome {
	MAIL_SENT,
	MAIL_LATER,   /* 4xx, no connection, no answer: try again */
	MAIL_REFUSED, /* 5xx or an address that cannot be one: never again */
};

struct mail_port {
	enum mail_outcome (*send)(const struct mail_port *, struct ctx *,
				  const struct mail *, const char **cause);
	const void *own;
};

/* SMTP as the settings say; with mail.url empty every mail is MAIL_LATER. Refuses bytes
 * below 0x20 and 0x7F in every address and header (libcurl does not). Fails with
 * INVALID when the settings make no sense, and when TLS is off for a server that is not
 * on loopback. The connection is made by the first mail, so this may stand before a
 * fork; SIGPIPE is ignored from here on. */
fallible mail_smtp(struct arena *, const struct config *, const struct mail_port **);
/* Keeps what it was given, for tests. */
struct mail_port *mail_fake(struct arena *);
size_t mail_fake_count(const struct mail_port *);
const struct mail *mail_fake_item(const struct mail_port *, size_t i);

#endif
