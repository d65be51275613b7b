/* template.h - Mustache pages, compiled at start against the view table of their model.
 *
 * {{name}} {{a.b}} {{#section}}..{{/section}} {{^inverted}}..{{/inverted}} {{>partial}}
 * {{! comment }} {{<layout}}{{$block}}..{{/block}}{{/layout}} {{#field
 * a.b}}..{{/field}}. A name that the view does not have, or that stands where it could
 * do harm (script, style, on*, comments, unquoted attributes, the start of an address),
 * is refused with file and line. A name ending in .txt makes a plain text: nothing is
 * escaped in it. */
#ifndef WEB_TEMPLATE_H
#define WEB_TEMPLATE_H

#include <stdbool.h>

#include "base/err.h"
#include "web/endpoint.h"
#include "web/view.h"

struct arena;
struct buf;
struct template;
struct words;

/* The names that every template knows: PAGE. */
struct page_problem {
	struct url href;   /* "#shipping_address-city"; text NULL when no field is at
			      fault */
	const char *group; /* of the field, where two groups ask for the same */
	const char *text;
};

struct page_notice {
	const char *code, *text;
};

struct page {
	const char *shop_name, *shop_address, *shop_email;
	struct url shop_url;
	const char *csrf, *title_prefix, *path, *trace_id;
	int64_t cart_pieces, year, refresh_seconds;
	bool test_mode, has_problems, development;
	const struct page_problem *problems;
	size_t n_problems;
	const struct page_notice *notices;
	size_t n_notices;
};

/* What a page is rendered with besides its model. Lists may be empty. */
struct scene {
	const struct page *page;
	const struct words *words;
	const struct field_hint *hints;
	size_t n_hints;
	const struct typed *typed; /* shown in fields before what is stored */
	size_t n_typed;
	const struct problems *problems; /* of fields; NULL for none */
};

enum {
	TEMPLATE_DEPTH = 16,  /* partials and layouts inside each other */
	TEMPLATE_SCOPES = 12, /* lists and structs inside each other */
	TEMPLATE_FILES = 64,
	TEMPLATE_ITEMS = 20000, /* list items shown by one page */
};

/* Compiles dir/name (".html" or ".txt") against a view's fields. */
fallible template_compile(struct arena *, const char *dir, const char *name,
			  const struct view_field *, struct template **);
/* Whether one of its files was changed since it was compiled. */
bool template_is_stale(const struct template *);
/* INTERNAL when the page outgrows the buffer or the limit of items. */
fallible template_render(const struct template *, const struct scene *,
			 const void *model, struct buf *);

#endif
