/* ledger.h - every movement of money as a double entry that sums to zero. Rows are only
 * added; (ref, account) lets each movement be booked once. */
#ifndef DOMAIN_LEDGER_H
#define DOMAIN_LEDGER_H

#include "db/db.h"

enum { LEDGER_LEGS = 4 };

struct ledger_leg {
	struct uuid txn_id;
	/* gateway, sales, tax, owed, refunds, disputed, chargebacks */
	const char *account;
	struct money amount; /* debit positive */
	/* "capture:<attempt>", "refund:<refund>", "sent_back:<refund>",
	 * "dispute:<dispute>", "dispute_won:<dispute>", "dispute_lost:<dispute>" */
	const char *ref;
	struct order_id order;
};

/* Money came in for an order that stands: gateway against sales and tax. */
fallible ledger_book_sale(struct tx *, struct order_id, struct uuid attempt,
			  struct money captured, struct money tax);
/* Money came in that no order stands for: gateway against what is owed back. */
fallible ledger_book_owed(struct tx *, struct order_id, struct uuid attempt,
			  struct money captured);
/* Whether an attempt's money was booked as owed back. */
fallible ledger_is_owed(struct tx *, struct uuid attempt, bool *owed);
/* Money went back: account is "refunds", or "owed" for money that was only owed. */
fallible ledger_book_refund(struct tx *, struct order_id, struct uuid refund,
			    struct money amount, const char *account);
/* A refund that was booked came back: the same the other way round. */
fallible ledger_book_sent_back(struct tx *, struct order_id, struct uuid refund,
			       struct money amount, const char *account);
/* A bank took the money of a dispute: out of the gateway's account, not lost yet. */
fallible ledger_book_dispute(struct tx *, struct order_id, struct uuid dispute,
			     struct money amount);
/* It was won: back to the gateway's account. */
fallible ledger_book_dispute_won(struct tx *, struct order_id, struct uuid dispute,
				 struct money amount);
/* It was lost: account is "chargebacks", or "owed" for money that was only owed. */
fallible ledger_book_dispute_lost(struct tx *, struct order_id, struct uuid dispute,
				  struct money amount, const char *account);

#endif
