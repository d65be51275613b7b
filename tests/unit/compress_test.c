/* compress_test.c - pages leave packed for who takes gzip, and nothing else does. */
#include <libdeflate.h>

#include "support/in_arena.h"
#include "web/compress.h"
#include "web/wire.h"

static const char html[] = "text/html; charset=utf-8";

/* A body of len bytes that repeats itself, as pages do. */
static struct shown
answer_of(const char *content_type, size_t len)
{
	static const char words[] = "<li class=\"line\">Enamel mug</li>\n";
	char *body = arena_alloc(mem, len + 1);

	for (size_t i = 0; i < len; i++)
		body[i] = words[i % (sizeof words - 1)];
	return (struct shown){200, content_type, NULL, body, len};
}

/* accept_encoding: the parameter whole; NULL: none came. */
static void
send_to(const char *accept_encoding, struct shown *shown)
{
	const char *const params[] = {accept_encoding, NULL};
	struct wire wire = {.params = params};
	struct ctx cx = {.mem = mem};
	struct request rq = {.cx = &cx, .wire = &wire};

	compress_page(&rq, shown);
}

static void
a_page_comes_back_as_it_was(void **state)
{
	struct libdeflate_decompressor *reader = libdeflate_alloc_decompressor();
	struct shown plain = answer_of(html, 40000), packed = plain;
	char *read = arena_alloc(mem, plain.len + 1);
	size_t len = 0;

	(void)state;
	send_to("HTTP_ACCEPT_ENCODING=gzip, deflate, br", &packed);
	WANT_TEXT(packed.encoding, "gzip");
	WANT(packed.len < plain.len / 10);
	WANT_INT(libdeflate_gzip_decompress(reader, packed.body, packed.len, read,
					    plain.len + 1, &len),
		 LIBDEFLATE_SUCCESS);
	WANT_INT(len, plain.len);
	WANT(memcmp(read, plain.body, len) == 0);
	libdeflate_free_decompressor(reader);
}

static void
one_page_leaves_nothing_in_the_next(void **state)
{
	struct shown first = answer_of(html, 3000), other = answer_of(html, 20000);
	struct shown again = answer_of(html, 3000);

	(void)state;
	send_to("HTTP_ACCEPT_ENCODING=gzip", &first);
	send_to("HTTP_ACCEPT_ENCODING=gzip", &other);
	send_to("HTTP_ACCEPT_ENCODING=gzip", &again);
	WANT_INT(again.len, first.len);
	WANT(memcmp(again.body, first.body, first.len) == 0);
}

static void
who_does_not_take_gzip_gets_the_page_as_it_is(void **state)
{
	static const char *const asked[] = {
		NULL,
		"HTTP_ACCEPT_ENCODING=",
		"HTTP_ACCEPT_ENCODING=br",
		"HTTP_ACCEPT_ENCODING=gzip;q=0",
		"HTTP_ACCEPT_ENCODING=gzip2, br;q=0.5",
	};

	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct shown plain = answer_of(html, 3000), sent = plain;

		send_to(asked[i], &sent);
		WANT(sent.encoding == NULL);
		WANT(sent.body == plain.body);
		WANT_INT(sent.len, plain.len);
	}
}

static void
what_is_small_or_no_page_or_would_grow_stays(void **state)
{
	struct shown small = answer_of(html, 999);
	struct shown json = answer_of("application/json", 3000);
	struct shown nothing = {.status = 304, .body = ""};
	struct shown noise = answer_of(html, 3000);
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < noise.len; i++) {
		seed = seed * 1664525 + 1013904223;
		((char *)noise.body)[i] = (char)(seed >> 24);
	}
	send_to("HTTP_ACCEPT_ENCODING=gzip", &small);
	send_to("HTTP_ACCEPT_ENCODING=gzip", &json);
	send_to("HTTP_ACCEPT_ENCODING=gzip", &nothing);
	send_to("HTTP_ACCEPT_ENCODING=gzip", &noise);
	WANT(small.encoding == NULL);
	WANT(json.encoding == NULL);
	WANT(nothing.encoding == NULL);
	WANT(noise.encoding == NULL);
	WANT_INT(noise.len, 3000);
}

TESTS_IN_ARENA(TEST(a_page_comes_back_as_it_was),
	       TEST(one_page_leaves_nothing_in_the_next),
	       TEST(who_does_not_take_gzip_gets_the_page_as_it_is),
	       TEST(what_is_small_or_no_page_or_would_grow_stays))
