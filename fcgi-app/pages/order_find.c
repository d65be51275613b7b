/* order_find.c - GET and POST /orders/find: the link of an order, by mail to whoever
 * made it. The answer is the same, and takes as long, whether or not there is such an
 * order. */
#include "base/seal.h"
#include "base/text.h"
#include "domain/contact.h"
#include "domain/outbox.h"
#include "domain/throttle.h"
#include "flow/nudge.h"
#include "pages/endpoints.h"
#include "pages/product_model.h"

enum { TRIES = 5, WINDOW_SECONDS = 15 * 60, NUMBER_LENGTH = 11 };

struct empty {
	bool nothing;
};

static const struct view_field no_fields[] = {
	SHOW_END,
};

static const struct view find_view = {"FindOrder", "find.html", no_fields};
static const struct view found_view = {"FoundOrder", "found.html", no_fields};

static const struct field_hint hints[] = {
	{
		.name = "number",
		.label = "Order number",
		.example = "ABCDE-23456",
		.maxlength = 20,
		.required = true,
	},
	{
		.name = "email",
		.label = "E-mail address",
		.autocomplete = "email",
		.maxlength = CONTACT_EMAIL_MAX,
		.required = true,
	},
};

static fallible
show_form(struct request *rq, const void *form, struct reply *re)
{
	static const struct empty nothing;

	(void)form;
	product_model_count_pieces(rq);
	re->hints = hints;
	re->n_hints = sizeof hints / sizeof *hints;
	return reply_show(rq, re, &find_view, &nothing);
}

struct form {
	const char *number, *email;
};

static const struct input inputs[] = {
	INPUT(struct form, number, 1, 40),
	INPUT(struct form, email, 1, 4 * CONTACT_EMAIL_MAX),
	INPUT_END,
};

/* As it is printed, however it was typed: "abcde 23456" is ABCDE-23456. What cannot be
 * a number is one that no order has. */
static const char *
number_of(struct arena *mem, const char *typed)
{
	char *number = arena_alloc(mem, NUMBER_LENGTH + 1);
	size_t n = 0;

	for (const char *c = text_upper(mem, typed); *c != '\0'; c++) {
		if (!(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
			continue;
		if (n == NUMBER_LENGTH)
			return "";
		if (n == 5)
			number[n++] = '-';
		number[n++] = *c;
	}
	return number;
}

struct look {
	const char *number, *email, *address;
	bool over;
};

/* Every step is taken for every pair, so that time tells nothing. */
static fallible
look_up(struct tx *tx, struct look *look)
{
	struct digest hash =
		seal_lookup(tx->cx->keys, text_lower(tx->mem, look->email));
	bool address_over, number_over;

	TRY(throttle_count(tx, "find.address", look->address, TRIES, WINDOW_SECONDS,
			   &address_over));
	TRY(throttle_count(tx, "find.number", look->number, TRIES, WINDOW_SECONDS,
			   &number_over));
	look->over = address_over || number_over;
	return outbox_add_link(tx, look->number, hash);
}

/* A refused try leaves no mail behind; the window ends when its first try said. */
static fallible
look_up_or_refuse(struct tx *tx, struct look *look, bool exempt)
{
	TRY(look_up(tx, look));
	if (!look->over || exempt)
		return NULL;
	return FAIL(LIMITED, "order look-up from %s", look->address);
}

static fallible
find(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct problems problems = {0};
	static const struct empty nothing;
	struct look look = {.address = rq->address};
	struct err *e;

	look.email = contact_normalise_email(rq->cx->mem, form->email);
	look.number = number_of(rq->cx->mem, form->number);
	contact_check_email("email", look.email, &problems);
	TRY(FAIL_PROBLEMS(&problems, INVALID));
	TRANSACTION (tx, rq->cx, &e)
		e = look_up_or_refuse(tx, &look, rq->exempt);
	TRY(e);
	nudge(rq->shop, LANE_MAIL);
	product_model_count_pieces(rq);
	return reply_show(rq, re, &found_view, &nothing);
}

const struct endpoint order_find_get = {
	.page = "GET /orders/find",
	.needs = NEEDS_VISITOR,
	.shows = &find_view,
	.says = "Asks for number and e-mail address of an order.",
	.tag = "orders",
	.handle = show_form,
};

const struct endpoint order_find_post = {
	.page = "POST /orders/find",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &found_view,
	.again = &order_find_get,
	.codes = "invalid too_many_requests",
	.says = "Mails the link of an order to the address that it was made with.",
	.tag = "orders",
	.handle = find,
};
