/* view.h - one table says what may be seen of a thing: its template's names and its
 * JSON's keys. What is not listed cannot leak; internal ids have no view type. */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/each.h"
#include "base/err.h"
#include "base/ids.h"
#include "base/money.h"
#include "db/db.h"

struct buf;
struct json;

/* An address of our own making or checked: may stand in href, src and action. */
struct url {
	const char *text;
};
/* The name of a picture or file under /static/, shown as its hashed address. */
struct asset {
	const char *name;
};
/* A word of a .def table: itself in JSON, its catalogue text in HTML. */
struct word {
	const char *word;
};

/* One row of a table that never changes, as a select offers it. */
struct choice {
	const char *value, *label;
};
/* What a select offers of its table. */
struct selection {
	const char *chosen;  /* its value; NULL: none is */
	size_t first, n;     /* these rows */
	const bool *offered; /* of all rows: whether it is; NULL: each is */
};

enum view_type {
	VIEW_TEXT,
	VIEW_INT,
	VIEW_MAYBE_INT,
	VIEW_FLAG,
	VIEW_MONEY,
	VIEW_INSTANT,
	VIEW_UUID,
	VIEW_URL,
	VIEW_ASSET,
	VIEW_WORD,
	VIEW_SEALED, /* a personal text, opened */
	VIEW_JSON,   /* const struct json *: metadata, written as it was */
	VIEW_TEXTS,  /* const char **: plain texts, counted by another field; JSON alone
		      */
	VIEW_LIST,   /* structs, counted by another field */
	VIEW_IN,     /* a struct inside */
	VIEW_MAYBE,  /* a pointer to a struct: null, or absent in HTML */
	VIEW_CHOICES, /* struct selection: the options of a select; pages alone */
};

enum view_face { VIEW_BOTH, VIEW_PAGE_ONLY, VIEW_DATA_ONLY };

struct view_field {
	const char *name;
	enum view_type type;
	enum view_face face;
	bool null;                     /* may be null in JSON (said in OpenAPI) */
	size_t at, count_at, size;     /* count_at, size: of lists */
	const struct view_field *item; /* of lists and nested structs */
	const char *words;             /* catalogue of a word: "order_status" */
	bool (*choices)(size_t i, struct choice *); /* row i; false behind the last */
	const char *schema; /* OpenAPI component name of a nested thing, or NULL */
};

struct view {
	const char *name;     /* OpenAPI component: "Cart" */
	const char *template; /* "cart.html"; NULL when there is no page */
	const struct view_field *fields;
};

/* clang-format off */
#define VIEW_TYPE_OF(lvalue) _Generic((lvalue), \
	const char *: VIEW_TEXT, char *: VIEW_TEXT, int64_t: VIEW_INT, \
	struct maybe_int: VIEW_MAYBE_INT, _Bool: VIEW_FLAG, struct money: VIEW_MONEY, \
	struct instant: VIEW_INSTANT, struct uuid: VIEW_UUID, struct url: VIEW_URL, \
	struct asset: VIEW_ASSET, struct word: VIEW_WORD, struct sealed: VIEW_SEALED, \
	const struct json *: VIEW_JSON)
/* clang-format on */
#define VIEW_FIELD(type_, field, face_, null_)                                         \
	{                                                                              \
		.name = #field, .type = VIEW_TYPE_OF(((type_ *)0)->field),             \
		.face = face_, .null = null_, .at = offsetof(type_, field)             \
	}
#define SHOW_1(type, field)      VIEW_FIELD(type, field, VIEW_BOTH, false)
#define SHOW_NULL_1(type, field) VIEW_FIELD(type, field, VIEW_BOTH, true)
#define SHOW_PAGE_1(type, field) VIEW_FIELD(type, field, VIEW_PAGE_ONLY, true)
#define SHOW_DATA_1(type, field) VIEW_FIELD(type, field, VIEW_DATA_ONLY, false)

