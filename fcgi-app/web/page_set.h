/* page_set.h - the compiled templates of all pages. */
#ifndef WEB_PAGE_SET_H
#define WEB_PAGE_SET_H

#include <stdbool.h>

#include "base/err.h"
#include "web/view.h"

struct arena;
struct page_set;
struct template;

enum { PAGE_SET_MAX = 128 };

/* dir: of the templates. development: a page whose files changed is compiled again when
 * it is next wanted; a broken one keeps the last good one and says so in the log. */
struct page_set *page_set_new(struct arena *, const char *dir, bool development);
/* Compiles a view's template, once. */
fallible page_set_add(struct page_set *, const struct view *);
/* INTERNAL when the view was never added. */
fallible page_set_get(struct page_set *, const struct view *, const struct template **);

#endif
