/* template_test.c - templates show what their view has, escaped for where it stands. */
#include "base/json.h"
#include "support/check.h"
#include "support/web.h"
#include "web/assets.h"
#include "web/template_private.h"
#include "web/words.h"

static struct arena *mem;
static const char *dir;

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

static const struct view_field fields[] = {
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

static const struct thing model = {
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

static struct err *
compile(const char *text, struct template **out)
{
	web_file(dir, "page.html", text);
	return template_compile(mem, dir, "page.html", fields, out);
}

static const char *
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

static const char *
render(const char *text)
{
	const struct scene none = {0};

	return render_with(text, &none);
}

/* ---- values ---- */

static void
names_are_escaped_in_text_and_attributes(void **state)
{
	(void)state;
	WANT_TEXT(render("<p title=\"{{text}}\">{{text}}</p>"),
		  "<p title=\"Tea &amp; &lt;b&gt;&quot;cake&quot;&lt;/b&gt;\">"
		  "Tea &amp; &lt;b&gt;&quot;cake&quot;&lt;/b&gt;</p>");
	WANT_TEXT(render("<title>{{text}}</title>"),
		  "<title>Tea &amp; &lt;b&gt;&quot;cake&quot;&lt;/b&gt;</title>");
}

static void
every_type_has_its_words(void **state)
{
	(void)state;
	WANT_TEXT(render("{{n}} {{money}} {{money.amount}} {{money.currency}}"),
		  "42 $12.34 1234 USD");
	WANT_TEXT(render("{{at}}|{{at.iso}}|{{at.date}}|{{at.time}}"),
		  "Sat 21 November 2026, 10:57 UTC|2026-11-21T10:57:00.123Z|"
		  "Sat 21 November|10:57 UTC");
	WANT_TEXT(render("{{word}}|{{word.word}}|{{none}}|{{zero}}"),
		  "Waiting for &lt;it&gt;|pending||0");
	WANT_TEXT(render("{{inside.title}} {{maybe.title}} {{absent.title}}"),
		  "in One ");
	WANT_TEXT(render("<img src=\"{{picture}}\">"), "<img src=\"/static/mug.svg\">");
}

#define OPTION(value, label) "<option value=\"" value "\">" label "</option>"

static void
a_select_offers_what_may_be_chosen_and_marks_what_is(void **state)
{
	(void)state;
	WANT_TEXT(render("<select>{{all}}</select>"),
		  "<select>" OPTION(
			  "a",
			  "Apple") "<option value=\"b&amp;c\" selected>&quot;Bil&quot; "
				   "&amp; Cranberry</option>" OPTION("d", "Date")
					   OPTION("e", "Elder") "</select>");
	WANT_TEXT(render("<select>{{some}}</select>"),
		  "<select>" OPTION("a", "Apple") OPTION("e", "Elder") "</select>");
	WANT_TEXT(render("<select><option value=\"\">-</option>{{barred}}</select>"),
		  "<select><option value=\"\">-</option></select>");
}

static void
options_stand_in_a_select_alone(void **state)
{
	struct template *t;

	(void)state;
	WANT_ERR(compile("<p>{{all}}</p>", &t), INTERNAL);
	WANT_ERR(compile("<p title=\"{{all}}\"></p>", &t), INTERNAL);
	WANT_ERR(compile("<select></select>{{all}}", &t), INTERNAL);
}

static void
a_name_that_the_view_lacks_does_not_compile(void **state)
{
	struct template *t;
	struct err *e = compile("<p>\n{{txt}}", &t);

	(void)state;
	WANT_ERR(e, INTERNAL);
	WANT_TEXT(e->cause, "page.html:2: the view has no such name: txt");
	WANT_ERR(compile("{{#nothing}}{{/nothing}}", &t), INTERNAL);
	WANT_ERR(compile("{{inside.nothing}}", &t), INTERNAL);
	WANT_ERR(compile("{{money.nothing}}", &t), INTERNAL);
	WANT_ERR(compile("{{lines}}", &t), INTERNAL);
}

/* ---- sections ---- */

static void
sections_follow_their_value(void **state)
{
	(void)state;
	WANT_TEXT(render("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{^no}}c{{/no}}{{^yes}}d{{/"
			 "yes}}"),
		  "ac");
	WANT_TEXT(render("{{#text}}a{{/text}}{{#none}}b{{/none}}{{#zero}}c{{/zero}}"
			 "{{#n}}d{{/n}}{{^none}}e{{/none}}{{#money}}f{{/money}}"),
		  "adef");
	WANT_TEXT(render("{{#lines}}{{title}}={{quantity}};{{/lines}}"),
		  "One=1;Two &lt;2&gt;=2;");
	WANT_TEXT(render("{{#inside}}{{title}}{{/inside}}{{#maybe}}{{title}}{{/maybe}}"
			 "{{#absent}}x{{/absent}}{{^absent}}none{{/absent}}"),
		  "inOnenone");
	WANT_TEXT(render("{{#inside.chosen}}a{{/inside.chosen}}"
			 "{{#absent.chosen}}b{{/absent.chosen}}"),
		  "a");
}

static void
names_are_looked_up_outwards_to_the_page(void **state)
{
	(void)state;
	WANT_TEXT(render("{{#lines}}{{n}} {{shop_name}} "
			 "{{#maybe}}{{title}}{{/maybe}};{{/lines}}"),
		  "42 Shop &amp; Co One;42 Shop &amp; Co One;");
}

static void
sections_may_stand_inside_tags(void **state)
{
	(void)state;
	WANT_TEXT(render("{{#lines}}<option value=\"{{title}}\"{{#chosen}} "
			 "selected{{/chosen}}>"
			 "{{/lines}}"),
		  "<option value=\"One\"><option value=\"Two &lt;2&gt;\" selected>");
	WANT_TEXT(render("<p class=\"a{{#yes}} b{{/yes}}\">"), "<p class=\"a b\">");
	WANT_TEXT(render("<input{{#yes}} required{{/yes}}{{#no}} x{{/no}}>"),
		  "<input required>");
}

static void
tags_alone_on_a_line_take_it_with_them(void **state)
{
	(void)state;
	WANT_TEXT(render("a\n  {{#yes}}\nb\n{{/yes}}\n{{! no\n more }}\nc\n"),
		  "a\nb\nc\n");
	WANT_TEXT(render("a {{#yes}}\nb{{/yes}}\n"), "a \nb\n");
}

/* ---- other files ---- */

static void
partials_and_layouts_are_put_in(void **state)
{
	(void)state;
	web_file(dir, "part/mug.html", "[{{title}}]");
	web_file(dir, "layout.html",
		 "<h1>{{$title}}Shop{{/title}}</h1>{{$main}}{{/main}}{{$end}}default{{/"
		 "end}}");
	WANT_TEXT(render("{{<layout}}{{$title}}Cart{{/title}}\n"
			 "{{$main}}{{#lines}}{{>mug}}{{/lines}}{{/main}}{{/layout}}"),
		  "<h1>Cart</h1>[One][Two &lt;2&gt;]default");
	web_file(dir, "wide.html",
		 "{{<layout}}{{$title}}Wide{{/title}}"
		 "{{$main}}({{$inner}}x{{/inner}}){{/main}}{{/layout}}");
	WANT_TEXT(render("{{<wide}}{{$inner}}{{n}}{{/inner}}{{/wide}}"),
		  "<h1>Wide</h1>(42)default");
	WANT_TEXT(render("{{<wide}}{{$title}}Mine{{/title}}{{/wide}}"),
		  "<h1>Mine</h1>(x)default");
}

static void
what_includes_itself_is_refused(void **state)
{
	struct template *t;

	(void)state;
	web_file(dir, "part/loop.html", "a{{>loop}}");
	WANT_ERR(compile("{{>loop}}", &t), INTERNAL);
	WANT_ERR(compile("{{<page}}{{/page}}", &t), INTERNAL);
}

static void
files_lie_in_their_folder_alone(void **state)
{
	static const char *const odd[] = {"{{>../page}}", "{{>/etc/passwd}}",
					  "{{>a/../../b}}", "{{>missing}}",
					  "{{<../x}}{{/../x}}"};
	struct template *t;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		WANT_ERR(compile(odd[i], &t), INTERNAL);
}

static void
a_tag_that_is_wrong_is_named_with_its_line(void **state)
{
	static const char *const odd[] = {"{{text",
					  "{{{text}}}",
					  "{{&text}}",
					  "{{=<% %>=}}",
					  "{{#yes}}",
					  "{{/yes}}",
					  "{{#yes}}{{/no}}",
					  "{{}}",
					  "{{a b}}",
					  "{{#yes}}{{#no}}{{/yes}}{{/no}}",
					  "{{#field}}{{/field}}",
					  "{{<page}}x{{/page}}"};
	struct template *t;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct err *e = compile(arena_printf(mem, "\n\n%s", odd[i]), &t);

		WANT_ERR(e, INTERNAL);
		WANT(strncmp(e->cause, "page.html:", 10) == 0);
	}
}

/* ---- the guard ---- */

static void
names_are_refused_where_they_could_do_harm(void **state)
{
	static const char *const harm[] = {
		"<script>{{text}}</script>",
		"<script>var a = '{{text}}';</script>",
		"<script type=\"text/x\">`${ {{n}} }`</script>",
		"<SCRIPT >{{n}}</SCRIPT>",
		"<script>//</scriptx>{{n}}</script>",
		"<style>p { color: {{text}} }</style>",
		"<p style=\"color: {{text}}\">",
		"<p onclick=\"go('{{text}}')\">",
		"<p ONCLICK=\"{{n}}\">",
		"<p title={{text}}>",
		"<p title='{{text}}'>",
		"<p title=a{{text}}>",
		"<p {{text}}>",
		"<p {{text}}=\"x\">",
		"<p a{{text}}=\"x\">",
		"<{{text}}>",
		"<p{{text}}>",
		"</{{text}}>",
		"<!-- {{text}} -->",
		"<!doctype {{text}}>",
		"<iframe srcdoc=\"{{text}}\">",
		"<img srcset=\"{{url}} 2x\">",
		"<a href=\"{{text}}\">",
		"<a href=\"{{evil}}\">",
		"<a href=\" {{evil}}\">",
		"<a href=\"java{{evil}}\">",
		"<a href=\"//{{text}}/x\">",
		"<a href=\"/{{text}}\">",
		"<a href=\"/\\{{text}}\">",
		"<a href=\"https://{{text}}/\">",
		"<a href=\"https:{{text}}\">",
		"<form action=\"{{text}}\">",
		"<button formaction=\"{{text}}\">",
		"<img src=\"{{text}}\">",
		"<use xlink:href=\"{{text}}\">",
		"<a href=\"{{#yes}}/x/{{/yes}}{{text}}\">",
		"<meta http-equiv=\"refresh\" content=\"{{text}}\">",
		"<meta content=\"{{text}}\" http-equiv=\"refresh\">",
		"<meta http-equiv=\"{{text}}\">",
		"<iframe>{{text}}</iframe>",
	};
	struct template *t;

	(void)state;
	for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
		struct err *e = compile(harm[i], &t);

		if (e == NULL)
			print_error("compiled: %s\n", harm[i]);
		WANT_ERR(e, INTERNAL);
		WANT(strncmp(e->cause, "page.html:1: ", 13) == 0);
	}
}

