/* assets.c - static names and the content-hashed names that stand for them. */
#include "web/assets.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "web/file.h"

struct asset_pair {
	const char *name, *hashed;
};

/* Process-wide: view tables, which know no web, show assets too. */
static struct {
	struct asset_pair *list;
	size_t n;
	bool loaded;
} manifest;

static fallible
add_line(struct arena *mem, const char *path, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);

	if (len == 0)
		return NULL;
	if (blank == NULL)
		return FAIL(INTERNAL, "%s: not of the form \"name hashed-name\": %.*s",
			    path, (int)len, line);
	manifest.list[manifest.n++] = (struct asset_pair){
		arena_copy(mem, line, (size_t)(blank - line)),
		arena_copy(mem, blank + 1, len - (size_t)(blank - line) - 1)};
	return NULL;
}

fallible
assets_load(struct arena *mem, const char *path)
{
	const char *text;
	size_t len, lines = 1;

	manifest.list = NULL;
	manifest.n = 0;
	manifest.loaded = false;
	if (text_is_empty(path))
		return NULL;
	TRY(file_read(mem, path, &text, &len));
	if (text == NULL)
		return FAIL(INTERNAL, "%s: there is no such manifest", path);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	manifest.list = arena_new_of(mem, struct asset_pair, lines);
	for (const char *at = text; *at != '\0';) {
		size_t line = strcspn(at, "\n");

		TRY(add_line(mem, path, at, line));
		at += line + (at[line] == '\n');
	}
	manifest.loaded = true;
	return NULL;
}

bool
assets_put(struct buf *to, const char *name)
{
	size_t len = strcspn(name, "#");

	buf_text(to, "/static/");
	for (size_t i = 0; i < manifest.n; i++) {
		if (strncmp(manifest.list[i].name, name, len) != 0 ||
		    manifest.list[i].name[len] != '\0')
			continue;
		buf_text(to, manifest.list[i].hashed);
		buf_text(to, name + len);
		return true;
	}
	buf_text(to, name);
	return !manifest.loaded;
}
