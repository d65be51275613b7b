/* web.h - requests without a server: parameters in, the answer's status, head and body
 * out. */
#ifndef SUPPORT_WEB_H
#define SUPPORT_WEB_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/seal.h"
#include "base/text.h"
#include "support/check.h"
#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/session.h"

/* A body that may break off or go on. */
struct web_body {
	const char *bytes;
	size_t len, at;
};

static inline size_t
web_read(void *from, void *to, size_t len)
{
	struct web_body *body = from;
	size_t left = body->len - body->at;

	if (len > left)
		len = left;
	memcpy(to, body->bytes + body->at, len);
	body->at += len;
	return len;
}

/* Writes a file of a temporary folder of templates. */
static inline void
web_file(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static inline char *
web_folder(struct arena *mem)
{
	char *dir = arena_printf(mem, "/tmp/till-web-%d-XXXXXX", getpid());

	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(arena_printf(mem, "%s/part", dir), 0700), 0);
	return dir;
}

static inline void
web_drop_folder(struct arena *mem, const char *dir)
{
	if (dir != NULL)
		WANT_INT(system(arena_printf(mem, "rm -r %s", dir)), 0);
}

/* One request: its first line, its headers as parameters, its body. */
struct web_ask {
	const char *method, *path, *query;
	const char *params[24]; /* more of them: "HTTP_ORIGIN=https://..." */
	const char *body;       /* NULL: none */
	size_t body_len;        /* 0: the length of the text */
	const char *length;     /* CONTENT_LENGTH when it lies */
	bool yields;            /* it came where others are served first */
};

struct web_answer {
	int status;
	const char *head, *body;
	size_t len;
	bool head_only;
};

static inline struct web_answer
web_ask(struct web *web, struct ctx *cx, struct web_ask ask)
{
	struct web_body body = {ask.body, ask.body_len, 0};
	const char *params[40];
	struct wire wire = {params, web_read, &body, ask.yields};
	struct answer answer = {0};
	size_t n = 0;

	if (ask.body != NULL && body.len == 0)
		body.len = strlen(ask.body);
	params[n++] = arena_printf(cx->mem, "REQUEST_METHOD=%s",
				   ask.method == NULL ? "GET" : ask.method);
	params[n++] = arena_printf(cx->mem, "DOCUMENT_URI=%s", ask.path);
	params[n++] = arena_printf(cx->mem, "QUERY_STRING=%s",
				   ask.query == NULL ? "" : ask.query);
	params[n++] = "REMOTE_ADDR=192.0.2.7";
	params[n++] = arena_printf(cx->mem, "CONTENT_LENGTH=%s",
				   ask.length != NULL
					   ? ask.length
					   : arena_printf(cx->mem, "%zu", body.len));
	for (size_t i = 0; i < 24 && ask.params[i] != NULL; i++)
		params[n++] = ask.params[i];
	params[n] = NULL;
	dispatch(web, cx, &wire, &answer);
	return (struct web_answer){answer.shown.status, buf_string(&answer.head),
				   answer.shown.body == NULL ? "" : answer.shown.body,
				   answer.shown.len, answer.head_only};
}

/* The answer's head has this line. */
static inline bool
web_has(const struct web_answer *answer, const char *line)
{
	const char *at = strstr(answer->head, line);

	return at != NULL && (at == answer->head || at[-1] == '\n') &&
	       strncmp(at + strlen(line), "\r\n", 2) == 0;
}

#endif
