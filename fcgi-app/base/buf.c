/* buf.c - a text that doubles inside its arena until its limit. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

/* What is shorter is printed but once: its length is known afterwards. */
enum { BUF_FIRST = 256, PRINTED_ONCE = 256 };

struct buf
buf_new(struct arena *mem, size_t limit)
{
	return (struct buf){.mem = mem, .limit = limit};
}

/* Makes room for more bytes and their NUL; false when the limit forbids it. */
static bool
make_room(struct buf *b, size_t more)
{
	size_t want = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
	char *data;

	if (b->full || more > b->limit - b->len) {
		b->full = true;
		return false;
	}
	if (b->len + more < b->cap)
		return true;
	while (want <= b->len + more)
		want *= 2;
	if (want > b->limit + 1)
		want = b->limit + 1;
	data = arena_alloc(b->mem, want);
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	b->data = data;
	b->cap = want;
	return true;
}

void
buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0 || !make_room(b, len))
		return;
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_text(struct buf *b, const char *text)
{
	if (text != NULL)
		buf_put(b, text, strlen(text));
}

void
buf_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	char room[PRINTED_ONCE];
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(room, sizeof room, format, args);
	assert(len >= 0);
	if ((size_t)len < sizeof room) {
		buf_put(b, room, (size_t)len);
	} else if (make_room(b, (size_t)len)) {
		vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

const char *
buf_string(const struct buf *b)
{
	return b->len == 0 ? "" : b->data;
}
