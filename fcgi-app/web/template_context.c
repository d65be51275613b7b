/* template_context.c - follows the HTML of a template and says what may stand where. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "web/template_private.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
append(char *name, size_t size, char c)
{
	size_t len = strlen(name);

	if (len + 1 < size) {
		name[len] = (char)tolower((unsigned char)c);
		name[len + 1] = '\0';
	}
}

static void
remember(struct html *h, char c)
{
	memmove(h->tail, h->tail + 1, sizeof h->tail - 2);
	h->tail[sizeof h->tail - 2] = (char)tolower((unsigned char)c);
	h->tail[sizeof h->tail - 1] = '\0';
}

static void
forget(struct html *h)
{
	memset(h->tail, ' ', sizeof h->tail - 1);
	h->tail[sizeof h->tail - 1] = '\0';
}

static bool
tail_is(const struct html *h, const char *end)
{
	size_t len = strlen(end);

	return len < sizeof h->tail &&
	       strcmp(h->tail + sizeof h->tail - 1 - len, end) == 0;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	while (*words != NULL)
		if (strcmp(word, *words++) == 0)
			return true;
	return false;
}

/* ---- one character of literal text ---- */

static void
end_tag(struct html *h)
{
	static const char *const raw[] = {"script",  "style",    "iframe",    "xmp",
					  "noembed", "noframes", "plaintext", NULL};
	static const char *const rcdata[] = {"title", "textarea", NULL};

	h->state = HTML_TEXT;
	if (!h->closing && is_one_of(h->tag, raw))
		h->state = HTML_RAW;
	else if (!h->closing && is_one_of(h->tag, rcdata))
		h->state = HTML_RCDATA;
	forget(h);
}

static void
begin_attribute(struct html *h, char c)
{
	h->state = HTML_ATTR_NAME;
	h->attr[0] = '\0';
	append(h->attr, sizeof h->attr, c);
}

static void
feed_open(struct html *h, char c)
{
	h->tag[0] = '\0';
	h->closing = c == '/';
	h->refreshes = h->names_content = h->glued = false;
	if (c == '!' || c == '?') {
		h->state = HTML_MARKUP;
		forget(h);
	} else if (c == '/') {
		h->state = HTML_TAG_NAME;
	} else if (isalpha((unsigned char)c)) {
		h->state = HTML_TAG_NAME;
		append(h->tag, sizeof h->tag, c);
	} else if (c != '<') {
		h->state = HTML_TEXT;
	}
}

static const char *
feed_tag(struct html *h, char c)
{
	if (c == '>') {
		end_tag(h);
	} else if (is_space(c) || c == '/') {
		h->glued = false;
		h->state = HTML_TAG;
	} else if (h->glued) {
		return "a section ends inside a tag or attribute name";
	} else if (h->state == HTML_TAG_NAME) {
		append(h->tag, sizeof h->tag, c);
	} else if (h->state == HTML_ATTR_NAME && c == '=') {
		h->state = HTML_ATTR_EQUALS;
	} else if (h->state == HTML_ATTR_NAME) {
		append(h->attr, sizeof h->attr, c);
	} else if (c == '=') {
		return "an attribute's name and its = must stand together";
	} else {
		begin_attribute(h, c);
	}
	return NULL;
}

static const char *
feed_equals(struct html *h, char c)
{
	h->value_len = 0;
	h->value[0] = '\0';
	if (strcmp(h->attr, "http-equiv") == 0) {
		h->refreshes = true;
		if (h->names_content)
			return "http-equiv must stand before content";
	}
	if (c == '"')
		h->state = HTML_VALUE_DOUBLE;
	else if (c == '\'')
		h->state = HTML_VALUE_SINGLE;
	else if (is_space(c))
		return "a value must follow its = at once";
	else
		h->state = HTML_VALUE_BARE;
	return NULL;
}

