/* order_view.c - what may be seen of an order, in HTML and in JSON. */
#include "pages/order_view.h"

#include "pages/order_model.h"

/* Most of a model lies in the order's row or in its summary, which are the domain's. */
#define IN_(part, member, shown, type_, ...)                                           \
	{                                                                              \
		.name = shown, .type = type_,                                          \
		.at = offsetof(struct order_model, part.member), __VA_ARGS__           \
	}
#define TYPE_OF_(part, member) VIEW_TYPE_OF(((struct order_model *)0)->part.member)
#define ORDER(member, ...)                                                             \
	IN_(told.order, member, #member, TYPE_OF_(told.order, member), __VA_ARGS__)
#define TOLD(member, ...)                                                              \
	IN_(told, member, #member, TYPE_OF_(told, member), __VA_ARGS__)
#define PAGE_ALONE  .face = VIEW_PAGE_ONLY, .null = true
#define MAY_BE_NULL .null = true

const struct view_field order_place_fields[] = {
	SHOW_NULL(struct order_place, full_name, line1, line2, city),
	{
		.name = "region",
		.type = VIEW_TEXT,
		.face = VIEW_DATA_ONLY,
		.null = true,
		.at = offsetof(struct order_place, region),
	},
	{
		.name = "region",
		.type = VIEW_TEXT,
		.face = VIEW_PAGE_ONLY,
		.null = true,
		.at = offsetof(struct order_place, region_name),
	},
	SHOW_NULL(struct order_place, postal_code, country),
	SHOW_PAGE(struct order_place, country_name),
	SHOW_END,
};

static const struct view_field item_fields[] = {
	SHOW(struct order_summary_item, id, sku, title, kind, quantity, unit_price,
	     discount_amount, tax, line_total),
	SHOW_NULL(struct order_summary_item, metadata),
	SHOW_PAGE(struct order_summary_item, picture),
	SHOW_END,
};

static const struct view_field timeline_fields[] = {
	SHOW(struct order_step, at, event, from, to),
	SHOW_NULL(struct order_step, reason),
	SHOW_END,
};

static const struct view_field stop_fields[] = {
	SHOW_PAGE(struct order_stop, title, note, at, done, current),
	SHOW_END,
};

static const struct view_field method_fields[] = {
	SHOW_PAGE(struct order_method, id, title, note, chosen),
	SHOW_END,
};

const struct view_field order_fields[] = {
	IN_(told.order, uid, "id", VIEW_UUID, .null = false),
	ORDER(number, .null = false),
	IN_(told.order, cart_uid, "cart_id", VIEW_UUID, MAY_BE_NULL),
	SHOW_NULL(struct order_model, user_id),
	IN_(told, status, "status", VIEW_WORD, .words = "order_status"),
	IN_(told.order, payment_status, "payment_status", VIEW_WORD,
	    .words = "payment_status"),
	IN_(told.order, fulfilment_status, "fulfilment_status", VIEW_WORD,
	    .words = "fulfilment_status"),
	ORDER(currency, .null = false),
	IN_(told, items, "items", VIEW_LIST,
	    .count_at = offsetof(struct order_model, told.n_items),
	    .size = sizeof(struct order_summary_item), .item = item_fields,
	    .schema = "OrderItem"),
	ORDER(subtotal, .null = false),
	SHOW(struct order_model, discount_amount),
	ORDER(shipping, .null = false),
	ORDER(tax, .null = false),
	ORDER(tax_included, .null = false),
	ORDER(total, .null = false),
	TOLD(due, .null = false),
	IN_(told, shipping_address, "shipping_address", VIEW_MAYBE, MAY_BE_NULL,
	    .item = order_place_fields),
	IN_(told, billing_address, "billing_address", VIEW_MAYBE, MAY_BE_NULL,
	    .item = order_place_fields),
	ORDER(shipping_option, MAY_BE_NULL),
	TOLD(payment_attempt_id, MAY_BE_NULL),
	IN_(told.order, idem_key, "idempotency_key", VIEW_TEXT, .null = false),
	TOLD(metadata, MAY_BE_NULL),
	ORDER(created_at, .null = false),
	ORDER(updated_at, .null = false),
	IN_(told.order, steps, "timeline", VIEW_LIST, .face = VIEW_DATA_ONLY,
	    .count_at = offsetof(struct order_model, told.order.n_steps),
	    .size = sizeof(struct order_step), .item = timeline_fields,
	    .schema = "OrderStep"),

	ORDER(expires_at, PAGE_ALONE),
	ORDER(shipping_title, PAGE_ALONE),
	TOLD(email, PAGE_ALONE),
	TOLD(delivery_dates, PAGE_ALONE),
	TOLD(price_story, PAGE_ALONE),
	TOLD(paid_with, PAGE_ALONE),
	IN_(told, tracking_url, "tracking_url", VIEW_URL, PAGE_ALONE),
	IN_(told.order, tracking, "tracking_number", VIEW_TEXT, PAGE_ALONE),
	IN_(told, refunded, "refunded_amount", VIEW_MONEY, PAGE_ALONE),
	SHOW_PAGE(struct order_model, is_pending, is_unknown, is_paid, is_shipped,
		  is_delivered, is_failed, is_expired, is_cancelled, is_waiting,
		  receipt, refunded, can_cancel, can_retry, next_text, status_url,
		  page_url, cancel_url, retry_url, cancel_key, retry_key),
	SHOW_LIST_PAGE(struct order_model, steps, n_steps, stop_fields),
	SHOW_LIST_PAGE(struct order_model, payment_methods, n_payment_methods,
		       method_fields),
	SHOW_END,
};

const struct view order_view = {"Order", "order.html", order_fields};
