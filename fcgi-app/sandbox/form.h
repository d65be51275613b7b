/* form.h - application/x-www-form-urlencoded with bracket nesting, as Stripe takes it:
 * a[b][0]=v, brackets bare or percent-encoded, blanks as %20 or +. */
#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox/store.h"

struct arena;

enum { FORM_FIELDS = 1000 };

/* The fields in order, names decoded: "line_items[0][quantity]". "expand[]" is given
 * the next free number, so every name stands once; of a repeated name the last wins. */
struct form {
	size_t n;
	struct pair *list;
};

/* False when the bytes are no such form: broken escapes or brackets, a NUL, broken
 * UTF-8, a name that is both a value and a group, or too many fields. */
bool form_parse(struct arena *, const char *bytes, size_t len, struct form *);

/* The value, or NULL when the field is absent. */
const char *form_get(const struct form *, const char *name);
/* Whether any field is name itself or inside it: "line_items[2]". */
bool form_has(const struct form *, const char *name);
/* The fields directly inside a group, with their inner names: metadata. */
struct pairs form_group(struct arena *, const struct form *, const char *name);
/* The first field that no pattern names, or NULL. In a pattern [#] stands for a number,
 * [*] for any one part and [**] for all that may follow. The list ends with NULL. */
const char *form_unknown(const struct form *, const char *const *patterns);

#endif