static const char *
feed_value(struct html *h, char c)
{
	if ((h->state == HTML_VALUE_DOUBLE && c == '"') ||
	    (h->state == HTML_VALUE_SINGLE && c == '\'') ||
	    (h->state == HTML_VALUE_BARE && is_space(c))) {
		h->state = HTML_TAG;
	} else if (h->state == HTML_VALUE_BARE && c == '>') {
		end_tag(h);
	} else {
		if (h->value_len + 1 < sizeof h->value) {
			h->value[h->value_len] = c;
			h->value[h->value_len + 1] = '\0';
		}
		h->value_len++;
	}
	return NULL;
}

/* Script, style, title, textarea: only their own end tag counts. */
static void
feed_element(struct html *h, char c)
{
	char end[HTML_NAME_MAX + 4];

	remember(h, c);
	if (c != '>' && c != '/' && !is_space(c))
		return;
	snprintf(end, sizeof end, "</%s%c", h->tag, c);
	if (tail_is(h, end)) {
		h->state = c == '>' ? HTML_TEXT : HTML_TAG;
		h->closing = true;
		h->glued = false;
	}
}

static void
feed_markup(struct html *h, char c)
{
	remember(h, c);
	if (h->state == HTML_MARKUP && tail_is(h, " --"))
		h->state = HTML_COMMENT;
	else if (h->state == HTML_MARKUP ? c == '>' : tail_is(h, "-->"))
		h->state = HTML_TEXT;
}

static const char *
feed_one(struct html *h, char c)
{
	switch (h->state) {
	case HTML_TEXT:
		if (c == '<')
			h->state = HTML_OPEN;
		return NULL;
	case HTML_OPEN:
		feed_open(h, c);
		return NULL;
	case HTML_TAG_NAME:
	case HTML_TAG:
	case HTML_ATTR_NAME:
		return feed_tag(h, c);
	case HTML_ATTR_EQUALS:
		return feed_equals(h, c);
	case HTML_VALUE_DOUBLE:
	case HTML_VALUE_SINGLE:
	case HTML_VALUE_BARE:
		return feed_value(h, c);
	case HTML_MARKUP:
	case HTML_COMMENT:
		feed_markup(h, c);
		return NULL;
	case HTML_RAW:
	case HTML_RCDATA:
		feed_element(h, c);
		return NULL;
	}
	return NULL;
}

const char *
html_feed(struct html *h, const char *text, size_t len)
{
	const char *wrong = NULL;

	for (size_t i = 0; i < len && wrong == NULL && !h->plain; i++)
		wrong = feed_one(h, text[i]);
	return wrong;
}

/* ---- names ---- */

static bool
starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The literal before the name fixes whose address it is. */
static bool
fixes_address(const char *value)
{
	const char *host = starts(value, "https://")  ? value + 8
			   : starts(value, "http://") ? value + 7
						      : NULL;

	if (host != NULL)
		return strchr(host, '/') != NULL && host[0] != '/';
	/* "/" alone could become "//host" when the name is empty. */
	if (value[0] == '/')
		return value[1] != '/' && value[1] != '\\' && value[1] != '\0';
	return value[0] == '#' || value[0] == '?' || starts(value, "mailto:") ||
	       starts(value, "tel:");
}

static const char *
take_address(struct html *h, enum view_type type, enum escape *escape)
{
	bool first = h->value_len == 0;

	if (first && (type == VIEW_URL || type == VIEW_ASSET)) {
		*escape = ESCAPE_ADDRESS;
		h->value[0] =
			'#'; /* the address is whole: what follows is a part of it */
		h->value[1] = '\0';
		h->value_len++;
		return NULL;
	}
	if (!fixes_address(h->value))
		return "an address begins with a name that is none";
	*escape = ESCAPE_URL;
	h->value_len++;
	return NULL;
}

