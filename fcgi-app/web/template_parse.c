/* template_parse.c - a template's file as a tree of texts, names and sections. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "web/template_private.h"

enum { TAG_NAME_MAX = 100 };

/* One open section: where its children go. */
struct open {
	struct node *node;
	struct node **tail;
};

struct parse {
	struct arena *mem;
	const char *file, *start, *at;
	int line;
	struct open open[TEMPLATE_DEPTH + 1];
	size_t depth;
};

static struct err *
refuse(const struct parse *p, const char *why, const char *name)
{
	return FAIL(INTERNAL, "%s:%d: %s%s%s", p->file, p->line, why,
		    name[0] == '\0' ? "" : ": ", name);
}

static struct node *
add_node(struct parse *p, enum node_kind kind, const char *text, size_t len)
{
	struct node *node = arena_new_of(p->mem, struct node, 1);
	struct open *top = &p->open[p->depth];

	*node = (struct node){kind, text, len, p->file, p->line, NULL, NULL};
	*top->tail = node;
	top->tail = &node->next;
	return node;
}

static void
count_lines(struct parse *p, const char *to)
{
	for (; p->at < to; p->at++)
		p->line += *p->at == '\n';
}

static bool
is_name(const char *name)
{
	if (name[0] == '\0' || name[0] == '.' || name[0] == '/')
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("_.-/", *c) == NULL)
			return false;
	return strstr(name, "..") == NULL;
}

static fallible
open_section(struct parse *p, enum node_kind kind, const char *name)
{
	struct node *node;

	if (p->depth == TEMPLATE_DEPTH)
		return refuse(p, "sections are nested too deeply", name);
	node = add_node(p, kind, name, strlen(name));
	p->open[++p->depth] = (struct open){node, &node->child};
	return NULL;
}

/* {{/field}} closes {{#field a.b}}. */
static fallible
close_section(struct parse *p, const char *name)
{
	const struct node *node = p->open[p->depth].node;
	const char *opened = node == NULL               ? ""
			     : node->kind == NODE_FIELD ? "field"
							: node->text;

	if (node == NULL || strcmp(opened, name) != 0)
		return refuse(p, "closes what is not open", name);
	p->depth--;
	return NULL;
}

static fallible
take_tag(struct parse *p, char sigil, const char *name)
{
	if (sigil == '!')
		return NULL;
	if (sigil == '#' && strncmp(name, "field ", 6) == 0) {
		name += 6;
		name += strspn(name, " ");
		sigil = '@';
	}
	if (!is_name(name))
		return refuse(p, "not a name", name);
	switch (sigil) {
	case '#':
		return open_section(p, NODE_SECTION, name);
	case '^':
		return open_section(p, NODE_INVERTED, name);
	case '@':
		return open_section(p, NODE_FIELD, name);
	case '<':
		return open_section(p, NODE_PARENT, name);
	case '$':
		return open_section(p, NODE_BLOCK, name);
	case '/':
		return close_section(p, name);
	case '>':
		add_node(p, NODE_PARTIAL, name, strlen(name));
		return NULL;
	default:
		add_node(p, NODE_NAME, name, strlen(name));
		return NULL;
	}
}

/* A tag that shows nothing itself and has a line to itself takes the line with it: the
 * text before it ends there, the text after it begins on the next line. */
static bool
stands_alone(const struct parse *p, const char *tag, const char *end,
	     const char **before, const char **after)
{
	const char *from = tag, *to = end;

	while (from > p->start && (from[-1] == ' ' || from[-1] == '\t'))
		from--;
	while (*to == ' ' || *to == '\t' || *to == '\r')
		to++;
	if ((from > p->start && from[-1] != '\n') || (*to != '\n' && *to != '\0'))
		return false;
	*before = from;
	*after = to + (*to == '\n');
	return true;
}

/* The text up to the next tag, and the tag. */
static fallible
take_next(struct parse *p)
{
	const char *tag = strstr(p->at, "{{"), *end, *before = tag, *after;
	char sigil;
	char *name;

	if (tag == NULL) {
		add_node(p, NODE_TEXT, p->at, strlen(p->at));
		p->at += strlen(p->at);
		return NULL;
	}
	sigil = tag[2];
	end = strstr(tag, "}}");
	if (end == NULL || (sigil != '!' && end - tag > TAG_NAME_MAX))
		return refuse(p, "a tag does not end", "");
	after = end + 2;
	if (strchr("#^/<$>!", sigil) != NULL)
		stands_alone(p, tag, end + 2, &before, &after);
	else if (strchr("{&=", sigil) != NULL)
		return refuse(p, "there is no raw output and no change of delimiters",
			      "");
	if (before > p->at)
		add_node(p, NODE_TEXT, p->at, (size_t)(before - p->at));
	count_lines(p, tag);
	tag += strchr("#^/<$>!", sigil) != NULL ? 3 : 2;
	name = text_fold_space(p->mem, arena_copy(p->mem, tag, (size_t)(end - tag)));
	TRY(take_tag(p, sigil, name));
	count_lines(p, after);
	return NULL;
}

fallible
template_parse(struct arena *mem, const char *file, const char *text, struct node **out)
{
	struct parse p = {
		.mem = mem, .file = file, .start = text, .at = text, .line = 1};

	*out = NULL;
	p.open[0] = (struct open){NULL, out};
	while (*p.at != '\0')
		TRY(take_next(&p));
	if (p.depth > 0)
		return refuse(&p, "never closed", p.open[p.depth].node->text);
	return NULL;
}
