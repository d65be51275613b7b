/* settling_store.h - what T3 asks of the tables. */
#ifndef DOMAIN_SETTLING_STORE_H
#define DOMAIN_SETTLING_STORE_H

#include "domain/settling.h"

/* Order and attempt as T3 needs them, read under their locks. */
struct settling {
	struct order_id order;
	struct uuid order_uid;
	const char *number;
	struct cart_id cart;
	const char *order_state, *payment_status, *fulfilment_status;
	struct money payable, tax;
	struct attempt_id attempt;
	struct uuid attempt_uid;
	const char *attempt_state, *gateway, *gw_id, *gw_payment, *shopper_code;
	struct money amount;
	int64_t captured, checks;
	struct instant expires_at, now;
};

fallible settle_lock(struct tx *, struct attempt_id, struct settling *);
/* Order and attempt confirmed in one statement, guarded by their states: 2 rows, and a
 * third when another attempt of the order is live, which is due to be closed. */
fallible settle_write_confirmed(struct tx *, const struct settling *, const char *state,
				const struct payment_facts *, int64_t *changed);
fallible settle_write_free(struct tx *, struct order_id, int64_t *changed);
/* The attempt's money without the order. */
fallible settle_write_captured(struct tx *, const struct settling *,
			       const struct payment_facts *, int64_t *changed);
fallible settle_write_axis(struct tx *, struct order_id, const char *state,
			   const char *payment_status);
/* Sold lines leave the cart, its checkout is completed: two statements. */
fallible settle_clear_cart(struct tx *, struct order_id, struct cart_id);
/* Takes an order's units from what nobody holds; *enough false (and nothing taken) when
 * a line is short. */
fallible settle_take_free_stock(struct tx *, struct order_id, bool *enough);

#endif
