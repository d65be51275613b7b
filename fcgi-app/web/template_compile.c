/* template_compile.c - a tree of nodes to a flat list of steps with offsets. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "web/assets.h"
#include "web/file.h"
#include "web/template_private.h"

enum { OPS_MAX = 20000, LITERAL_MAX = 256 * 1024, PATH_MAX_BYTES = 600 };

/* Blocks that a page puts into its layout; those of the page itself are outermost. */
struct blocks {
	const struct node *first;
	const struct blocks *outer;
};

struct compile {
	struct arena *mem;
	const char *dir, *suffix;
	struct template *out;
	size_t cap;
	const struct view_field *scopes[TEMPLATE_SCOPES];
	size_t n_scopes;
	struct html html;
	int depth;
};

static fallible walk(struct compile *, const struct node *, const struct blocks *);

static struct err *
refuse(const struct node *node, const char *why)
{
	return FAIL(INTERNAL, "%s:%d: %s: %.*s", node->file, node->line, why,
		    node->kind == NODE_TEXT ? 0 : (int)node->len, node->text);
}

static struct op *
add_op(struct compile *c, enum op_kind kind)
{
	struct template *t = c->out;
	struct op *grown;

	if (t->n_ops == c->cap) {
		c->cap = c->cap == 0 ? 64 : c->cap * 2;
		grown = arena_new_of(c->mem, struct op, c->cap);
		if (t->n_ops > 0)
			memcpy(grown, t->ops, t->n_ops * sizeof *grown);
		t->ops = grown;
	}
	t->ops[t->n_ops] = (struct op){.kind = kind};
	return &t->ops[t->n_ops++];
}

static void
add_text(struct compile *c, const char *text, size_t len)
{
	struct op *op;

	if (len == 0)
		return;
	op = add_op(c, OP_TEXT);
	op->text = text;
	op->len = len;
}

/* ---- files ---- */

/* "cart.html" or, of partials, "part/NAME.html". */
static fallible
load(struct compile *c, const char *name, const struct node *from, struct node **tree)
{
	struct template *t = c->out;
	const char *path = arena_printf(c->mem, "%s/%s", c->dir, name), *text;
	size_t len;

	TRY(file_read(c->mem, path, &text, &len));
	if (text == NULL)
		return from == NULL ? FAIL(INTERNAL, "there is no template %s", path)
				    : refuse(from, "there is no such file");
	for (size_t i = 0; i < t->n_files; i++)
		if (strcmp(t->files[i], path) == 0)
			return template_parse(c->mem, name, text, tree);
	if (t->n_files == TEMPLATE_FILES)
		return FAIL(INTERNAL, "%s: more than %d files", path, TEMPLATE_FILES);
	t->stamps[t->n_files] = file_stamp(path);
	t->files[t->n_files++] = path;
	return template_parse(c->mem, name, text, tree);
}

/* ---- literals ---- */

static size_t
static_name_length(const char *at, const char *end)
{
	size_t len = 0;

	while (at + len < end && (isalnum((unsigned char)at[len]) ||
				  (at[len] != '\0' && strchr("._-/", at[len]) != NULL)))
		len++;
	return len;
}

/* Static names in the literal are replaced by their hashed ones. */
static fallible
put_literal(struct compile *c, const struct node *node)
{
	const char *at = node->text, *end = node->text + node->len;
	struct buf out = buf_new(c->mem, LITERAL_MAX);
	const char *found;

	if (c->html.plain || memmem(at, node->len, "/static/", 8) == NULL) {
		add_text(c, at, node->len);
		return NULL;
	}
	while ((found = memmem(at, (size_t)(end - at), "/static/", 8)) != NULL) {
		const char *name = found + 8;
		size_t len = static_name_length(name, end);

		buf_put(&out, at, (size_t)(found - at));
		at = name + len;
		if (len == 0)
			buf_text(&out, "/static/");
		else if (!assets_put(&out, arena_copy(c->mem, name, len)))
			return FAIL(INTERNAL, "%s:%d: no static file %.*s", node->file,
				    node->line, (int)len, name);
	}
	buf_put(&out, at, (size_t)(end - at));
	add_text(c, out.data, out.len);
	return NULL;
}

static fallible
compile_text(struct compile *c, const struct node *node)
{
	const char *wrong = html_feed(&c->html, node->text, node->len);

	return wrong == NULL ? put_literal(c, node) : refuse(node, wrong);
}

/* ---- names and sections ---- */

static fallible
compile_name(struct compile *c, const struct node *node)
{
	struct ref ref;
	enum escape escape;
	enum view_type type;
	const char *wrong;
	struct op *op;

	if (!template_resolve(c->scopes, c->n_scopes, node->text, &ref))
		return refuse(node, "the view has no such name");
	type = ref.field->type;
	if (type == VIEW_LIST || type == VIEW_IN || type == VIEW_MAYBE ||
	    type == VIEW_JSON)
		return refuse(node, "a section, not a value");
	wrong = html_take_name(&c->html, type, &escape);
	if (wrong != NULL)
		return refuse(node, wrong);
	op = add_op(c, type == VIEW_CHOICES ? OP_CHOICES : OP_VALUE);
	op->ref = ref;
	op->escape = escape;
	if (type == VIEW_CHOICES)
		op->choices = choices_new(c->mem, ref.field->choices);
	return NULL;
}

