/* kit.h - a small shop on a real database and a gateway that plays a script: for tests
 * of flows. Books are looked at through SQL, as an auditor would. */
#ifndef SUPPORT_KIT_H
#define SUPPORT_KIT_H

#include "domain/checkout.h"
#include "flow/cancel_order.h"
#include "flow/place_order.h"
#include "flow/settle.h"
#include "gateway/pay.h"
#include "support/database.h"

struct kit {
	struct ctx *cx;
	struct shop *shop;
	struct pay *pay;
};

/* A shop with mugs ("mug", $18.00, 20 of them), prints ("print", $24.50, 3), a guide
 * ("guide", digital, $9.00, endless) and one lighthouse ("light", $120.00),
 * and more pens ("pen", $2.50) than any test sells. */
struct kit kit_new(void);
/* The same shop from another process: its goods as they are. */
struct kit kit_open(void);

/* What a call in a transaction of its own, named tx, comes to; or in a reading. */
#define IN_TX(cx, call)                                                                \
	__extension__({                                                                \
		struct err *kit_err_;                                                  \
		TRANSACTION (tx, (cx), &kit_err_)                                      \
			kit_err_ = (call);                                             \
		kit_err_;                                                              \
	})
#define IN_READ(cx, call)                                                              \
	__extension__({                                                                \
		struct err *kit_err_;                                                  \
		READING (tx, (cx), &kit_err_)                                          \
			kit_err_ = (call);                                             \
		kit_err_;                                                              \
	})

/* One more product; stock below 0: it has no stock row. */
void kit_add_product(struct kit *, const char *sku, const char *kind, int64_t price,
		     int64_t stock);
/* A column of the product's row in stock, product or the like. */
int64_t kit_stock(const char *column, const char *sku);

/* Visitor number n. */
struct digest kit_visitor(int n);
/* Puts goods into a visitor's cart, starts the checkout and stores complete details. */
void kit_fill_cart(struct kit *, int visitor, const char *sku, int64_t quantity);
void kit_checkout(struct kit *, int visitor, const char *sku, int64_t quantity);
/* Starts the checkout, from an address without limits. */
struct err *kit_start(struct kit *, int visitor, struct checkout *);
/* Complete details, to be spoiled by a test. */
struct details kit_details(const struct kit *);
/* Complete details for a checkout that is started. */
void kit_give_details(struct kit *, int visitor);
/* What visitor n sends to pay, under a key. */
struct placing kit_placing(struct kit *, int visitor, const char *key);

/* Scripts the gateway: a session is made for the next create; the next retrieve or
 * close says so. Scripts add up until kit_script_end(). */
void kit_script_begin(struct kit *);
void kit_will_create(struct kit *, enum pay_outcome);
void kit_will_say(struct kit *, const char *call, enum pay_status, int64_t captured,
		  const char *attempt_uid, const char *order_number);
/* Returns the gateway's id of that refund. */
const char *kit_will_refund(struct kit *, enum pay_refund_status);
/* flow_place_order and flow_retry_payment, and what dispatch does with what they leave:
 * the session that was opened is noted, the key stays unanswered. */
struct err *kit_place_order(struct shop *, struct ctx *, const struct placing *,
			    struct placement *);
struct err *kit_retry_payment(struct shop *, struct ctx *, const struct retry *,
			      struct placement *);
/* From goods to an order that waits for its payment, and on to a paid one. The order's
 * texts live in the kit's arena. */
struct placement kit_place(struct kit *, int visitor, const char *sku, int64_t quantity,
			   const char *key);
struct placement kit_buy(struct kit *, int visitor, const char *sku, int64_t quantity,
			 const char *key);
/* As the books have it now. */
struct attempt kit_attempt(struct kit *, struct attempt_id);
const char *kit_state(const struct placement *);
/* Pays for a placed order: the gateway says paid, and the attempt is asked. */
void kit_pay(struct kit *, const struct placement *, struct settled *);

/* Everything that can be added up agrees: stock, holds, money, orders, books. Fails the
 * test with the invariant's name. */
void kit_books_balance(void);
/* What `till verify` finds wrong: ids, as "I19 "; that of a job which does not run here
 * left out. In the context's arena. */
const char *kit_wrong(const struct kit *);

#endif
