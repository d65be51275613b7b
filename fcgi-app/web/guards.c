/* guards.c - what must hold before a handler runs, in one fixed order. */
#include "web/guards.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "web/csrf.h"
#include "web/request.h"
#include "web/session.h"
#include "web/web.h"

static bool
is_raw(const struct request *rq)
{
	return (rq->endpoint->needs & TAKES_RAW) != 0;
}

static bool
is_from_outside(const struct request *rq)
{
	return (rq->endpoint->needs & (TAKES_RAW | FROM_OUTSIDE)) != 0;
}

static fallible
check_network(const struct request *rq)
{
	if ((rq->endpoint->needs & INSIDE_ONLY) != 0 &&
	    !networks_hold(&rq->web->inside, rq->address))
		return FAIL(FORBIDDEN, "address %s is not inside", rq->address);
	return NULL;
}

/* A DELETE has no body and so no type; other writes of the JSON face must say that they
 * are JSON, which no page of another site can without being asked first. */
static fallible
check_type(const struct request *rq)
{
	const char *encoding = request_header(rq, "content-encoding");
	bool empty = text_is_empty(request_header(rq, "content-type"));

	if (!request_writes(rq))
		return NULL;
	if (!text_is_empty(encoding) && strcasecmp(encoding, "identity") != 0)
		return FAIL(MEDIA_TYPE, "content encoding %.40s", encoding);
	if (is_raw(rq) || (empty && strcmp(rq->method, "DELETE") == 0))
		return NULL;
	if (request_sends_form(rq) &&
	    request_has_type(rq, "application/x-www-form-urlencoded"))
		return NULL;
	if (!request_sends_form(rq) && request_has_type(rq, "application/json"))
		return NULL;
	return FAIL(MEDIA_TYPE, "content type %.80s",
		    empty ? "not given" : request_header(rq, "content-type"));
}

/* What a browser says of the page that asks. Who says neither is no browser, and holds
 * no cookie that another site could borrow. */
static fallible
check_origin(const struct request *rq)
{
	const char *site = request_header(rq, "sec-fetch-site");
	const char *origin = request_header(rq, "origin");

	if (!request_writes(rq) || is_from_outside(rq))
		return NULL;
	if (site != NULL) {
		if (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0)
			return NULL;
		return FAIL(FORBIDDEN_ORIGIN, "Sec-Fetch-Site %.40s", site);
	}
	if (origin != NULL && strcmp(origin, rq->web->config->shop_url) != 0)
		return FAIL(FORBIDDEN_ORIGIN, "Origin %.100s", origin);
	return NULL;
}

/* The JSON face sends the key as a header, a form as a hidden field. */
static fallible
take_key(struct request *rq)
{
	const char *key = request_sends_form(rq)
				  ? request_typed(rq, "idempotency_key")
				  : request_header(rq, "idempotency-key");

	if ((rq->endpoint->needs & NEEDS_KEY) == 0)
		return NULL;
	rq->key = text_is_empty(key) ? NULL : idem_key_clean(rq->cx->mem, key);
	if (rq->key == NULL)
		return FAIL(KEY_MISSING, "%s",
			    text_is_empty(key) ? "no key" : "no good key");
	return NULL;
}

static fallible
take_visitor(struct request *rq, bool *made)
{
	bool form = request_sends_form(rq) && !is_from_outside(rq);

	session_read(rq);
	if (form && !csrf_is_good(rq->cx->mem, rq->web->keys, rq->visitor_token,
				  clock_now(), request_typed(rq, "csrf"))) {
		*made = rq->visitor_token == NULL;
		if (*made)
			session_make(rq);
		return FAIL(FORM_EXPIRED, "csrf token of another visitor or day");
	}
	if (rq->visitor_token == NULL && (rq->endpoint->needs & NEEDS_VISITOR) != 0) {
		session_make(rq);
		*made = true;
	}
	if (rq->visitor_only_looked && request_writes(rq)) {
		rq->visitor_only_looked = false;
		*made = true;
	}
	return NULL;
}

fallible
guards_pass(struct request *rq, bool *made)
{
	*made = false;
	TRY(check_network(rq));
	TRY(check_type(rq));
	TRY(check_origin(rq));
	TRY(request_read_body(rq));
	TRY(take_key(rq));
	TRY(take_visitor(rq, made));
	if (rq->key != NULL)
		rq->key_hash = request_hash(rq);
	return NULL;
}
