/* stripe_pages.c - the hosted pages: Checkout and 3-D Secure. One form each, usable by
 * keyboard and without script. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"
#include "sandbox/page.h"
#include "sandbox/stripe.h"

static const char sheet_url[] = "/stripe/page.css";

/* From the gateway's minor units to those of ISO 4217, where they differ. */
static const char *
shown(struct work *w, int64_t amount, const char *currency)
{
	if (strstr("isk ugx", currency))
		amount /= 100;
	else if (strcmp(currency, "mga") == 0)
		amount *= 100;
	return money_format(w->mem, money_of(amount, text_upper(w->mem, currency)));
}

static struct page
open_page(struct work *w, const char *title)
{
	return page_open(w->mem, sheet_url, "Stripe", title);
}

/* A page that only says something, with a way back. */
static void
say(struct work *w, int status, const char *title, const char *sentence,
    const char *href)
{
	struct page page = open_page(w, title);

	page_put(&page, "<div class=\"card\">\n<p>");
	page_text(&page, sentence);
	page_put(&page, "</p>\n");
	page_link(&page, href, "Back to the shop");
	page_put(&page, "</div>\n");
	page_send(&page, status, w->re);
}

static void
put_line(struct work *w, struct page *page, const struct json *line,
	 const char *currency)
{
	int64_t unit = 0, quantity = 0;

	json_int_at(line, "unit_amount", &unit);
	json_int_at(line, "quantity", &quantity);
	page_put(page, "<li><span>");
	page_text(page, json_text_at(line, "name"));
	page_put(page, "</span><b>");
	page_text(page, shown(w, unit * quantity, currency));
	page_put(page, "</b>");
	if (quantity > 1) {
		page_put(page, "<small>");
		page_text(page, arena_printf(w->mem, "%lld × %s", (long long)quantity,
					     shown(w, unit, currency)));
		page_put(page, "</small>");
	}
	page_put(page, "</li>\n");
}

static void
put_lines(struct work *w, struct page *page, const struct session *session)
{
	const struct json *lines;

	page_put(page, "<ul class=\"lines\">\n");
	if (!json_parse(w->mem, session->lines, strlen(session->lines), &lines))
		for (size_t i = 0; i < json_count(lines); i++)
			put_line(w, page, json_item(lines, i), session->currency);
	page_put(page, "<li class=\"total\"><span>Total</span><b>");
	page_text(page, shown(w, session->amount, session->currency));
	page_put(page, "</b></li>\n</ul>\n");
}

static void
put_problem(struct page *page, const struct intent *intent)
{
	if (!intent || !intent->error_message)
		return;
	page_put(page,
		 "<div class=\"problems\" role=\"alert\"><h2>The payment did not go "
		 "through</h2><p>");
	page_text(page, intent->error_message);
	page_put(page, " Nothing was charged.</p></div>\n");
}

static void
open_form(struct page *page, const char *path, const char *name, const char *id)
{
	page_put(page, "<form method=\"post\" action=\"");
	page_text(page, path);
	page_text(page, id);
	page_put(page, "\">\n<input type=\"hidden\" name=\"");
	page_text(page, name);
	page_put(page, "\" value=\"");
	page_text(page, id);
	page_put(page, "\">\n");
}

static void
show_checkout(struct work *w, const struct session *session)
{
	const struct intent *intent =
		store_find(w->box->store, &intent_kind, session->intent);
	const char *total = shown(w, session->amount, session->currency);
	struct page page = open_page(w, arena_printf(w->mem, "Pay %s", total));

	put_problem(&page, intent);
	page_put(&page, "<section class=\"card\" aria-label=\"Your order\">\n");
	if (session->client_reference_id) {
		page_put(&page, "<p class=\"soft\">Order ");
		page_text(&page, session->client_reference_id);
		page_put(&page, "</p>\n");
	}
	put_lines(w, &page, session);
	page_put(&page, "</section>\n");
	open_form(&page, "/stripe/checkout/", "session", session->record.id);
	page_button(&page, "approve", arena_printf(w->mem, "Approve: pay %s", total),
		    false);
	page_button(&page, "decline", "Decline: the card is refused", true);
	page_button(&page, "decline_insufficient_funds", "Decline: insufficient funds",
		    true);
	page_button(&page, "require_3ds", "Ask for 3-D Secure first", true);
	page_button(&page, "pay_later", "Pay by a delayed method (pending)", true);
	page_button(&page, "cancel", "Cancel and go back to the shop", true);
	page_put(&page, "</form>\n");
	page_send(&page, 200, w->re);
}

/* Where a session stands that is not open any more; pressing again changes nothing. */
static void
show_closed(struct work *w, const struct session *session)
{
	if (strcmp(session->status, "complete") == 0)
		say(w, 200, "This payment is done",
		    "It was made already, and nothing is charged again.",
		    stripe_success_url(w, session));
	else
		say(w, 410, "This payment page has expired",
		    "Nothing was charged. The shop can open a new page for the order.",
		    session->cancel_url);
}

