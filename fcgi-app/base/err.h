/* err.h - the one error type. A fallible function returns NULL when all is well. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>
#include <stdint.h>

enum err_code {
#define ERROR(code, http, wire, text) ERR_##code,
#include "base/err.def"
#undef ERROR
	ERR__COUNT
};

/* What is wrong with one input. The texts must outlive the request: constants or
 * text of the request's arena. */
struct problem {
	const char *field; /* dotted, "shipping_address.city"; "" for none */
	const char *code;  /* wire word: "required", "invalid", "sold_out" ... */
	const char *text;  /* one sentence for the shopper */
};

enum { PROBLEMS_MAX = 64 };

struct problems {
	size_t n;
	struct problem list[PROBLEMS_MAX];
};

struct err {
	enum err_code code; /* row of err.def: status, wire name, shopper's sentence */
	const char *text;   /* shopper's sentence; NULL takes that of err.def */
	struct problems problems;
	int64_t retry_after; /* seconds for Retry-After; 0 for none */
	const char *file;    /* where it was raised */
	int line;
	char cause[512]; /* for the log, never leaves the house */
};

#define fallible __attribute__((warn_unused_result)) struct err *

/* The one macro that returns for you. */
#define TRY(call)                                                                      \
	do {                                                                           \
		struct err *try_err_ = (call);                                         \
		if (try_err_)                                                          \
			return try_err_;                                               \
	} while (0)

#define FAIL(code, ...)                                                                \
	err_raised(err_raise(ERR_##code, NULL, __FILE__, __LINE__, __VA_ARGS__))
/* Names the input at fault; its problem takes wire name and sentence of the code. */
#define FAIL_FIELD(field, code, ...)                                                   \
	err_raised(err_raise(ERR_##code, field, __FILE__, __LINE__, __VA_ARGS__))
/* Fails with a copy of all problems, or passes (NULL) when there are none. */
#define FAIL_PROBLEMS(problems, code)                                                  \
	err_raise_problems(ERR_##code, problems, __FILE__, __LINE__)

/* The error lives in a small static ring: it is good until eight more were raised. */
fallible err_raise(enum err_code, const char *field, const char *file, int line,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));
fallible err_raise_problems(enum err_code, const struct problems *, const char *file,
			    int line);

/* Lets compilers and analyzers know that what was raised is never NULL. */
static inline fallible
err_raised(struct err *e)
{
	if (e == NULL)
		__builtin_unreachable();
	return e;
}

/* Appends a problem; past PROBLEMS_MAX further ones are dropped. The first problem
 * of a field wins: a field is never reported twice. */
void problem_add(struct problems *, const char *field, const char *code,
		 const char *text);

int err_http_status(enum err_code);
const char *err_wire_name(enum err_code);
const char *err_shopper_text(const struct err *);
/* The sentence of err.def for a code. */
const char *err_code_text(enum err_code);

#endif
