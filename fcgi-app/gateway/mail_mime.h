/* mail_mime.h - one mail as the bytes that travel: multipart/alternative, UTF-8. */
#ifndef GATEWAY_MAIL_MIME_H
#define GATEWAY_MAIL_MIME_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "gateway/mail.h"

struct mail_sender {
	const char *name; /* shown: "Harbour Goods"; UTF-8, encoded when not ASCII */
	const char *address;
	const char *reply_to; /* NULL: the same address */
};

/* One address that can add neither a header nor a recipient: local@domain without
 * blanks, control characters, quotes, brackets or separators; at most 254 bytes of
 * UTF-8. */
bool mail_address_is_clean(const char *);

/* Appends the message, lines ending in CRLF. False, with a cause, when a header would
 * not be safe or the buffer is full; nothing of it may be sent then. */
bool mail_write(struct buf *, const struct mail_sender *, const struct mail *,
		struct instant date, const char **cause);

#endif
