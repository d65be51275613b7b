/* template_private.h - what the stages of the template compiler share. */
#ifndef WEB_TEMPLATE_PRIVATE_H
#define WEB_TEMPLATE_PRIVATE_H

#include "base/arena.h"
#include "web/template.h"

/* ---- parsing: a file as a tree ---- */
enum node_kind {
	NODE_TEXT,
	NODE_NAME,
	NODE_SECTION,
	NODE_INVERTED,
	NODE_FIELD, /* {{#field name}} */
	NODE_PARTIAL,
	NODE_PARENT, /* {{<layout}}: its blocks replace those of the layout */
	NODE_BLOCK,
};

struct node {
	enum node_kind kind;
	const char *text; /* the literal, or the name */
	size_t len;
	const char *file;
	int line;
	struct node *child, *next;
};

fallible template_parse(struct arena *, const char *file, const char *text,
			struct node **out);

/* ---- where in the HTML a place of the template stands ---- */
enum html_state {
	HTML_TEXT,
	HTML_OPEN,   /* after "<" */
	HTML_MARKUP, /* <!doctype ..> */
	HTML_COMMENT,
	HTML_TAG_NAME,
	HTML_TAG, /* between attributes */
	HTML_ATTR_NAME,
	HTML_ATTR_EQUALS, /* after "=", before the value */
	HTML_VALUE_DOUBLE,
	HTML_VALUE_SINGLE,
	HTML_VALUE_BARE,
	HTML_RAW,    /* inside script or style */
	HTML_RCDATA, /* inside title or textarea */
};

enum { HTML_NAME_MAX = 24, HTML_VALUE_MAX = 256 };

struct html {
	enum html_state state;
	bool plain;   /* a text file: no context at all */
	bool closing; /* the tag is an end tag */
	bool glued;   /* a section ended in a name of this tag: a blank must follow */
	bool refreshes,
		names_content; /* this tag: http-equiv seen, name in content seen */
	char tag[HTML_NAME_MAX], attr[HTML_NAME_MAX];
	char value[HTML_VALUE_MAX]; /* literal start of the attribute's value */
	size_t value_len;           /* counts names as one character */
	char tail[12]; /* newest characters of raw text and comments, in lower case */
};

enum escape { ESCAPE_NONE, ESCAPE_HTML, ESCAPE_URL, ESCAPE_ADDRESS };

/* What is wrong is returned as a text, NULL when all is well. */
const char *html_feed(struct html *, const char *text, size_t len);
/* How a value of this type is written here. */
const char *html_take_name(struct html *, enum view_type, enum escape *);
/* Before a section, and again at its end: both must stand alike. */
const char *html_enter(struct html *);
const char *html_leave(struct html *, const struct html *before, bool repeats);
const char *html_end(const struct html *);

/* ---- compiled ---- */
enum { REF_STEPS = 4 };

enum part { /* what of a value is shown */
	    PART_WHOLE,
	    PART_AMOUNT,
	    PART_CURRENCY,
	    PART_ISO,
	    PART_DATE,
	    PART_TIME,
	    PART_WORD,
};

struct ref {
	size_t scope; /* 0 PAGE, 1 the model, then lists and structs */
	size_t n_steps;
	struct {
		size_t at;
		bool follow; /* a pointer: may be NULL */
	} steps[REF_STEPS];
	const struct view_field *field;
	enum part part;
};

/* ---- the options of a select ---- */
struct choices;

/* The options of a table's rows, escaped; their values are those of the table. */
struct choices *choices_new(struct arena *, bool (*row)(size_t i, struct choice *));
/* The options that are offered, the chosen one marked. */
void choices_put(struct buf *, const struct choices *, const struct selection *);

enum op_kind { OP_TEXT, OP_VALUE, OP_CHOICES, OP_SECTION, OP_INVERTED, OP_FIELD };

struct op {
	enum op_kind kind;
	enum escape escape;
	const char *text; /* literal, or the dotted name of a field */
	size_t len;
	struct ref ref;
	const struct choices *choices;
	size_t end; /* of sections: the op after their last */
};

struct template
{
	const char *name;
	struct op *ops;
	size_t n_ops;
	const char *files[TEMPLATE_FILES];
	int64_t stamps[TEMPLATE_FILES];
	size_t n_files;
};

extern const struct view_field page_fields[];

/* What {{#field}} offers inside. */
struct field_scope {
	const char *id, *name, *value, *error, *label, *autocomplete, *inputmode,
		*pattern, *example;
	int64_t maxlength;
	bool required, checked;
};
extern const struct view_field field_fields[];

/* Resolves a dotted name, in the innermost scope first. False when no scope has it. */
bool template_resolve(const struct view_field *const *scopes, size_t n_scopes,
		      const char *name, struct ref *);

#endif