/* After a button: to the shop, to 3-D Secure, or the page again with the reason. */
static void
leave_checkout(struct work *w, const struct session *session)
{
	const struct intent *intent =
		store_find(w->box->store, &intent_kind, session->intent);

	if (strcmp(session->status, "complete") == 0)
		page_redirect(w->re, stripe_success_url(w, session));
	else if (intent && strcmp(intent->status, "requires_action") == 0)
		page_redirect(w->re, stripe_3ds_url(w, intent));
	else
		show_checkout(w, session);
}

static void
press_checkout(struct work *w, struct session *session)
{
	const char *outcome = form_get(&w->form, "outcome");
	struct verdict verdict;

	if (outcome && strcmp(outcome, "cancel") == 0) {
		if (session->cancel_url)
			page_redirect(w->re, session->cancel_url);
		else
			say(w, 200, "Payment not made",
			    "Nothing was charged. The page can still be used.", NULL);
		return;
	}
	if (!outcome || !stripe_verdict_of_button(outcome, &verdict)) {
		show_checkout(w, session);
		w->re->status = 400;
		return;
	}
	stripe_session_pay(w, session, verdict);
	leave_checkout(w, session);
}

static void
handle_checkout(struct work *w)
{
	struct session *session = store_find(w->box->store, &session_kind, w->id);
	const struct intent *intent;

	if (!session) {
		say(w, 404, "There is no such payment page", "Nothing was charged.",
		    NULL);
		return;
	}
	intent = store_find(w->box->store, &intent_kind, session->intent);
	if (strcmp(session->status, "open") != 0)
		show_closed(w, session);
	else if (intent && strcmp(intent->status, "requires_action") == 0)
		page_redirect(w->re, stripe_3ds_url(w, intent));
	else if (strcmp(w->rq->method, "POST") == 0)
		press_checkout(w, session);
	else
		show_checkout(w, session);
}

static const char *
return_url(struct work *w, const struct intent *intent)
{
	const struct session *session =
		store_find(w->box->store, &session_kind, intent->session);
	const char *url = intent->return_url;

	if (session)
		return strcmp(session->status, "complete") == 0
			       ? stripe_success_url(w, session)
			       : stripe_session_url(w, session);
	if (!url)
		return NULL;
	return arena_printf(w->mem,
			    "%s%spayment_intent=%s&payment_intent_client_secret=%s"
			    "&redirect_status=%s",
			    url, strchr(url, '?') ? "&" : "?", intent->record.id,
			    intent->secret,
			    intent->error_code ? "failed" : "succeeded");
}

static void
show_3ds(struct work *w, const struct intent *intent)
{
	struct page page = open_page(w, "Confirm with your bank");

	page_put(&page, "<section class=\"card\"><p>3-D Secure for ");
	page_text(&page, shown(w, intent->amount, intent->currency));
	page_put(&page, "</p></section>\n");
	open_form(&page, "/stripe/3ds/", "payment_intent", intent->record.id);
	page_button(&page, "approve", "Approve", false);
	page_button(&page, "decline", "Decline", true);
	page_button(&page, "cancel", "Cancel", true);
	page_put(&page, "</form>\n");
	page_send(&page, 200, w->re);
}

static void
handle_3ds(struct work *w)
{
	struct intent *intent = store_find(w->box->store, &intent_kind, w->id);
	const char *outcome = form_get(&w->form, "outcome");
	const char *back;

	if (!intent) {
		say(w, 404, "There is no such payment", "Nothing was charged.", NULL);
		return;
	}
	if (strcmp(intent->status, "requires_action") != 0) {
		say(w, 200, "There is nothing to confirm",
		    "The bank has its answer already.", return_url(w, intent));
		return;
	}
	if (strcmp(w->rq->method, "POST") != 0 || !outcome) {
		show_3ds(w, intent);
		return;
	}
	stripe_decide_3ds(w, intent, strcmp(outcome, "approve") == 0);
	back = return_url(w, intent);
	if (back)
		page_redirect(w->re, back);
	else
		say(w, 200, "Thank you", "You can close this page.", NULL);
}

bool
stripe_pages_handle(struct work *w)
{
	bool checkout = text_starts(w->path, "/checkout/");
	bool three_ds = text_starts(w->path, "/3ds/");
	bool post = strcmp(w->rq->method, "POST") == 0;

	if (strcmp(w->path, "/page.css") == 0) {
		page_sheet(w->re);
		return true;
	}
	if (!checkout && !three_ds)
		return false;
	w->id = w->path + strlen(checkout ? "/checkout/" : "/3ds/");
	if (post && !form_parse(w->mem, w->rq->body, w->rq->body_len, &w->form)) {
		say(w, 400, "That could not be read", "Nothing was charged.", NULL);
		return true;
	}
	if (post)
		w->forced = faults_take_forced(w->box->faults, "stripe", "POST",
					       w->path, w->rq->body);
	if (checkout)
		handle_checkout(w);
	else
		handle_3ds(w);
	stripe_finish(w);
	return true;
}
