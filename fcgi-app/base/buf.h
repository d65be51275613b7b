/* buf.h - growing bytes with a stated limit, in an arena. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

struct buf {
	struct arena *mem;
	char *data; /* NUL-terminated once anything was put */
	size_t len, cap, limit;
	bool full; /* something did not fit: what is there is cut and must not be used
		    */
};

/* An empty buffer that may grow to limit bytes. */
struct buf buf_new(struct arena *, size_t limit);
void buf_put(struct buf *, const void *bytes, size_t len);
void buf_text(struct buf *, const char *); /* NULL puts nothing */
void buf_char(struct buf *, char);
void buf_printf(struct buf *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The text so far, "" when empty. */
const char *buf_string(const struct buf *);

#endif
