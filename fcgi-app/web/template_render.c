/* template_render.c - the steps of a compiled template onto a buffer. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "web/assets.h"
#include "web/template_private.h"
#include "web/words.h"

struct render {
	const struct template *t;
	const struct scene *scene;
	struct buf *to;
	const void *scopes[TEMPLATE_SCOPES];
	size_t n_scopes;
	int items;
};

static void render_ops(struct render *, size_t from, size_t to);

/* The place of a value; NULL when a struct on the way is absent. */
static const char *
find_place(const struct render *r, const struct ref *ref)
{
	const char *at = r->scopes[ref->scope];

	for (size_t i = 0; i < ref->n_steps && at != NULL; i++) {
		at += ref->steps[i].at;
		if (ref->steps[i].follow)
			at = *(const char *const *)(const void *)at;
	}
	return at == NULL ? NULL : at + ref->field->at;
}

/* ---- values as text ---- */

static const char *
instant_words(struct arena *mem, struct instant at, enum part part)
{
	const char *iso;

	if (instant_is_none(at))
		return "";
	iso = instant_rfc3339(mem, at);
	switch (part) {
	case PART_ISO:
		return iso;
	case PART_DATE:
		return date_words(mem, instant_date(at));
	case PART_TIME:
		return arena_printf(mem, "%.5s UTC", iso + 11);
	default:
		return arena_printf(mem, "%s %.4s, %.5s UTC",
				    date_words(mem, instant_date(at)), iso, iso + 11);
	}
}

static const char *
money_words(struct arena *mem, struct money money, enum part part)
{
	if (money.currency[0] == '\0')
		return "";
	if (part == PART_AMOUNT)
		return arena_printf(mem, "%" PRId64, money.minor);
	if (part == PART_CURRENCY)
		return arena_text(mem, money.currency);
	return money_format(mem, money);
}

static const char *
word_text(const struct render *r, const char *word, const struct ref *ref)
{
	const char *text = NULL;

	if (word != NULL && ref->part != PART_WORD && ref->field->words != NULL)
		text = words_find(r->scene->words, ref->field->words, word);
	return text != NULL ? text : word;
}

static const char *
asset_text(struct arena *mem, const char *name)
{
	struct buf out = buf_new(mem, 1000);

	if (name != NULL)
		assets_put(&out, name);
	return buf_string(&out);
}

#define AT(type, place) (*(const type *)(const void *)(place))

static const char *
value_text(const struct render *r, const struct ref *ref, const char *place)
{
	struct arena *mem = r->to->mem;

	switch (ref->field->type) {
	case VIEW_TEXT:
	case VIEW_URL:
	case VIEW_SEALED:
		return AT(char *, place);
	case VIEW_INT:
		return arena_printf(mem, "%" PRId64, AT(int64_t, place));
	case VIEW_MAYBE_INT:
		return AT(struct maybe_int, place).there
			       ? arena_printf(mem, "%" PRId64,
					      AT(struct maybe_int, place).n)
			       : "";
	case VIEW_FLAG:
		return AT(bool, place) ? "true" : "false";
	case VIEW_MONEY:
		return money_words(mem, AT(struct money, place), ref->part);
	case VIEW_INSTANT:
		return instant_words(mem, AT(struct instant, place), ref->part);
	case VIEW_UUID:
		return AT(struct uuid, place).text;
	case VIEW_ASSET:
		return asset_text(mem, AT(struct asset, place).name);
	case VIEW_WORD:
		return word_text(r, AT(struct word, place).word, ref);
	default:
		return "";
	}
}

/* The type of the field says that it is an address; this is the second look. */
static bool
is_address(const char *text)
{
	if (text[0] == '/')
		return text[1] != '/' && text[1] != '\\';
	return text[0] == '#' || text[0] == '?' || text_starts(text, "https://") ||
	       text_starts(text, "http://") || text_starts(text, "mailto:");
}

static void
put_value(struct render *r, const struct op *op)
{
	const char *place = find_place(r, &op->ref);
	const char *text = place == NULL ? NULL : value_text(r, &op->ref, place);

	if (text == NULL)
		return;
	switch (op->escape) {
	case ESCAPE_NONE:
		buf_text(r->to, text);
		break;
	case ESCAPE_HTML:
		escape_html(r->to, text);
		break;
	case ESCAPE_URL:
		escape_url(r->to, text);
		break;
	case ESCAPE_ADDRESS:
		escape_html(r->to, is_address(text) ? text : "#");
		break;
	}
}

static void
put_choices(struct render *r, const struct op *op)
{
	const char *place = find_place(r, &op->ref);

	if (place != NULL)
		choices_put(r->to, op->choices, (const void *)place);
}

/* ---- sections ---- */

static size_t
list_count(const struct view_field *field, const char *place)
{
	return AT(size_t, place - field->at + field->count_at);
}