/* In both faces; in both and possibly null; on pages alone; in JSON alone. */
#define SHOW(type, ...)      EACH(SHOW_1, type, __VA_ARGS__)
#define SHOW_NULL(type, ...) EACH(SHOW_NULL_1, type, __VA_ARGS__)
#define SHOW_PAGE(type, ...) EACH(SHOW_PAGE_1, type, __VA_ARGS__)
#define SHOW_DATA(type, ...) EACH(SHOW_DATA_1, type, __VA_ARGS__)
/* Under another name: SHOW_AS(struct order, "id", uid). */
#define SHOW_AS(type_, name_, field)                                                   \
	{                                                                              \
		.name = name_, .type = VIEW_TYPE_OF(((type_ *)0)->field),              \
		.at = offsetof(type_, field)                                           \
	}
#define SHOW_NULL_AS(type_, name_, field)                                              \
	{                                                                              \
		.name = name_, .type = VIEW_TYPE_OF(((type_ *)0)->field),              \
		.null = true, .at = offsetof(type_, field)                             \
	}
/* What pages call by a name that means another thing in JSON. */
#define SHOW_PAGE_AS(type_, name_, field)                                              \
	{                                                                              \
		.name = name_, .type = VIEW_TYPE_OF(((type_ *)0)->field),              \
		.face = VIEW_PAGE_ONLY, .null = true, .at = offsetof(type_, field)     \
	}
/* A word with the catalogue that puts it into English. */
#define SHOW_WORD(type_, field, words_)                                                \
	{                                                                              \
		.name = #field, .type = VIEW_WORD, .at = offsetof(type_, field),       \
		.words = words_                                                        \
	}
#define SHOW_LIST(type_, field, n, fields_)                                            \
	{                                                                              \
		.name = #field, .type = VIEW_LIST, .at = offsetof(type_, field),       \
		.count_at = offsetof(type_, n), .size = sizeof *((type_ *)0)->field,   \
		.item = fields_                                                        \
	}
/* Plain texts: ["contact.email", "payment_method"]. */
#define SHOW_TEXTS(type_, field, n)                                                    \
	{                                                                              \
		.name = #field, .type = VIEW_TEXTS, .face = VIEW_DATA_ONLY,            \
		.at = offsetof(type_, field), .count_at = offsetof(type_, n)           \
	}
#define SHOW_LIST_DATA(type_, field, n, fields_)                                       \
	{                                                                              \
		.name = #field, .type = VIEW_LIST, .face = VIEW_DATA_ONLY,             \
		.at = offsetof(type_, field), .count_at = offsetof(type_, n),          \
		.size = sizeof *((type_ *)0)->field, .item = fields_                   \
	}
#define SHOW_LIST_PAGE(type_, field, n, fields_)                                       \
	{                                                                              \
		.name = #field, .type = VIEW_LIST, .face = VIEW_PAGE_ONLY,             \
		.at = offsetof(type_, field), .count_at = offsetof(type_, n),          \
		.size = sizeof *((type_ *)0)->field, .item = fields_                   \
	}
#define SHOW_IN(type_, field, view_)                                                   \
	{                                                                              \
		.name = #field, .type = VIEW_IN, .at = offsetof(type_, field),         \
		.item = (view_)->fields, .schema = (view_)->name                       \
	}
/* Tables of another file are not constant expressions: nest by their arrays. */
#define SHOW_IN_FIELDS(type_, field, fields_)                                          \
	{                                                                              \
		.name = #field, .type = VIEW_IN, .at = offsetof(type_, field),         \
		.item = fields_                                                        \
	}
#define SHOW_MAYBE(type_, field, fields_)                                              \
	{                                                                              \
		.name = #field, .type = VIEW_MAYBE, .null = true,                      \
		.at = offsetof(type_, field), .item = fields_                          \
	}
/* {{name}} inside <select>: the rows of a table, whose options are written once. */
#define SHOW_CHOICES(type_, name_, field, choices_)                                    \
	{                                                                              \
		.name = name_, .type = VIEW_CHOICES, .face = VIEW_PAGE_ONLY,           \
		.at = offsetof(type_, field), .choices = choices_                      \
	}
#define SHOW_END                                                                       \
	{                                                                              \
		.name = NULL                                                           \
	}

/* Writes the JSON face of a model. */
void view_json(struct buf *, const struct view_field *, const void *model);

#endif
