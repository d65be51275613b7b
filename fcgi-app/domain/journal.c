/* journal.c - a record of a gateway call as bytes: one field after another, each text
 * with its length, so that it may hold whatever a gateway has sent. It stays on the
 * host that wrote it. */
#include "domain/journal.h"

#include <string.h>

#include "base/buf.h"

enum { VERSION = 1, RECORD_MAX = 4 * 1024 * 1024 };

static const char place[] = "gateway_call.record";

#define FIELD(name) offsetof(struct journal_call, name)

static const size_t numbers[] = {
	FIELD(attempt.n), FIELD(refund.n), FIELD(nth),
	FIELD(status),    FIELD(took_ms),  FIELD(called_at.us),
};

static const size_t texts[] = {
	FIELD(gateway), FIELD(operation),  FIELD(method), FIELD(path),  FIELD(idem_key),
	FIELD(outcome), FIELD(request_id), FIELD(trace),  FIELD(error),
};

static const size_t bodies[] = {FIELD(request), FIELD(response)};

static int64_t *
number_at(struct journal_call *call, size_t at)
{
	return (int64_t *)(void *)((char *)call + at);
}

static const char **
text_at(struct journal_call *call, size_t at)
{
	return (const char **)(void *)((char *)call + at);
}

static struct sealed_bytes *
body_at(struct journal_call *call, size_t at)
{
	return (struct sealed_bytes *)(void *)((char *)call + at);
}

/* ---- writing ---- */

static void
put_number(struct buf *to, int64_t n)
{
	buf_put(to, &n, sizeof n);
}

/* Length -1 is nothing, which an empty one is not. */
static void
put_bytes(struct buf *to, const void *at, size_t len)
{
	put_number(to, at == NULL ? -1 : (int64_t)len);
	if (at != NULL)
		buf_put(to, at, len);
}

static void
put_text(struct buf *to, const char *text)
{
	put_bytes(to, text, text == NULL ? 0 : strlen(text));
}

struct bytes
journal_pack(const struct keyring *keys, struct arena *mem,
	     const struct journal_call *call)
{
	struct journal_call copy = *call;
	struct buf to = buf_new(mem, RECORD_MAX);

	put_number(&to, VERSION);
	put_text(&to, copy.uid.text);
	for (size_t i = 0; i < DB_COUNT(numbers); i++)
		put_number(&to, *number_at(&copy, numbers[i]));
	for (size_t i = 0; i < DB_COUNT(texts); i++)
		put_text(&to, *text_at(&copy, texts[i]));
	for (size_t i = 0; i < DB_COUNT(bodies); i++) {
		struct sealed_bytes *body = body_at(&copy, bodies[i]);

		put_bytes(&to, body->at, body->len);
	}
	return seal_house(keys, mem, place, (struct bytes){to.data, to.len});
}

/* ---- reading ---- */

struct rest {
	const char *at;
	size_t len;
	bool wrong;
};

static void
take(struct rest *rest, void *to, size_t len)
{
	if (rest->wrong || len > rest->len) {
		rest->wrong = true;
		return;
	}
	memcpy(to, rest->at, len);
	rest->at += len;
	rest->len -= len;
}

static int64_t
take_number(struct rest *rest)
{
	int64_t n = 0;

	take(rest, &n, sizeof n);
	return n;
}

/* With a NUL behind it. */
static struct sealed_bytes
take_bytes(struct rest *rest, struct arena *mem)
{
	int64_t len = take_number(rest);
	char *copy;

	if (len < 0 || (uint64_t)len > rest->len) {
		rest->wrong = rest->wrong || len != -1;
		return (struct sealed_bytes){NULL, 0};
	}
	copy = arena_alloc(mem, (size_t)len + 1);
	take(rest, copy, (size_t)len);
	return (struct sealed_bytes){copy, (size_t)len};
}

static void
take_fields(struct rest *rest, struct arena *mem, struct journal_call *call)
{
	struct sealed_bytes uid = take_bytes(rest, mem);

	if (uid.len < sizeof call->uid.text && uid.at != NULL)
		memcpy(call->uid.text, uid.at, uid.len);
	for (size_t i = 0; i < DB_COUNT(numbers); i++)
		*number_at(call, numbers[i]) = take_number(rest);
	for (size_t i = 0; i < DB_COUNT(texts); i++)
		*text_at(call, texts[i]) = take_bytes(rest, mem).at;
	for (size_t i = 0; i < DB_COUNT(bodies); i++)
		*body_at(call, bodies[i]) = take_bytes(rest, mem);
}

fallible
journal_unpack(const struct keyring *keys, struct arena *mem, struct bytes record,
	       struct journal_call *out)
{
	struct bytes plain;
	struct rest rest;

	TRY(seal_open_house(keys, mem, place, record, &plain));
	rest = (struct rest){.at = plain.at, .len = plain.len};
	*out = (struct journal_call){0};
	if (take_number(&rest) != VERSION)
		return FAIL(INTERNAL, "a record of another version");
	take_fields(&rest, mem, out);
	if (rest.wrong || rest.len > 0 || out->gateway == NULL)
		return FAIL(INTERNAL, "not a record of a gateway call");
	return NULL;
}
