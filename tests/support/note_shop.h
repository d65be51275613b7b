/* note_shop.h - a shop of eight endpoints that show, take and pay for one note: what
 * the web floor does around a handler, without a server. */
#ifndef SUPPORT_NOTE_SHOP_H
#define SUPPORT_NOTE_SHOP_H

#include "base/config.h"
#include "support/in_folder.h"

struct note {
	const char *text;
	int64_t quantity;
};

/* The shop, and the settings that it was made from. */
extern struct web *web;
extern struct config *config;
/* Its endpoints: GET and POST /note have both faces, POST /both answers JSON as well,
 * /webhooks/x takes bytes, /back comes from outside, /pay needs a key, /inside is for
 * the inside; the API drops a note. */
extern const struct endpoint *const endpoints[8];

/* Since the last ask(): how often a handler ran, and the request that it saw. */
extern int handled;
extern const struct request *seen;

/* A visitor: their token, and the parameters that say so, or what a body is. */
extern const char token[], cookie[], is_form[], is_json[];

/* One request and its answer. */
struct web_answer ask(struct web_ask what);
/* The pairs as a form of that visitor, with a good token. */
const char *form_of(const char *pairs);
/* That visitor sends such a form, or JSON. A handler that gets the text "sold out",
 * "changed", "broken" or "busy" fails so; "header" would split the answer's head. */
struct web_answer post_form(const char *path, const char *pairs);
struct web_answer post_json(const char *path, const char *body);
/* The code of an answer that has to be a problem in JSON. */
const char *code_of(const struct web_answer *answer);

/* Makes the shop with its folder, before the first test of a file. */
int note_shop_begin(void **state);

/* TESTS_IN_NOTE_SHOP(TEST(a_sentence), TEST(another)) is the main function. */
#define TESTS_IN_NOTE_SHOP(...)                                                        \
	int main(void)                                                                 \
	{                                                                              \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                       \
		return cmocka_run_group_tests(tests, note_shop_begin, in_folder_end);  \
	}

#endif
