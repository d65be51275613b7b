/* mail_smtp_test.c - mails to a server that takes, delays, refuses and hangs. */
#include "base/arena.h"
#include "base/config.h"
#include "base/text.h"
#include "gateway/mail.h"
#include "support/check.h"
#include "support/peer.h"

#define STEPS(...)                                                                     \
	(const struct peer_step[]){__VA_ARGS__},                                       \
		sizeof((const struct peer_step[]){__VA_ARGS__}) /                      \
			sizeof(struct peer_step)
#define SAYS(bytes)                                                                    \
	{                                                                              \
		PEER_SAY, bytes "\r\n", 0                                              \
	}
#define GREETS SAYS("220 hello"), SAYS("250 hello")

static struct arena *mem;
static struct ctx cx;
static struct config *config;
static const char *cause;

static int
begin(void **state)
{
	mem = arena_new((size_t)32 * 1024 * 1024);
	cx = (struct ctx){.mem = mem};
	config = config_defaults(mem);
	config->mail_tls = "off";
	config->mail_timeout = 1;
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

static const struct mail plain = {
	.to = "ada@example.com",
	.subject = "Order ABCDE-23456",
	.message_id = "<mail-1@example.com>",
	.text = "Dear Ada,\n.\nthank you.\n",
	.html = "<p>Dear Ada</p>",
};

static enum mail_outcome
send_to_port(int port, const struct mail *mail)
{
	const struct mail_port *smtp;

	config->mail_url = arena_printf(mem, "smtp://127.0.0.1:%d", port);
	WANT_OK(mail_smtp(mem, config, &smtp));
	return smtp->send(smtp, &cx, mail, &cause);
}

static void
a_taken_mail_is_sent(void **state)
{
	struct peer peer = peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("250 rcpt"),
					   SAYS("354 go"), SAYS("250 kept")));
	enum mail_outcome outcome = send_to_port(peer.port, &plain);
	const char *heard = peer_stop(&peer, mem);

	(void)state;
	WANT_TEXT(cause, NULL);
	WANT(outcome == MAIL_SENT);
	WANT(text_starts(heard, "EHLO example.com\r\n"));
	WANT(strstr(heard, "\r\nMAIL FROM:<shop@example.com>") != NULL);
	WANT(strstr(heard, "\r\nRCPT TO:<ada@example.com>\r\n") != NULL);
	WANT(strstr(heard, "\r\nSubject: Order ABCDE-23456\r\n") != NULL);
	WANT(strstr(heard, "Dear Ada,\r\n..\r\nthank you.\r\n") != NULL);
}

static void
one_connection_serves_several_mails(void **state)
{
	struct peer peer =
		peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("250 rcpt"),
				SAYS("354 go"), SAYS("250 kept"), SAYS("250 sender"),
				SAYS("250 rcpt"), SAYS("354 go"), SAYS("250 kept")));
	const struct mail_port *smtp;
	const char *heard;

	(void)state;
	config->mail_url = arena_printf(mem, "smtp://127.0.0.1:%d", peer.port);
	WANT_OK(mail_smtp(mem, config, &smtp));
	WANT(smtp->send(smtp, &cx, &plain, &cause) == MAIL_SENT);
	WANT(smtp->send(smtp, &cx, &plain, &cause) == MAIL_SENT);
	heard = peer_stop(&peer, mem);
	WANT(strstr(heard + 1, "EHLO") == NULL);
}

static void
a_refused_recipient_is_refused_for_good(void **state)
{
	struct peer peer =
		peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("550 nobody here")));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_REFUSED);
	WANT(text_starts(cause, "code 550"));
	peer_stop(&peer, mem);
}

static void
a_recipient_to_be_tried_later_is_tried_later(void **state)
{
	struct peer peer =
		peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("451 greylisted")));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	WANT(text_starts(cause, "code 451"));
	peer_stop(&peer, mem);
}

static void
a_refused_message_is_refused_for_good(void **state)
{
	struct peer peer = peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("250 rcpt"),
					   SAYS("354 go"), SAYS("554 no")));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_REFUSED);
	peer_stop(&peer, mem);
}

static void
a_message_to_be_tried_later_is_tried_later(void **state)
{
	struct peer peer = peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("250 rcpt"),
					   SAYS("354 go"), SAYS("452 full")));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	peer_stop(&peer, mem);
}

static void
a_refused_sender_is_a_fault_of_the_set_up(void **state)
{
	struct peer peer = peer_smtp(STEPS(GREETS, SAYS("550 who are you")));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	peer_stop(&peer, mem);
}

static void
a_greeting_that_refuses_is_tried_later(void **state)
{
	struct peer peer = peer_smtp(STEPS({PEER_SAY, "554 closed\r\n", 0}));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	peer_stop(&peer, mem);
}

