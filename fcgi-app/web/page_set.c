/* page_set.c - the compiled templates of all pages. */
#include "web/page_set.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "web/template.h"

enum { RECOMPILED_MAX_BYTES = 16 * 1024 * 1024 };

struct entry {
	const char *name;
	const struct view_field *fields;
	struct template *compiled;
	struct arena *own; /* of a template that was compiled again; NULL: the set's */
};

struct page_set {
	struct arena *mem;
	const char *dir;
	bool development;
	struct entry list[PAGE_SET_MAX];
	size_t n;
};

static void
free_recompiled(void *arg)
{
	struct page_set *set = arg;

	for (struct entry *e = set->list; e < set->list + set->n; e++)
		arena_free(e->own);
}

struct page_set *
page_set_new(struct arena *mem, const char *dir, bool development)
{
	struct page_set *set = arena_new_of(mem, struct page_set, 1);

	set->mem = mem;
	set->dir = arena_text(mem, dir);
	set->development = development;
	arena_defer(mem, free_recompiled, set);
	return set;
}

static struct entry *
find_entry(struct page_set *set, const struct view *view)
{
	for (struct entry *e = set->list; e < set->list + set->n; e++)
		if (e->fields == view->fields && strcmp(e->name, view->template) == 0)
			return e;
	return NULL;
}

fallible
page_set_add(struct page_set *set, const struct view *view)
{
	struct entry *entry = &set->list[set->n];

	if (view->template == NULL || find_entry(set, view) != NULL)
		return NULL;
	if (set->n == PAGE_SET_MAX)
		return FAIL(INTERNAL, "more than %d templates", PAGE_SET_MAX);
	*entry = (struct entry){.name = view->template, .fields = view->fields};
	TRY(template_compile(set->mem, set->dir, view->template, view->fields,
			     &entry->compiled));
	set->n++;
	return NULL;
}

static void
compile_again(struct page_set *set, struct entry *entry)
{
	struct arena *mem = arena_new(RECOMPILED_MAX_BYTES);
	struct template *compiled;
	struct err *e =
		template_compile(mem, set->dir, entry->name, entry->fields, &compiled);

	if (e != NULL) {
		log_event(LOG_WARNING, "template.broken", "cause", e->cause, NULL);
		arena_free(mem);
		return;
	}
	arena_free(entry->own);
	entry->own = mem;
	entry->compiled = compiled;
}

fallible
page_set_get(struct page_set *set, const struct view *view, const struct template **out)
{
	struct entry *entry = find_entry(set, view);

	if (entry == NULL)
		return FAIL(INTERNAL, "the template %s was not compiled at the start",
			    view->template);
	if (set->development && template_is_stale(entry->compiled))
		compile_again(set, entry);
	*out = entry->compiled;
	return NULL;
}
