/* contact.h - e-mail addresses and telephone numbers; and free text that holds a card
 * number. Pure. */
#ifndef DOMAIN_CONTACT_H
#define DOMAIN_CONTACT_H

#include <stdbool.h>

#include "base/err.h"

struct arena;

enum { CONTACT_EMAIL_MAX = 254, CONTACT_PHONE_MAX = 40 };

/* As stored: trimmed; the domain of an e-mail address in lower case. NULL when empty.
 */
const char *contact_normalise_email(struct arena *, const char *typed);
/* As stored: '+' (if typed, or 00) and digits alone. What is no number stays as typed.
 */
const char *contact_normalise_phone(struct arena *, const char *typed);

/* Appends what is wrong with a normalised e-mail address: required, too_long, invalid.
 * The rule is that of HTML's type=email: ASCII alone. */
void contact_check_email(const char *field, const char *email, struct problems *);
/* Appends what is wrong with a normalised number; an absent one is right. */
void contact_check_phone(const char *field, const char *phone, struct problems *);

/* The sentence of the code card_number. */
#define CONTACT_NO_CARDS "Please do not enter card numbers here."

/* Whether free text holds 13 to 19 digits, grouped or not, that pass for a card number
 * (Luhn). Such text is refused wherever shoppers may type. */
bool contact_has_card_number(const char *text);

#endif
