/* view.c - the JSON face of a model, written from its table straight into a buffer. */
#include "web/view.h"

#include "base/buf.h"
#include "base/json.h"
#include "web/assets.h"

#define AT(type, place) (*(const type *)(const void *)(place))

static void put_fields(struct json_out *, const struct view_field *, const char *model);

static void
put_text_or_null(struct json_out *out, const char *text)
{
	if (text == NULL || text[0] == '\0')
		json_put_null(out);
	else
		json_put_text(out, text);
}

static void
put_list(struct json_out *out, const struct view_field *field, const char *model)
{
	const char *items = AT(char *, model + field->at);
	size_t n = AT(size_t, model + field->count_at);

	json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		put_fields(out, field->item, items + i * field->size);
	json_close(out, ']');
}

static void
put_texts(struct json_out *out, const struct view_field *field, const char *model)
{
	const char *const *texts = AT(char *const *, model + field->at);
	size_t n = AT(size_t, model + field->count_at);

	json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		json_put_text(out, texts[i]);
	json_close(out, ']');
}

static void
put_instant(struct json_out *out, struct instant at)
{
	put_text_or_null(out, instant_is_none(at) ? NULL
						  : instant_rfc3339(out->to->mem, at));
}

static void
put_asset(struct json_out *out, const char *name)
{
	struct buf address = buf_new(out->to->mem, 1000);

	if (name != NULL)
		assets_put(&address, name);
	put_text_or_null(out, buf_string(&address));
}

static void
put_json(struct json_out *out, const struct json *value)
{
	if (value == NULL)
		json_put_null(out);
	else
		json_put(out, value);
}

static void
put_maybe(struct json_out *out, const struct view_field *field, const char *inner)
{
	if (inner == NULL)
		json_put_null(out);
	else
		put_fields(out, field->item, inner);
}

static void
put_maybe_int(struct json_out *out, struct maybe_int n)
{
	if (n.there)
		json_put_int(out, n.n);
	else
		json_put_null(out);
}

static void
put_money(struct json_out *out, struct money money)
{
	if (money.currency[0] == '\0')
		json_put_null(out);
	else
		json_put_money(out, money);
}

static void
put_value(struct json_out *out, const struct view_field *field, const char *model)
{
	const char *at = model + field->at;

	switch (field->type) {
	case VIEW_TEXT:
	case VIEW_URL:
	case VIEW_SEALED:
	case VIEW_WORD:
		json_put_text(out, AT(char *, at));
		break;
	case VIEW_UUID:
		put_text_or_null(out, AT(struct uuid, at).text);
		break;
	case VIEW_INT:
		json_put_int(out, AT(int64_t, at));
		break;
	case VIEW_MAYBE_INT:
		put_maybe_int(out, AT(struct maybe_int, at));
		break;
	case VIEW_FLAG:
		json_put_bool(out, AT(bool, at));
		break;
	case VIEW_MONEY:
		put_money(out, AT(struct money, at));
		break;
	case VIEW_INSTANT:
		put_instant(out, AT(struct instant, at));
		break;
	case VIEW_ASSET:
		put_asset(out, AT(char *, at));
		break;
	case VIEW_JSON:
		put_json(out, AT(struct json *, at));
		break;
	case VIEW_TEXTS:
		put_texts(out, field, model);
		break;
	case VIEW_LIST:
		put_list(out, field, model);
		break;
	case VIEW_IN:
		put_fields(out, field->item, at);
		break;
	case VIEW_MAYBE:
		put_maybe(out, field, AT(char *, at));
		break;
	case VIEW_CHOICES:
		json_put_null(out);
		break;
	}
}

static void
put_fields(struct json_out *out, const struct view_field *field, const char *model)
{
	json_open(out, '{');
	for (; field->name != NULL; field++) {
		if (field->face == VIEW_PAGE_ONLY)
			continue;
		json_key(out, field->name);
		put_value(out, field, model);
	}
	json_close(out, '}');
}

void
view_json(struct buf *to, const struct view_field *fields, const void *model)
{
	struct json_out out = json_out(to);

	put_fields(&out, fields, model);
}