static void
a_server_that_is_away_is_tried_later(void **state)
{
	(void)state;
	WANT(send_to_port(peer_dead_port(), &plain) == MAIL_LATER);
	WANT(cause != NULL);
}

static void
a_silent_server_is_tried_later(void **state)
{
	struct peer peer = peer_smtp(STEPS({PEER_HANG, "220 hello\r\n", 0}));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	peer_stop(&peer, mem);
}

static void
silence_after_the_message_is_tried_later(void **state)
{
	struct peer peer = peer_smtp(STEPS(GREETS, SAYS("250 sender"), SAYS("250 rcpt"),
					   SAYS("354 go"), {PEER_HANG, NULL, 0}));

	(void)state;
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	peer_stop(&peer, mem);
}

static void
a_server_without_tls_gets_nothing_when_tls_is_required(void **state)
{
	struct peer peer = peer_smtp(STEPS(GREETS, SAYS("250 sender")));
	const char *heard;

	(void)state;
	config->mail_tls = "required";
	WANT(send_to_port(peer.port, &plain) == MAIL_LATER);
	heard = peer_stop(&peer, mem);
	WANT(strstr(heard, "MAIL FROM") == NULL);
}

/* Nothing is even connected: the port is dead, and yet the outcome is final. */
static void
a_line_break_can_add_no_header_and_no_recipient(void **state)
{
	static const char *const recipients[] = {
		"ada@example.com\r\nRCPT TO:<eve@example.com>",
		"ada@example.com\nBcc: eve@example.com",
		"ada@example.com\r",
		"ada@example.com,eve@example.com",
		"ada@example.com> <eve@example.com",
		"<ada@example.com>",
		"ada example.com",
		"ada@@example.com",
		"\"ada eve\"@example.com",
		"ada\x7f@example.com",
		"ada\x01@example.com",
		"@example.com",
		"ada@",
		"",
	};
	static const char *const subjects[] = {
		"Order\r\nBcc: eve@example.com",
		"Order\nX: y",
		"Order\r",
		"",
		"Order \xc3\xa4",
	};
	int port = peer_dead_port();
	struct mail mail = plain;

	(void)state;
	for (size_t i = 0; i < sizeof recipients / sizeof *recipients; i++) {
		mail.to = recipients[i];
		WANT(send_to_port(port, &mail) == MAIL_REFUSED);
	}
	mail = plain;
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		mail.subject = subjects[i];
		WANT(send_to_port(port, &mail) == MAIL_REFUSED);
	}
	mail = plain;
	mail.message_id = "<a@b>\r\nX: <y>";
	WANT(send_to_port(port, &mail) == MAIL_REFUSED);
	mail.message_id = "a@b>";
	WANT(send_to_port(port, &mail) == MAIL_REFUSED);
}

static void
without_a_server_mails_wait(void **state)
{
	const struct mail_port *smtp;

	(void)state;
	config->mail_url = "";
	WANT_OK(mail_smtp(mem, config, &smtp));
	WANT(smtp->send(smtp, &cx, &plain, &cause) == MAIL_LATER);
	WANT_TEXT(cause, "mail.url is empty");
}

static void
settings_that_make_no_sense_stop_the_start(void **state)
{
	static const char *const urls[] = {
		"http://127.0.0.1:25",      "smtp://",    "smtp://mail.example.com",
		"smtp://127.0.0.1.evil.eu", "smtp://u@h", "smtp://127.0.0.1\r\nx",
	};
	const struct mail_port *smtp;

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		config->mail_url = urls[i];
		WANT_ERR(mail_smtp(mem, config, &smtp), INVALID);
	}
	config->mail_url = "smtps://mail.example.com";
	config->mail_tls = "required";
	WANT_OK(mail_smtp(mem, config, &smtp));
	config->mail_sender = "not an address";
	WANT_ERR(mail_smtp(mem, config, &smtp), INVALID);
}

#define MAIL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MAIL_TEST(a_taken_mail_is_sent),
		MAIL_TEST(one_connection_serves_several_mails),
		MAIL_TEST(a_refused_recipient_is_refused_for_good),
		MAIL_TEST(a_recipient_to_be_tried_later_is_tried_later),
		MAIL_TEST(a_refused_message_is_refused_for_good),
		MAIL_TEST(a_message_to_be_tried_later_is_tried_later),
		MAIL_TEST(a_refused_sender_is_a_fault_of_the_set_up),
		MAIL_TEST(a_greeting_that_refuses_is_tried_later),
		MAIL_TEST(a_server_that_is_away_is_tried_later),
		MAIL_TEST(a_silent_server_is_tried_later),
		MAIL_TEST(silence_after_the_message_is_tried_later),
		MAIL_TEST(a_server_without_tls_gets_nothing_when_tls_is_required),
		MAIL_TEST(a_line_break_can_add_no_header_and_no_recipient),
		MAIL_TEST(without_a_server_mails_wait),
		MAIL_TEST(settings_that_make_no_sense_stop_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
