/* order_model.h - an order as its page and its JSON show it. */
#ifndef PAGES_ORDER_MODEL_H
#define PAGES_ORDER_MODEL_H

#include "domain/order_summary.h"
#include "web/endpoint.h"

/* One stop on the way from the order to the door. */
struct order_stop {
	const char *title, *note; /* note NULL: none */
	struct instant at;        /* none: not yet */
	bool done, current;
};

struct order_method {
	const char *id, *title, *note;
	bool chosen;
};

struct order_model {
	struct order_summary told;
	const char *user_id; /* NULL: a guest */
	struct money discount_amount;

	/* the page alone */
	bool is_pending, is_unknown, is_paid, is_shipped, is_delivered, is_failed,
		is_expired, is_cancelled, is_waiting;
	bool receipt, refunded, can_cancel, can_retry;
	const char *next_text;
	struct url status_url, page_url, cancel_url, retry_url;
	const char *cancel_key, *retry_key;
	struct order_stop *steps;
	size_t n_steps;
	struct order_method *payment_methods;
	size_t n_payment_methods;
};

/* The order that the address names, for its visitor or the bearer of its link;
 * NOT_FOUND for anybody else. Six statements, and one for
 * the cart that a page shows in its head. Beside it the form for those who only ask how
 * it stands: two statements for JSON, one for a page, which leads on to the order's
 * own; of m->told nothing is there but the order's row and what
 * order_summary_load_standing() fills. */
fallible order_model_read(struct request *, const char *order, const char *token,
			  struct order_model *);
fallible order_model_read_standing(struct request *, const char *order,
				   const char *token, struct order_model *);
/* From an order that a flow has just made: reads what of it is not in memory. */
fallible order_model_of(struct request *, const struct order *, const struct attempt *,
			struct order_model *);

/* "/orders/ABCDE-23456?t=..." */
const char *order_model_page(const struct ctx *, const struct order *);
/* Whether its payment hangs in the air: nobody knows, or somebody has to look. */
bool order_model_is_unknown(const struct order_model *);
/* A new session may be opened for it. */
bool order_model_can_retry(const struct order_model *);

/* order_story.c: what happens next, in a sentence or two; and the way so far. */
const char *order_story(const struct request *, const struct order_model *);
void order_story_steps(struct arena *, struct order_model *);

#endif
