/* assets.h - static names and the content-hashed names that stand for them. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stdbool.h>

#include "base/err.h"

struct arena;
struct buf;

/* Reads the manifest (lines "name hashed-name") that holds for the whole process from
 * now on. "" for none: names stand for themselves. */
fallible assets_load(struct arena *, const char *path);

/* "till.css" -> "/static/till-1a2b.css"; a part after # stays. False when a manifest is
 * loaded and does not know the name; the plain name is written then. */
bool assets_put(struct buf *, const char *name);

#endif