static void
sections_are_refused_where_they_would_change_the_context(void **state)
{
	static const char *const harm[] = {
		"<p{{#yes}}>{{/yes}}",
		"{{#yes}}<p title=\"{{/yes}}\">",
		"{{#yes}}<!--{{/yes}}-->",
		"{{#yes}}<script>{{/yes}}</script>",
		"<script>{{#yes}}a{{/yes}}</script>",
		"<!-- {{#yes}}a{{/yes}} -->",
		"<a hr{{#yes}}ef=\"{{/yes}}x\">",
		"<a {{#yes}}hre{{/yes}}f=\"{{text}}\">",
		"<a {{#yes}}on{{/yes}}click=\"{{text}}\">",
		"<a x={{#yes}}a{{/yes}}>",
		"<{{#yes}}a{{/yes}}>",
		"<p {{#lines}}a{{/lines}}>",
		"<p title=\"{{#yes}}\" id=\"{{/yes}}\">",
		"<textarea>{{#yes}}</textarea>{{/yes}}",
	};
	struct template *t;

	(void)state;
	for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
		struct err *e = compile(harm[i], &t);

		if (e == NULL)
			print_error("compiled: %s\n", harm[i]);
		WANT_ERR(e, INTERNAL);
	}
}

static void
a_file_must_not_end_inside_a_tag(void **state)
{
	static const char *const cut[] = {"<p", "<p title=\"", "<!-- ", "<script>a",
					  "<"};
	struct template *t;

	(void)state;
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
		WANT_ERR(compile(cut[i], &t), INTERNAL);
}

