/* router.h - method and path to an endpoint. */
#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

#include "web/endpoint.h"

struct router;

enum { ROUTE_PARTS = 8, ROUTE_SEGMENTS = 12 };

/* One address of an endpoint: its page's or its JSON's. */
struct route {
	const struct endpoint *endpoint;
	enum face face;
	const char *text; /* "POST /cart/items/{id}" */
	const char *method;
	size_t n_segments;
	const char *segments[ROUTE_SEGMENTS]; /* "cart", "{id}" */
	int number;                           /* of the route in the table, from 0 */
};

/* Fails with INTERNAL when an address cannot be read or when two routes could answer
 * the same request ("/a/{x}" beside "/a/b" is fine: what is written out wins). */
fallible router_new(struct arena *, const struct endpoint *const *, size_t n,
		    struct router **);

/* Finds the route and the parts of its path. METHOD when the path is known with other
 * methods only: *allow then lists them ("GET, HEAD, POST"). NOT_FOUND otherwise. */
fallible router_find(const struct router *, struct arena *, const char *method,
		     const char *path, const struct route **,
		     const struct typed **parts, size_t *n_parts, const char **allow);

/* All routes, in the order of the table. */
const struct route *router_routes(const struct router *, size_t *n);

#endif
