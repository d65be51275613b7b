/* ledger.c - double entries. */
#include "domain/ledger.h"

#include "base/token.h"
#include "domain/ledger_store.h"

/* Books the legs in one round trip; empty ones are left out. */
static fallible
book(struct tx *tx, const struct ledger_leg *legs, size_t n)
{
	struct ledger_leg rows[LEDGER_LEGS];
	struct uuid txn = uuid_new();
	int64_t sum = 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (money_is_zero(legs[i].amount))
			continue;
		rows[k] = legs[i];
		rows[k++].txn_id = txn;
		sum += legs[i].amount.minor;
	}
	if (sum != 0)
		return FAIL(INTERNAL, "ref=%s: legs sum to %" PRId64, legs[0].ref, sum);
	return k == 0 ? NULL : ledger_insert(tx, rows, k);
}

static struct money
minus(struct money amount)
{
	return money_of(-amount.minor, amount.currency);
}

fallible
ledger_book_sale(struct tx *tx, struct order_id order, struct uuid attempt,
		 struct money captured, struct money tax)
{
	const char *ref = arena_printf(tx->mem, "capture:%s", attempt.text);
	struct ledger_leg legs[] = {
		{.account = "gateway", .amount = captured, .ref = ref, .order = order},
		{.account = "sales",
		 .amount = minus(money_sub(captured, tax)),
		 .ref = ref,
		 .order = order},
		{.account = "tax", .amount = minus(tax), .ref = ref, .order = order},
	};

	return book(tx, legs, 3);
}

fallible
ledger_book_owed(struct tx *tx, struct order_id order, struct uuid attempt,
		 struct money captured)
{
	const char *ref = arena_printf(tx->mem, "capture:%s", attempt.text);
	struct ledger_leg legs[] = {
		{.account = "gateway", .amount = captured, .ref = ref, .order = order},
		{.account = "owed",
		 .amount = minus(captured),
		 .ref = ref,
		 .order = order},
	};

	return book(tx, legs, 2);
}

fallible
ledger_is_owed(struct tx *tx, struct uuid attempt, bool *owed)
{
	return ledger_has(tx, arena_printf(tx->mem, "capture:%s", attempt.text), "owed",
			  owed);
}

/* From one account to another; a negative amount the other way. */
static fallible
book_between(struct tx *tx, struct order_id order, const char *ref, struct money amount,
	     const char *from, const char *to)
{
	struct ledger_leg legs[] = {
		{.account = to, .amount = amount, .ref = ref, .order = order},
		{.account = from, .amount = minus(amount), .ref = ref, .order = order},
	};

	return book(tx, legs, 2);
}

fallible
ledger_book_refund(struct tx *tx, struct order_id order, struct uuid refund,
		   struct money amount, const char *account)
{
	return book_between(tx, order, arena_printf(tx->mem, "refund:%s", refund.text),
			    amount, "gateway", account);
}

fallible
ledger_book_sent_back(struct tx *tx, struct order_id order, struct uuid refund,
		      struct money amount, const char *account)
{
	return book_between(tx, order,
			    arena_printf(tx->mem, "sent_back:%s", refund.text), amount,
			    account, "gateway");
}

fallible
ledger_book_dispute(struct tx *tx, struct order_id order, struct uuid dispute,
		    struct money amount)
{
	return book_between(tx, order,
			    arena_printf(tx->mem, "dispute:%s", dispute.text), amount,
			    "gateway", "disputed");
}

fallible
ledger_book_dispute_won(struct tx *tx, struct order_id order, struct uuid dispute,
			struct money amount)
{
	return book_between(tx, order,
			    arena_printf(tx->mem, "dispute_won:%s", dispute.text),
			    amount, "disputed", "gateway");
}

fallible
ledger_book_dispute_lost(struct tx *tx, struct order_id order, struct uuid dispute,
			 struct money amount, const char *account)
{
	return book_between(tx, order,
			    arena_printf(tx->mem, "dispute_lost:%s", dispute.text),
			    amount, "disputed", account);
}
