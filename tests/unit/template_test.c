/* template_test.c - templates show what their view has, escaped for where it stands. */
#include "support/thing.h"
#include "web/template_private.h"

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

TESTS_IN_FOLDER(TEST(names_are_escaped_in_text_and_attributes),
		TEST(every_type_has_its_words),
		TEST(a_select_offers_what_may_be_chosen_and_marks_what_is),
		TEST(a_name_that_the_view_lacks_does_not_compile),
		TEST(sections_follow_their_value),
		TEST(names_are_looked_up_outwards_to_the_page),
		TEST(sections_may_stand_inside_tags),
		TEST(tags_alone_on_a_line_take_it_with_them),
		TEST(what_looks_like_a_template_in_a_value_stays_a_text),
		TEST(a_field_shows_what_was_typed_before_what_is_stored),
		TEST(a_box_is_ticked_by_what_was_typed_once_anything_was),
		TEST(a_plain_text_is_not_escaped),
		TEST(a_page_that_outgrows_its_limits_fails))
