/* help_get.c - GET /help, /help/privacy, /help/style: pages that are words alone. */
#include "base/config.h"
#include "pages/endpoints.h"
#include "pages/product_model.h"
#include "web/web.h"

static const struct view_field no_fields[] = {SHOW_END};

static const struct view help_view = {"Help", "help.html", no_fields};
static const struct view privacy_view = {"Privacy", "privacy.html", no_fields};
static const struct view style_view = {"Style", "style.html", no_fields};

static fallible
show_help(struct request *rq, const void *form, struct reply *re)
{
	(void)form;
	product_model_count_pieces(rq);
	return reply_show(rq, re, rq->endpoint->shows, "");
}

/* Every component in every state, for those who work on the look. */
static fallible
show_style(struct request *rq, const void *form, struct reply *re)
{
	if (!rq->web->config->shop_development)
		return FAIL(NOT_FOUND, "shop.development is off");
	return show_help(rq, form, re);
}

const struct endpoint help_get = {
	.page = "GET /help",
	.shows = &help_view,
	.says = "Answers to what shoppers ask.",
	.tag = "help",
	.handle = show_help,
};

const struct endpoint privacy_get = {
	.page = "GET /help/privacy",
	.shows = &privacy_view,
	.says = "What is kept of a shopper, and how.",
	.tag = "help",
	.handle = show_help,
};

const struct endpoint style_get = {
	.page = "GET /help/style",
	.shows = &style_view,
	.codes = "not_found",
	.says = "Every component in every state; in development alone.",
	.tag = "help",
	.handle = show_style,
};
