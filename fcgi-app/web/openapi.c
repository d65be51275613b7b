/* openapi.c - the description of the JSON face, made from the endpoints themselves. */
#include "web/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "web/openapi_private.h"
#include "web/status.h"

struct document {
	struct json_out out;
	struct arena *mem;
	const struct config *config;
	const struct endpoint *const *endpoints;
	size_t n;
};

static const char *
path_of(const struct endpoint *endpoint)
{
	return strchr(endpoint->api, ' ') + 1;
}

static const char *
method_of(struct arena *mem, const struct endpoint *endpoint)
{
	return text_lower(mem,
			  arena_copy(mem, endpoint->api, strcspn(endpoint->api, " ")));
}

static bool
writes(const struct endpoint *endpoint)
{
	return strncmp(endpoint->api, "GET ", 4) != 0;
}

/* ---- the head ---- */

static void
put_info(struct document *d)
{
	struct json_out *out = &d->out;
	const struct config *config = d->config;

	json_key(out, "info");
	json_open(out, '{');
	json_pair_text(out, "title",
		       arena_printf(d->mem, "%s checkout", config->shop_name));
	json_pair_text(out, "version", "1.0.0");
	json_pair_text(out, "summary", "Cart, checkout and orders of one shop.");
	json_pair_text(
		out, "description",
		"Money is in integer minor units with its currency. Times are RFC 3339 "
		"in UTC. Errors are RFC 9457 problems that name every field at fault. "
		"A write that moves money takes an Idempotency-Key: the same key with "
		"the same body answers the same bytes.");
	json_key(out, "contact");
	json_open(out, '{');
	json_pair_text(out, "name", config->shop_name);
	json_pair_text(out, "email", config->shop_email);
	json_pair_text(out, "url", arena_printf(d->mem, "%s/help", config->shop_url));
	json_close(out, '}');
	json_key(out, "license");
	json_open(out, '{');
	json_pair_text(out, "name", "For use with this shop");
	json_pair_text(out, "url", arena_printf(d->mem, "%s/help", config->shop_url));
	json_close(out, '}');
	json_close(out, '}');
	json_key(out, "servers");
	json_open(out, '[');
	json_open(out, '{');
	json_pair_text(out, "url", config->shop_url);
	json_pair_text(out, "description", "The shop itself.");
	json_close(out, '}');
	json_close(out, ']');
}

static const char *
tag_of(const struct endpoint *endpoint)
{
	return endpoint->tag == NULL ? "shop" : endpoint->tag;
}

static const char *
tag_words(const char *tag)
{
	static const struct {
		const char *tag, *words;
	} known[] = {
		{"cart", "What a shopper has put aside."},
		{"catalogue", "What can be bought, and how much of it there is."},
		{"checkout", "From the cart to the payment page."},
		{"orders", "What was bought, and how it goes on."},
		{"webhooks", "What payment gateways tell; signed, for them alone."},
		{"help", "About this interface."},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].tag, tag) == 0)
			return known[i].words;
	return "Everything else.";
}

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
put_tags(struct document *d)
{
	const char **tags = arena_new_of(d->mem, const char *, d->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (d->endpoints[i]->api != NULL)
			tags[n++] = tag_of(d->endpoints[i]);
	qsort(tags, n, sizeof *tags, by_text);
	json_key(&d->out, "tags");
	json_open(&d->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(tags[i], tags[i - 1]) == 0)
			continue;
		json_open(&d->out, '{');
		json_pair_text(&d->out, "name", tags[i]);
		json_pair_text(&d->out, "description", tag_words(tags[i]));
		json_close(&d->out, '}');
	}
	json_close(&d->out, ']');
}

/* ---- one operation ---- */

/* "PATCH /api/v1/cart/items/{item_id}" is patch_cart_items_item_id. */
static const char *
operation_id(struct document *d, const struct endpoint *endpoint)
{
	const char *path = path_of(endpoint);
	struct buf id = buf_new(d->mem, 200);

	if (text_starts(path, "/api/v1"))
		path += 7;
	buf_text(&id, method_of(d->mem, endpoint));
	for (; *path != '\0'; path++)
		if (*path != '{' && *path != '}')
			buf_char(&id, *path == '/' || *path == '.' ? '_' : *path);
	return buf_string(&id);
}