static void
addresses_are_whole_or_parts_of_a_path(void **state)
{
	(void)state;
	WANT_TEXT(render("<a href=\"{{url}}\">"), "<a href=\"/cart?a=1&amp;b=2\">");
	WANT_TEXT(render("<a href=\"{{bad_url}}\">"), "<a href=\"#\">");
	WANT_TEXT(
		render("<a href=\"/x/{{evil}}?q={{text}}\">"),
		"<a href=\"/x/javascript%3Aalert%281%29?q=Tea%20%26%20%3Cb%3E%22cake%22"
		"%3C%2Fb%3E\">");
	WANT_TEXT(render("<a href=\"#{{n}}\">"), "<a href=\"#42\">");
	WANT_TEXT(render("<a href=\"https://example.com/{{n}}\">"),
		  "<a href=\"https://example.com/42\">");
	WANT_TEXT(render("<use href=\"/static/all.svg#{{inside.title}}\"/>"),
		  "<use href=\"/static/all.svg#in\"/>");
	WANT_TEXT(render("<meta http-equiv=\"refresh\" content=\"{{n}}\">"),
		  "<meta http-equiv=\"refresh\" content=\"42\">");
}

static void
harmless_html_compiles(void **state)
{
	static const char *const fine[] = {
		"<!doctype html><html lang=\"en\"><!-- a > b --><p>{{n}}</p>",
		"<script src=\"/static/a.js\" defer></script>{{n}}",
		"<script>if (a < b && c > d) x();</script>{{n}}",
		"<style>p > a { }</style>{{n}}",
		"<textarea>{{text}}<b></textarea>{{n}}",
		"a < b {{n}} <3 {{n}}",
		"<p a b=\"c\" d='e' f=g>{{n}}</p>",
		"<br/>{{n}}<img src=\"/static/x.png\" alt=\"\">",
		"<svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"/></svg>{{n}}",
	};
	struct template *t;

	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		WANT_OK(compile(fine[i], &t));
}

