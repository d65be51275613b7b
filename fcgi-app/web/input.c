/* input.c - fills an endpoint's struct from path, query and body, by its table. */
#include "web/input.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "web/pairs.h"

enum { NAME_MAX_BYTES = 200, JSON_VALUE_MAX = 64 * 1024 };

/* One table being read into one struct. */
struct reading {
	const struct request *rq;
	const struct input *rows;
	char *form;
	struct problems problems;
};

static void
complain(struct reading *r, const char *field, const char *code, const char *text)
{
	problem_add(&r->problems, field, code, text);
}

static void
complain_range(struct reading *r, const struct input *row)
{
	complain(r, row->name, "out_of_range",
		 arena_printf(r->rq->cx->mem,
			      "Please enter a whole number from %" PRId64 " to %" PRId64
			      ".",
			      row->min, row->max));
}

static void
complain_missing(struct reading *r, const struct input *row)
{
	if (row->required)
		complain(r, row->name, "required", "Please fill this in.");
}

/* The marks that turn the direction of what follows: they make a text lie. */
static bool
has_direction_mark(const char *text)
{
	for (const char *at = text; (at = strchr(at, '\xE2')) != NULL; at++) {
		const unsigned char *s = (const unsigned char *)at;

		if ((s[1] == 0x80 && s[2] >= 0xAA && s[2] <= 0xAE) ||
		    (s[1] == 0x81 && s[2] >= 0xA6 && s[2] <= 0xA9))
			return true;
	}
	return false;
}

/* Without blanks and tabs at both ends. */
static const char *
trimmed(struct arena *mem, const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return arena_copy(mem, text, len);
}

static void
set_text(struct reading *r, const struct input *row, const char *raw)
{
	const char *text = trimmed(r->rq->cx->mem, raw);
	int64_t len = (int64_t)text_length(text);

	if (len == 0)
		complain_missing(r, row);
	else if (text_has_control(text) || has_direction_mark(text))
		complain(r, row->name, "invalid",
			 "Please use letters, digits and signs only, on one line.");
	else if (len > row->max)
		complain(r, row->name, "too_long",
			 arena_printf(r->rq->cx->mem,
				      "Please use at most %" PRId64 " characters.",
				      row->max));
	else if (len < row->min)
		complain(r, row->name, "too_short",
			 arena_printf(r->rq->cx->mem,
				      "Please use at least %" PRId64 " characters.",
				      row->min));
	else
		memcpy(r->form + row->at, &text, sizeof text);
}

/* A struct maybe_int says that it is there. Its place is told by its size alone, so the
 * row carries that in its type. */
static void
set_int(struct reading *r, const struct input *row, int64_t n)
{
	struct maybe_int there = {true, n};

	if (n < row->min || n > row->max)
		complain_range(r, row);
	else if (row->type == INPUT_TYPE_MAYBE_INT)
		memcpy(r->form + row->at, &there, sizeof there);
	else
		memcpy(r->form + row->at, &n, sizeof n);
}

static void
set_flag(struct reading *r, const struct input *row, bool flag)
{
	memcpy(r->form + row->at, &flag, sizeof flag);
}

/* ---- forms, paths and queries: everything is a text ---- */

static bool
is_one_of(const char *text, const char *const *words)
{
	while (*words != NULL)
		if (strcmp(text, *words++) == 0)
			return true;
	return false;
}

static void
read_typed(struct reading *r, const struct input *row, const char *value)
{
	static const char *const yes[] = {"1", "on", "true", "yes", NULL};
	static const char *const no[] = {"0", "off", "false", "no", NULL};
	int64_t n;

	if (text_is_empty(value)) {
		complain_missing(r, row);
	} else if (row->type == INPUT_TYPE_TEXT) {
		set_text(r, row, value);
	} else if (row->type == INPUT_TYPE_FLAG) {
		if (is_one_of(value, yes) || is_one_of(value, no))
			set_flag(r, row, is_one_of(value, yes));
		else
			complain(r, row->name, "invalid", "Please choose yes or no.");
	} else if (row->type != INPUT_TYPE_JSON) {
		if (text_to_int(value, INT64_MIN, INT64_MAX, &n))
			set_int(r, row, n);
		else
			complain(r, row->name, "invalid",
				 "Please enter a whole number in digits.");
	}
}

/* ---- JSON: each kind is what it says ---- */

