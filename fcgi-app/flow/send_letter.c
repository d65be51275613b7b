/* send_letter.c - one mail through the mail port. */
#include "flow/settle.h"
#include "gateway/mail.h"

enum letter_outcome
flow_send_letter(struct shop *shop, struct ctx *cx, const struct letter *letter,
		 const char **cause)
{
	struct mail mail = {.to = letter->to,
			    .subject = letter->subject,
			    .message_id = letter->message_id,
			    .text = letter->text,
			    .html = letter->html};

	*cause = "";
	switch (shop->mail->send(shop->mail, cx, &mail, cause)) {
	case MAIL_SENT:
		return LETTER_SENT;
	case MAIL_REFUSED:
		return LETTER_REFUSED;
	case MAIL_LATER:
		break;
	}
	return LETTER_LATER;
}