static void
what_looks_like_a_template_in_a_value_stays_a_text(void **state)
{
	struct thing thing = {.text = "{{7*7}} ${7*7} %s%n {{shop_name}}"};
	struct page page = {.shop_name = "x"};
	struct scene scene = {.page = &page};
	struct buf out = buf_new(mem, 1000);
	struct template *t;

	(void)state;
	WANT_OK(compile("{{text}}", &t));
	WANT_OK(template_render(t, &scene, &thing, &out));
	WANT_TEXT(buf_string(&out), "{{7*7}} ${7*7} %s%n {{shop_name}}");
}

/* ---- form fields ---- */

static const char field_text[] =
	"{{#field "
	"address.city}}{{id}}|{{name}}|{{value}}|{{label}}|{{#error}}!{{error}}{{/"
	"error}}"
	"{{#required}}*{{/required}}{{#maxlength}}{{maxlength}}{{/maxlength}}"
	"{{#checked}}on{{/checked}}{{/field}}";

static void
a_field_shows_what_was_typed_before_what_is_stored(void **state)
{
	const struct field_hint hints[] = {{.name = "address.city",
					    .value = "Bath",
					    .label = "Town",
					    .required = true,
					    .maxlength = 9}};
	const struct typed typed[] = {{"address.city", "B<th"}};
	struct problems problems = {1, {{"address.city", "invalid", "Say \"where\"."}}};
	struct scene scene = {.hints = hints, .n_hints = 1};

	(void)state;
	WANT_TEXT(render_with(field_text, &scene),
		  "address-city|address.city|Bath|Town|*9");
	scene.typed = typed;
	scene.n_typed = 1;
	scene.problems = &problems;
	WANT_TEXT(render_with(field_text, &scene),
		  "address-city|address.city|B&lt;th|Town|!Say &quot;where&quot;.*9");
	WANT_TEXT(render(field_text), "address-city|address.city|||");
}

