/* checkout_go_get.c - GET /checkout/go/{token}: hands the shopper over to a gateway
 * that wants a form to be posted. */
#include "flow/settle.h"
#include "pages/endpoints.h"

struct form {
	const char *token;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, token, 64),
	INPUT_END,
};

struct go_model {
	struct url action;
	const struct handover_field *fields;
	size_t n_fields;
	const char *button;
};

static const struct view_field field_fields[] = {
	SHOW_PAGE(struct handover_field, name, value),
	SHOW_END,
};

static const struct view_field go_fields[] = {
	SHOW_PAGE(struct go_model, action, button),
	SHOW_LIST_PAGE(struct go_model, fields, n_fields, field_fields),
	SHOW_END,
};

static const struct view go_view = {"Handover", "go.html", go_fields};

static fallible
show_form(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct go_model *m = arena_new_of(rq->cx->mem, struct go_model, 1);
	struct handover handover = {0};

	TRY(flow_handover(rq->shop, rq->cx, form->token, &handover));
	m->action.text = handover.action;
	m->button = handover.button;
	m->fields = handover.fields;
	m->n_fields = handover.n_fields;
	return reply_show(rq, re, &go_view, m);
}

const struct endpoint checkout_go_get = {
	.page = "GET /checkout/go/{token}",
	.pool = POOL_PAY,
	.needs = TOKEN_PAGE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &go_view,
	.codes = "not_found gateway_unavailable",
	.says = "A form that the browser posts to the gateway.",
	.tag = "checkout",
	.handle = show_form,
};
