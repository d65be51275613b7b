/* mailer.h - an order's mails: which there are, what they say, how they look. */
#ifndef JOBS_MAILER_H
#define JOBS_MAILER_H

#include "domain/order_summary.h"
#include "domain/outbox.h"
#include "flow/settle.h"

struct config;
struct mailer;

/* Compiles the templates of all mails: what is wrong with one stops the start with its
 * place. May stand before a fork. */
fallible mailer_new(struct arena *, const struct config *, struct mailer **);

/* The letter that a row of the outbox stands for: *letter lives in the context's
 * memory; its to is NULL when the person was forgotten since. NOT_FOUND when there is
 * no such mail. */
fallible mailer_write(const struct mailer *, struct ctx *, const struct terms *,
		      const struct outbox_row *, struct letter *);

#endif
