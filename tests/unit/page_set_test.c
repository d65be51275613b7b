/* page_set_test.c - templates have to fit their view, at the start and later. */
#include "support/note_shop.h"

static void
a_template_that_does_not_fit_stops_the_start(void **state)
{
	static const struct view_field few_fields[] = {SHOW(struct note, quantity),
						       SHOW_END};
	static const struct view few = {"Few", "note.html", few_fields};
	static const struct endpoint odd = {.page = "GET /odd", .shows = &few};
	static const struct endpoint *const one[] = {&odd};
	struct web *out;

	(void)state;
	WANT_ERR(web_new(mem, config, web->keys, one, 1, NULL, &out), INTERNAL);
}

static void
in_development_a_changed_template_is_shown_and_a_broken_one_is_not(void **state)
{
	struct web *own;
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);
	struct web_ask what = {.path = "/note"};

	(void)state;
	cx->mem = mem;
	config->shop_development = true;
	WANT_OK(web_new(mem, config, web->keys, endpoints, 8, NULL, &own));
	web_file(dir, "note.html", "<p>new and longer {{text}}</p>");
	WANT_TEXT(web_ask(own, cx, what).body, "<p>new and longer stored</p>");
	web_file(dir, "note.html", "<p>broken {{txt}}</p>");
	WANT_TEXT(web_ask(own, cx, what).body, "<p>new and longer stored</p>");
	WANT_INT(web_ask(web, cx, what).status, 200);
	config->shop_development = false;
}

TESTS_IN_NOTE_SHOP(
	TEST(a_template_that_does_not_fit_stops_the_start),
	TEST(in_development_a_changed_template_is_shown_and_a_broken_one_is_not))
