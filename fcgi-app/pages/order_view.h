/* order_view.h - what may be seen of an order. */
#ifndef PAGES_ORDER_VIEW_H
#define PAGES_ORDER_VIEW_H

#include "web/view.h"

extern const struct view order_view;                 /* of a struct order_model */
extern const struct view_field order_fields[];       /* the same, to be nested */
extern const struct view_field order_place_fields[]; /* of a struct order_place */

#endif
