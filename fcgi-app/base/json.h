/* json.h - strict reader (RFC 8259, over json-c) and a writer onto a buf. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/money.h"

struct arena;
struct buf;

struct json; /* a value inside a parsed document, owned by its arena */

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_DECIMAL,
	JSON_TEXT,
	JSON_LIST,
	JSON_OBJECT
};

enum {
	JSON_DEPTH = 32,    /* nested lists and objects */
	JSON_MEMBERS = 512, /* members of one object */
};

/* Parses bytes as one JSON document. Refused with BAD_REQUEST and a cause: anything
 * that RFC 8259 does not allow, duplicate members, NUL in a text, broken UTF-8 or lone
 * surrogates, deeper than JSON_DEPTH, more than JSON_MEMBERS in one object, integers
 * beyond 64 bits or minus zero, exponents beyond two digits, numbers of more than 64
 * characters, bytes after the end (a byte order mark before the start too). BUSY
 * without memory for all of it. */
fallible json_parse(struct arena *, const void *bytes, size_t len,
		    const struct json **out);

enum json_kind json_kind(const struct json *);
/* A member, or NULL; of anything but an object: NULL. */
const struct json *json_member(const struct json *, const char *name);
/* A member reached by dots, "data.object.id", or NULL; a number steps into a list. */
const struct json *json_path(const struct json *, const char *dotted);
/* Values: NULL / false when absent or of another kind. */
const char *json_text(const struct json *);
bool json_int(const struct json *, int64_t *out);
bool json_bool(const struct json *, bool *out);
bool json_is_null(const struct json *); /* absent counts as null */
/* Shorthands for json_path. */
const char *json_text_at(const struct json *, const char *dotted);
bool json_int_at(const struct json *, const char *dotted, int64_t *out);
/* Source text of a number: decimals are never made into a double. */
const char *json_number_text(const struct json *);
size_t json_count(const struct json *); /* items of a list, members of an object */
const struct json *json_item(const struct json *, size_t i);
const char *json_member_name(const struct json *, size_t i);
const struct json *json_member_value(const struct json *, size_t i);

/* Writing: values follow each other, commas are put as needed. */
struct json_out {
	struct buf *to;
	int depth;
	bool comma[JSON_DEPTH + 1];
};

struct json_out json_out(struct buf *);
void json_open(struct json_out *, char bracket);  /* '{' or '[' */
void json_close(struct json_out *, char bracket); /* '}' or ']' */
void json_key(struct json_out *, const char *name);
void json_put_text(struct json_out *, const char *); /* NULL writes null */
void json_put_int(struct json_out *, int64_t);
void json_put_bool(struct json_out *, bool);
void json_put_null(struct json_out *);
/* {"amount":1234,"currency":"USD","formatted":"$12.34"}; null for "nothing yet" */
void json_put_money(struct json_out *, struct money);
/* Key and value in one call. */
void json_pair_text(struct json_out *, const char *name, const char *value);
void json_pair_int(struct json_out *, const char *name, int64_t value);
void json_pair_bool(struct json_out *, const char *name, bool value);
/* A value that is JSON already. */
void json_put_raw(struct json_out *, const char *json);
/* Writes a parsed value again. */
void json_put(struct json_out *, const struct json *);

#endif