static bool
holds(const struct view_field *field, const char *place)
{
	if (place == NULL)
		return false;
	switch (field->type) {
	case VIEW_TEXT:
	case VIEW_URL:
	case VIEW_SEALED:
	case VIEW_ASSET:
	case VIEW_WORD:
		return !text_is_empty(AT(char *, place));
	case VIEW_INT:
		return AT(int64_t, place) != 0;
	case VIEW_MAYBE_INT:
		return AT(struct maybe_int, place).there;
	case VIEW_FLAG:
		return AT(bool, place);
	case VIEW_MONEY:
		return AT(struct money, place).minor != 0;
	case VIEW_INSTANT:
		return !instant_is_none(AT(struct instant, place));
	case VIEW_UUID:
		return AT(struct uuid, place).text[0] != '\0';
	case VIEW_JSON:
		return !json_is_null(AT(struct json *, place));
	case VIEW_TEXTS:
	case VIEW_LIST:
		return list_count(field, place) > 0;
	case VIEW_IN:
		return true;
	case VIEW_MAYBE:
		return AT(void *, place) != NULL;
	case VIEW_CHOICES:
		return AT(struct selection, place).n > 0;
	}
	return false;
}

static void
render_in(struct render *r, const void *scope, size_t from, size_t to)
{
	r->scopes[r->n_scopes++] = scope;
	render_ops(r, from, to);
	r->scopes[--r->n_scopes] = NULL;
}

static void
render_section(struct render *r, size_t i)
{
	const struct op *op = &r->t->ops[i];
	const struct view_field *field = op->ref.field;
	const char *place = find_place(r, &op->ref), *items;

	if (!holds(field, place))
		return;
	switch (field->type) {
	case VIEW_LIST:
		items = AT(char *, place);
		for (size_t k = 0; k < list_count(field, place); k++) {
			if (++r->items > TEMPLATE_ITEMS || r->to->full)
				return;
			render_in(r, items + k * field->size, i + 1, op->end);
		}
		return;
	case VIEW_IN:
		render_in(r, place, i + 1, op->end);
		return;
	case VIEW_MAYBE:
		render_in(r, AT(void *, place), i + 1, op->end);
		return;
	default:
		render_ops(r, i + 1, op->end);
	}
}

/* ---- form fields ---- */

static const struct field_hint *
find_hint(const struct scene *scene, const char *name)
{
	for (size_t i = 0; i < scene->n_hints; i++)
		if (strcmp(scene->hints[i].name, name) == 0)
			return &scene->hints[i];
	return NULL;
}

static const char *
find_typed(const struct scene *scene, const char *name)
{
	for (size_t i = 0; i < scene->n_typed; i++)
		if (strcmp(scene->typed[i].name, name) == 0)
			return scene->typed[i].value;
	return NULL;
}

static const char *
find_error(const struct scene *scene, const char *name)
{
	for (size_t i = 0; scene->problems != NULL && i < scene->problems->n; i++)
		if (strcmp(scene->problems->list[i].field, name) == 0)
			return scene->problems->list[i].text;
	return NULL;
}

static bool
is_ticked(const char *value)
{
	return value != NULL &&
	       (strcmp(value, "1") == 0 || strcmp(value, "on") == 0 ||
		strcmp(value, "true") == 0 || strcmp(value, "yes") == 0);
}

static const char *
dashed(struct arena *mem, const char *name)
{
	char *id = arena_text(mem, name);

	for (char *c = id; *c != '\0'; c++)
		if (*c == '.')
			*c = '-';
	return id;
}

/* A box that is not ticked is not sent: once a form was typed, only that counts. */
static void
render_field(struct render *r, size_t i)
{
	const struct op *op = &r->t->ops[i];
	const struct field_hint *hint = find_hint(r->scene, op->text);
	const char *typed = find_typed(r->scene, op->text);
	struct field_scope field = {.id = dashed(r->to->mem, op->text),
				    .name = op->text};

	if (hint != NULL) {
		field.value = hint->value;
		field.label = hint->label;
		field.autocomplete = hint->autocomplete;
		field.inputmode = hint->inputmode;
		field.pattern = hint->pattern;
		field.example = hint->example;
		field.maxlength = hint->maxlength;
		field.required = hint->required;
	}
	field.checked = is_ticked(r->scene->n_typed > 0 ? typed : field.value);
	if (typed != NULL)
		field.value = typed;
	field.error = find_error(r->scene, op->text);
	render_in(r, &field, i + 1, op->end);
}

static void
render_ops(struct render *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct op *op = &r->t->ops[i];

		switch (op->kind) {
		case OP_TEXT:
			buf_put(r->to, op->text, op->len);
			break;
		case OP_VALUE:
			put_value(r, op);
			break;
		case OP_CHOICES:
			put_choices(r, op);
			break;
		case OP_SECTION:
			render_section(r, i);
			break;
		case OP_INVERTED:
			if (!holds(op->ref.field, find_place(r, &op->ref)))
				render_ops(r, i + 1, op->end);
			break;
		case OP_FIELD:
			render_field(r, i);
			break;
		}
		if (op->kind >= OP_SECTION)
			i = op->end - 1;
	}
}

fallible
template_render(const struct template *t, const struct scene *scene, const void *model,
		struct buf *to)
{
	struct render r = {.t = t, .scene = scene, .to = to, .n_scopes = 2};

	r.scopes[0] = scene->page;
	r.scopes[1] = model;
	render_ops(&r, 0, t->n_ops);
	if (to->full || r.items > TEMPLATE_ITEMS)
		return FAIL(INTERNAL, "%s: the page is too large", t->name);
	return NULL;
}
