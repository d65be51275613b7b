/* openapi_schema.c - schemas of views and of inputs. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "web/openapi_private.h"

/* ---- views ---- */

/* {"type":"string","format":"uuid"}, or with null beside the type. */
static void
put_type(struct json_out *out, const char *type, const char *format, bool null)
{
	json_open(out, '{');
	json_key(out, "type");
	if (null)
		json_open(out, '[');
	json_put_text(out, type);
	if (null) {
		json_put_text(out, "null");
		json_close(out, ']');
	}
	if (format != NULL)
		json_pair_text(out, "format", format);
	json_close(out, '}');
}

static void
put_reference(struct json_out *out, const char *name, bool null)
{
	if (null) {
		json_open(out, '{');
		json_key(out, "anyOf");
		json_open(out, '[');
	}
	json_open(out, '{');
	json_key(out, "$ref");
	json_put_text(out, arena_printf(out->to->mem, "#/components/schemas/%s", name));
	json_close(out, '}');
	if (null) {
		put_type(out, "null", NULL, false);
		json_close(out, ']');
		json_close(out, '}');
	}
}

static void
put_array(struct json_out *out, const struct view_field *item)
{
	json_open(out, '{');
	json_pair_text(out, "type", "array");
	json_key(out, "items");
	if (item == NULL)
		put_type(out, "string", NULL, false);
	else
		openapi_put_view(out, item);
	json_close(out, '}');
}

static void
put_maybe_struct(struct json_out *out, const struct view_field *item)
{
	json_open(out, '{');
	json_key(out, "anyOf");
	json_open(out, '[');
	openapi_put_view(out, item);
	put_type(out, "null", NULL, false);
	json_close(out, ']');
	json_close(out, '}');
}

static void
put_field(struct json_out *out, const struct view_field *field)
{
	switch (field->type) {
	case VIEW_TEXT:
	case VIEW_WORD:
	case VIEW_SEALED:
	case VIEW_CHOICES:
		put_type(out, "string", NULL, field->null);
		break;
	case VIEW_URL:
	case VIEW_ASSET:
		put_type(out, "string", "uri-reference", field->null);
		break;
	case VIEW_UUID:
		put_type(out, "string", "uuid", field->null);
		break;
	case VIEW_INSTANT:
		put_type(out, "string", "date-time", field->null);
		break;
	case VIEW_INT:
		put_type(out, "integer", "int64", field->null);
		break;
	case VIEW_MAYBE_INT:
		put_type(out, "integer", "int64", true);
		break;
	case VIEW_FLAG:
		put_type(out, "boolean", NULL, field->null);
		break;
	case VIEW_MONEY:
		put_reference(out, "Money", field->null);
		break;
	case VIEW_JSON:
		json_open(out, '{');
		json_pair_text(out, "description", "Any JSON, as the client gave it.");
		json_close(out, '}');
		break;
	case VIEW_TEXTS:
		put_array(out, NULL);
		break;
	case VIEW_LIST:
		put_array(out, field->item);
		break;
	case VIEW_IN:
		openapi_put_view(out, field->item);
		break;
	case VIEW_MAYBE:
		put_maybe_struct(out, field->item);
		break;
	}
}

void
openapi_put_view(struct json_out *out, const struct view_field *fields)
{
	json_open(out, '{');
	json_pair_text(out, "type", "object");
	json_key(out, "required");
	json_open(out, '[');
	for (const struct view_field *f = fields; f->name != NULL; f++)
		if (f->face != VIEW_PAGE_ONLY)
			json_put_text(out, f->name);
	json_close(out, ']');
	json_key(out, "properties");
	json_open(out, '{');
	for (const struct view_field *f = fields; f->name != NULL; f++) {
		if (f->face == VIEW_PAGE_ONLY)
			continue;
		json_key(out, f->name);
		put_field(out, f);
	}
	json_close(out, '}');
	json_close(out, '}');
}

/* ---- inputs ---- */

static bool
is_member(const struct input *row)
{
	return row->from == INPUT_BODY && !row->page_only;
}

bool
openapi_has_body(const struct input *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		if (is_member(rows))
			return true;
	return false;
}

static void
put_limits(struct json_out *out, const struct input *row)
{
	bool text = row->type == INPUT_TYPE_TEXT;

	if (row->type == INPUT_TYPE_FLAG)
		return;
	/* What is optional may be sent empty. */
	if (!text || row->required)
		json_pair_int(out, text ? "minLength" : "minimum", row->min);
	json_pair_int(out, text ? "maxLength" : "maximum", row->max);
}

/* An optional member may be null: that counts as absent. */
void
openapi_put_input(struct json_out *out, const struct input *row)
{
	bool null = !row->required && row->from == INPUT_BODY;
	const char *type = row->type == INPUT_TYPE_TEXT   ? "string"
			   : row->type == INPUT_TYPE_FLAG ? "boolean"
							  : "integer";

	json_open(out, '{');
	if (row->type == INPUT_TYPE_JSON) {
		json_pair_text(out, "description",
			       arena_printf(out->to->mem,
					    "Any JSON of up to %" PRId64 " bytes.",
					    row->max));
		json_close(out, '}');
		return;
	}
	json_key(out, "type");
	if (null)
		json_open(out, '[');
	json_put_text(out, type);
	if (null) {
		json_put_text(out, "null");
		json_close(out, ']');
	}
	put_limits(out, row);
	if (row->format != NULL)
		json_pair_text(out, "format", row->format);
	json_close(out, '}');
}

