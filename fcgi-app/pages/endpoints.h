/* endpoints.h - every URL of the shop. */
#ifndef PAGES_ENDPOINTS_H
#define PAGES_ENDPOINTS_H

#include "web/endpoint.h"

#define ENDPOINT(name) extern const struct endpoint name;
#include "pages/endpoints.def"
#undef ENDPOINT

/* All of them, in the order of the documentation. */
const struct endpoint *const *endpoints_all(size_t *n);

#endif
