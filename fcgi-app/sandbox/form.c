/* form.c - application/x-www-form-urlencoded with bracket nesting. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/form.h"

static bool
decode(struct arena *mem, const char *bytes, size_t len, const char **out)
{
	char *text = arena_alloc(mem, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char pair[3] = {0};

		if (bytes[i] == '+') {
			text[n++] = ' ';
		} else if (bytes[i] != '%') {
			text[n++] = bytes[i];
		} else {
			if (len - i < 3)
				return false;
			memcpy(pair, bytes + i + 1, 2);
			if (!text_from_hex(pair, text + n, 1))
				return false;
			n++;
			i += 2;
		}
	}
	*out = text;
	return text_is_utf8(text, n);
}

/* name, then any number of [part]; no part but the last may be empty. */
static bool
name_is_whole(const char *name)
{
	const char *c = name + strcspn(name, "[]");

	if (c == name)
		return false;
	while (*c) {
		size_t part;

		if (*c != '[')
			return false;
		part = strcspn(c + 1, "[]");
		if (c[1 + part] != ']')
			return false;
		c += part + 2;
		if (part == 0 && *c)
			return false;
	}
	return true;
}

static size_t
count_inside(const struct form *form, const char *name, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < form->n; i++)
		n += strncmp(form->list[i].name, name, len) == 0 &&
		     form->list[i].name[len] == '[';
	return n;
}

/* "a" beside "a[b]": one of them would be lost. */
static bool
contradicts(const struct form *form, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < form->n; i++) {
		const char *other = form->list[i].name;
		size_t other_len = strlen(other);

		if (other_len < len && strncmp(other, name, other_len) == 0 &&
		    name[other_len] == '[')
			return true;
		if (len < other_len && strncmp(other, name, len) == 0 &&
		    other[len] == '[')
			return true;
	}
	return false;
}

static bool
add(struct arena *mem, struct form *form, const char *name, const char *value)
{
	size_t len = strlen(name);

	if (!name_is_whole(name))
		return false;
	if (len > 2 && text_ends(name, "[]"))
		name = arena_printf(mem, "%.*s[%zu]", (int)(len - 2), name,
				    count_inside(form, name, len - 2));
	for (size_t i = 0; i < form->n; i++)
		if (strcmp(form->list[i].name, name) == 0) {
			form->list[i].value = value;
			return true;
		}
	if (contradicts(form, name))
		return false;
	form->list[form->n++] = (struct pair){name, value};
	return true;
}

bool
form_parse(struct arena *mem, const char *bytes, size_t len, struct form *form)
{
	const char *end = bytes + len;

	form->n = 0;
	form->list = arena_new_of(mem, struct pair, FORM_FIELDS);
	while (bytes < end) {
		const char *stop = memchr(bytes, '&', (size_t)(end - bytes));
		const char *equals, *name, *value;

		stop = stop ? stop : end;
		equals = memchr(bytes, '=', (size_t)(stop - bytes));
		equals = equals ? equals : stop;
		if (form->n == FORM_FIELDS)
			return false;
		if (!decode(mem, bytes, (size_t)(equals - bytes), &name))
			return false;
		if (equals < stop)
			equals++;
		if (!decode(mem, equals, (size_t)(stop - equals), &value))
			return false;
		if (stop > bytes && !add(mem, form, name, value))
			return false;
		bytes = stop + 1;
	}
	return true;
}

const char *
form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (strcmp(form->list[i].name, name) == 0)
			return form->list[i].value;
	return NULL;
}

bool
form_has(const struct form *form, const char *name)
{
	return form_get(form, name) || count_inside(form, name, strlen(name)) > 0;
}

struct pairs
form_group(struct arena *mem, const struct form *form, const char *name)
{
	struct pairs inside = {0, arena_new_of(mem, struct pair, form->n + 1)};
	size_t len = strlen(name);

	for (size_t i = 0; i < form->n; i++) {
		const char *full = form->list[i].name;
		size_t part;

		if (strncmp(full, name, len) != 0 || full[len] != '[')
			continue;
		part = strcspn(full + len + 1, "]");
		if (full[len + 1 + part + 1])
			continue;
		inside.list[inside.n++] = (struct pair){
			arena_copy(mem, full + len + 1, part), form->list[i].value};
	}
	return inside;
}

static bool
is_number(const char *part, size_t len)
{
	return len > 0 && len < 6 && strspn(part, "0123456789") >= len;
}

static bool
pattern_fits(const char *pattern, const char *name)
{
	for (;;) {
		size_t want = strcspn(pattern, "["), have = strcspn(name, "[");
		bool number = want == 2 && strncmp(pattern, "#]", 2) == 0;
		bool any = want == 2 && strncmp(pattern, "*]", 2) == 0;

		if (strncmp(pattern, "**]", 3) == 0)
			return true;
		if (number && !is_number(name, have - 1))
			return false;
		if (!number && !any &&
		    (want != have || strncmp(pattern, name, want) != 0))
			return false;
		pattern += want;
		name += have;
		if (!*pattern || !*name)
			return !*pattern && !*name;
		pattern++;
		name++;
	}
}

const char *
form_unknown(const struct form *form, const char *const *patterns)
{
	for (size_t i = 0; i < form->n; i++) {
		const char *const *p = patterns;

		while (*p && !pattern_fits(*p, form->list[i].name))
			p++;
		if (!*p)
			return form->list[i].name;
	}
	return NULL;
}
