/* log.c - one JSON object per line, built on the stack, written at once or not at all.
 */
#include "base/log.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

enum {
	LINE_MAX_BYTES = 4096, /* a pipe takes so much in one piece (PIPE_BUF) */
	TAIL_BYTES = 128,      /* kept free for the trace id and the end */
	VALUE_MAX_BYTES = 1024,
};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static enum log_level threshold = LOG_INFO;
static int target = STDERR_FILENO;
static uint64_t n_dropped;
static int n_errors;
static char current_trace[33];

void
log_threshold(enum log_level level)
{
	threshold = level;
}

void
log_to(int fd)
{
	target = fd;
}

void
log_trace(const char *trace)
{
	snprintf(current_trace, sizeof current_trace, "%s", trace == NULL ? "" : trace);
}

uint64_t
log_dropped(void)
{
	return n_dropped;
}

int
log_errors_seen(void)
{
	int n = n_errors;

	n_errors = 0;
	return n;
}

/* Asks first instead of setting O_NONBLOCK, which would change the descriptor for every
 * process that shares it. */
static void
write_line(const struct buf *line)
{
	struct pollfd ready = {.fd = target, .events = POLLOUT};

	if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0 ||
	    write(target, line->data, line->len) != (ssize_t)line->len)
		n_dropped++;
}

static void
put_value(struct buf *line, const char *value)
{
	char cut[VALUE_MAX_BYTES + 1];
	size_t len = strlen(value);

	if (len > VALUE_MAX_BYTES) {
		for (len = VALUE_MAX_BYTES; len > 0 && (value[len] & 0xC0) == 0x80;)
			len--;
		memcpy(cut, value, len);
		cut[len] = '\0';
		value = cut;
	}
	escape_json(line, value);
}

/* Puts ,"key":value, or nothing and false when the line has no room for it. */
static bool
put_pair(struct buf *line, const char *key, const char *value)
{
	size_t before = line->len;

	buf_char(line, ',');
	escape_json(line, key);
	buf_char(line, ':');
	put_value(line, value);
	if (!line->full && line->limit - line->len >= TAIL_BYTES)
		return true;
	line->len = before;
	line->full = false;
	return false;
}

static void
begin_line(struct buf *line, enum log_level level, const char *event)
{
	char at[INSTANT_TEXT];

	instant_write(at, clock_now());
	buf_printf(line, "{\"at\":\"%s\",\"level\":\"%s\",\"event\":", at,
		   level_names[level]);
	put_value(line, event);
}

static void
end_line(struct buf *line, bool cut)
{
	if (cut)
		buf_text(line, ",\"cut\":true");
	if (current_trace[0] != '\0') {
		buf_text(line, ",\"trace\":");
		escape_json(line, current_trace);
	}
	buf_text(line, "}\n");
	write_line(line);
}

void
log_event(enum log_level level, const char *event, ...)
{
	char room[LINE_MAX_BYTES];
	struct buf line = {.data = room, .cap = sizeof room, .limit = sizeof room - 1};
	const char *key, *value;
	bool fits = true;
	va_list pairs;

	n_errors += level == LOG_ERROR;
	if (level < threshold)
		return;
	begin_line(&line, level, event);
	va_start(pairs, event);
	while (fits && (key = va_arg(pairs, const char *)) != NULL) {
		value = va_arg(pairs, const char *);
		if (value != NULL)
			fits = put_pair(&line, key, value);
	}
	va_end(pairs);
	end_line(&line, !fits);
}

/* What the shopper did wrong is information; what the house did wrong is an error. */
void
log_error(const char *event, const struct err *e)
{
	log_event(err_http_status(e->code) >= 500 ? LOG_ERROR : LOG_INFO, event, "code",
		  err_wire_name(e->code), "cause", e->cause, "file", e->file, "line",
		  log_number(e->line), NULL);
}

/* How many bytes the first character takes. */
static int
first_bytes(const char *text)
{
	int n = 1;

	while (n < 4 && (text[n] & 0xC0) == 0x80)
		n++;
	return n;
}

/* The first character and, so that an address stays one, the place of its domain. */
const char *
log_masked(const char *personal)
{
	static char ring[4][64];
	static unsigned next;
	const char *at, *dot;
	char *out;

	if (personal == NULL || *personal == '\0')
		return personal;
	out = ring[next++ % 4];
	at = strrchr(personal, '@');
	dot = at == NULL ? NULL : strrchr(at, '.');
	if (at == NULL || at == personal || dot == NULL)
		snprintf(out, sizeof ring[0], "%.*s***", first_bytes(personal),
			 personal);
	else
		snprintf(out, sizeof ring[0], "%.*s***@%.*s***%.12s",
			 first_bytes(personal), personal, first_bytes(at + 1), at + 1,
			 dot);
	return out;
}

const char *
log_number(int64_t n)
{
	static char ring[8][24];
	static unsigned next;
	char *out = ring[next++ % 8];

	snprintf(out, sizeof ring[0], "%" PRId64, n);
	return out;
}
