/* contact_test.c - e-mail addresses, telephone numbers, card numbers. */
#include "domain/contact.h"

#include "base/arena.h"
#include "support/check.h"

static struct arena *mem;

static const char *
email_problem(const char *typed)
{
	static struct problems problems;

	problems.n = 0;
	contact_check_email("contact.email", contact_normalise_email(mem, typed),
			    &problems);
	return problems.n ? problems.list[0].code : NULL;
}

static const char *
phone_problem(const char *typed)
{
	static struct problems problems;

	problems.n = 0;
	contact_check_phone("contact.phone", contact_normalise_phone(mem, typed),
			    &problems);
	return problems.n ? problems.list[0].code : NULL;
}

static void
common_addresses_are_right(void **state)
{
	static const char *const right[] = {"ada@example.com",
					    "ada.lovelace+till@mail.example.co.uk",
					    "o'brien@example.ie",
					    "a@b",
					    "1@2.3",
					    "x_{|}~=?^`/*!#$%&@example.com",
					    " ada@example.com\xC2\xA0"};

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		WANT_TEXT(email_problem(right[i]), NULL);
}

static void
broken_addresses_are_refused(void **state)
{
	static const char *const wrong[] = {"ada",
					    "@example.com",
					    "ada@",
					    "ada@@example.com",
					    "ada@-example.com",
					    "ada@example-.com",
					    "ada@exam_ple.com",
					    "ada@.com",
					    "ada@example.",
					    "ada@example..com",
					    "ada lovelace@x.de",
					    "<ada@x.de>",
					    "ada@x.de,b@x.de",
					    "ada@x.de\r\nBcc: e@x.de",
					    "ada@x.de\n",
					    "ä@x.de",
					    "ada@köln.de",
					    "\"ada\"@x.de"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		WANT_TEXT(email_problem(wrong[i]), "invalid");
	WANT_TEXT(email_problem(NULL), "required");
	WANT_TEXT(email_problem("  "), "required");
}

static void
an_address_has_254_characters_at_most(void **state)
{
	char local[300] = "";

	(void)state;
	memset(local, 'a', 242);
	WANT_TEXT(email_problem(arena_printf(mem, "%s@example.com", local)), NULL);
	WANT_TEXT(email_problem(arena_printf(mem, "a%s@example.com", local)),
		  "too_long");
	local[0] = '\0';
	memset(local, 'a', 63);
	local[63] = '\0';
	WANT_TEXT(email_problem(arena_printf(mem, "x@%s.com", local)), NULL);
	WANT_TEXT(email_problem(arena_printf(mem, "x@a%s.com", local)), "invalid");
}

static void
the_domain_is_stored_in_small_letters(void **state)
{
	(void)state;
	WANT_TEXT(contact_normalise_email(mem, " Ada@Example.COM "), "Ada@example.com");
}

static void
phones_are_stored_as_digits(void **state)
{
	(void)state;
	WANT_TEXT(contact_normalise_phone(mem, "+1 (503) 555-0100"), "+15035550100");
	WANT_TEXT(contact_normalise_phone(mem, "0044 20 7946 0018"), "+442079460018");
	WANT_TEXT(contact_normalise_phone(mem, "+44 (0)20 7946 0018"), "+442079460018");
	WANT_TEXT(contact_normalise_phone(mem, "(503) 555.0100"), "5035550100");
	WANT_TEXT(contact_normalise_phone(mem, "＋８１ ３ １２３４ ５６７８"),
		  "+81312345678");
	WANT_TEXT(contact_normalise_phone(mem, " "), NULL);
	WANT_TEXT(contact_normalise_phone(mem, NULL), NULL);
	WANT_TEXT(contact_normalise_phone(mem, "ask Ada"), "ask Ada");
}

static void
a_phone_has_7_to_15_digits_or_is_absent(void **state)
{
	(void)state;
	WANT_TEXT(phone_problem(NULL), NULL);
	WANT_TEXT(phone_problem(""), NULL);
	WANT_TEXT(phone_problem("+1 503 555 0100"), NULL);
	WANT_TEXT(phone_problem("5550100"), NULL);
	WANT_TEXT(phone_problem("+123456789012345"), NULL);
	WANT_TEXT(phone_problem("555010"), "invalid");
	WANT_TEXT(phone_problem("+1234567890123456"), "invalid");
	WANT_TEXT(phone_problem("+1 503 555 0100 x12"), "invalid");
	WANT_TEXT(phone_problem("1+5035550100"), "invalid");
	WANT_TEXT(phone_problem("+"), "invalid");
	WANT_TEXT(phone_problem("503\n5550100"), "invalid");
	WANT_TEXT(phone_problem("11111111111111111111111111111111111111112"),
		  "too_long");
}

static void
a_long_international_number_is_no_card(void **state)
{
	(void)state;
	WANT(contact_has_card_number("8613800138002")); /* passes the check digit */
	WANT_TEXT(phone_problem("+86 138 0013 8002"), NULL);
	WANT_TEXT(phone_problem("4242 4242 4242 4242"), "card_number");
}

static void
card_numbers_are_seen_however_grouped(void **state)
{
	static const char *const cards[] = {
		"4242424242424242",
		"4242 4242 4242 4242",
		"4242-4242-4242-4242",
		"pay with 4000 0566 5566 5556 please",
		"3782 822463 10005",
		"Apt 5 4242 4242 4242 4242",
		"4242 4242 4242 4242 12 28",
		"6304000000000000",
		"4222222222222",
		"4242424242424242x",
		"４２４２４２４２４２４２４２４２",
	};
	static const char *const others[] = {
		"",
		"Ada",
		"12345",
		"4242 4242 4242 4243",
		"4242",
		"4242a4242b4242c4242",
		"424242424242",
		"42424242424242424242",
		"1 Analytical Row, 97201-1234",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
		WANT(contact_has_card_number(cards[i]));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		WANT(!contact_has_card_number(others[i]));
	WANT(!contact_has_card_number(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(common_addresses_are_right),
		TEST(broken_addresses_are_refused),
		TEST(an_address_has_254_characters_at_most),
		TEST(the_domain_is_stored_in_small_letters),
		TEST(phones_are_stored_as_digits),
		TEST(a_phone_has_7_to_15_digits_or_is_absent),
		TEST(a_long_international_number_is_no_card),
		TEST(card_numbers_are_seen_however_grouped),
	};
	int failed;

	mem = arena_new(8 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
