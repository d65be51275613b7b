/* stage.h - a shop without a database: the routes, guards, templates and tables of the
 * program, with handlers that show goods which stand here. Every call of it does the
 * same work again, so that its instructions can be counted. */
#ifndef SPEED_STAGE_H
#define SPEED_STAGE_H

#include <stddef.h>

#include "domain/cart.h"
#include "domain/checkout.h"

struct stage;

/* A stage at a fixed hour; source: the folder that templates/ is in. NULL when a
 * template does not fit. Lives as long as the arena. */
struct stage *stage_new(struct arena *, const char *source);

/* A cart of that many lines, without prices; of 1 to PRICING_LINES_MAX. */
struct cart stage_cart(struct arena *, size_t lines);
const struct terms *stage_terms(const struct stage *);
/* What a shopper tells, all of it right. */
struct details stage_details(void);

/* One request as nginx sends it, through dispatch: the status of its answer. type and
 * body: NULL, or what is sent. Shows a cart or checkout of so many lines, 3 or 50. */
struct stage_ask {
	const char *method, *path, *type, *body;
	size_t lines;
};
int stage_ask(struct stage *, struct arena *, const struct stage_ask *);
/* A good token of the visitor, for a form. */
const char *stage_csrf(const struct stage *, struct arena *);

#endif
