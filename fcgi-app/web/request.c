/* request.c - from the wire to facts: path, headers, body, visitor. */
#include "web/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "web/pairs.h"

enum { PATH_MAX_BYTES = 1024, QUERY_MAX_BYTES = 4096, HASH_MAX_BYTES = 1024 * 1024 };

const char *
request_header(const struct request *rq, const char *name)
{
	return wire_header(rq->wire, name);
}

const char *
request_typed(const struct request *rq, const char *name)
{
	return pairs_find(rq->typed, rq->n_typed, name);
}

const char *
request_part(const struct request *rq, const char *name)
{
	return pairs_find(rq->parts, rq->n_parts, name);
}

const char *
request_asked(const struct request *rq, const char *name)
{
	return pairs_find(rq->asked, rq->n_asked, name);
}

bool
request_writes(const struct request *rq)
{
	return strcmp(rq->method, "GET") != 0 && strcmp(rq->method, "HEAD") != 0;
}

bool
request_sends_form(const struct request *rq)
{
	if (!request_writes(rq) || (rq->endpoint->needs & TAKES_RAW) != 0)
		return false;
	return rq->face == FACE_PAGE ||
	       ((rq->endpoint->needs & ALSO_JSON) != 0 &&
		request_has_type(rq, "application/x-www-form-urlencoded"));
}

/* nginx hands on the path that it matched itself: slashes merged, decoded once. */
static fallible
take_path(struct request *rq)
{
	const char *path = wire_param(rq->wire, "DOCUMENT_URI");

	if (path == NULL || path[0] != '/' || strlen(path) > PATH_MAX_BYTES)
		return FAIL(BAD_REQUEST, "no path, or too long");
	if (!text_is_utf8(path, strlen(path)) || text_has_control(path))
		return FAIL(BAD_REQUEST, "path is not clean");
	rq->path = arena_text(rq->cx->mem, path);
	return NULL;
}

static fallible
take_query(struct request *rq)
{
	const char *query = wire_param(rq->wire, "QUERY_STRING");

	if (text_is_empty(query))
		return NULL;
	if (strlen(query) > QUERY_MAX_BYTES)
		return FAIL(BAD_REQUEST, "query of %zu bytes", strlen(query));
	TRY(pairs_parse(rq->cx->mem, query, strlen(query), &rq->asked, &rq->n_asked));
	rq->query = arena_text(rq->cx->mem, query);
	return NULL;
}

fallible
request_open(struct request *rq)
{
	const char *method = wire_param(rq->wire, "REQUEST_METHOD");
	const char *address = wire_param(rq->wire, "REMOTE_ADDR");

	rq->path = "/";
	rq->query = "";
	rq->method = arena_text(rq->cx->mem, text_is_empty(method) ? "GET" : method);
	rq->address = arena_text(rq->cx->mem, address == NULL ? "" : address);
	TRY(take_path(rq));
	TRY(wire_check_params(rq->wire));
	return take_query(rq);
}

/* The charset of "a/b; charset=x" is UTF-8, or not given. */
static bool
charset_fits(const char *parameters)
{
	const char *charset = strcasestr(parameters, "charset=");

	if (charset == NULL)
		return true;
	charset += 8;
	charset += *charset == '"';
	return strncasecmp(charset, "utf-8", 5) == 0 &&
	       strchr("\"; ", charset[5]) != NULL;
}

bool
request_has_type(const struct request *rq, const char *type)
{
	const char *value = request_header(rq, "content-type");
	size_t len = strlen(type);

	return value != NULL && strncasecmp(value, type, len) == 0 &&
	       strchr("; \t", value[len]) != NULL && charset_fits(value + len);
}

/* "0.8" in thousandths; what cannot be read weighs nothing. */
static int
quality(const char *text)
{
	int value = 0, unit = 100;

	if (text[0] == '1')
		return 1000;
	if (text[0] != '0' || text[1] != '.')
		return 0;
	for (text += 2; *text >= '0' && *text <= '9' && unit > 0; text++, unit /= 10)
		value += (*text - '0') * unit;
	return value;
}

