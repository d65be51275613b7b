/* checkout_view.h - what may be seen of a checkout. */
#ifndef PAGES_CHECKOUT_VIEW_H
#define PAGES_CHECKOUT_VIEW_H

#include "domain/checkout.h"
#include "web/endpoint.h"

/* Of a struct checkout_model: the page checkout.html, and Checkout in JSON. */
extern const struct view checkout_view;

/* The checkout itself, as page or JSON. */
fallible checkout_view_show(struct request *, struct reply *, const struct checkout *);
/* After a change: 303 to the page for a form, the checkout as JSON. */
fallible checkout_view_changed(struct request *, struct reply *,
			       const struct checkout *);

#endif
