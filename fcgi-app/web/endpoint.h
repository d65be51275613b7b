/* endpoint.h - request, reply, endpoint, input: all that a page needs.
 *
 * An endpoint describes itself; routing, guards, pools, OpenAPI and documentation are
 * read from it. Its handler begins with facts: dispatch has checked method, type,
 * origin, body, key, visitor and input, in that order. */
#ifndef WEB_ENDPOINT_H
#define WEB_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/err.h"
#include "base/ids.h"
#include "base/notice.h"
#include "db/idem.h"
#include "web/view.h"

struct shop; /* what lives as long as the worker; opaque to this floor */
struct web;  /* this floor's own share of that: web/web.h */
struct wire; /* the request as it came: web/wire.h */
struct endpoint;
struct json;

/* ---- input ---- */
enum input_from { INPUT_BODY, INPUT_PATH_PART, INPUT_QUERY_PART };
enum input_type {
	INPUT_TYPE_TEXT,
	INPUT_TYPE_INT,
	INPUT_TYPE_MAYBE_INT,
	INPUT_TYPE_FLAG,
	INPUT_TYPE_JSON
};

struct input {
	const char *name; /* dotted, as sent and as errors[].field */
	enum input_type type;
	enum input_from from;
	bool required;
	bool page_only; /* a form's own field (a tick-box): unknown in JSON */
	size_t at;
	int64_t min, max; /* characters of a text, value of an integer, bytes of JSON */
	const char *format; /* OpenAPI format or NULL: "email", "uuid" */
};

/* clang-format off */
#define INPUT_TYPE_OF(lvalue) _Generic((lvalue), const char *: INPUT_TYPE_TEXT, \
	int64_t: INPUT_TYPE_INT, struct maybe_int: INPUT_TYPE_MAYBE_INT, _Bool: INPUT_TYPE_FLAG, \
	const struct json *: INPUT_TYPE_JSON)
/* clang-format on */
#define INPUT_ROW(type_, field, min_, max_, ...)                                       \
	{                                                                              \
		.name = #field, .type = INPUT_TYPE_OF(((type_ *)0)->field),            \
		.at = offsetof(type_, field), .min = min_, .max = max_, __VA_ARGS__    \
	}
/* Must be there: absent or empty is 422 "required". */
#define INPUT(type, field, min, max) INPUT_ROW(type, field, min, max, .required = true)
/* May be absent (NULL, 0, false, maybe_int not there); an empty form field is absent,
 * so is a JSON null. Nested names follow dots: INPUT_MAY(struct form, contact.email..)
 */
#define INPUT_MAY(type, field, min, max)                                               \
	INPUT_ROW(type, field, min, max, .required = false)
#define INPUT_FORM(type, field, min, max)                                              \
	INPUT_ROW(type, field, min, max, .required = false, .page_only = true)
/* A part of the path: {id}. */
#define INPUT_PATH(type, field, max)                                                   \
	INPUT_ROW(type, field, 1, max, .required = true, .from = INPUT_PATH_PART)
/* A part of the query: ?t=... */
#define INPUT_QUERY(type, field, max)                                                  \
	INPUT_ROW(type, field, 0, max, .required = false, .from = INPUT_QUERY_PART)
#define INPUT_END                                                                      \
	{                                                                              \
		.name = NULL                                                           \
	}

/* A form field by dotted name as it was typed, or NULL. */
struct typed {
	const char *name, *value;
};

/* ---- request ---- */
enum face { FACE_PAGE, FACE_JSON };

/* What every page shows around its own content; handlers fill what they know. */
struct frame {
	int64_t cart_pieces;
	const struct notice *notices;
	size_t n_notices;
	int64_t refresh_seconds; /* > 0: the page asks again by itself, without script
				  */
};

struct request {
	struct ctx *cx;
	struct shop *shop;
	struct web *web;
	const struct wire *wire;
	const struct endpoint *endpoint;
	enum face face;
	const char *method; /* HEAD is served as GET */
	const char *path, *query;
	const char *address; /* of the client, as nginx saw it */
	bool exempt;         /* its network is in limits.exempt */

	struct digest visitor; /* SHA-256 of the cookie's token; all zero when there is
				  none */
	const char *visitor_token; /* NULL when there is none */
	bool visitor_only_looked;  /* has never sent anything: there is no cart */

	const char *key;        /* Idempotency-Key, cleaned; NULL when there is none */
	struct digest key_hash; /* visitor, operation, canonical body without csrf */

