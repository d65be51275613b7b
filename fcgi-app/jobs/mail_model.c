/* mail_model.c - what the templates of mails may name. */
#include "jobs/mail_model.h"

#include "base/config.h"
#include "base/text.h"
#include "web/words.h"

#define IN_(part, member, shown, type_, ...)                                           \
	{                                                                              \
		.name = shown, .type = type_, .face = VIEW_PAGE_ONLY,                  \
		.at = offsetof(struct mail_model, part.member), __VA_ARGS__            \
	}
#define TYPE_OF_(part, member) VIEW_TYPE_OF(((struct mail_model *)0)->part.member)
#define ORDER(member)                                                                  \
	IN_(told.order, member, #member, TYPE_OF_(told.order, member), .null = true)
#define TOLD(member) IN_(told, member, #member, TYPE_OF_(told, member), .null = true)

static const struct view_field place_fields[] = {
	SHOW_PAGE(struct order_place, full_name, line1, line2, city, postal_code,
		  country_name),
	SHOW_PAGE_AS(struct order_place, "region", region_name),
	SHOW_END,
};

static const struct view_field item_fields[] = {
	SHOW_PAGE(struct order_summary_item, title, quantity, unit_price, line_total),
	SHOW_END,
};

const struct view_field mail_fields[] = {
	ORDER(number),
	ORDER(created_at),
	ORDER(subtotal),
	ORDER(shipping),
	ORDER(shipping_title),
	ORDER(tax),
	ORDER(tax_included),
	ORDER(total),
	TOLD(email),
	TOLD(paid_with),
	TOLD(delivery_dates),
	IN_(told, tracking_url, "tracking_url", VIEW_URL, .null = true),
	IN_(told.order, tracking, "tracking_number", VIEW_TEXT, .null = true),
	IN_(told, shipping_address, "shipping_address", VIEW_MAYBE,
	    .item = place_fields),
	IN_(told, billing_address, "billing_address", VIEW_MAYBE, .item = place_fields),
	IN_(told, items, "items", VIEW_LIST,
	    .count_at = offsetof(struct mail_model, told.n_items),
	    .size = sizeof(struct order_summary_item), .item = item_fields),
	SHOW_PAGE(struct mail_model, next_text, order_url, refunded_amount),
	SHOW_END,
};

/* ---- what each says besides ---- */

static const char *
cancelled_text(struct arena *mem, const struct mail_model *m)
{
	struct money back = money_add(m->told.refund_under_way, m->told.refunded);

	if (m->told.captured.minor == 0)
		return "Nothing has been charged.";
	return arena_printf(
		mem,
		"%s goes back the way you paid; your bank may need a few days "
		"to show it.",
		money_format(mem, back));
}

static const char *
failed_text(struct arena *mem, const struct mail_model *m, const struct words *words)
{
	const char *code =
		m->told.attempt == NULL ? NULL : m->told.attempt->shopper_code;
	const char *why = code == NULL ? NULL : words_find(words, "decline", code);

	return arena_printf(mem, "%s%sWhat you chose is still in your cart.",
			    why == NULL ? "" : why, why == NULL ? "" : " ");
}

static const char *
next_text(const struct mail_model *m, const struct ctx *cx, const struct config *config,
	  const struct words *words, const char *kind)
{
	if (text_equal(kind, "mail.confirmation"))
		return m->told.needs_shipping && !m->told.is_pickup
			       ? "We write again when it leaves us."
			       : "";
	if (text_equal(kind, "mail.payment_failed"))
		return failed_text(cx->mem, m, words);
	if (text_equal(kind, "mail.cancelled"))
		return cancelled_text(cx->mem, m);
	if (text_equal(kind, "mail.delivered"))
		return arena_printf(cx->mem,
				    "Is something not right? Write to us at %s.",
				    config->shop_email);
	return "";
}

static struct money
amount_of_refund(const struct order_summary *told, int64_t refund)
{
	for (size_t i = 0; i < told->n_refunds; i++)
		if (told->refunds[i].id.n == refund)
			return told->refunds[i].amount;
	return told->refunded;
}

void
mail_model_fill(struct mail_model *m, const struct ctx *cx, const struct config *config,
		const struct words *words, const struct outbox_row *row)
{
	const struct order *order = &m->told.order;

	m->next_text = next_text(m, cx, config, words, row->kind);
	m->refunded_amount = amount_of_refund(&m->told, row->ref_id);
	m->order_url.text =
		arena_printf(cx->mem, "%s/orders/%s?t=%s", config->shop_url,
			     order->number, order_link_token(cx, order->uid));
}
