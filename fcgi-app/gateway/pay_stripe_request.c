/* pay_stripe_request.c - requests as Stripe wants them: bracketed forms and headers. */
#include "gateway/pay_stripe_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"

enum { FORM_MOST = 64 * 1024, KEY_MOST = 255, HEADERS = 6 };

struct stripe_request
pay_stripe_request(struct arena *mem, const char *operation, const char *method,
		   const char *path, const char *key)
{
	return (struct stripe_request){
		.operation = operation,
		.method = method,
		.path = path,
		.key = key,
		.form = buf_new(mem, FORM_MOST),
	};
}

const char *
pay_stripe_path(struct arena *mem, const char *before, const char *id,
		const char *after)
{
	struct buf b = buf_new(mem, FORM_MOST);

	buf_text(&b, before);
	escape_url(&b, id);
	buf_text(&b, after);
	return buf_string(&b);
}

static void
put_name(struct buf *to, const char *name)
{
	for (; *name != '\0'; name++) {
		char one[2] = {*name, '\0'};

		if (*name == '[' || *name == ']')
			buf_char(to, *name);
		else
			escape_url(to, one);
	}
}

void
pay_stripe_put(struct stripe_request *request, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (request->form.len > 0)
		buf_char(&request->form, '&');
	put_name(&request->form, name);
	buf_char(&request->form, '=');
	escape_url(&request->form, value);
}

void
pay_stripe_put_int(struct stripe_request *request, const char *name, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, value);
	pay_stripe_put(request, name, digits);
}

struct http_call
pay_stripe_call(const struct stripe *stripe, struct arena *mem,
		const struct stripe_request *request)
{
	struct http_header *headers = arena_new_of(mem, struct http_header, HEADERS);
	bool get = strcmp(request->method, "GET") == 0;
	const char *form = buf_string(&request->form);
	size_t n = 0;

	assert(!request->form.full);
	headers[n++] =
		(struct http_header){"Authorization", secret_text(stripe->bearer)};
	headers[n++] = (struct http_header){"Stripe-Version", stripe->version};
	headers[n++] = (struct http_header){"Content-Type",
					    "application/x-www-form-urlencoded"};
	headers[n++] = (struct http_header){"Accept", "application/json"};
	headers[n++] = (struct http_header){"User-Agent", "Till"};
	if (request->key != NULL)
		headers[n++] = (struct http_header){"Idempotency-Key", request->key};
	return (struct http_call){
		.gateway = "stripe",
		.operation = request->operation,
		.method = request->method,
		.url = arena_printf(mem, "%s%s%s%s", stripe->base, request->path,
				    get && *form != '\0' ? "?" : "", get ? form : ""),
		.headers = headers,
		.n_headers = n,
		.body = get ? NULL : form,
		.body_len = get ? 0 : request->form.len,
		.retry = get ? HTTP_SAFE : HTTP_SAFE_WITH_KEY,
	};
}

bool
pay_stripe_key_is_valid(const char *key)
{
	size_t len = key == NULL ? 0 : strlen(key);

	if (len == 0 || len > KEY_MOST)
		return false;
	for (size_t i = 0; i < len; i++)
		if (key[i] <= 0x20 || key[i] >= 0x7F)
			return false;
	return true;
}

const struct json *
pay_stripe_send(const struct stripe *stripe, struct ctx *cx,
		const struct stripe_request *request, struct pay_answer *answer)
{
	struct http_answer http;
	struct http_call call;

	assert(!cx->in_tx);
	if (strcmp(request->method, "GET") != 0 &&
	    !pay_stripe_key_is_valid(request->key)) {
		*answer = (struct pay_answer){
			.outcome = PAY_PERMANENT,
			.shopper_code = "our_fault",
			.cause = "the idempotency key is not valid",
		};
		return NULL;
	}
	call = pay_stripe_call(stripe, cx->mem, request);
	http_out_send(stripe->http, cx, &call, &http);
	return pay_stripe_judge(cx->mem, &http, answer);
}
