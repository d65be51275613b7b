/* mail_mime.c - one mail as the bytes that travel (RFC 5322, 2045, 2047). */
#include "gateway/mail_mime.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"

enum {
	ADDRESS_MOST = 254,
	LOCAL_MOST = 64,
	HEADER_MOST = 900, /* RFC 5322 2.1.1: a line holds 998 at most */
	LINE_MOST = 75,    /* quoted-printable: 76 with the soft break's '=' */
	WORD_MOST = 60,    /* of an encoded word: 75 with its frame */
};

bool
mail_address_is_clean(const char *address)
{
	const char *at = address == NULL ? NULL : strchr(address, '@');
	size_t len;

	if (at == NULL || at == address || at - address > LOCAL_MOST)
		return false;
	len = strlen(address);
	if (len > ADDRESS_MOST || at[1] == '\0' || strchr(at + 1, '@') != NULL)
		return false;
	return text_is_utf8(address, len) && !text_has_control(address) &&
	       strpbrk(address, " \t<>()[],;:\\\"") == NULL;
}

/* ---- headers ---- */
static bool
is_header(const char *value)
{
	return !text_is_empty(value) && text_is_header_safe(value) &&
	       strlen(value) <= HEADER_MOST;
}

static void
put_quoted(struct buf *to, const char *name)
{
	buf_char(to, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_char(to, '\\');
		buf_char(to, *name);
	}
	buf_char(to, '"');
}

/* Bytes of the UTF-8 character that begins here. */
static size_t
character_bytes(const char *at)
{
	size_t n = 1;

	while (((unsigned char)at[n] & 0xC0) == 0x80)
		n++;
	return n;
}

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* Encoded words of whole characters, as many as it takes. */
static void
put_encoded(struct buf *to, const char *name)
{
	size_t used = 0;

	buf_text(to, "=?UTF-8?Q?");
	while (*name != '\0') {
		size_t n = character_bytes(name);
		bool plain = n == 1 && is_letter_or_digit(*name);
		size_t need = plain ? 1 : 3 * n;

		if (used + need > WORD_MOST) {
			buf_text(to, "?=\r\n =?UTF-8?Q?");
			used = 0;
		}
		for (size_t i = 0; i < n && !plain; i++)
			buf_printf(to, "=%02X", (unsigned char)name[i]);
		if (plain)
			buf_char(to, *name);
		used += need;
		name += n;
	}
	buf_text(to, "?=");
}

static void
put_from(struct buf *to, const struct mail_sender *sender)
{
	buf_text(to, "From: ");
	if (text_is_empty(sender->name))
		;
	else if (text_is_header_safe(sender->name))
		put_quoted(to, sender->name);
	else
		put_encoded(to, sender->name);
	buf_printf(to, " <%s>\r\n", sender->address);
}

static void
put_date(struct buf *to, struct instant date)
{
	static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct date d = instant_date(date);
	int64_t second = date.us / SECONDS(1) - date_days(d) * 86400;

	buf_printf(to, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
		   days[date_weekday(d)], d.day, months[d.month - 1], d.year,
		   (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* ---- bodies ---- */
static bool
needs_code(const char *at)
{
	bool at_end =
		at[1] == '\0' || at[1] == '\n' || (at[1] == '\r' && at[2] == '\n');

	if (*at == ' ' || *at == '\t')
		return at_end;
	return *at < ' ' || *at > '~' || *at == '=';
}

/* Quoted-printable (RFC 2045 6.7), every line end made CRLF. */
static void
put_body(struct buf *to, const char *text)
{
	size_t column = 0;

	for (const char *at = text; *at != '\0'; at++) {
		bool code = needs_code(at);

		if (at[0] == '\r' && at[1] == '\n')
			continue;
		if (*at == '\n') {
			buf_text(to, "\r\n");
			column = 0;
			continue;
		}
		if (column + (code ? 3 : 1) > LINE_MOST) {
			buf_text(to, "=\r\n");
			column = 0;
		}
		if (code)
			buf_printf(to, "=%02X", (unsigned char)*at);
		else
			buf_char(to, *at);
		column += code ? 3 : 1;
	}
	buf_text(to, "\r\n");
}

/* A boundary holds "=_", which quoted-printable never writes. It depends on the mail
 * alone, so that a repeated sending has the same bytes. */
static const char *
boundary_of(struct arena *mem, const struct mail *mail)
{
	struct digest digest = digest_of_text(mail->message_id);

	return arena_printf(mem, "=_%s", text_hex(mem, digest.bytes, 16));
}

static void
put_part(struct buf *to, const char *boundary, const char *type, const char *text)
{
	buf_printf(to,
		   "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
		   "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
		   boundary, type);
	put_body(to, text);
}

static const char *
fault_of(const struct mail_sender *sender, const struct mail *mail)
{
	size_t len = text_is_empty(mail->message_id) ? 0 : strlen(mail->message_id);

	if (!mail_address_is_clean(mail->to))
		return "the recipient is not an address";
	if (!mail_address_is_clean(sender->address))
		return "the sender is not an address";
	if (sender->reply_to != NULL && !mail_address_is_clean(sender->reply_to))
		return "the address for replies is not one";
	if (sender->name != NULL && text_has_control(sender->name))
		return "the sender's name is not safe in a header";
	if (!is_header(mail->subject))
		return "the subject is not safe in a header";
	if (!is_header(mail->message_id) || mail->message_id[0] != '<' ||
	    mail->message_id[len - 1] != '>')
		return "the message id is not safe in a header";
	return NULL;
}

bool
mail_write(struct buf *to, const struct mail_sender *sender, const struct mail *mail,
	   struct instant date, const char **cause)
{
	const char *boundary;

	*cause = fault_of(sender, mail);
	if (*cause != NULL)
		return false;
	boundary = boundary_of(to->mem, mail);
	put_from(to, sender);
	buf_printf(to, "To: %s\r\nSubject: %s\r\n", mail->to, mail->subject);
	if (sender->reply_to != NULL)
		buf_printf(to, "Reply-To: %s\r\n", sender->reply_to);
	put_date(to, date);
	buf_printf(to,
		   "Message-ID: %s\r\nAuto-Submitted: auto-generated\r\n"
		   "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n"
		   " boundary=\"%s\"\r\n\r\n",
		   mail->message_id, boundary);
	put_part(to, boundary, "text/plain", mail->text);
	put_part(to, boundary, "text/html", mail->html);
	buf_printf(to, "--%s--\r\n", boundary);
	if (to->full)
		*cause = "the mail is too large";
	return !to->full;
}
