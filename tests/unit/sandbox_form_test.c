/* sandbox_form_test.c - bracketed form fields as the emulated Stripe reads them. */
#include "sandbox/form.h"

#include "base/arena.h"
#include "support/check.h"

static struct arena *mem;

static bool
parse(const char *bytes, struct form *form)
{
	return form_parse(mem, bytes, strlen(bytes), form);
}

static int
begin(void **state)
{
	mem = arena_new((size_t)256 << 20);
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

static void
names_and_values_are_decoded_in_every_spelling(void **state)
{
	struct form form;

	(void)state;
	WANT(parse(
		"amount=100&metadata%5Bnote%5D=a+b%26c%3Dd%2Be%25f&x[y][0]=K%C3%B6ln%20"
		"1&flag&empty=",
		&form));
	WANT_INT(form.n, 5);
	WANT_TEXT(form_get(&form, "amount"), "100");
	WANT_TEXT(form_get(&form, "metadata[note]"), "a b&c=d+e%f");
	WANT_TEXT(form_get(&form, "x[y][0]"), "Köln 1");
	WANT_TEXT(form_get(&form, "flag"), "");
	WANT_TEXT(form_get(&form, "empty"), "");
	WANT_TEXT(form_get(&form, "metadata"), NULL);
	WANT(form_has(&form, "metadata"));
	WANT(form_has(&form, "x[y]"));
	WANT(!form_has(&form, "met"));
}

static void
an_empty_form_and_empty_fields_are_fine(void **state)
{
	struct form form;

	(void)state;
	WANT(parse("", &form));
	WANT_INT(form.n, 0);
	WANT(parse("&&a=1&&", &form));
	WANT_INT(form.n, 1);
}

static void
empty_brackets_count_up(void **state)
{
	struct form form;

	(void)state;
	WANT(parse("expand[]=a&expand[]=b&expand[7]=c&expand[]=d", &form));
	WANT_TEXT(form_get(&form, "expand[0]"), "a");
	WANT_TEXT(form_get(&form, "expand[1]"), "b");
	WANT_TEXT(form_get(&form, "expand[7]"), "c");
	WANT_TEXT(form_get(&form, "expand[3]"), "d");
}

static void
of_a_repeated_name_the_last_wins(void **state)
{
	struct form form;

	(void)state;
	WANT(parse("a=1&b=2&a=3", &form));
	WANT_INT(form.n, 2);
	WANT_TEXT(form_get(&form, "a"), "3");
}

static void
what_is_no_form_is_refused(void **state)
{
	static const char *const bad[] = {
		"a=%",      "a=%4",       "a=%zz",      "a=%00",
		"a=%ff",    "a=%c3",      "a=%c0%af",   "[a]=1",
		"a[b=1",    "a]b=1",      "a[b]c=1",    "a[[b]]=1",
		"a[][b]=1", "a=1&a[b]=2", "a[b]=1&a=2", "a[b]=1&a[b][c]=2",
		"=1",
	};
	struct form form;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (parse(bad[i], &form))
			check_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
}

static void
too_many_fields_are_refused(void **state)
{
	struct form form;
	char *text = arena_copy(mem, "", 0);

	(void)state;
	for (int i = 0; i < FORM_FIELDS; i++)
		text = arena_printf(mem, "%s&k%d=v", text, i);
	WANT(parse(text, &form));
	WANT(!parse(arena_printf(mem, "%s&one=more", text), &form));
}

static void
a_group_holds_what_is_directly_inside(void **state)
{
	struct pairs inside;
	struct form form;

	(void)state;
	WANT(parse(
		"metadata[b]=1&other=2&metadata[a c]=3&metadata[x][y]=4&metadatas[z]=5",
		&form));
	inside = form_group(mem, &form, "metadata");
	WANT_INT(inside.n, 2);
	WANT_TEXT(inside.list[0].name, "b");
	WANT_TEXT(inside.list[1].name, "a c");
	WANT_TEXT(inside.list[1].value, "3");
}

static void
a_field_that_no_pattern_names_is_unknown(void **state)
{
	static const char *const patterns[] = {"amount",      "metadata[*]",
					       "metadata",    "lines[#][price][unit]",
					       "options[**]", NULL};
	static const struct {
		const char *text, *unknown;
	} cases[] = {
		{"amount=1&metadata[x]=1", NULL},
		{"metadata=", NULL},
		{"lines[0][price][unit]=1&lines[12][price][unit]=2", NULL},
		{"options[a]=1&options[b][c][0]=2", NULL},
		{"amounts=1", "amounts"},
		{"amoun=1", "amoun"},
		{"amount[x]=1", "amount[x]"},
		{"metadata[x][y]=1", "metadata[x][y]"},
		{"lines[a][price][unit]=1", "lines[a][price][unit]"},
		{"lines[0][price]=1", "lines[0][price]"},
		{"lines[0]=1", "lines[0]"},
		{"options=1", "options"},
		{"amount=1&wrong=2&worse=3", "wrong"},
	};
	struct form form;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		WANT(parse(cases[i].text, &form));
		WANT_TEXT(form_unknown(&form, patterns), cases[i].unknown);
	}
}

/* Whatever bytes come: the parser ends, and what it takes is whole. */
static void
any_bytes_are_taken_whole_or_refused(void **state)
{
	static const char alphabet[] = "ab[]%=&+4f\xc3\xb6\x00";
	uint64_t seed = 7;
	size_t taken = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct arena_mark mark = arena_mark(mem);
		size_t len = check_random_below(&seed, 24);
		char *bytes = arena_alloc(mem, len + 1);
		struct form form;

		for (size_t i = 0; i < len; i++)
			bytes[i] = alphabet[check_random_below(&seed,
							       sizeof alphabet - 1)];
		if (form_parse(mem, bytes, len, &form)) {
			taken++;
			for (size_t i = 0; i < form.n; i++)
				WANT_TEXT(form_get(&form, form.list[i].name),
					  form.list[i].value);
		}
		arena_rewind(mem, mark);
	}
	WANT(taken > 1000);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

TESTS(TEST(names_and_values_are_decoded_in_every_spelling),
      TEST(an_empty_form_and_empty_fields_are_fine), TEST(empty_brackets_count_up),
      TEST(of_a_repeated_name_the_last_wins), TEST(what_is_no_form_is_refused),
      TEST(too_many_fields_are_refused), TEST(a_group_holds_what_is_directly_inside),
      TEST(a_field_that_no_pattern_names_is_unknown),
      TEST(any_bytes_are_taken_whole_or_refused))
