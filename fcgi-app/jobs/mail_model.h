/* mail_model.h - what the templates of mails may name. */
#ifndef JOBS_MAIL_MODEL_H
#define JOBS_MAIL_MODEL_H

#include "domain/order_summary.h"
#include "domain/outbox.h"
#include "web/view.h"

struct config;
struct words;

struct mail_model {
	struct order_summary told;
	const char *next_text; /* "" when there is nothing more to say */
	struct url order_url;  /* absolute, with the link's token */
	struct money refunded_amount;
};

extern const struct view_field mail_fields[];

/* Fills all but told from told and the row. */
void mail_model_fill(struct mail_model *, const struct ctx *, const struct config *,
		     const struct words *, const struct outbox_row *);

#endif
