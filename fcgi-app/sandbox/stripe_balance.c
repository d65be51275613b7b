/* stripe_balance.c - what a payment did to the balance: its gross, the fee, the rest.
 */
#include <string.h>

#include "base/arena.h"
#include "sandbox/stripe.h"

/* 2.9 % and thirty of the smallest unit, settled in the charge's own currency. */
static int64_t
fee_of(const struct charge *charge)
{
	return (charge->captured * 29 + 500) / 1000 + 30;
}

static void
put_details(struct json_out *out, const struct charge *charge)
{
	json_key(out, "fee_details");
	json_open(out, '[');
	json_open(out, '{');
	json_pair_int(out, "amount", fee_of(charge));
	json_pair_text(out, "application", NULL);
	json_pair_text(out, "currency", charge->currency);
	json_pair_text(out, "description", "Stripe processing fees");
	json_pair_text(out, "type", "stripe_fee");
	json_close(out, '}');
	json_close(out, ']');
}

static void
put_whole(struct json_out *out, const char *id, const struct charge *charge)
{
	json_open(out, '{');
	json_pair_text(out, "id", id);
	json_pair_text(out, "object", "balance_transaction");
	json_pair_int(out, "amount", charge->captured);
	json_pair_int(out, "available_on", charge->created);
	json_pair_int(out, "created", charge->created);
	json_pair_text(out, "currency", charge->currency);
	json_pair_text(out, "description", charge->description);
	json_pair_text(out, "exchange_rate", NULL);
	json_pair_int(out, "fee", fee_of(charge));
	put_details(out, charge);
	json_pair_int(out, "net", charge->captured - fee_of(charge));
	json_pair_text(out, "reporting_category", "charge");
	json_pair_text(out, "source", charge->record.id);
	json_pair_text(out, "status", "pending");
	json_pair_text(out, "type", "charge");
	json_close(out, '}');
}

void
stripe_put_balance(struct work *w, const struct charge *charge)
{
	const char *id = arena_printf(w->mem, "txn_%s", charge->record.id + 3);

	json_key(&w->out, "balance_transaction");
	if (!charge->is_captured)
		json_put_null(&w->out);
	else if (stripe_expands(
			 w, arena_printf(w->mem, "%sbalance_transaction", w->under)))
		put_whole(&w->out, id, charge);
	else
		json_put_text(&w->out, id);
}