	const void *body; /* raw bytes as read */
	size_t body_len;
	const struct typed *typed; /* pairs of the form, in order */
	size_t n_typed;
	const struct json *json; /* the body of the JSON face, an object; or NULL */
	const struct typed *parts, *asked; /* {names} of the path; pairs of the query */
	size_t n_parts, n_asked;
	const struct problems *problems; /* set when .again shows a form once more */

	struct frame frame;
	struct digest page_version; /* for ETag; zero: none */
};

/* A request header (name in lower case, "stripe-signature"), or NULL. One that came
 * twice where once is meant was refused before. */
const char *request_header(const struct request *, const char *name);
/* What was typed for a field, or NULL. */
const char *request_typed(const struct request *, const char *name);
/* A {name} of the path or a name of the query, or NULL: for readers without a table. */
const char *request_part(const struct request *, const char *name);
const char *request_asked(const struct request *, const char *name);

/* ---- reply ---- */
/* What {{#field name}} of a template says of a form field, besides what was typed and
 * what was wrong with it. Texts may be NULL. */
struct field_hint {
	const char *name;  /* dotted */
	const char *value; /* stored; shown unless something was typed */
	const char *label, *autocomplete, *inputmode, *pattern, *example;
	const char *group; /* said before a problem: "Billing address"; NULL: none */
	int64_t maxlength; /* 0: none */
	bool required;
};

struct reply {
	int status; /* 0: 200 */
	const struct view *view;
	const void *model;
	const struct field_hint *hints; /* of the page's form fields */
	size_t n_hints;
	const char *location;     /* 303 when set and status is 0 or 303 */
	const char *content_type; /* with raw: bytes that are no view */
	const void *raw;
	size_t raw_len;
	int64_t retry_after;      /* seconds; 0: none */
	const char *order_number; /* X-Order, for the access log */
	bool cache_public;        /* else Cache-Control: no-store */
	bool replayed; /* the stored answer of an earlier request: not stored again */
	/* The key's row was claimed by a committed transaction: dispatch stores the
	 * answer on it before the first byte leaves (or releases it after a 5xx). */
	const char *idem_scope;
	/* What the request learned and that is to be kept together with the answer, in
	 * place of idem_finish: one statement, which may run again. Without an answer
	 * (NULL, after a 5xx) it is kept alone. NULL: nothing. */
	fallible (*keep)(struct tx *, const void *kept, const struct idem_reply *);
	const void *kept;
	const char *set_cookie; /* replaces the visitor's cookie */
};

/* A page or its JSON twin, by the request's face. */
fallible reply_show(const struct request *, struct reply *, const struct view *,
		    const void *model);
/* After a change: 303 to the page to see, or the model as JSON. */
fallible reply_changed(const struct request *, struct reply *, const char *see,
		       const struct view *, const void *model);
fallible reply_see(struct reply *, const char *location);
fallible reply_bytes(struct reply *, int status, const char *content_type, const void *,
		     size_t len);
/* The answer that a key earned before, byte for byte. */
fallible reply_stored(struct reply *, const struct idem_reply *);

/* ---- endpoint ---- */
enum pool { POOL_SHOP, POOL_PAY, POOL_HOOK };

enum needs {
	NEEDS_VISITOR = 1, /* makes a cookie where there is none */
	NEEDS_KEY = 2,     /* Idempotency-Key (JSON) or field idempotency_key (form) */
	TAKES_RAW = 4,     /* a webhook: any type, no origin guard, no form */
	INSIDE_ONLY = 8,   /* limits.inside alone */
	FROM_OUTSIDE =
		16, /* cross-site POST is meant (gateway return): no origin, no csrf */
	ALSO_JSON = 32,  /* the page's address answers JSON too when asked */
	TOKEN_PAGE = 64, /* address holds a token: Referrer-Policy no-referrer */
};

struct endpoint {
	const char *page; /* "POST /cart/items/{id}"; NULL: no page */
	const char *api;  /* "PATCH /api/v1/cart/items/{id}"; NULL: no JSON */
	enum pool pool;
	unsigned needs;
	const struct input *inputs; /* ends with INPUT_END; NULL: none */
	size_t form_size;           /* sizeof the struct that inputs fill */
	const struct view *shows;   /* of a good answer; NULL: bytes */
	const struct view *const
		*also; /* other pages it may show, NULL at the end; or NULL */
	const struct endpoint
		*again;    /* GET endpoint that shows a refused form once more */
	const char *codes; /* wire names it may refuse with: "sold_out unknown_sku" */
	const char *statuses; /* good ones for OpenAPI: "200" or "201 200 202" */
	const char *says;     /* one sentence for OpenAPI and documentation */
	const char *tag;      /* OpenAPI group: "cart" */
	fallible (*handle)(struct request *, const void *form, struct reply *);
};

#endif
