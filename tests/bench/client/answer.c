/* answer.c - an HTTP/1.1 answer, read as its bytes come in (RFC 9112). */
#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
bytes_add(struct bytes *bytes, const void *more, size_t n)
{
	if (bytes->n + n > bytes->cap) {
		size_t cap = 2 * (bytes->n + n) + 16384;
		char *at = realloc(bytes->at, cap);

		if (at == NULL)
			return false;
		bytes->at = at;
		bytes->cap = cap;
	}
	memcpy(bytes->at + bytes->n, more, n);
	bytes->n += n;
	return true;
}

void
answer_begin(struct answer *a, struct bytes *body)
{
	body->n = 0;
	a->part = ANSWER_STATUS;
	a->status = 0;
	a->left = -1;
	a->chunked = a->closes = a->gzip = false;
	a->retry_after = 0;
	a->place[0] = a->cookie[0] = a->order[0] = '\0';
	a->body = body;
	a->line_n = 0;
}

/* ---- headers ---- */

static bool
copy(char *to, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

static bool
whole_number(const char *text, int base, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, base);
	return end != text && *out >= 0 && errno == 0 &&
	       (*end == '\0' || (base == 16 && strchr("; \t", *end) != NULL));
}

static bool
take_length(struct answer *a, const char *value)
{
	return whole_number(value, 10, &a->left);
}

static bool
take_coding(struct answer *a, const char *value)
{
	a->chunked = strcasecmp(value, "chunked") == 0;
	return a->chunked;
}

static bool
take_connection(struct answer *a, const char *value)
{
	a->closes = strcasecmp(value, "close") == 0;
	return true;
}

static bool
take_encoding(struct answer *a, const char *value)
{
	a->gzip = strcasecmp(value, "gzip") == 0;
	return true;
}

static bool
take_place(struct answer *a, const char *value)
{
	return copy(a->place, sizeof a->place, value, strlen(value));
}

static bool
take_cookie(struct answer *a, const char *value)
{
	return copy(a->cookie, sizeof a->cookie, value, strcspn(value, ";"));
}

static bool
take_order(struct answer *a, const char *value)
{
	return copy(a->order, sizeof a->order, value, strlen(value));
}

static bool
take_retry(struct answer *a, const char *value)
{
	return whole_number(value, 10, &a->retry_after);
}

static const struct {
	const char *name;
	bool (*take)(struct answer *, const char *value);
} headers[] = {
	{"content-length", take_length}, {"transfer-encoding", take_coding},
	{"connection", take_connection}, {"content-encoding", take_encoding},
	{"location", take_place},        {"set-cookie", take_cookie},
	{"x-order", take_order},         {"retry-after", take_retry},
};

static bool
take_header(struct answer *a, const char *line)
{
	size_t n = strcspn(line, ":");
	const char *value = line + n + 1;

	if (line[n] != ':' || n == 0)
		return false;
	value += strspn(value, " \t");
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (strlen(headers[i].name) == n &&
		    strncasecmp(headers[i].name, line, n) == 0)
			return headers[i].take(a, value);
	return true;
}

/* ---- line by line ---- */

static bool
take_status(struct answer *a, const char *line)
{
	if (strncmp(line, "HTTP/1.1 ", 9) != 0 || strspn(line + 9, "0123456789") != 3 ||
	    (line[12] != ' ' && line[12] != '\0'))
		return false;
	a->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
	return true;
}

/* What follows the empty line after the headers. */
static enum answer_part
after_headers(struct answer *a)
{
	if (a->status / 100 == 1) {
		answer_begin(a, a->body);
		return ANSWER_STATUS;
	}
	if (a->status == 204 || a->status == 304)
		return ANSWER_WHOLE;
	if (a->chunked)
		return ANSWER_CHUNK_SIZE;
	if (a->left == 0)
		return ANSWER_WHOLE;
	a->closes = a->closes || a->left < 0;
	return a->left < 0 ? ANSWER_TO_THE_END : ANSWER_BODY;
}

static enum answer_part
take_size(struct answer *a, const char *line)
{
	if (!whole_number(line, 16, &a->left))
		return ANSWER_WRONG;
	return a->left == 0 ? ANSWER_TRAILERS : ANSWER_CHUNK;
}

static enum answer_part
take_line(struct answer *a, const char *line)
{
	switch (a->part) {
	case ANSWER_STATUS:
		return take_status(a, line) ? ANSWER_HEADERS : ANSWER_WRONG;
	case ANSWER_HEADERS:
		if (line[0] == '\0')
			return after_headers(a);
		return take_header(a, line) ? ANSWER_HEADERS : ANSWER_WRONG;
	case ANSWER_CHUNK_SIZE:
		return take_size(a, line);
	case ANSWER_CHUNK_END:
		return line[0] == '\0' ? ANSWER_CHUNK_SIZE : ANSWER_WRONG;
	case ANSWER_TRAILERS:
		return line[0] == '\0' ? ANSWER_WHOLE : ANSWER_TRAILERS;
	default:
		return ANSWER_WRONG;
	}
}

/* Collects a line, which may come in pieces; takes it when its end is there. */
static size_t
feed_line(struct answer *a, const char *bytes, size_t n)
{
	const char *end = memchr(bytes, '\n', n);
	size_t taken = end == NULL ? n : (size_t)(end - bytes) + 1;

	if (a->line_n + taken >= sizeof a->line) {
		a->part = ANSWER_WRONG;
		return taken;
	}
	memcpy(a->line + a->line_n, bytes, taken);
	a->line_n += taken;
	if (end == NULL)
		return taken;
	a->line_n--;
	if (a->line_n > 0 && a->line[a->line_n - 1] == '\r')
		a->line_n--;
	a->line[a->line_n] = '\0';
	a->part = strlen(a->line) == a->line_n ? take_line(a, a->line) : ANSWER_WRONG;
	a->line_n = 0;
	return taken;
}

static size_t
feed_body(struct answer *a, const char *bytes, size_t n)
{
	if (a->part != ANSWER_TO_THE_END && (int64_t)n > a->left)
		n = (size_t)a->left;
	if (!bytes_add(a->body, bytes, n)) {
		a->part = ANSWER_WRONG;
		return n;
	}
	if (a->part == ANSWER_TO_THE_END)
		return n;
	a->left -= (int64_t)n;
	if (a->left == 0)
		a->part = a->part == ANSWER_CHUNK ? ANSWER_CHUNK_END : ANSWER_WHOLE;
	return n;
}

static bool
in_body(const struct answer *a)
{
	return a->part == ANSWER_BODY || a->part == ANSWER_TO_THE_END ||
	       a->part == ANSWER_CHUNK;
}

size_t
answer_feed(struct answer *a, const char *bytes, size_t n)
{
	size_t taken = 0;

	while (taken < n && a->part != ANSWER_WHOLE && a->part != ANSWER_WRONG)
		taken += in_body(a) ? feed_body(a, bytes + taken, n - taken)
				    : feed_line(a, bytes + taken, n - taken);
	return taken;
}

bool
answer_end(struct answer *a)
{
	if (a->part == ANSWER_TO_THE_END)
		a->part = ANSWER_WHOLE;
	return a->part == ANSWER_WHOLE;
}
