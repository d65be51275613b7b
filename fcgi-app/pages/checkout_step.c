/* checkout_step.c - the checkout one step at a time. */
#include "pages/checkout_step.h"

#include <string.h>

#include "base/text.h"
#include "flow/shop.h"

enum step { STEP_CONTACT, STEP_DELIVERY, STEP_PAYMENT, NO_STEP };

static const struct {
	const char *name;      /* in ?step= and in the words */
	const char *url;       /* where its form goes */
	const char *groups[3]; /* of the fields that it asks for */
} steps[] = {
	[STEP_CONTACT] = {"contact",
			  "/checkout/details",
			  {"contact", "shipping_address", "billing_address"}},
	[STEP_DELIVERY] = {"delivery", "/checkout/shipping", {"shipping_option"}},
	[STEP_PAYMENT] = {"payment", "/checkout/payment", {"payment_method"}},
	[NO_STEP] = {0},
};

static bool
is_stepwise(const struct request *rq)
{
	return rq->face == FACE_PAGE &&
	       text_equal(rq->shop->config->shop_layout, "steps");
}

static enum step
earlier(enum step a, enum step b)
{
	return a < b ? a : b;
}

/* The way of a checkout: goods that are not sent have no step of delivery. */
static bool
is_on_way(enum step step, const struct cart *cart)
{
	return step != STEP_DELIVERY || cart->needs_shipping;
}

static enum step
step_named(const char *name, const struct cart *cart)
{
	enum step step = STEP_CONTACT;

	if (name == NULL)
		return NO_STEP;
	while (step < NO_STEP &&
	       (strcmp(steps[step].name, name) != 0 || !is_on_way(step, cart)))
		step++;
	return step;
}

static enum step
step_after(enum step step, const struct cart *cart)
{
	do
		step++;
	while (!is_on_way(step, cart));
	return step;
}

static enum step
step_before(enum step step, const struct cart *cart)
{
	if (step == STEP_CONTACT)
		return NO_STEP;
	do
		step--;
	while (!is_on_way(step, cart));
	return step;
}

static bool
is_in_group(const char *field, const char *group)
{
	size_t len = strlen(group);

	return strncmp(field, group, len) == 0 &&
	       (field[len] == '\0' || field[len] == '.');
}

static enum step
step_of_field(const char *field)
{
	for (enum step step = STEP_CONTACT; step < NO_STEP; step++)
		for (size_t i = 0; i < sizeof steps->groups / sizeof *steps->groups;
		     i++)
			if (steps[step].groups[i] != NULL &&
			    is_in_group(field, steps[step].groups[i]))
				return step;
	return NO_STEP;
}

/* The first step that a list of problems is about. */
static enum step
step_of_problems(const struct problems *problems)
{
	enum step first = NO_STEP;

	for (size_t i = 0; i < problems->n; i++)
		first = earlier(first, step_of_field(problems->list[i].field));
	return first;
}

/* ---- what is shown ---- */

static enum step
find_shown(const struct request *rq, const struct checkout *checkout)
{
	enum step shown = step_of_problems(&checkout->missing);
	const char *asked;

	if (rq->problems == NULL) {
		asked = request_asked(rq, "step");
	} else {
		asked = request_typed(rq, "step");
		shown = earlier(shown, step_of_problems(rq->problems));
	}
	shown = earlier(shown, step_named(asked, &checkout->cart));
	return shown == NO_STEP ? STEP_PAYMENT : shown;
}

static void
list_stops(struct arena *mem, const struct cart *cart, enum step shown,
	   struct checkout_model *out)
{
	out->steps = arena_new_of(mem, struct checkout_stop_model, NO_STEP);
	for (enum step step = STEP_CONTACT; step < NO_STEP;
	     step = step_after(step, cart)) {
		out->steps[out->n_steps++] = (struct checkout_stop_model){
			.step = {steps[step].name},
			.done = step < shown,
			.current = step == shown,
		};
		if (step == shown)
			out->step_number = (int64_t)out->n_steps;
	}
	out->step_count = (int64_t)out->n_steps;
}

static void
tell(struct arena *mem, const struct checkout *checkout, struct checkout_model *out)
{
	const struct details *d = &checkout->details;

	out->told_email = d->email;
	out->told_phone = d->phone;
	if (out->needs_shipping)
		out->told_shipping = order_place_of(mem, d->shipping);
	if (d->has_billing)
		out->told_billing = order_place_of(mem, d->billing);
}

/* A field of another step is not on this page, so no link leads to it. */
static void
unlink_others(struct request *rq, enum step shown)
{
	struct problems *problems;
	enum step step;

	if (rq->problems == NULL)
		return;
	problems = arena_new_of(rq->cx->mem, struct problems, 1);
	*problems = *rq->problems;
	for (size_t i = 0; i < problems->n; i++) {
		step = step_of_field(problems->list[i].field);
		if (step != shown && step != NO_STEP)
			problems->list[i].field = "";
	}
	rq->problems = problems;
}

void
checkout_step_fill(struct request *rq, const struct checkout *checkout,
		   struct checkout_model *out)
{
	const struct cart *cart = &checkout->cart;
	bool stepwise = is_stepwise(rq);
	enum step shown = stepwise ? find_shown(rq, checkout) : STEP_CONTACT;

	out->shows_contact = !stepwise || shown == STEP_CONTACT;
	out->shows_delivery =
		out->needs_shipping && (!stepwise || shown == STEP_DELIVERY);
	out->shows_payment = !stepwise || shown == STEP_PAYMENT;
	out->form_url.text = steps[stepwise ? shown : STEP_PAYMENT].url;
	if (!stepwise)
		return;
	list_stops(rq->cx->mem, cart, shown, out);
	out->step.word = steps[shown].name;
	out->next_step.word = steps[step_after(shown, cart)].name;
	out->step_before.word = steps[step_before(shown, cart)].name;
	tell(rq->cx->mem, checkout, out);
	unlink_others(rq, shown);
}

/* ---- where a form leads ---- */

static enum step
sent_step(const struct request *rq, const struct checkout *checkout)
{
	return is_stepwise(rq) ? step_named(request_typed(rq, "step"), &checkout->cart)
			       : NO_STEP;
}

static enum step
wanted_step(const struct request *rq, const struct checkout *checkout)
{
	return step_named(request_typed(rq, "go"), &checkout->cart);
}

fallible
checkout_step_check(const struct request *rq, const struct checkout *checkout,
		    struct err *refused)
{
	const struct problems *missing = &checkout->missing;
	enum step step = sent_step(rq, checkout);
	struct problems all = {0};

	if (refused != NULL && refused->code != ERR_INVALID)
		return refused;
	if (step == NO_STEP || wanted_step(rq, checkout) != NO_STEP)
		return refused;
	if (refused != NULL)
		all = refused->problems;
	for (size_t i = 0; i < missing->n; i++)
		if (step_of_field(missing->list[i].field) == step)
			problem_add(&all, missing->list[i].field, missing->list[i].code,
				    missing->list[i].text);
	return FAIL_PROBLEMS(&all, INVALID);
}

const char *
checkout_step_see(const struct request *rq, const struct checkout *checkout)
{
	enum step from = sent_step(rq, checkout), to = wanted_step(rq, checkout);

	if (from == NO_STEP)
		return "/checkout";
	if (to == NO_STEP)
		to = step_after(from, &checkout->cart);
	if (to == NO_STEP)
		to = from;
	return arena_printf(rq->cx->mem, "/checkout?step=%s", steps[to].name);
}
