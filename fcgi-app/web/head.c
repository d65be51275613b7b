/* head.c - the header lines of an answer. */
#include "web/head.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "web/session.h"
#include "web/status.h"

enum { HEAD_MAX_BYTES = 8192 };

/* One line; a value with CR, LF or worse in it is a mistake of ours and stays inside.
 */
static void
put(struct buf *head, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (!text_is_header_safe(value)) {
		log_event(LOG_ERROR, "header.unsafe", "name", name, NULL);
		return;
	}
	buf_printf(head, "%s: %s\r\n", name, value);
}

static int64_t
retry_after(const struct reply *re, const struct err *e, int status)
{
	if (e != NULL && e->retry_after > 0)
		return e->retry_after;
	if (re->retry_after > 0)
		return re->retry_after;
	if (e != NULL && e->code == ERR_KEY_IN_USE)
		return 1;
	return status == 503 ? 5 : status == 429 ? 60 : 0;
}

static const char *
cookie_of(const struct head *h, const struct request *rq, const struct reply *re)
{
	if (re->set_cookie != NULL)
		return re->set_cookie;
	return h->sets_visitor ? session_cookie(rq) : NULL;
}

static void
put_body_lines(struct buf *head, const struct shown *shown)
{
	put(head, "Content-Type", shown->content_type);
	put(head, "Content-Encoding", shown->encoding);
	if (shown->status != 304)
		buf_printf(head, "Content-Length: %zu\r\n", shown->len);
}

/* What a cache may not overlook: some addresses have two faces, and pages are packed
 * for who takes that. */
static void
put_vary(struct buf *head, const struct request *rq)
{
	bool has_two_faces =
		rq->endpoint != NULL && (rq->endpoint->needs & ALSO_JSON) != 0;

	if (has_two_faces)
		put(head, "Vary", "Accept");
	if (rq->face == FACE_PAGE)
		put(head, "Vary", "Accept-Encoding");
}

void
head_write(const struct head *h, const struct request *rq, const struct reply *re,
	   const struct err *e, const struct shown *shown, struct buf *head)
{
	bool is_public = re->cache_public && e == NULL;
	int64_t wait = retry_after(re, e, shown->status);

	*head = buf_new(rq->cx->mem, HEAD_MAX_BYTES);
	buf_printf(head, "Status: %d %s\r\n", shown->status,
		   status_words(shown->status));
	put_body_lines(head, shown);
	put(head, "Cache-Control", is_public ? "public, max-age=60" : "no-store");
	put(head, "Location", re->location);
	put(head, "Set-Cookie", cookie_of(h, rq, re));
	put(head, "Allow", h->allow);
	put(head, "ETag", h->etag);
	put(head, "X-Order", re->order_number);
	if (wait > 0)
		buf_printf(head, "Retry-After: %" PRId64 "\r\n", wait);
	put_vary(head, rq);
	if (rq->endpoint != NULL && (rq->endpoint->needs & TOKEN_PAGE) != 0)
		put(head, "Referrer-Policy", "no-referrer");
	buf_text(head, "\r\n");
}
