/* thing.h - a model with a member of every type, and templates that show it. */
#ifndef SUPPORT_THING_H
#define SUPPORT_THING_H

#include "base/money.h"
#include "support/in_folder.h"
#include "web/template.h"
#include "web/view.h"

struct line {
	const char *title;
	int64_t quantity;
	bool chosen;
};

struct thing {
	const char *text, *evil, *none;
	int64_t n, zero;
	bool yes, no;
	struct money money;
	struct instant at;
	struct url url, bad_url;
	struct asset picture;
	struct word word;
	struct line *lines;
	size_t n_lines;
	struct line inside, *maybe, *absent;
	struct selection all, some, barred;
};

/* What templates may show of a thing, and the one that render() shows. */
extern const struct view_field fields[];
extern const struct thing model;

/* Compiles the text as page.html of the folder, against the view of a thing. */
struct err *compile(const char *text, struct template **out);
/* What the text, which has to compile, makes of the model in the shop "Shop & Co". */
const char *render(const char *text);
/* The same with what was typed, hints and problems of a scene; its page and words are
 * put here. */
const char *render_with(const char *text, const struct scene *extra);

#endif