static const char *
take_in_value(struct html *h, enum view_type type, enum escape *escape)
{
	static const char *const addresses[] = {
		"href", "src",  "action",     "formaction", "poster", "xlink:href",
		"cite", "data", "background", "manifest",   "ping",   NULL};
	static const char *const never[] = {"style",      "srcdoc",      "srcset",
					    "http-equiv", "imagesrcset", NULL};

	if (starts(h->attr, "on") || is_one_of(h->attr, never))
		return "no name may stand in this attribute";
	if (is_one_of(h->attr, addresses))
		return take_address(h, type, escape);
	if (strcmp(h->attr, "content") == 0) {
		if (h->refreshes && type != VIEW_INT)
			return "only a number may stand in content of http-equiv";
		h->names_content = type != VIEW_INT;
	}
	h->value_len++;
	return NULL;
}

/* Right behind its start, or behind an option. */
static bool
is_in_select(const struct html *h)
{
	return !h->plain && h->state == HTML_TEXT &&
	       strcmp(h->tag, h->closing ? "option" : "select") == 0;
}

const char *
html_take_name(struct html *h, enum view_type type, enum escape *escape)
{
	*escape = h->plain ? ESCAPE_NONE : ESCAPE_HTML;
	if (type == VIEW_CHOICES && !is_in_select(h))
		return "options may stand in a select alone";
	if (h->plain)
		return NULL;
	switch (h->state) {
	case HTML_TEXT:
	case HTML_RCDATA:
		return NULL;
	case HTML_VALUE_DOUBLE:
		return take_in_value(h, type, escape);
	case HTML_VALUE_SINGLE:
	case HTML_VALUE_BARE:
	case HTML_ATTR_EQUALS:
		return "a name in an attribute needs double quotes around it";
	case HTML_RAW:
		return "no name may stand in script or style";
	case HTML_COMMENT:
	case HTML_MARKUP:
		return "no name may stand in a comment or declaration";
	default:
		return "no name may stand inside a tag";
	}
}

/* ---- sections ---- */

static bool
in_tag(enum html_state state)
{
	return state == HTML_TAG_NAME || state == HTML_TAG || state == HTML_ATTR_NAME;
}

const char *
html_enter(struct html *h)
{
	if (h->plain)
		return NULL;
	if (h->state == HTML_RAW || h->state == HTML_OPEN ||
	    h->state == HTML_ATTR_EQUALS || h->state == HTML_COMMENT ||
	    h->state == HTML_MARKUP)
		return "no section may begin here";
	if (h->state == HTML_TAG_NAME || h->state == HTML_ATTR_NAME) {
		h->glued = true;
		h->state = HTML_TAG;
	}
	return NULL;
}

const char *
html_leave(struct html *h, const struct html *before, bool repeats)
{
	bool glued;

	if (h->plain)
		return NULL;
	glued = h->glued || h->state == HTML_TAG_NAME || h->state == HTML_ATTR_NAME;
	if (in_tag(h->state))
		h->state = HTML_TAG;
	if (h->state != before->state)
		return "a section begins and ends in different places of the HTML";
	if (h->state != HTML_TEXT && strcmp(h->tag, before->tag) != 0)
		return "a section begins and ends in different tags";
	if (in_tag(h->state) && glued && !before->glued && repeats)
		return "what a list puts into a tag must end with a blank";
	if ((h->state == HTML_VALUE_DOUBLE || h->state == HTML_VALUE_SINGLE ||
	     h->state == HTML_VALUE_BARE) &&
	    strcmp(h->attr, before->attr) != 0)
		return "a section begins and ends in different attributes";
	/* What the section put into an address fixes nothing: it may not be there. */
	memcpy(h->value, before->value, sizeof h->value);
	h->value_len = before->value_len;
	h->glued = in_tag(h->state) && (glued || before->glued);
	return NULL;
}

const char *
html_end(const struct html *h)
{
	if (!h->plain && h->state != HTML_TEXT)
		return "the file ends inside a tag, a comment, script or style";
	return NULL;
}