static void
a_box_is_ticked_by_what_was_typed_once_anything_was(void **state)
{
	const struct field_hint hints[] = {{.name = "same", .value = "1"}};
	const struct typed other[] = {{"x", "y"}}, ticked[] = {{"same", "on"}};
	struct scene scene = {.hints = hints, .n_hints = 1};
	const char *text = "{{#field same}}{{#checked}}on{{/checked}}{{/field}}";

	(void)state;
	WANT_TEXT(render_with(text, &scene), "on");
	scene.typed = other;
	scene.n_typed = 1;
	WANT_TEXT(render_with(text, &scene), "");
	scene.typed = ticked;
	WANT_TEXT(render_with(text, &scene), "on");
}

/* ---- static names, plain texts, limits ---- */

static void
static_names_are_replaced_by_hashed_ones(void **state)
{
	const char *manifest = arena_printf(mem, "%s/manifest", dir);
	struct template *t;

	(void)state;
	web_file(dir, "manifest",
		 "till.css till-1a2b.css\nall.svg all-3c.svg\n"
		 "mug.svg mug-9.svg\n");
	WANT_OK(assets_load(mem, manifest));
	WANT_TEXT(render("<link href=\"/static/till.css\"><use "
			 "href=\"/static/all.svg#{{n}}\"/>"
			 "<img src=\"{{picture}}\"> /static/"),
		  "<link href=\"/static/till-1a2b.css\"><use "
		  "href=\"/static/all-3c.svg#42\"/>"
		  "<img src=\"/static/mug-9.svg\"> /static/");
	WANT_ERR(compile("<link href=\"/static/gone.css\">", &t), INTERNAL);
	WANT_OK(assets_load(mem, ""));
	WANT_ERR(assets_load(mem, "/nonexistent/manifest"), INTERNAL);
	WANT_OK(assets_load(mem, ""));
}

static void
a_plain_text_is_not_escaped(void **state)
{
	struct page page = {.shop_name = "A & B"};
	struct scene scene = {.page = &page};
	struct buf out = buf_new(mem, 1000);
	struct template *t;

	(void)state;
	web_file(dir, "mail.txt",
		 "{{shop_name}}: {{text}}\n{{#lines}}\n- {{title}}\n{{/lines}}\n");
	WANT_OK(template_compile(mem, dir, "mail.txt", fields, &t));
	WANT_OK(template_render(t, &scene, &model, &out));
	WANT_TEXT(buf_string(&out), "A & B: Tea & <b>\"cake\"</b>\n- One\n- Two <2>\n");
}

static void
a_page_that_outgrows_its_limits_fails(void **state)
{
	static struct line many[TEMPLATE_ITEMS + 1];
	struct thing thing = {.lines = many, .n_lines = TEMPLATE_ITEMS};
	struct page page = {0};
	struct scene scene = {.page = &page};
	struct buf small = buf_new(mem, 10), large = buf_new(mem, 1000000);
	struct template *t;

	(void)state;
	WANT_OK(compile("{{#lines}}.{{/lines}}", &t));
	WANT_ERR(template_render(t, &scene, &thing, &small), INTERNAL);
	WANT_OK(template_render(t, &scene, &thing, &large));
	thing.n_lines++;
	WANT_ERR(template_render(t, &scene, &thing, &large), INTERNAL);
}