int
request_weight(const struct request *rq, const char *header, const char *value)
{
	const char *at = request_header(rq, header);
	size_t len = strlen(value);

	while (at != NULL && *at != '\0') {
		size_t range = strcspn(at, ",");
		const char *q = memmem(at, range, "q=", 2);

		if (range >= len && strncasecmp(at, value, len) == 0 &&
		    strchr(";, \t", at[len]) != NULL)
			return q == NULL ? 1000 : quality(q + 2);
		at += range;
		at += strspn(at, ", \t");
	}
	return 0;
}

bool
request_prefers_json(const struct request *rq)
{
	int json = request_weight(rq, "accept", "application/json");
	int problem = request_weight(rq, "accept", "application/problem+json");

	return (json > problem ? json : problem) >
	       request_weight(rq, "accept", "text/html");
}

/* ---- the body ---- */

/* No bytes at all count as {}: an answer to "cancel this" needs no members. */
static fallible
take_json(struct request *rq)
{
	const char *bytes = rq->body;
	size_t len = rq->body_len;

	if (len == 0) {
		bytes = "{}";
		len = 2;
	}
	TRY(json_parse(rq->cx->mem, bytes, len, &rq->json));
	if (json_kind(rq->json) != JSON_OBJECT)
		return FAIL(BAD_REQUEST, "the body is no object");
	return NULL;
}

fallible
request_read_body(struct request *rq)
{
	bool raw = (rq->endpoint->needs & TAKES_RAW) != 0;

	if (!request_writes(rq))
		return NULL;
	TRY(wire_read_body(rq->wire, rq->cx->mem, raw ? BODY_RAW_MAX : BODY_MAX,
			   &rq->body, &rq->body_len));
	if (raw)
		return NULL;
	if (!request_sends_form(rq))
		return take_json(rq);
	return pairs_parse(rq->cx->mem, rq->body, rq->body_len, &rq->typed,
			   &rq->n_typed);
}

/* ---- what makes two requests the same ---- */

static bool
is_aside(const char *name)
{
	return strcmp(name, "csrf") == 0 || strcmp(name, "idempotency_key") == 0;
}

static void
put_bytes(struct buf *to, const char *text)
{
	buf_text(to, text);
	buf_put(to, "", 1);
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The order of members means nothing, that of items does. */
static void
put_canonical(struct buf *to, const struct json *value, bool top)
{
	size_t n = json_count(value);
	const char **names;
	struct json_out scalar;

	switch (json_kind(value)) {
	case JSON_LIST:
		buf_char(to, '[');
		for (size_t i = 0; i < n; i++)
			put_canonical(to, json_item(value, i), false);
		buf_char(to, ']');
		return;
	case JSON_OBJECT:
		names = arena_new_of(to->mem, const char *, n + 1);
		for (size_t i = 0; i < n; i++)
			names[i] = json_member_name(value, i);
		qsort(names, n, sizeof *names, by_name);
		buf_char(to, '{');
		for (size_t i = 0; i < n; i++) {
			if (top && is_aside(names[i]))
				continue;
			escape_json(to, names[i]);
			put_canonical(to, json_member(value, names[i]), false);
		}
		buf_char(to, '}');
		return;
	default:
		scalar = json_out(to);
		json_put(&scalar, value);
		buf_char(to, ',');
	}
}

struct digest
request_hash(const struct request *rq)
{
	struct buf all = buf_new(rq->cx->mem, HASH_MAX_BYTES);

	buf_put(&all, rq->visitor.bytes, sizeof rq->visitor.bytes);
	put_bytes(&all, rq->method);
	put_bytes(&all, rq->path);
	for (size_t i = 0; i < rq->n_typed; i++) {
		if (is_aside(rq->typed[i].name))
			continue;
		put_bytes(&all, rq->typed[i].name);
		put_bytes(&all, rq->typed[i].value);
	}
	if (rq->json != NULL)
		put_canonical(&all, rq->json, true);
	return digest_sha256(all.data, all.len);
}