static void
put_parameter(struct document *d, const char *name, const char *in, bool required,
	      const char *says, const struct input *row)
{
	struct json_out *out = &d->out;

	json_open(out, '{');
	json_pair_text(out, "name", name);
	json_pair_text(out, "in", in);
	json_pair_bool(out, "required", required);
	json_pair_text(out, "description", says);
	json_key(out, "schema");
	if (row != NULL) {
		openapi_put_input(out, row);
	} else {
		json_open(out, '{');
		json_pair_text(out, "type", "string");
		json_pair_int(out, "minLength", 1);
		json_pair_int(out, "maxLength", 255);
		json_close(out, '}');
	}
	json_close(out, '}');
}

static const struct input *
row_of(const struct endpoint *endpoint, enum input_from from, const char *name)
{
	for (const struct input *row = endpoint->inputs;
	     row != NULL && row->name != NULL; row++)
		if (row->from == from && strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static void
put_path_parameters(struct document *d, const struct endpoint *endpoint)
{
	for (const char *at = strchr(endpoint->api, '{'); at != NULL;
	     at = strchr(at, '{')) {
		const char *name = arena_copy(d->mem, at + 1, strcspn(at + 1, "}"));

		put_parameter(d, name, "path", true, "Names what is meant.",
			      row_of(endpoint, INPUT_PATH_PART, name));
		at++;
	}
}

static void
put_parameters(struct document *d, const struct endpoint *endpoint)
{
	json_key(&d->out, "parameters");
	json_open(&d->out, '[');
	put_path_parameters(d, endpoint);
	for (const struct input *row = endpoint->inputs;
	     row != NULL && row->name != NULL; row++)
		if (row->from == INPUT_QUERY_PART)
			put_parameter(
				d, row->name, "query", row->required,
				"Narrows the answer, or proves that it may be seen.",
				row);
	if ((endpoint->needs & NEEDS_KEY) != 0)
		put_parameter(
			d, "Idempotency-Key", "header", true,
			"Made by the client, one per intent: a repeat answers what the "
			"first request answered.",
			NULL);
	json_close(&d->out, ']');
}

static void
open_content(struct json_out *out, const char *type)
{
	json_key(out, "content");
	json_open(out, '{');
	json_key(out, type);
	json_open(out, '{');
	json_key(out, "schema");
}

static void
close_content(struct json_out *out)
{
	json_close(out, '}');
	json_close(out, '}');
}

static void
put_any_object(struct json_out *out)
{
	json_open(out, '{');
	json_pair_text(out, "type", "object");
	json_close(out, '}');
}

static void
put_request_body(struct document *d, const struct endpoint *endpoint)
{
	struct json_out *out = &d->out;
	bool raw = (endpoint->needs & TAKES_RAW) != 0;

	if (!writes(endpoint) || (strncmp(endpoint->api, "DELETE ", 7) == 0 &&
				  !openapi_has_body(endpoint->inputs)))
		return;
	json_key(out, "requestBody");
	json_open(out, '{');
	json_pair_bool(out, "required", true);
	open_content(out, "application/json");
	if (raw) {
		put_any_object(out);
	} else {
		openapi_put_body(out, endpoint->inputs);
		json_key(out, "example");
		openapi_put_example(out, endpoint->inputs);
	}
	close_content(out);
	json_close(out, '}');
}

/* ---- answers ---- */

static void
put_reference(struct document *d, const char *name)
{
	json_open(&d->out, '{');
	json_pair_text(&d->out, "$ref",
		       arena_printf(d->mem, "#/components/schemas/%s", name));
	json_close(&d->out, '}');
}

static void
put_good(struct document *d, const struct endpoint *endpoint, int status)
{
	struct json_out *out = &d->out;

	json_key(out, arena_printf(d->mem, "%d", status));
	json_open(out, '{');
	json_pair_text(out, "description", status_words(status));
	open_content(out, "application/json");
	if (endpoint->shows != NULL)
		put_reference(d, endpoint->shows->name);
	else
		put_any_object(out); /* this file itself */
	close_content(out);
	json_close(out, '}');
}

/* The row of err.def for a wire name; ERR__COUNT when there is none. */
static enum err_code
code_named(const char *name, size_t len)
{
	for (int code = 0; code < ERR__COUNT; code++)
		if (strlen(err_wire_name((enum err_code)code)) == len &&
		    strncmp(err_wire_name((enum err_code)code), name, len) == 0)
			return (enum err_code)code;
	return ERR__COUNT;
}

/* What any request of this kind may be refused with, before its own codes. */
static const char *
all_codes(struct document *d, const struct endpoint *endpoint)
{
	struct buf all = buf_new(d->mem, 2000);
	bool raw = (endpoint->needs & TAKES_RAW) != 0;

	buf_text(&all, "bad_request too_many_requests internal busy unavailable");
	if (writes(endpoint))
		buf_text(&all, " too_large unsupported_media_type");
	if (writes(endpoint) && !raw)
		buf_text(&all, " forbidden_origin");
	if (endpoint->inputs != NULL)
		buf_text(&all, " invalid");
	if (strchr(endpoint->api, '{') != NULL)
		buf_text(&all, " not_found");
	if ((endpoint->needs & NEEDS_KEY) != 0)
		buf_text(&all, " key_in_use key_reused uncertain");
	buf_printf(&all, " %s", endpoint->codes == NULL ? "" : endpoint->codes);
	return buf_string(&all);
}

static bool
said_before(const char *codes, const char *at, size_t len)
{
	for (const char *before = codes; before < at;
	     before += strcspn(before, " ") + 1)
		if (strcspn(before, " ") == len && strncmp(before, at, len) == 0)
			return true;
	return false;
}

/* The sentences of all codes with this status; "" when there is none. */
static const char *
reasons(struct document *d, const char *codes, int status)
{
	struct buf text = buf_new(d->mem, 4000);

	for (const char *at = codes; *at != '\0'; at += at[0] == ' ') {
		size_t len = strcspn(at, " ");
		enum err_code code = code_named(at, len);

		if (len > 0 && code != ERR__COUNT && err_http_status(code) == status &&
		    !said_before(codes, at, len))
			buf_printf(&text, "%s`%.*s`: %s", text.len > 0 ? " " : "",
				   (int)len, at, err_code_text(code));
		at += len;
	}
	return buf_string(&text);
}

static void
put_bad(struct document *d, const char *codes, int status)
{
	struct json_out *out = &d->out;
	const char *why = reasons(d, codes, status);

	if (why[0] == '\0')
		return;
	json_key(out, arena_printf(d->mem, "%d", status));
	json_open(out, '{');
	json_pair_text(out, "description", why);
	open_content(out, "application/problem+json");
	put_reference(d, "Problem");
	close_content(out);
	json_close(out, '}');
}

static void
put_responses(struct document *d, const struct endpoint *endpoint)
{
	const char *statuses = endpoint->statuses == NULL ? "200" : endpoint->statuses;
	const char *codes = all_codes(d, endpoint);
	char *end;

	json_key(&d->out, "responses");
	json_open(&d->out, '{');
	for (const char *at = statuses; *at != '\0'; at = end) {
		put_good(d, endpoint, (int)strtol(at, &end, 10));
		end += strspn(end, " ");
	}
	for (int status = 400; status < 600; status++)
		put_bad(d, codes, status);
	json_close(&d->out, '}');
}

/* The cookie is made when it is missing, so a request without it is fine too. */
static void
put_security(struct document *d, const struct endpoint *endpoint)
{
	struct json_out *out = &d->out;

	json_key(out, "security");
	json_open(out, '[');
	if ((endpoint->needs & TAKES_RAW) == 0) {
		json_open(out, '{');
		json_key(out, "visitor");
		json_open(out, '[');
		json_close(out, ']');
		json_close(out, '}');
	}
	json_open(out, '{');
	json_close(out, '}');
	json_close(out, ']');
}

static void
put_operation(struct document *d, const struct endpoint *endpoint)
{
	struct json_out *out = &d->out;
	const char *says = endpoint->says == NULL ? "Undescribed." : endpoint->says;
	size_t len = strlen(says);

	json_key(out, method_of(d->mem, endpoint));
	json_open(out, '{');
	json_pair_text(out, "operationId", operation_id(d, endpoint));
	json_pair_text(out, "summary",
		       arena_copy(d->mem, says, len - (says[len - 1] == '.')));
	json_pair_text(out, "description", says);
	json_key(out, "tags");
	json_open(out, '[');
	json_put_text(out, tag_of(endpoint));
	json_close(out, ']');
	put_security(d, endpoint);
	put_parameters(d, endpoint);
	put_request_body(d, endpoint);
	put_responses(d, endpoint);
	json_close(out, '}');
}

/* ---- all of them ---- */

static bool
began_before(const struct document *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (d->endpoints[k]->api != NULL &&
		    strcmp(path_of(d->endpoints[k]), path_of(d->endpoints[i])) == 0)
			return true;
	return false;
}

static void
put_paths(struct document *d)
{
	json_key(&d->out, "paths");
	json_open(&d->out, '{');
	for (size_t i = 0; i < d->n; i++) {
		const char *path;

		if (d->endpoints[i]->api == NULL || began_before(d, i))
			continue;
		path = path_of(d->endpoints[i]);
		json_key(&d->out, path);
		json_open(&d->out, '{');
		for (size_t k = i; k < d->n; k++)
			if (d->endpoints[k]->api != NULL &&
			    strcmp(path_of(d->endpoints[k]), path) == 0)
				put_operation(d, d->endpoints[k]);
		json_close(&d->out, '}');
	}
	json_close(&d->out, '}');
}

static bool
shown_before(const struct document *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (d->endpoints[k]->api != NULL && d->endpoints[k]->shows != NULL &&
		    strcmp(d->endpoints[k]->shows->name,
			   d->endpoints[i]->shows->name) == 0)
			return true;
	return false;
}

static const char own_schemas[] =
	"\"Money\":{\"type\":\"object\",\"description\":\"Integer minor units.\","
	"\"required\":[\"amount\",\"currency\",\"formatted\"],\"properties\":{"
	"\"amount\":{\"type\":\"integer\",\"format\":\"int64\"},"
	"\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"},"
	"\"formatted\":{\"type\":\"string\"}},"
	"\"examples\":[{\"amount\":1234,\"currency\":\"USD\",\"formatted\":\"$12.34\"}]"
	"},"
	"\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457.\",\"required\":["
	"\"type\",\"title\",\"status\",\"code\",\"detail\",\"errors\",\"trace_id\"],"
	"\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"}"
	","
	"\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},"
	"\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{"
	"\"type\":\"object\",\"required\":[\"field\",\"code\",\"message\"],"
	"\"properties\":{"
	"\"field\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"
	"\"message\":{\"type\":\"string\"}}}},\"trace_id\":{\"type\":\"string\"}},"
	"\"examples\":[{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
	"\"status\":422,\"code\":\"invalid\",\"detail\":\"Please check the marked "
	"fields.\","
	"\"errors\":[{\"field\":\"contact.email\",\"code\":\"required\","
	"\"message\":\"Please fill this in.\"}],"
	"\"trace_id\":\"0123456789abcdef0123456789abcdef\"}]}";