static void
words_are_found_and_mistakes_named(void **state)
{
	const char *path = arena_printf(mem, "%s/w", dir);
	struct words *words;

	(void)state;
	web_file(dir, "w", "a.b = One\na_b.c = Two = 2\na.c = Three\n");
	WANT_OK(words_load(mem, path, &words));
	WANT_TEXT(words_find(words, "a", "b"), "One");
	WANT_TEXT(words_find(words, "a_b", "c"), "Two = 2");
	WANT_TEXT(words_find(words, "a", "d"), NULL);
	WANT_TEXT(words_find(words, "a.b", ""), NULL);
	WANT_TEXT(words_find(words, "", "a"), NULL);
	web_file(dir, "w", "a.b = One\n\na.b = Two\n");
	WANT_ERR(words_load(mem, path, &words), INTERNAL);
	web_file(dir, "w", "# c\nnonsense\n");
	WANT_ERR(words_load(mem, path, &words), INTERNAL);
	WANT_OK(words_load(mem, "/nonexistent/words", &words));
	WANT_TEXT(words_find(words, "a", "b"), NULL);
}

/* Whatever an editor types: it compiles or is refused, and never crashes. */
static void
twenty_thousand_templates_of_noise_compile_or_are_refused(void **state)
{
	static const char *const pieces[] = {
		"{{",         "}}",         "text",         "#yes",       "/yes",
		"<",          ">",          "\"",           "=",          " ",
		"script",     "/",          "{{text}}",     "{{#yes}}",   "{{/yes}}",
		"{{#lines}}", "{{/lines}}", "<p title=\"",  "<!--",       "-->",
		"href",       "{{^no}}",    "{{/no}}",      "'",          "\n",
		"{{>page}}",  "{{! x }}",   "{{#field a}}", "{{/field}}", "{{$b}}",
		"{{/b}}",     "<script>",   "</script>"};
	struct arena_mark mark = arena_mark(mem);
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct buf text = buf_new(mem, 4000);
		struct node *tree;

		for (int k = 0; k < 14; k++) {
			seed = seed * 1664525 + 1013904223;
			buf_text(
				&text,
				pieces[(seed >> 9) % (sizeof pieces / sizeof *pieces)]);
		}
		if (i % 20 == 0) {
			struct template *t;
			struct err *e = compile(buf_string(&text), &t);

			WANT(e == NULL || e->code == ERR_INTERNAL);
		} else {
			struct err *e =
				template_parse(mem, "x", buf_string(&text), &tree);

			WANT(e == NULL || e->code == ERR_INTERNAL);
		}
		arena_rewind(mem, mark);
	}
}

static int
set_up(void **state)
{
	(void)state;
	mem = arena_new(256 * 1024 * 1024);
	dir = web_folder(mem);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	web_drop_folder(mem, dir);
	arena_free(mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_escaped_in_text_and_attributes),
		TEST(every_type_has_its_words),
		TEST(a_select_offers_what_may_be_chosen_and_marks_what_is),
		TEST(options_stand_in_a_select_alone),
		TEST(a_name_that_the_view_lacks_does_not_compile),
		TEST(sections_follow_their_value),
		TEST(names_are_looked_up_outwards_to_the_page),
		TEST(sections_may_stand_inside_tags),
		TEST(tags_alone_on_a_line_take_it_with_them),
		TEST(partials_and_layouts_are_put_in),
		TEST(what_includes_itself_is_refused),
		TEST(files_lie_in_their_folder_alone),
		TEST(a_tag_that_is_wrong_is_named_with_its_line),
		TEST(names_are_refused_where_they_could_do_harm),
		TEST(sections_are_refused_where_they_would_change_the_context),
		TEST(a_file_must_not_end_inside_a_tag),
		TEST(addresses_are_whole_or_parts_of_a_path),
		TEST(harmless_html_compiles),
		TEST(what_looks_like_a_template_in_a_value_stays_a_text),
		TEST(a_field_shows_what_was_typed_before_what_is_stored),
		TEST(a_box_is_ticked_by_what_was_typed_once_anything_was),
		TEST(static_names_are_replaced_by_hashed_ones),
		TEST(a_plain_text_is_not_escaped),
		TEST(a_page_that_outgrows_its_limits_fails),
		TEST(words_are_found_and_mistakes_named),
		TEST(twenty_thousand_templates_of_noise_compile_or_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
