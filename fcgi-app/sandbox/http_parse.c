/* http_parse.c - the head of a request from bytes, strictly (RFC 9112). */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/http_parse.h"

size_t
http_head_length(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4);

	return end ? (size_t)(end - bytes) + 4 : 0;
}

static bool
is_token(const char *text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (const char *c = text; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') &&
		    !(*c >= '0' && *c <= '9') && !strchr(others, *c))
			return false;
	return *text != '\0';
}

/* Cuts the text at the first of the mark and returns what follows it, or NULL. */
static char *
cut(char *text, const char *mark)
{
	char *at = strstr(text, mark);

	if (!at)
		return NULL;
	*at = '\0';
	return at + strlen(mark);
}

static int
parse_request_line(struct http_request *rq, char *line)
{
	char *target = cut(line, " ");
	char *version = target ? cut(target, " ") : NULL;
	char *query;

	if (!version || !is_token(line) || target[0] != '/')
		return 400;
	for (const char *c = target; *c; c++)
		if (*c <= ' ' || *c > '~')
			return 400;
	if (strncmp(version, "HTTP/1.", 7) != 0 || strlen(version) != 8)
		return 505;
	rq->minor = version[7] - '0';
	if (rq->minor != 0 && rq->minor != 1)
		return 505;
	query = cut(target, "?");
	rq->method = line;
	rq->path = target;
	rq->query = query ? query : "";
	return 0;
}

static int
parse_header(struct http_request *rq, char *line)
{
	char *value = cut(line, ":");
	size_t len;

	if (!value || !is_token(line))
		return 400;
	if (rq->n_headers == HTTP_HEADERS)
		return 431;
	value += strspn(value, " \t");
	len = strlen(value);
	while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		value[--len] = '\0';
	for (const char *c = value; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 127)
			return 400;
	rq->headers[rq->n_headers++] =
		(struct http_header){text_lower(rq->mem, line), value};
	return 0;
}

static int
read_framing(struct http_request *rq, size_t *body_len)
{
	const char *connection = http_header_of(rq, "connection");
	int64_t length = 0;
	int lengths = 0;

	/* No client of a gateway needs these, so they are refused, not half done. */
	if (http_header_of(rq, "transfer-encoding"))
		return 501;
	if (http_header_of(rq, "expect"))
		return 417;
	for (size_t i = 0; i < rq->n_headers; i++) {
		if (strcmp(rq->headers[i].name, "content-length") != 0)
			continue;
		if (lengths++ ||
		    !text_to_int(rq->headers[i].value, 0, INT64_MAX, &length))
			return 400;
	}
	if (length > HTTP_BODY_MAX)
		return 413;
	rq->close = rq->minor == 0 || (connection && strcasestr(connection, "close"));
	*body_len = (size_t)length;
	return 0;
}

int
http_parse_head(struct http_request *rq, const char *bytes, size_t len,
		size_t *body_len)
{
	char *line = arena_copy(rq->mem, bytes, len - 2); /* ends with one CRLF */
	char *next;
	int wrong;

	if (strlen(line) != len - 2)
		return 400;
	next = cut(line, "\r\n");
	wrong = parse_request_line(rq, line);
	while (!wrong && next && *next) {
		line = next;
		next = cut(line, "\r\n");
		wrong = parse_header(rq, line);
	}
	return wrong ? wrong : read_framing(rq, body_len);
}

const char *
http_header_of(const struct http_request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++)
		if (strcmp(rq->headers[i].name, name) == 0)
			return rq->headers[i].value;
	return NULL;
}