/* The children of a section, in their own scope when they have one. */
static fallible
compile_inside(struct compile *c, const struct node *node, const struct blocks *blocks,
	       const struct view_field *scope, bool repeats)
{
	const char *wrong = html_enter(&c->html);
	struct html before = c->html;

	if (wrong != NULL)
		return refuse(node, wrong);
	if (scope != NULL) {
		if (c->n_scopes == TEMPLATE_SCOPES)
			return refuse(node, "too many scopes inside each other");
		c->scopes[c->n_scopes++] = scope;
	}
	TRY(walk(c, node->child, blocks));
	c->n_scopes -= scope != NULL;
	wrong = html_leave(&c->html, &before, repeats);
	return wrong == NULL ? NULL : refuse(node, wrong);
}

static fallible
compile_section(struct compile *c, const struct node *node, const struct blocks *blocks)
{
	bool inverted = node->kind == NODE_INVERTED;
	const struct view_field *scope = NULL;
	size_t place = c->out->n_ops;
	struct ref ref;
	struct op *op;

	if (!template_resolve(c->scopes, c->n_scopes, node->text, &ref))
		return refuse(node, "the view has no such name");
	op = add_op(c, inverted ? OP_INVERTED : OP_SECTION);
	op->ref = ref;
	if (!inverted)
		scope = ref.field->item;
	TRY(compile_inside(c, node, blocks, scope,
			   !inverted && ref.field->type == VIEW_LIST));
	c->out->ops[place].end = c->out->n_ops;
	return NULL;
}

static fallible
compile_field(struct compile *c, const struct node *node, const struct blocks *blocks)
{
	size_t place = c->out->n_ops;
	struct op *op = add_op(c, OP_FIELD);

	op->text = node->text;
	TRY(compile_inside(c, node, blocks, field_fields, false));
	c->out->ops[place].end = c->out->n_ops;
	return NULL;
}

/* ---- other files, blocks ---- */

static fallible
compile_partial(struct compile *c, const struct node *node, const struct blocks *blocks)
{
	struct node *tree = NULL;

	TRY(load(c, arena_printf(c->mem, "part/%s%s", node->text, c->suffix), node,
		 &tree));
	return walk(c, tree, blocks);
}

static fallible
compile_parent(struct compile *c, const struct node *node, const struct blocks *outer)
{
	struct blocks blocks = {node->child, outer};
	struct node *tree = NULL;

	for (const struct node *n = node->child; n != NULL; n = n->next)
		if (n->kind == NODE_TEXT ? strspn(n->text, " \t\r\n") < n->len
					 : n->kind != NODE_BLOCK)
			return refuse(n, "only blocks may stand inside a layout's tag");
	TRY(load(c, arena_printf(c->mem, "%s%s", node->text, c->suffix), node, &tree));
	return walk(c, tree, &blocks);
}

/* The outermost page that fills the block wins. */
static fallible
compile_block(struct compile *c, const struct node *node, const struct blocks *blocks)
{
	const struct node *fill = node;

	for (const struct blocks *b = blocks; b != NULL; b = b->outer)
		for (const struct node *n = b->first; n != NULL; n = n->next)
			if (n->kind == NODE_BLOCK && strcmp(n->text, node->text) == 0)
				fill = n;
	return walk(c, fill->child, blocks);
}

static fallible
compile_node(struct compile *c, const struct node *node, const struct blocks *blocks)
{
	switch (node->kind) {
	case NODE_TEXT:
		return compile_text(c, node);
	case NODE_NAME:
		return compile_name(c, node);
	case NODE_SECTION:
	case NODE_INVERTED:
		return compile_section(c, node, blocks);
	case NODE_FIELD:
		return compile_field(c, node, blocks);
	case NODE_PARTIAL:
		return compile_partial(c, node, blocks);
	case NODE_PARENT:
		return compile_parent(c, node, blocks);
	case NODE_BLOCK:
		return compile_block(c, node, blocks);
	}
	return NULL;
}

static fallible
walk(struct compile *c, const struct node *node, const struct blocks *blocks)
{
	if (++c->depth > TEMPLATE_DEPTH * 4)
		return refuse(node, "includes itself, or is nested too deeply");
	for (; node != NULL; node = node->next) {
		if (c->out->n_ops > OPS_MAX)
			return refuse(node, "the page is too large");
		TRY(compile_node(c, node, blocks));
	}
	c->depth--;
	return NULL;
}

fallible
template_compile(struct arena *mem, const char *dir, const char *name,
		 const struct view_field *fields, struct template **out)
{
	struct compile *c = arena_new_of(mem, struct compile, 1);
	const char *wrong;
	struct node *tree = NULL;

	*out = NULL;
	c->mem = mem;
	c->dir = dir;
	c->out = arena_new_of(mem, struct template, 1);
	c->out->name = arena_text(mem, name);
	c->html.plain = text_ends(name, ".txt");
	c->suffix = c->html.plain ? ".txt" : ".html";
	c->scopes[0] = page_fields;
	c->scopes[1] = fields;
	c->n_scopes = 2;
	TRY(load(c, name, NULL, &tree));
	TRY(walk(c, tree, NULL));
	wrong = html_end(&c->html);
	if (wrong != NULL)
		return FAIL(INTERNAL, "%s: %s", name, wrong);
	*out = c->out;
	return NULL;
}

bool
template_is_stale(const struct template *t)
{
	for (size_t i = 0; i < t->n_files; i++)
		if (file_stamp(t->files[i]) != t->stamps[i])
			return true;
	return false;
}
