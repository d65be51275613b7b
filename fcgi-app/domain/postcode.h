/* postcode.h - forms of postcodes: one small pattern language for server and browser.
 *
 * In a pattern, '9' is any digit, 'A' any letter, '*' either; a small letter or another
 * digit stands for itself; ' ' and '-' are put where they stand and may be left out or
 * misplaced when typed; what stands in () may be left out and is put; '|' parts forms.
 */
#ifndef DOMAIN_POSTCODE_H
#define DOMAIN_POSTCODE_H

#include <stdbool.h>

struct arena;

enum { POSTCODE_MAX = 20 }; /* characters that may be typed */

/* The postcode as its country writes it ("sw1a1aa" becomes "SW1A 1AA"), or NULL when it
 * has none of the forms. A prefix of the country before digits ("SE-114 55", "D 10115")
 * is taken off; full-width and other scripts' digits are read as digits. */
char *postcode_canonical(struct arena *, const char *country, const char *pattern,
			 const char *typed);

/* The same forms as the value of an HTML pattern attribute. It is also a POSIX extended
 * regular expression once anchored. */
char *postcode_html_pattern(struct arena *, const char *country, const char *pattern);

#endif
