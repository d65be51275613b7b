/* contact.c - e-mail addresses, telephone numbers, and card numbers where none belong.
 */
#include "domain/contact.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "domain/script.h"

enum { CARD_MIN = 13, CARD_MAX = 19, PHONE_MIN = 7, PHONE_MAX = 15, LABEL_MAX = 63 };

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

const char *
contact_normalise_email(struct arena *mem, const char *typed)
{
	const char *email = script_tidy(mem, typed);
	const char *at = email ? strrchr(email, '@') : NULL;

	if (!at)
		return email;
	return arena_printf(mem, "%.*s%s", (int)(at - email), email,
			    text_lower(mem, at));
}

static bool
is_phone_sign(unsigned point)
{
	return point == '(' || point == ')' || point == '.' || point == '/';
}

/* The digits of a number that holds nothing else than digits, gaps, dots, slashes and
 * brackets; false when there is more. After a country's code "(0)" is not dialled. */
static bool
take_digits(const char *at, bool international, char *to, size_t room)
{
	size_t len = 0;
	unsigned point;

	while ((point = script_next(&at)) != 0) {
		int digit = script_digit(point);

		if (digit >= 0 && len + 1 == room)
			return false;
		if (digit >= 0)
			to[len++] = (char)('0' + digit);
		else if (point == '(' && international && strncmp(at, "0)", 2) == 0)
			at += 2;
		else if (!script_is_gap(point) && !is_phone_sign(point))
			return false;
	}
	to[len] = '\0';
	return len > 0;
}

const char *
contact_normalise_phone(struct arena *mem, const char *typed)
{
	const char *phone = script_tidy(mem, typed);
	char digits[CONTACT_PHONE_MAX];
	bool plus;

	if (!phone)
		return NULL;
	plus = text_starts(phone, "+") || text_starts(phone, "00") ||
	       text_starts(phone, "\xEF\xBC\x8B"); /* full-width plus */
	if (!take_digits(phone + (*phone == '+'             ? 1
				  : (*phone & 0x80) && plus ? 3
							    : 0),
			 plus, digits, sizeof digits))
		return phone;
	if (plus && text_starts(phone, "00"))
		return arena_printf(mem, "+%s", digits + 2);
	return arena_printf(mem, "%s%s", plus ? "+" : "", digits);
}

/* One part of a domain: letters, digits and inner dashes, 63 at most. */
static bool
is_domain_label(const char *at, size_t len)
{
	if (len == 0 || len > LABEL_MAX || at[0] == '-' || at[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit(at[i]) && at[i] != '-')
			return false;
	return true;
}

static bool
is_domain(const char *domain)
{
	for (;;) {
		size_t len = strcspn(domain, ".");

		if (!is_domain_label(domain, len))
			return false;
		if (domain[len] == '\0')
			return true;
		domain += len + 1;
	}
}

static bool
is_email(const char *email)
{
	const char *at = email;

	while (is_letter_or_digit(*at) || (*at && strchr(".!#$%&'*+/=?^_`{|}~-", *at)))
		at++;
	return at > email && *at == '@' && is_domain(at + 1);
}

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

void
contact_check_email(const char *field, const char *email, struct problems *problems)
{
	if (text_is_empty(email))
		problem_add(problems, field, "required",
			    "Enter your e-mail address, for example ada@example.com.");
	else if (strlen(email) > CONTACT_EMAIL_MAX)
		problem_add(problems, field, "too_long",
			    "Enter an e-mail address of at most 254 characters.");
	else if (!is_ascii(email))
		problem_add(problems, field, "invalid",
			    "Enter an e-mail address without accents or other special "
			    "letters, for example ada@example.com: we cannot write to "
			    "others yet.");
	else if (!is_email(email))
		problem_add(problems, field, "invalid",
			    "Check the e-mail address. It should look like "
			    "ada@example.com.");
}

static bool
is_phone(const char *phone)
{
	const char *digits = phone + (*phone == '+');
	size_t len = strspn(digits, "0123456789");

	return digits[len] == '\0' && len >= PHONE_MIN && len <= PHONE_MAX;
}

void
contact_check_phone(const char *field, const char *phone, struct problems *problems)
{
	bool right;

	if (text_is_empty(phone))
		return;
	right = is_phone(phone);
	/* 13 digits after a '+' are a Chinese mobile, not a card. */
	if (!(right && *phone == '+') && contact_has_card_number(phone))
		problem_add(problems, field, "card_number", CONTACT_NO_CARDS);
	else if (strlen(phone) > CONTACT_PHONE_MAX)
		problem_add(problems, field, "too_long",
			    "Shorten the phone number to 15 digits at most.");
	else if (!right)
		problem_add(
			problems, field, "invalid",
			"Check the phone number. It should look like +1 503 555 0100.");
}

/* Luhn's check: every second digit from the right counts twice. */
static bool
passes_luhn(const int *digits, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++) {
		int digit = digits[n - 1 - i];

		if (i % 2 == 1)
			digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
		sum += digit;
	}
	return sum % 10 == 0;
}

/* Whether groups of digits from here on make a card number. */
static bool
card_starts_here(const char *at)
{
	int digits[CARD_MAX];
	int n = 0;
	unsigned point = script_next(&at);

	while (point != 0) {
		int digit = script_digit(point);

		if (digit < 0 && !script_is_gap(point) && point != '.')
			return false;
		if (digit >= 0 && n == CARD_MAX)
			return false;
		if (digit >= 0)
			digits[n++] = digit;
		point = script_next(&at);
		if (digit >= 0 && script_digit(point) < 0 && n >= CARD_MIN &&
		    passes_luhn(digits, n))
			return true;
	}
	return false;
}

bool
contact_has_card_number(const char *text)
{
	bool in_group = false;

	while (text && *text) {
		const char *here = text;
		bool digit = script_digit(script_next(&text)) >= 0;

		if (digit && !in_group && card_starts_here(here))
			return true;
		in_group = digit;
	}
	return false;
}
