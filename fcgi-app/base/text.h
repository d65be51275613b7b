/* text.h - immutable UTF-8 text: checks, folding, and escaping named by where it goes.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

/* Well-formed UTF-8 without NUL (RFC 3629: no overlong forms, no surrogates). */
bool text_is_utf8(const void *bytes, size_t len);
/* Holds a character below U+0020 (newline and tab too) or U+007F..U+009F. */
bool text_has_control(const char *);
/* Code points, not bytes. */
size_t text_length(const char *);
bool text_equal(const char *, const char *);
bool text_equal_fold(const char *, const char *); /* ASCII letters alike */
bool text_is_empty(const char *);                 /* NULL or "" */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/* Without white space at both ends, inner runs folded to one blank. */
char *text_fold_space(struct arena *, const char *);
char *text_upper(struct arena *, const char *); /* ASCII letters only */
char *text_lower(struct arena *, const char *); /* ASCII letters only */

/* A whole decimal number in [min, max]: digits with an optional leading '-', no
 * blank, no plus, no leading zeros beyond "0". */
bool text_to_int(const char *, int64_t min, int64_t max, int64_t *out);

/* Appends text escaped for element text and quoted attributes: & < > " ' */
void escape_html(struct buf *, const char *);
/* Appends text percent-encoded: all but A-Z a-z 0-9 - _ . ~ (RFC 3986 unreserved). */
void escape_url(struct buf *, const char *);
/* Appends a JSON string with its quotes; also escapes < > & U+2028 U+2029. */
void escape_json(struct buf *, const char *);
/* A header value may hold it: visible ASCII and blanks only, no CR, no LF. */
bool text_is_header_safe(const char *);

/* Lower-case hex of bytes; hex to bytes (false when not exactly len pairs). */
char *text_hex(struct arena *, const void *bytes, size_t len);
bool text_from_hex(const char *hex, void *out, size_t len);

#endif
