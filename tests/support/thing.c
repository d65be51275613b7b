/* thing.c - a model with a member of every type, and templates that show it. */
#include "support/thing.h"

#include "web/words.h"

static bool
fruit(size_t i, struct choice *out)
{
	static const struct choice fruits[] = {{"a", "Apple"},
					       {"b&c", "\"Bil\" & Cranberry"},
					       {"d", "Date"},
					       {"e", "Elder"}};

	if (i < 4)
		*out = fruits[i];
	return i < 4;
}

static const struct view_field line_fields[] = {
	SHOW(struct line, title, quantity, chosen),
	SHOW_END,
};

const struct view_field fields[] = {
	SHOW(struct thing, text, evil, none, n, zero, yes, no, money, at, url, bad_url,
	     picture),
	SHOW_WORD(struct thing, word, "order_status"),
	SHOW_LIST(struct thing, lines, n_lines, line_fields),
	SHOW_IN_FIELDS(struct thing, inside, line_fields),
	SHOW_MAYBE(struct thing, maybe, line_fields),
	SHOW_MAYBE(struct thing, absent, line_fields),
	SHOW_CHOICES(struct thing, "all", all, fruit),
	SHOW_CHOICES(struct thing, "some", some, fruit),
	SHOW_CHOICES(struct thing, "barred", barred, fruit),
	SHOW_END,
};

static struct line lines[] = {{"One", 1, false}, {"Two <2>", 2, true}};

static const bool offered[] = {true, false, false, true};

const struct thing model = {
	.text = "Tea & <b>\"cake\"</b>",
	.evil = "javascript:alert(1)",
	.n = 42,
	.yes = true,
	.money = {1234, "USD"},
	.at = {INT64_C(1795258620123456)},
	.url = {"/cart?a=1&b=2"},
	.bad_url = {"javascript:alert(1)"},
	.picture = {"mug.svg"},
	.word = {"pending"},
	.lines = lines,
	.n_lines = 2,
	.inside = {"in", 3, true},
	.maybe = &lines[0],
	.all = {.chosen = "b&c", .n = 4},
	.some = {.chosen = "d", .n = 4, .offered = offered},
};

struct err *
compile(const char *text, struct template **out)
{
	web_file(dir, "page.html", text);
	return template_compile(mem, dir, "page.html", fields, out);
}

const char *
render_with(const char *text, const struct scene *extra)
{
	struct page page = {
		.shop_name = "Shop & Co", .title_prefix = "", .csrf = "tok"};
	struct scene scene = *extra;
	struct buf out = buf_new(mem, 1000000);
	struct template *template;
	struct words *words;

	web_file(dir, "words.en",
		 "# a comment\n\norder_status.pending = Waiting for <it>\n");
	WANT_OK(words_load(mem, arena_printf(mem, "%s/words.en", dir), &words));
	scene.page = &page;
	scene.words = words;
	WANT_OK(compile(text, &template));
	WANT_OK(template_render(template, &scene, &model, &out));
	return buf_string(&out);
}

const char *
render(const char *text)
{
	const struct scene none = {0};

	return render_with(text, &none);
}
