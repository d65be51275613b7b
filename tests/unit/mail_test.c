/* mail_test.c - a mail as the bytes that travel, and the mail port for tests. */
#include "gateway/mail.h"

#include "base/arena.h"
#include "base/text.h"
#include "gateway/mail_mime.h"
#include "support/check.h"

enum { MESSAGE_MOST = 100000 };

static const struct mail_sender harbour = {.name = "Harbour Goods",
					   .address = "shop@example.com"};
static const struct mail plain = {
	.to = "ada@example.com",
	.subject = "Order ABCDE-23456",
	.message_id = "<mail-1@example.com>",
	.text = "Hello",
	.html = "<p>Hello</p>",
};
static const struct instant date = {INT64_C(1790000000123456)};

static const char *
written(struct arena *mem, const struct mail_sender *sender, const struct mail *mail)
{
	struct buf b = buf_new(mem, MESSAGE_MOST);
	const char *cause;

	WANT(mail_write(&b, sender, mail, date, &cause));
	WANT_TEXT(cause, NULL);
	return buf_string(&b);
}

static bool
has_line(const char *message, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = message; (at = strstr(at, line)) != NULL; at++)
		if ((at == message || at[-1] == '\n') && at[len] == '\r')
			return true;
	return false;
}

static void
a_mail_has_its_headers(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const char *m = written(mem, &harbour, &plain);

	(void)state;
	WANT(text_starts(m, "From: \"Harbour Goods\" <shop@example.com>\r\n"));
	WANT(has_line(m, "To: ada@example.com"));
	WANT(has_line(m, "Subject: Order ABCDE-23456"));
	WANT(has_line(m, "Date: Mon, 21 Sep 2026 14:13:20 +0000"));
	WANT(has_line(m, "Message-ID: <mail-1@example.com>"));
	WANT(has_line(m, "MIME-Version: 1.0"));
	WANT(has_line(m, "Content-Type: multipart/alternative;"));
	WANT(strstr(m, "Reply-To") == NULL);
	arena_free(mem);
}

static void
text_comes_before_html(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const char *m = written(mem, &harbour, &plain);
	const char *text = strstr(m, "Content-Type: text/plain; charset=utf-8");
	const char *html = strstr(m, "Content-Type: text/html; charset=utf-8");

	(void)state;
	WANT(text != NULL && html != NULL && text < html);
	WANT(has_line(m, "<p>Hello</p>"));
	WANT(text_ends(m, "--\r\n"));
	arena_free(mem);
}

static void
the_same_mail_is_the_same_bytes(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	WANT_TEXT(written(mem, &harbour, &plain), written(mem, &harbour, &plain));
	arena_free(mem);
}

static void
quotes_in_the_name_stay_inside_of_it(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const struct mail_sender sender = {.name = "Joe \"\\\" <x@y>",
					   .address = "shop@example.com"};

	(void)state;
	WANT(text_starts(written(mem, &sender, &plain),
			 "From: \"Joe \\\"\\\\\\\" <x@y>\" <shop@example.com>\r\n"));
	arena_free(mem);
}

static void
a_name_beyond_ascii_is_encoded_in_whole_characters(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const struct mail_sender sender = {.name = "Caf\xc3\xa9 a",
					   .address = "shop@example.com",
					   .reply_to = "help@example.com"};
	struct mail_sender long_name = sender;
	const char *m = written(mem, &sender, &plain);

	(void)state;
	WANT(text_starts(m, "From: =?UTF-8?Q?Caf=C3=A9=20a?= <shop@example.com>\r\n"));
	WANT(has_line(m, "Reply-To: help@example.com"));
	long_name.name = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
			 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
	WANT(strstr(written(mem, &long_name, &plain),
		    "=C3=A9?=\r\n =?UTF-8?Q?=C3=A9") != NULL);
	arena_free(mem);
}

