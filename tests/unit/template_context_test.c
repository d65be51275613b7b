/* template_context_test.c - what is shown stands only where it can do no harm. */
#include "support/thing.h"

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

TESTS_IN_FOLDER(TEST(options_stand_in_a_select_alone),
		TEST(names_are_refused_where_they_could_do_harm),
		TEST(sections_are_refused_where_they_would_change_the_context),
		TEST(a_file_must_not_end_inside_a_tag),
		TEST(addresses_are_whole_or_parts_of_a_path),
		TEST(harmless_html_compiles))
