/* cart_view.h - what may be seen of a cart. */
#ifndef PAGES_CART_VIEW_H
#define PAGES_CART_VIEW_H

#include "domain/cart.h"
#include "web/endpoint.h"

/* Of a struct cart_model: the page cart.html, and Cart in JSON. */
extern const struct view cart_view;

/* The cart itself, as page or JSON. */
fallible cart_view_show(struct request *, struct reply *, const struct cart *);
/* Where a change shall put the cart: nowhere (NULL) for a form, whose answer leads on.
 */
struct cart *cart_view_wanted(struct request *);
/* After a change: 303 to `see` for a form (NULL), the whole cart as JSON. */
fallible cart_view_changed(struct request *, struct reply *, const char *see,
			   const struct cart *);

#endif
