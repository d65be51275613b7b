/* product_again.h - the page to show when a product could not be put into the cart. */
#ifndef PAGES_PRODUCT_AGAIN_H
#define PAGES_PRODUCT_AGAIN_H

#include "web/endpoint.h"

/* No route of its own: the product's page, or the shelf when there is no such product.
 */
extern const struct endpoint product_again;

#endif
