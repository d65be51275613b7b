/* openapi_private.h - what the parts of the OpenAPI writer share. */
#ifndef WEB_OPENAPI_PRIVATE_H
#define WEB_OPENAPI_PRIVATE_H

#include "base/json.h"
#include "web/endpoint.h"

/* The schema of a view: an object of its JSON members. */
void openapi_put_view(struct json_out *, const struct view_field *);
/* The schema of a JSON body: an object nested at the dots of the inputs' names. */
void openapi_put_body(struct json_out *, const struct input *);
/* A body that the schema above accepts. */
void openapi_put_example(struct json_out *, const struct input *);
/* The schema of one input: of a parameter. */
void openapi_put_input(struct json_out *, const struct input *);
/* There is a member of a JSON body among them. */
bool openapi_has_body(const struct input *);

#endif
