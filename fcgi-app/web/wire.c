/* wire.c - a request as the server handed it over: parameters and a body to be read. */
#include "web/wire.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

const char *
wire_param(const struct wire *wire, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *p = wire->params; *p != NULL; p++)
		if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
			return *p + len + 1;
	return NULL;
}

/* Type and length have names without HTTP_, as in CGI. */
const char *
wire_header(const struct wire *wire, const char *name)
{
	char param[80] = "HTTP_";
	size_t len = strlen(name), start = 5;

	if (strcmp(name, "content-type") == 0 || strcmp(name, "content-length") == 0)
		start = 0;
	if (start + len >= sizeof param)
		return NULL;
	for (size_t i = 0; i < len; i++)
		param[start + i] =
			name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	param[start + len] = '\0';
	return wire_param(wire, param);
}

/* The length of one "name=value" of a Cookie header, from at to the next ';'. */
static size_t
pair_length(const char *at)
{
	return strcspn(at, ";");
}

static bool
is_base64url(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' &&
		    text[i] != '_')
			return false;
	return true;
}

static const char *
find_cookie(const char *header, struct arena *mem, const char *name, size_t len)
{
	size_t name_len = strlen(name);

	for (const char *at = header; *at != '\0';) {
		size_t pair = pair_length(at);

		if (pair == name_len + 1 + len && strncmp(at, name, name_len) == 0 &&
		    at[name_len] == '=' && is_base64url(at + name_len + 1, len))
			return arena_copy(mem, at + name_len + 1, len);
		at += pair;
		at += strspn(at, "; \t");
	}
	return NULL;
}

/* nginx 1.22 hands on each Cookie header as a parameter of its own. */
const char *
wire_cookie(const struct wire *wire, struct arena *mem, const char *name, size_t len)
{
	const char *found = NULL;

	for (const char *const *p = wire->params; *p != NULL && found == NULL; p++)
		if (strncmp(*p, "HTTP_COOKIE=", 12) == 0)
			found = find_cookie(*p + 12, mem, name, len);
	return found;
}

static bool
must_be_single(const char *param, size_t len)
{
#define ONCE(name)                                                                     \
	{                                                                              \
		name, sizeof name - 1                                                  \
	}
	static const struct {
		const char *name;
		size_t len;
	} once[] = {
		ONCE("HTTP_HOST"),
		ONCE("CONTENT_TYPE"),
		ONCE("CONTENT_LENGTH"),
		ONCE("HTTP_CONTENT_TYPE"),
		ONCE("HTTP_CONTENT_LENGTH"),
		ONCE("HTTP_CONTENT_ENCODING"),
		ONCE("HTTP_AUTHORIZATION"),
		ONCE("HTTP_IDEMPOTENCY_KEY"),
		ONCE("HTTP_ORIGIN"),
		ONCE("HTTP_SEC_FETCH_SITE"),
		ONCE("HTTP_STRIPE_SIGNATURE"),
		ONCE("HTTP_X_RAZORPAY_SIGNATURE"),
		ONCE("HTTP_X_RAZORPAY_EVENT_ID"),
	};
#undef ONCE

	if (strncmp(param, "HTTP_PAYPAL_", 12) == 0)
		return true;
	for (size_t i = 0; i < sizeof once / sizeof *once; i++)
		if (once[i].len == len && memcmp(param, once[i].name, len) == 0)
			return true;
	return false;
}

fallible
wire_check_params(const struct wire *wire)
{
	for (const char *const *p = wire->params; *p != NULL; p++) {
		size_t len = strcspn(*p, "=");

		if (!must_be_single(*p, len))
			continue;
		for (const char *const *other = p + 1; *other != NULL; other++)
			if (strncmp(*p, *other, len + 1) == 0)
				return FAIL(BAD_REQUEST, "%.*s came twice", (int)len,
					    *p);
	}
	return NULL;
}

fallible
wire_read_body(const struct wire *wire, struct arena *mem, size_t max,
	       const void **body, size_t *len)
{
	const char *length = wire_param(wire, "CONTENT_LENGTH");
	int64_t want = 0;
	size_t got;
	char *bytes, more;

	if (!text_is_empty(length) && !text_to_int(length, 0, INT64_MAX, &want))
		return FAIL(BAD_REQUEST, "content length %s", length);
	if ((uint64_t)want > max)
		return FAIL(TOO_LARGE, "body of %s bytes, limit %zu", length, max);
	bytes = arena_alloc(mem, (size_t)want + 1);
	got = wire->read(wire->from, bytes, (size_t)want);
	if (got != (size_t)want)
		return FAIL(BAD_REQUEST, "body of %zu bytes, announced %s", got,
			    length);
	if (wire->read(wire->from, &more, 1) != 0)
		return FAIL(BAD_REQUEST, "body goes on after %zu bytes", got);
	*body = bytes;
	*len = got;
	return NULL;
}
