/* router.c - method and path to an endpoint. */
#include "web/router.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

struct router {
	struct route *routes;
	size_t n;
};

static bool
is_part(const char *segment)
{
	return segment[0] == '{';
}

/* Splits the path at its slashes: "/" has no segments. False when there are too many.
 */
static bool
split(struct arena *mem, const char *path, const char **segments, size_t *n)
{
	*n = 0;
	if (path[0] != '/')
		return false;
	for (const char *at = path; at[0] == '/' && strcmp(path, "/") != 0;) {
		size_t len = strcspn(at + 1, "/");

		if (*n == ROUTE_SEGMENTS)
			return false;
		segments[(*n)++] = arena_copy(mem, at + 1, len);
		at += 1 + len;
	}
	return true;
}

static fallible
add_route(struct router *router, struct arena *mem, const struct endpoint *endpoint,
	  const char *text, enum face face)
{
	struct route *route = &router->routes[router->n];
	size_t method = strcspn(text, " ");

	if (text[method] != ' ' ||
	    !split(mem, text + method + 1, route->segments, &route->n_segments))
		return FAIL(INTERNAL, "no route: %s", text);
	route->endpoint = endpoint;
	route->face = face;
	route->text = text;
	route->method = arena_copy(mem, text, method);
	route->number = (int)router->n++;
	return NULL;
}

/* Both could answer one request, and neither is more exact. */
static bool
collide(const struct route *a, const struct route *b)
{
	if (strcmp(a->method, b->method) != 0 || a->n_segments != b->n_segments)
		return false;
	for (size_t i = 0; i < a->n_segments; i++) {
		if (is_part(a->segments[i]) != is_part(b->segments[i]))
			return false;
		if (!is_part(a->segments[i]) &&
		    strcmp(a->segments[i], b->segments[i]) != 0)
			return false;
	}
	return true;
}

static fallible
check_collisions(const struct router *router)
{
	for (size_t i = 0; i < router->n; i++)
		for (size_t k = i + 1; k < router->n; k++)
			if (collide(&router->routes[i], &router->routes[k]))
				return FAIL(
					INTERNAL, "two routes for one address: %s, %s",
					router->routes[i].text, router->routes[k].text);
	return NULL;
}

fallible
router_new(struct arena *mem, const struct endpoint *const *endpoints, size_t n,
	   struct router **out)
{
	struct router *router = arena_new_of(mem, struct router, 1);

	router->routes = arena_new_of(mem, struct route, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		if (endpoints[i]->page != NULL)
			TRY(add_route(router, mem, endpoints[i], endpoints[i]->page,
				      FACE_PAGE));
		if (endpoints[i]->api != NULL)
			TRY(add_route(router, mem, endpoints[i], endpoints[i]->api,
				      FACE_JSON));
	}
	TRY(check_collisions(router));
	*out = router;
	return NULL;
}

const struct route *
router_routes(const struct router *router, size_t *n)
{
	*n = router->n;
	return router->routes;
}

/* Counts the segments that match letter by letter; -1 when the path is another one. */
static int
match(const struct route *route, const char *const *segments, size_t n)
{
	int exact = 0;

	if (route->n_segments != n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (is_part(route->segments[i]) ? segments[i][0] != '\0' : false)
			continue;
		if (strcmp(route->segments[i], segments[i]) != 0)
			return -1;
		exact++;
	}
	return exact;
}

static void
take_parts(struct arena *mem, const struct route *route, const char *const *segments,
	   const struct typed **parts, size_t *n_parts)
{
	struct typed *list = arena_new_of(mem, struct typed, ROUTE_SEGMENTS);

	*n_parts = 0;
	for (size_t i = 0; i < route->n_segments; i++) {
		const char *name = route->segments[i];

		if (is_part(name))
			list[(*n_parts)++] = (struct typed){
				arena_copy(mem, name + 1, strlen(name) - 2),
				segments[i]};
	}
	*parts = list;
}

static const char *
list_methods(const struct router *router, struct arena *mem,
	     const char *const *segments, size_t n)
{
	struct buf allow = buf_new(mem, 200);

	for (size_t i = 0; i < router->n; i++) {
		const struct route *route = &router->routes[i];

		if (match(route, segments, n) < 0 ||
		    strstr(buf_string(&allow), route->method) != NULL)
			continue;
		buf_printf(&allow, "%s%s", allow.len > 0 ? ", " : "", route->method);
		if (strcmp(route->method, "GET") == 0)
			buf_text(&allow, ", HEAD");
	}
	return allow.len > 0 ? buf_string(&allow) : NULL;
}

fallible
router_find(const struct router *router, struct arena *mem, const char *method,
	    const char *path, const struct route **found, const struct typed **parts,
	    size_t *n_parts, const char **allow)
{
	const char *segments[ROUTE_SEGMENTS], *wanted = method;
	size_t n;
	int best = -1;

	*allow = NULL;
	if (!split(mem, path, segments, &n))
		return FAIL(NOT_FOUND, "too many segments");
	if (strcmp(method, "HEAD") == 0)
		wanted = "GET";
	for (size_t i = 0; i < router->n; i++) {
		const struct route *route = &router->routes[i];
		int exact = match(route, segments, n);

		if (exact <= best || strcmp(route->method, wanted) != 0)
			continue;
		best = exact;
		*found = route;
	}
	if (best >= 0) {
		take_parts(mem, *found, segments, parts, n_parts);
		return NULL;
	}
	*allow = list_methods(router, mem, segments, n);
	if (*allow != NULL)
		return FAIL(METHOD, "method %.20s", method);
	return FAIL(NOT_FOUND, "no such path");
}
