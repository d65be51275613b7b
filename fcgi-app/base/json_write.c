/* json_write.c - JSON straight onto a buf, commas as needed. */
#include <assert.h>
#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

struct json_out
json_out(struct buf *to)
{
	return (struct json_out){.to = to};
}

/* Each value and each key begins here. */
static struct buf *
begin(struct json_out *out)
{
	if (out->comma[out->depth])
		buf_char(out->to, ',');
	out->comma[out->depth] = true;
	return out->to;
}

void
json_open(struct json_out *out, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	assert(out->depth < JSON_DEPTH);
	buf_char(begin(out), bracket);
	out->comma[++out->depth] = false;
}

void
json_close(struct json_out *out, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	assert(out->depth > 0);
	out->depth--;
	buf_char(out->to, bracket);
}

void
json_key(struct json_out *out, const char *name)
{
	escape_json(begin(out), name);
	buf_char(out->to, ':');
	out->comma[out->depth] = false;
}

void
json_put_text(struct json_out *out, const char *text)
{
	if (text == NULL)
		json_put_null(out);
	else
		escape_json(begin(out), text);
}

void
json_put_int(struct json_out *out, int64_t n)
{
	buf_printf(begin(out), "%" PRId64, n);
}

void
json_put_bool(struct json_out *out, bool truth)
{
	buf_text(begin(out), truth ? "true" : "false");
}

void
json_put_null(struct json_out *out)
{
	buf_text(begin(out), "null");
}

void
json_put_money(struct json_out *out, struct money m)
{
	if (m.currency[0] == '\0') {
		json_put_null(out);
		return;
	}
	json_open(out, '{');
	json_pair_int(out, "amount", m.minor);
	json_pair_text(out, "currency", m.currency);
	json_pair_text(out, "formatted", money_format(out->to->mem, m));
	json_close(out, '}');
}

void
json_pair_text(struct json_out *out, const char *name, const char *value)
{
	json_key(out, name);
	json_put_text(out, value);
}

void
json_pair_int(struct json_out *out, const char *name, int64_t value)
{
	json_key(out, name);
	json_put_int(out, value);
}

void
json_pair_bool(struct json_out *out, const char *name, bool value)
{
	json_key(out, name);
	json_put_bool(out, value);
}

void
json_put_raw(struct json_out *out, const char *json)
{
	buf_text(begin(out), json);
}

/* Below the writer's own depth: a parsed value may be as deep as any document. */
static void
write_value(struct buf *to, const struct json *j)
{
	enum json_kind kind = json_kind(j);
	bool truth = false;

	if (kind == JSON_NULL)
		buf_text(to, "null");
	else if (json_bool(j, &truth))
		buf_text(to, truth ? "true" : "false");
	else if (kind == JSON_TEXT)
		escape_json(to, json_text(j));
	else if (kind == JSON_INT || kind == JSON_DECIMAL)
		buf_text(to, json_number_text(j));
	else
		buf_char(to, kind == JSON_LIST ? '[' : '{');
	if (kind != JSON_LIST && kind != JSON_OBJECT)
		return;
	for (size_t i = 0, n = json_count(j); i < n; i++) {
		if (i > 0)
			buf_char(to, ',');
		if (kind == JSON_OBJECT) {
			escape_json(to, json_member_name(j, i));
			buf_char(to, ':');
		}
		write_value(to, kind == JSON_LIST ? json_item(j, i)
						  : json_member_value(j, i));
	}
	buf_char(to, kind == JSON_LIST ? ']' : '}');
}

void
json_put(struct json_out *out, const struct json *j)
{
	write_value(begin(out), j);
}