/* One member at this depth: its rows are those whose names begin with prefix + name. */
struct member {
	const struct input *row; /* the first of its rows */
	const char *path;        /* "shipping_address" or "contact.email" */
	const char *name;        /* its last word */
	bool leaf;
};

/* The member that a row belongs to below a prefix; false when it is another's, or when
 * an earlier row began it. */
static bool
member_at(struct arena *mem, const struct input *rows, const struct input *row,
	  const char *prefix, struct member *out)
{
	size_t skip = strlen(prefix), len;

	if (!is_member(row) || strncmp(row->name, prefix, skip) != 0)
		return false;
	len = skip + strcspn(row->name + skip, ".");
	for (const struct input *before = rows; before < row; before++)
		if (is_member(before) && strncmp(before->name, row->name, len) == 0 &&
		    (before->name[len] == '.' || before->name[len] == '\0'))
			return false;
	out->row = row;
	out->path = arena_copy(mem, row->name, len);
	out->name = out->path + skip;
	out->leaf = row->name[len] == '\0';
	return true;
}

/* A group is required when one of its rows is. */
static bool
is_required(const struct input *rows, const struct member *member)
{
	size_t len = strlen(member->path);

	if (member->leaf)
		return member->row->required;
	for (; rows->name != NULL; rows++)
		if (is_member(rows) && rows->required &&
		    strncmp(rows->name, member->path, len) == 0 &&
		    rows->name[len] == '.')
			return true;
	return false;
}

static void
put_required(struct json_out *out, const struct input *rows, const char *prefix)
{
	struct member member;
	bool any = false;

	for (const struct input *row = rows; row->name != NULL; row++) {
		if (!member_at(out->to->mem, rows, row, prefix, &member) ||
		    !is_required(rows, &member))
			continue;
		if (!any) {
			json_key(out, "required");
			json_open(out, '[');
		}
		any = true;
		json_put_text(out, member.name);
	}
	if (any)
		json_close(out, ']');
}

static void
put_group(struct json_out *out, const struct input *rows, const char *prefix, bool null)
{
	struct member member;

	json_open(out, '{');
	json_key(out, "type");
	if (null)
		json_open(out, '[');
	json_put_text(out, "object");
	if (null) {
		json_put_text(out, "null");
		json_close(out, ']');
	}
	json_pair_bool(out, "additionalProperties", false);
	put_required(out, rows, prefix);
	json_key(out, "properties");
	json_open(out, '{');
	for (const struct input *row = rows; row->name != NULL; row++) {
		if (!member_at(out->to->mem, rows, row, prefix, &member))
			continue;
		json_key(out, member.name);
		if (member.leaf)
			openapi_put_input(out, row);
		else
			put_group(out, rows,
				  arena_printf(out->to->mem, "%s.", member.path),
				  !is_required(rows, &member));
	}
	json_close(out, '}');
	json_close(out, '}');
}

void
openapi_put_body(struct json_out *out, const struct input *rows)
{
	static const struct input none[] = {INPUT_END};

	put_group(out, rows == NULL ? none : rows, "", false);
}

/* ---- examples ---- */

static const char *
example_text(struct arena *mem, const struct input *row)
{
	static const struct {
		const char *name, *text;
	} known[] = {
		{"sku", "MUG-ENAMEL"},
		{"email", "ada@example.com"},
		{"phone", "+15035550100"},
		{"full_name", "Ada Lovelace"},
		{"line1", "11 Dock Street"},
		{"line2", "Second floor"},
		{"city", "Portland"},
		{"region", "OR"},
		{"postal_code", "97201"},
		{"country", "US"},
		{"currency", "USD"},
		{"payment_method", "stripe"},
		{"shipping_option", "standard"},
		{"item_id", "019ab2f0-5d00-7c3e-8a10-2f6d1c0b9e47"},
	};
	const char *last = strrchr(row->name, '.');

	last = last == NULL ? row->name : last + 1;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, last) == 0 &&
		    (int64_t)strlen(known[i].text) <= row->max &&
		    (int64_t)strlen(known[i].text) >= row->min)
			return known[i].text;
	return arena_copy(mem,
			  "example-example-example-example-example-example-example",
			  (size_t)(row->max < 7   ? row->max
				   : row->min > 7 ? row->min
						  : 7));
}

static void
put_example_value(struct json_out *out, const struct input *row)
{
	switch (row->type) {
	case INPUT_TYPE_TEXT:
		json_put_text(out, example_text(out->to->mem, row));
		break;
	case INPUT_TYPE_FLAG:
		json_put_bool(out, true);
		break;
	case INPUT_TYPE_JSON:
		json_open(out, '{');
		json_close(out, '}');
		break;
	default:
		json_put_int(out, row->min > 2 || row->max < 2 ? row->min : 2);
	}
}

static void
put_example_group(struct json_out *out, const struct input *rows, const char *prefix)
{
	struct member member;

	json_open(out, '{');
	for (const struct input *row = rows; row->name != NULL; row++) {
		if (!member_at(out->to->mem, rows, row, prefix, &member))
			continue;
		json_key(out, member.name);
		if (member.leaf)
			put_example_value(out, row);
		else
			put_example_group(
				out, rows,
				arena_printf(out->to->mem, "%s.", member.path));
	}
	json_close(out, '}');
}

void
openapi_put_example(struct json_out *out, const struct input *rows)
{
	static const struct input none[] = {INPUT_END};

	put_example_group(out, rows == NULL ? none : rows, "");
}
