/* err.c - errors live in a small ring, so raising one can never fail. */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RING = 8 };

static const struct {
	int http;
	const char *wire, *text;
} table[] = {
#define ERROR(code, http, wire, text) [ERR_##code] = {http, wire, text},
#include "base/err.def"
#undef ERROR
};

static struct err *
take_slot(enum err_code code, const char *file, int line)
{
	static struct err ring[RING];
	static unsigned next;
	struct err *e = &ring[next++ % RING];

	assert(code < ERR__COUNT);
	/* The problems beyond n and the text beyond its NUL are never read. */
	e->code = code;
	e->text = NULL;
	e->problems.n = 0;
	e->retry_after = 0;
	e->file = file;
	e->line = line;
	e->cause[0] = '\0';
	return e;
}

struct err *
err_raise(enum err_code code, const char *field, const char *file, int line,
	  const char *format, ...)
{
	struct err *e = NULL;
	char cause[sizeof e->cause];
	va_list args;

	/* Built aside: an argument may be the cause of an older error in the ring. */
	va_start(args, format);
	vsnprintf(cause, sizeof cause, format, args);
	va_end(args);
	e = take_slot(code, file, line);
	memcpy(e->cause, cause, strlen(cause) + 1);
	if (field != NULL)
		problem_add(&e->problems, field, err_wire_name(code),
			    err_code_text(code));
	return e;
}

struct err *
err_raise_problems(enum err_code code, const struct problems *problems,
		   const char *file, int line)
{
	size_t n = problems->n, len = 0;
	struct err *e;

	if (n == 0)
		return NULL;
	e = take_slot(code, file, line);
	memmove(e->problems.list, problems->list, n * sizeof problems->list[0]);
	e->problems.n = n;
	for (size_t i = 0; i < n && len < sizeof e->cause; i++) {
		const struct problem *p = &e->problems.list[i];

		len += (size_t)snprintf(e->cause + len, sizeof e->cause - len,
					"%s%s=%s", i > 0 ? " " : "", p->field, p->code);
	}
	return e;
}

void
problem_add(struct problems *problems, const char *field, const char *code,
	    const char *text)
{
	if (problems->n == PROBLEMS_MAX)
		return;
	for (size_t i = 0; i < problems->n && field[0] != '\0'; i++)
		if (strcmp(problems->list[i].field, field) == 0)
			return;
	problems->list[problems->n++] = (struct problem){field, code, text};
}

int
err_http_status(enum err_code code)
{
	return table[code].http;
}

const char *
err_wire_name(enum err_code code)
{
	return table[code].wire;
}

const char *
err_code_text(enum err_code code)
{
	return table[code].text;
}

const char *
err_shopper_text(const struct err *e)
{
	return e->text != NULL ? e->text : table[e->code].text;
}
