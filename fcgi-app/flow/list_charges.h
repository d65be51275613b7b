/* list_charges.h - what the gateways say they took and gave back, for till verify. */
#ifndef FLOW_LIST_CHARGES_H
#define FLOW_LIST_CHARGES_H

#include "domain/evidence.h"

struct shop;

/* Fills the evidence's charges with those of all gateways since a moment; they live in
 * keep, which must not be the context's memory: that one is rewound after each page.
 * REFUSED when a gateway does not show them all. */
fallible flow_list_charges(struct shop *, struct ctx *, struct arena *keep,
			   struct instant from, struct evidence *);

#endif