static void
put_components(struct document *d)
{
	struct json_out *out = &d->out;

	json_key(out, "components");
	json_open(out, '{');
	json_key(out, "securitySchemes");
	json_put_raw(out,
		     "{\"visitor\":{\"type\":\"apiKey\",\"in\":\"cookie\","
		     "\"name\":\"__Host-till\",\"description\":\"Given with the first "
		     "answer; names the visitor and nothing else.\"}}");
	json_key(out, "schemas");
	json_open(out, '{');
	for (size_t i = 0; i < d->n; i++) {
		const struct endpoint *endpoint = d->endpoints[i];

		if (endpoint->api == NULL || endpoint->shows == NULL ||
		    shown_before(d, i))
			continue;
		json_key(out, endpoint->shows->name);
		openapi_put_view(out, endpoint->shows->fields);
	}
	buf_text(out->to, out->comma[out->depth] ? "," : "");
	buf_text(out->to, own_schemas);
	json_close(out, '}');
	json_close(out, '}');
}

void
openapi_write(struct buf *to, const struct config *config,
	      const struct endpoint *const *endpoints, size_t n)
{
	struct document d = {
		.out = json_out(to),
		.mem = to->mem,
		.config = config,
		.endpoints = endpoints,
		.n = n,
	};

	json_open(&d.out, '{');
	json_pair_text(&d.out, "openapi", "3.1.0");
	put_info(&d);
	put_tags(&d);
	put_paths(&d);
	put_components(&d);
	json_close(&d.out, '}');
}
