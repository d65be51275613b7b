/* template_files_test.c - templates are put together from files; mistakes are named. */
#include "support/thing.h"
#include "web/assets.h"
#include "web/template_private.h"

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

TESTS_IN_FOLDER(TEST(partials_and_layouts_are_put_in),
		TEST(what_includes_itself_is_refused),
		TEST(files_lie_in_their_folder_alone),
		TEST(a_tag_that_is_wrong_is_named_with_its_line),
		TEST(static_names_are_replaced_by_hashed_ones),
		TEST(twenty_thousand_templates_of_noise_compile_or_are_refused))
