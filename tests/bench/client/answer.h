/* answer.h - an HTTP/1.1 answer, read as its bytes come in. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANSWER_LINE = 2048, ANSWER_PLACE = 512, ANSWER_COOKIE = 256, ANSWER_ORDER = 24 };

/* Grows to the longest answer that it held, and is used again for the next. */
struct bytes {
	char *at;
	size_t n, cap;
	struct bytes *next; /* among those that nobody uses */
};

/* false: no memory. */
bool bytes_add(struct bytes *, const void *, size_t n);

enum answer_part {
	ANSWER_STATUS,
	ANSWER_HEADERS,
	ANSWER_BODY,       /* as long as Content-Length says */
	ANSWER_TO_THE_END, /* of the connection */
	ANSWER_CHUNK_SIZE,
	ANSWER_CHUNK,
	ANSWER_CHUNK_END,
	ANSWER_TRAILERS,
	ANSWER_WHOLE,
	ANSWER_WRONG, /* not HTTP/1.1, or something in it is too long */
};

struct answer {
	enum answer_part part;
	int status;
	int64_t left; /* of the body or of this chunk; -1: not said */
	bool chunked, closes, gzip;
	int64_t retry_after;        /* seconds; 0: not said */
	char place[ANSWER_PLACE];   /* Location */
	char cookie[ANSWER_COOKIE]; /* "name=value" of the last Set-Cookie */
	char order[ANSWER_ORDER];   /* X-Order */
	struct bytes *body;
	size_t line_n;
	char line[ANSWER_LINE];
};

/* body is emptied and takes what comes. */
void answer_begin(struct answer *, struct bytes *body);
/* Takes bytes up to the end of the answer; how many. */
size_t answer_feed(struct answer *, const char *bytes, size_t n);
/* The connection was closed; the answer is whole or it was cut. */
bool answer_end(struct answer *);

#endif