/* The first part's body, decoded by the rules of RFC 2045 alone. */
static char *
decoded_text(struct arena *mem, const char *message)
{
	const char *at = strstr(strstr(message, "text/plain"), "\r\n\r\n") + 4;
	const char *end = strstr(at, "\r\n--=_");
	char *out = arena_alloc(mem, strlen(at) + 1), *to = out;

	while (at < end) {
		char pair[3] = {at[1], at[1] == '\0' ? '\0' : at[2], '\0'};
		unsigned char byte;

		if (*at == '=' && pair[0] == '\r') {
			at += 3;
		} else if (*at == '=') {
			WANT(text_from_hex(text_lower(mem, pair), &byte, 1));
			*to++ = (char)byte;
			at += 3;
		} else {
			*to++ = *at++;
		}
	}
	return out;
}

static void
bodies_survive_the_journey(void **state)
{
	static const struct {
		const char *text, *arrives;
	} bodies[] = {
		{"", ""},
		{"a\nb", "a\r\nb"},
		{"a\r\nb\r\n", "a\r\nb\r\n"},
		{"trailing \t\nblank ", "trailing \t\r\nblank "},
		{"=3D is not =", "=3D is not ="},
		{"\xe2\x82\xac 12.50 \xf0\x9f\x9b\x92",
		 "\xe2\x82\xac 12.50 \xf0\x9f\x9b\x92"},
		{"a lone \r stays", "a lone \r stays"},
		{".\n..\n", ".\r\n..\r\n"},
		{"--=_not a boundary\n", "--=_not a boundary\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct arena *mem = arena_new(1 << 20);
		struct mail mail = plain;

		mail.text = bodies[i].text;
		WANT_TEXT(decoded_text(mem, written(mem, &harbour, &mail)),
			  bodies[i].arrives);
		arena_free(mem);
	}
}

static void
no_line_is_longer_than_mail_may_be(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct mail mail = plain;
	char text[2001];
	const char *m;

	(void)state;
	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = i % 7 == 0 ? '=' : 'x';
	text[sizeof text - 1] = '\0';
	mail.text = text;
	m = written(mem, &harbour, &mail);
	for (const char *at = m; *at != '\0';) {
		size_t len = strcspn(at, "\r\n");

		WANT(len <= 76);
		WANT(at[len] == '\r' && at[len + 1] == '\n');
		at += len + 2;
	}
	WANT_TEXT(decoded_text(mem, m), text);
	arena_free(mem);
}

static void
a_mail_that_is_too_large_is_not_written(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf b = buf_new(mem, 300);
	const char *cause;

	(void)state;
	WANT(!mail_write(&b, &harbour, &plain, date, &cause));
	WANT_TEXT(cause, "the mail is too large");
	arena_free(mem);
}

static void
clean_addresses_pass(void **state)
{
	static const char *const addresses[] = {
		"a@b",
		"ada+shop@mail.example.com",
		"o'brien@example.ie",
		"j\xc3\xbcrgen@k\xc3\xb6ln.example",
		"a.b-c_d@x-y.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
		WANT(mail_address_is_clean(addresses[i]));
	WANT(!mail_address_is_clean(NULL));
	WANT(!mail_address_is_clean("a@b\xff"));
}

static void
the_fake_keeps_what_it_was_given(void **state)
{
	struct arena *mem = arena_new(4 << 20);
	struct ctx cx = {.mem = mem};
	struct mail_port *port = mail_fake(mem);
	const char *cause;

	(void)state;
	WANT(port->send(port, &cx, &plain, &cause) == MAIL_SENT);
	WANT_INT(mail_fake_count(port), 1);
	WANT_TEXT(mail_fake_item(port, 0)->to, "ada@example.com");
	WANT_TEXT(mail_fake_item(port, 0)->html, "<p>Hello</p>");
	arena_free(mem);
}

TESTS(TEST(a_mail_has_its_headers), TEST(text_comes_before_html),
      TEST(the_same_mail_is_the_same_bytes), TEST(quotes_in_the_name_stay_inside_of_it),
      TEST(a_name_beyond_ascii_is_encoded_in_whole_characters),
      TEST(bodies_survive_the_journey), TEST(no_line_is_longer_than_mail_may_be),
      TEST(a_mail_that_is_too_large_is_not_written), TEST(clean_addresses_pass),
      TEST(the_fake_keeps_what_it_was_given))
