/* template_choices.c - the options of a select: written once, when its template is
 * compiled, and put into pages in as few pieces as can be. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "web/template_private.h"

enum { CHOICES_MAX_BYTES = 256 * 1024 };

static const char selected[] = " selected";

/* Where an option begins, and where it says that it is the selected one. */
struct option {
	const char *value;
	size_t at, mark;
};

struct choices {
	const char *html;
	struct option *options; /* one more than there are: the end */
	size_t n;
};

static size_t
count_rows(bool (*row)(size_t i, struct choice *))
{
	struct choice choice;
	size_t n = 0;

	while (row(n, &choice))
		n++;
	return n;
}

struct choices *
choices_new(struct arena *mem, bool (*row)(size_t i, struct choice *))
{
	struct choices *out = arena_new_of(mem, struct choices, 1);
	struct buf html = buf_new(mem, CHOICES_MAX_BYTES);
	struct choice choice;

	out->n = count_rows(row);
	out->options = arena_new_of(mem, struct option, out->n + 1);
	for (size_t i = 0; i < out->n && row(i, &choice); i++) {
		out->options[i].value = choice.value;
		out->options[i].at = html.len;
		buf_text(&html, "<option value=\"");
		escape_html(&html, choice.value);
		buf_text(&html, "\"");
		out->options[i].mark = html.len;
		buf_text(&html, ">");
		escape_html(&html, choice.label);
		buf_text(&html, "</option>");
	}
	out->options[out->n].at = html.len;
	assert(!html.full); /* tables are of our own making */
	out->html = buf_string(&html);
	return out;
}

void
choices_put(struct buf *to, const struct choices *choices,
	    const struct selection *selection)
{
	size_t end = selection->first + selection->n;
	const char *chosen = selection->chosen == NULL ? "" : selection->chosen;
	size_t from; /* what is before it is written, or left out */

	if (end > choices->n || selection->n == 0)
		return;
	from = choices->options[selection->first].at;
	for (size_t i = selection->first; i < end; i++) {
		const struct option *option = &choices->options[i];

		if (selection->offered != NULL && !selection->offered[i]) {
			buf_put(to, choices->html + from, option->at - from);
			from = option[1].at;
		} else if (option->value[0] == chosen[0] &&
			   strcmp(option->value, chosen) == 0) {
			buf_put(to, choices->html + from, option->mark - from);
			buf_text(to, selected);
			from = option->mark;
		}
	}
	buf_put(to, choices->html + from, choices->options[end].at - from);
}