static void
read_json(struct reading *r, const struct input *row, const struct json *value)
{
	enum json_kind kind = json_kind(value);
	struct buf size = buf_new(r->rq->cx->mem, (size_t)JSON_VALUE_MAX);
	struct json_out out = json_out(&size);
	int64_t n;
	bool flag;

	if (row->type == INPUT_TYPE_TEXT && kind == JSON_TEXT) {
		set_text(r, row, json_text(value));
	} else if (row->type == INPUT_TYPE_FLAG && json_bool(value, &flag)) {
		set_flag(r, row, flag);
	} else if (row->type == INPUT_TYPE_JSON) {
		json_put(&out, value);
		if (size.full || (int64_t)size.len > row->max)
			complain(r, row->name, "too_long", "That is too much.");
		else
			memcpy(r->form + row->at, &value, sizeof value);
	} else if ((row->type == INPUT_TYPE_INT || row->type == INPUT_TYPE_MAYBE_INT) &&
		   json_int(value, &n)) {
		set_int(r, row, n);
	} else {
		complain(r, row->name, "invalid", "This is of the wrong kind.");
	}
}

/* What a member of the body is to the table. */
enum member { MEMBER_UNKNOWN, MEMBER_LEAF, MEMBER_GROUP };

static enum member
member_of(const struct input *rows, const char *path)
{
	size_t len = strlen(path);

	for (const struct input *row = rows; row->name != NULL; row++) {
		if (row->from != INPUT_BODY || row->page_only)
			continue;
		if (strcmp(row->name, path) == 0)
			return MEMBER_LEAF;
		if (strncmp(row->name, path, len) == 0 && row->name[len] == '.')
			return MEMBER_GROUP;
	}
	return MEMBER_UNKNOWN;
}

static bool
is_known_everywhere(const char *path)
{
	return strcmp(path, "csrf") == 0 || strcmp(path, "idempotency_key") == 0;
}

/* Refuses members that no row names, wherever they stand. */
static fallible
check_members(struct reading *r, const struct json *object, const char *prefix)
{
	for (size_t i = 0; i < json_count(object); i++) {
		const struct json *value = json_member_value(object, i);
		const char *name = json_member_name(object, i);
		const char *path = arena_printf(r->rq->cx->mem, "%s%s", prefix, name);
		enum member member = strchr(name, '.') == NULL
					     ? member_of(r->rows, path)
					     : MEMBER_UNKNOWN;

		if (member == MEMBER_LEAF || is_known_everywhere(path))
			continue;
		if (member == MEMBER_UNKNOWN || strlen(path) > NAME_MAX_BYTES)
			/* the name may be anything, a person's too: not for the log */
			return FAIL_FIELD(path, BAD_REQUEST, "unknown member");
		if (json_kind(value) == JSON_OBJECT)
			TRY(check_members(r, value,
					  arena_printf(r->rq->cx->mem, "%s.", path)));
		else if (!json_is_null(value))
			complain(r, path, "invalid", "This is of the wrong kind.");
	}
	return NULL;
}

static void
read_row(struct reading *r, const struct input *row)
{
	const struct request *rq = r->rq;
	const struct json *value;

	if (row->from == INPUT_PATH_PART) {
		read_typed(r, row, request_part(rq, row->name));
	} else if (row->from == INPUT_QUERY_PART) {
		read_typed(r, row, request_asked(rq, row->name));
	} else if (rq->json == NULL) {
		read_typed(r, row, request_typed(rq, row->name));
	} else if (!row->page_only) {
		value = json_path(rq->json, row->name);
		if (json_is_null(value))
			complain_missing(r, row);
		else
			read_json(r, row, value);
	}
}

fallible
input_read(const struct request *rq, const struct input *rows, void *form, size_t size)
{
	struct reading *r = arena_new_of(rq->cx->mem, struct reading, 1);

	memset(form, 0, size);
	if (rows == NULL)
		return NULL;
	r->rq = rq;
	r->rows = rows;
	r->form = form;
	if (rq->json != NULL)
		TRY(check_members(r, rq->json, ""));
	for (const struct input *row = rows; row->name != NULL; row++) {
		size_t before = r->problems.n;

		read_row(r, row);
		if (row->from == INPUT_PATH_PART && r->problems.n > before)
			return FAIL(NOT_FOUND, "part {%s} of the path", row->name);
	}
	return FAIL_PROBLEMS(&r->problems, INVALID);
}
