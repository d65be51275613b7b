/* openapi_test.c - the description says what the endpoints say. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/json.h"
#include "web/openapi.h"

#include "support/in_arena.h"

struct note {
	const char *text;
	struct money price;
	struct instant at;
	struct uuid uid;
	int64_t hidden;
};

static const struct view_field note_fields[] = {
	SHOW_AS(struct note, "id", uid),
	SHOW(struct note, text, price),
	SHOW_NULL(struct note, at),
	SHOW_PAGE(struct note, hidden),
	SHOW_END,
};
static const struct view note_view = {"Note", "note.html", note_fields};

struct inner {
	const char *city, *region;
};

struct form {
	const char *id, *after, *sku, *note;
	int64_t quantity;
	struct inner address, other;
	bool tick;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, id, 36),
	INPUT_QUERY(struct form, after, 40),
	INPUT(struct form, sku, 1, 64),
	INPUT_MAY(struct form, note, 1, 10),
	INPUT(struct form, quantity, 1, 99),
	INPUT(struct form, address.city, 1, 20),
	INPUT_MAY(struct form, other.city, 1, 20),
	INPUT_MAY(struct form, address.region, 1, 20),
	INPUT_FORM(struct form, tick, 0, 1),
	INPUT_END,
};

static const struct endpoint note_get = {
	.api = "GET /api/v1/notes/{id}",
	.shows = &note_view,
	.codes = "not_found",
	.says = "One note.",
	.tag = "cart",
};
static const struct endpoint note_put = {
	.page = "POST /notes/{id}",
	.api = "PATCH /api/v1/notes/{id}",
	.needs = NEEDS_VISITOR | NEEDS_KEY,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &note_view,
	.codes = "sold_out",
	.statuses = "201 200",
	.says = "Changes a note.",
	.tag = "orders",
};
static const struct endpoint page_only = {.page = "GET /x", .says = "A page."};
static const struct endpoint *const all[] = {&page_only, &note_get, &note_put};

static const struct json *
described(void)
{
	struct buf out = buf_new(mem, 1000000);
	const struct json *json;

	openapi_write(&out, config_defaults(mem), all, 3);
	WANT(!out.full);
	WANT_OK(json_parse(mem, out.data, out.len, &json));
	return json;
}

static const struct json *
operation(const char *method)
{
	const struct json *paths = json_member(described(), "paths");

	return json_member(json_member(paths, "/api/v1/notes/{id}"), method);
}

static void
pages_are_left_out_and_paths_are_shared(void **state)
{
	const struct json *json = described();

	(void)state;
	WANT_TEXT(json_text_at(json, "openapi"), "3.1.0");
	WANT_INT(json_count(json_member(json, "paths")), 1);
	WANT_INT(json_count(
			 json_member(json_member(json, "paths"), "/api/v1/notes/{id}")),
		 2);
	WANT_INT(json_count(json_member(json, "tags")), 2);
	WANT_TEXT(json_text_at(operation("get"), "operationId"), "get_notes_id");
	WANT_TEXT(json_text_at(operation("get"), "summary"), "One note");
}

static void
a_body_is_nested_at_the_dots(void **state)
{
	const struct json *body = json_path(operation("patch"), "requestBody.content");
	const struct json *schema =
		json_member(json_member(body, "application/json"), "schema");
	const struct json *required = json_member(schema, "required");

	(void)state;
	WANT_INT(json_count(json_member(schema, "properties")), 5);
	WANT_INT(json_count(required), 3);
	WANT_TEXT(json_text(json_item(required, 2)), "address");
	WANT_TEXT(json_text_at(schema, "properties.address.properties.city.type"),
		  "string");
	WANT_TEXT(json_text(json_item(json_path(schema, "properties.other.type"), 1)),
		  "null");
	WANT(json_path(schema, "properties.tick") == NULL);
	WANT(json_path(schema, "properties.id") == NULL);
}

static void
an_answer_is_the_views_component(void **state)
{
	const struct json *answers = json_member(operation("patch"), "responses");
	const struct json *note = json_path(described(), "components.schemas.Note");

	(void)state;
	WANT_TEXT(json_text_at(json_member(json_path(answers, "201.content"),
					   "application/json"),
			       "schema.$ref"),
		  "#/components/schemas/Note");
	WANT(json_member(answers, "200") != NULL);
	WANT_INT(json_count(json_member(note, "properties")), 4);
	WANT_TEXT(json_text_at(note, "properties.price.$ref"),
		  "#/components/schemas/Money");
	WANT_TEXT(json_text_at(note, "properties.id.format"), "uuid");
	WANT_TEXT(json_text(json_item(json_path(note, "properties.at.type"), 1)),
		  "null");
}

static void
every_refusal_is_told_by_its_status(void **state)
{
	const struct json *answers = json_member(operation("patch"), "responses");
	static const char *const statuses[] = {"400", "403", "404", "409", "413",
					       "415", "422", "429", "500", "503"};

	(void)state;
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		WANT(json_member(answers, statuses[i]) != NULL);
	WANT(strstr(json_text_at(answers, "409.description"), "`sold_out`: ") != NULL);
	WANT(strstr(json_text_at(answers, "409.description"), "`key_in_use`: ") !=
	     NULL);
	WANT(json_path(json_member(operation("get"), "responses"), "415") == NULL);
}

static void
parameters_come_from_path_query_and_key(void **state)
{
	const struct json *list = json_member(operation("patch"), "parameters");

	(void)state;
	WANT_INT(json_count(list), 3);
	WANT_TEXT(json_text_at(json_item(list, 0), "in"), "path");
	WANT_TEXT(json_text_at(json_item(list, 1), "name"), "after");
	WANT_TEXT(json_text_at(json_item(list, 2), "name"), "Idempotency-Key");
}

TESTS_IN_ARENA(TEST(pages_are_left_out_and_paths_are_shared),
	       TEST(a_body_is_nested_at_the_dots),
	       TEST(an_answer_is_the_views_component),
	       TEST(every_refusal_is_told_by_its_status),
	       TEST(parameters_come_from_path_query_and_key))
