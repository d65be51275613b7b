/* input.h - fills an endpoint's struct from path, query and body, by its table. */
#ifndef WEB_INPUT_H
#define WEB_INPUT_H

#include "web/endpoint.h"

/* Every problem is collected before it fails: INVALID (422) names each field with
 * required, too_long, too_short, out_of_range or invalid. A member of a JSON body that
 * no row names is BAD_REQUEST; an unknown form field is ignored. form is zeroed first.
 */
fallible input_read(const struct request *, const struct input *, void *form,
		    size_t size);

#endif
