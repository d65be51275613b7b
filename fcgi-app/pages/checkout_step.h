/* checkout_step.h - the checkout one step at a time (setting shop.layout = steps):
 * which step is shown, what it still lacks, and where its form leads.
 *
 * The form of a step says in its hidden field "step" where it came from. A button may
 * name another step in "go": then what is there is stored, nobody complains of what is
 * not, and that step is shown. */
#ifndef PAGES_CHECKOUT_STEP_H
#define PAGES_CHECKOUT_STEP_H

#include "pages/checkout_model.h"

/* What a page shows of the checkout: everything, or one step of it with what was told
 * in the others. Never a step beyond the first that lacks something; after a refusal
 * the one that was sent, or an earlier one if that is where something is wrong. */
void checkout_step_fill(struct request *, const struct checkout *,
			struct checkout_model *);

/* Nobody goes on from a step that lacks something: INVALID names it all, beside what
 * refused (or NULL) says is wrong. Any other refusal is passed on. */
fallible checkout_step_check(const struct request *, const struct checkout *,
			     struct err *refused);

/* Where a form that was stored leads to: "/checkout?step=delivery", or the one page. */
const char *checkout_step_see(const struct request *, const struct checkout *);

#endif
