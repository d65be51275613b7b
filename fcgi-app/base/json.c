/* json.c - parsed documents: a json-c tree that lives as long as its arena. */
/* json-c has a type of the name that our json.h gives to a function. */
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_bool

#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_private.h"
#include "base/text.h"

/* json-c shows null as a NULL pointer; here it is a value of its own, so that "null"
 * and "absent" can be told apart. */
static const char null_value;

static const struct json *
wrap(struct json_object *o)
{
	return o == NULL ? (const struct json *)&null_value : (const struct json *)o;
}

static struct json_object *
unwrap(const struct json *j)
{
	return j == (const struct json *)&null_value ? NULL : (struct json_object *)j;
}

static void
put_tree(void *tree)
{
	json_object_put(tree);
}

/* One tokener serves the whole process: its buffers keep their size. */
static struct json_tokener *
tokener(void)
{
	static struct json_tokener *t;

	if (t == NULL) {
		t = json_tokener_new_ex(JSON_DEPTH + 2);
		assert(t != NULL);
		json_tokener_set_flags(t, JSON_TOKENER_STRICT |
						  JSON_TOKENER_VALIDATE_UTF8);
	}
	json_tokener_reset(t);
	return t;
}

static uint64_t
hash(const char *text, size_t len)
{
	uint64_t sum = JSON_HASH;

	for (size_t i = 0; i < len; i++)
		json_hash_byte(&sum, (unsigned char)text[i]);
	return sum;
}

static void
add_up(struct json_object *o, struct json_sum *sum)
{
	sum->values++;
	if (o == NULL) {
		sum->nulls++;
	} else if (json_object_is_type(o, json_type_string)) {
		sum->texts += hash(json_object_get_string(o),
				   (size_t)json_object_get_string_len(o));
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			add_up(json_object_array_get_idx(o, i), sum);
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, name, value)
		{
			sum->texts += hash(name, strlen(name));
			add_up(value, sum);
		}
	}
}

/* A tree that lacks something would be read as another document: a field that nobody
 * sent, or an answer of a gateway without its amount. */
static bool
is_whole(struct json_object *tree, const struct json_sum *wanted)
{
	struct json_sum sum = {0};

	add_up(tree, &sum);
	return sum.texts == wanted->texts && sum.values == wanted->values &&
	       sum.nulls == wanted->nulls;
}

struct err *
json_parse(struct arena *mem, const void *bytes, size_t len, const struct json **out)
{
	struct json_tokener *t = tokener();
	enum json_tokener_error why;
	struct json_object *tree;
	struct json_sum sum;

	if (len > INT32_MAX)
		return FAIL(BAD_REQUEST, "json: %zu bytes", len);
	TRY(json_check(mem, bytes, len, &sum));
	tree = json_tokener_parse_ex(t, bytes, (int)len);
	why = json_tokener_get_error(t);
	/* A bare number ends where nothing follows it: a NUL says so. */
	if (why == json_tokener_continue) {
		tree = json_tokener_parse_ex(t, "", 1);
		why = json_tokener_get_error(t);
	}
	if (why != json_tokener_success)
		return FAIL(BAD_REQUEST, "json-c: %s", json_tokener_error_desc(why));
	arena_defer(mem, put_tree, tree);
	if (!is_whole(tree, &sum))
		return FAIL(BUSY, "json-c: no memory for all of the document");
	*out = wrap(tree);
	return NULL;
}

enum json_kind
json_kind(const struct json *j)
{
	static const enum json_kind kinds[] = {
		[json_type_null] = JSON_NULL,     [json_type_boolean] = JSON_BOOL,
		[json_type_int] = JSON_INT,       [json_type_double] = JSON_DECIMAL,
		[json_type_string] = JSON_TEXT,   [json_type_array] = JSON_LIST,
		[json_type_object] = JSON_OBJECT,
	};

	return kinds[json_object_get_type(unwrap(j))];
}

const struct json *
json_member(const struct json *j, const char *name)
{
	struct json_object *value;

	if (json_kind(j) != JSON_OBJECT ||
	    !json_object_object_get_ex(unwrap(j), name, &value))
		return NULL;
	return wrap(value);
}

/* One step of a path: the member of that name, or the item of that number. */
static const struct json *
step(const struct json *j, const char *name)
{
	int64_t i;

	if (json_kind(j) != JSON_LIST)
		return json_member(j, name);
	return text_to_int(name, 0, INT32_MAX, &i) ? json_item(j, (size_t)i) : NULL;
}

const struct json *
json_path(const struct json *j, const char *dotted)
{
	char name[64];

	while (j != NULL && *dotted != '\0') {
		size_t len = strcspn(dotted, ".");

		assert(len < sizeof name);
		memcpy(name, dotted, len);
		name[len] = '\0';
		j = step(j, name);
		dotted += len + (dotted[len] == '.');
	}
	return j;
}

const char *
json_text(const struct json *j)
{
	return json_kind(j) == JSON_TEXT ? json_object_get_string(unwrap(j)) : NULL;
}

bool
json_int(const struct json *j, int64_t *out)
{
	if (json_kind(j) != JSON_INT)
		return false;
	*out = json_object_get_int64(unwrap(j));
	return true;
}

bool
json_bool(const struct json *j, bool *out)
{
	if (json_kind(j) != JSON_BOOL)
		return false;
	*out = json_object_get_boolean(unwrap(j));
	return true;
}

bool
json_is_null(const struct json *j)
{
	return json_kind(j) == JSON_NULL;
}

const char *
json_text_at(const struct json *j, const char *dotted)
{
	return json_text(json_path(j, dotted));
}

bool
json_int_at(const struct json *j, const char *dotted, int64_t *out)
{
	return json_int(json_path(j, dotted), out);
}

const char *
json_number_text(const struct json *j)
{
	const char *text;

	if (json_kind(j) != JSON_INT && json_kind(j) != JSON_DECIMAL)
		return NULL;
	text = json_object_to_json_string_ext(unwrap(j), JSON_C_TO_STRING_PLAIN);
	/* Without memory there is no text, and none must not be hashed or sent. */
	assert(text != NULL && *text != '\0');
	return text;
}

size_t
json_count(const struct json *j)
{
	if (json_kind(j) == JSON_LIST)
		return json_object_array_length(unwrap(j));
	if (json_kind(j) == JSON_OBJECT)
		return (size_t)json_object_object_length(unwrap(j));
	return 0;
}

const struct json *
json_item(const struct json *j, size_t i)
{
	if (json_kind(j) != JSON_LIST || i >= json_count(j))
		return NULL;
	return wrap(json_object_array_get_idx(unwrap(j), i));
}

/* Walks: an object has JSON_MEMBERS members at most. */
static struct lh_entry *
entry_at(const struct json *j, size_t i)
{
	struct lh_entry *entry;

	if (json_kind(j) != JSON_OBJECT)
		return NULL;
	entry = lh_table_head(json_object_get_object(unwrap(j)));
	for (; entry != NULL && i > 0; i--)
		entry = lh_entry_next(entry);
	return entry;
}

const char *
json_member_name(const struct json *j, size_t i)
{
	struct lh_entry *entry = entry_at(j, i);

	return entry == NULL ? NULL : lh_entry_k(entry);
}

const struct json *
json_member_value(const struct json *j, size_t i)
{
	struct lh_entry *entry = entry_at(j, i);

	return entry == NULL ? NULL : wrap(lh_entry_v(entry));
}
