/* router_test.c - one request has one endpoint. */
#include "base/arena.h"
#include "web/router.h"

#include "support/in_arena.h"

static const struct endpoint shelf = {.page = "GET /"};
static const struct endpoint cart_get = {.page = "GET /cart",
					 .api = "GET /api/v1/cart"};
static const struct endpoint cart_new = {.api = "POST /api/v1/cart"};
static const struct endpoint item = {.page = "POST /cart/items/{id}",
				     .api = "PATCH /api/v1/cart/items/{id}"};
static const struct endpoint find = {.page = "GET /orders/find"};
static const struct endpoint order = {.page = "GET /orders/{order}"};

static const struct endpoint *const all[] = {&shelf, &cart_get, &cart_new,
					     &item,  &find,     &order};

struct found {
	struct err *e;
	const struct route *route;
	const struct typed *parts;
	size_t n;
	const char *allow;
};

static struct found
ask(const char *method, const char *path)
{
	struct router *router;
	struct found f = {0};

	WANT_OK(router_new(mem, all, 6, &router));
	f.e = router_find(router, mem, method, path, &f.route, &f.parts, &f.n,
			  &f.allow);
	return f;
}

static void
a_path_leads_to_its_endpoint_and_face(void **state)
{
	(void)state;
	WANT(ask("GET", "/").route->endpoint == &shelf);
	WANT(ask("GET", "/cart").route->face == FACE_PAGE);
	WANT(ask("GET", "/api/v1/cart").route->face == FACE_JSON);
	WANT(ask("GET", "/api/v1/cart").route->endpoint == &cart_get);
	WANT(ask("POST", "/api/v1/cart").route->endpoint == &cart_new);
}

static void
parts_of_the_path_are_handed_over(void **state)
{
	struct found f = ask("PATCH", "/api/v1/cart/items/a%2fb");

	(void)state;
	WANT_OK(f.e);
	WANT_INT(f.n, 1);
	WANT_TEXT(f.parts[0].name, "id");
	WANT_TEXT(f.parts[0].value, "a%2fb");
}

static void
what_is_written_out_wins_over_a_part(void **state)
{
	(void)state;
	WANT(ask("GET", "/orders/find").route->endpoint == &find);
	WANT(ask("GET", "/orders/finds").route->endpoint == &order);
}

static void
other_paths_are_not_found(void **state)
{
	static const char *const paths[] = {"/cart/",
					    "/cart/x",
					    "/CART",
					    "//",
					    "/orders/",
					    "/orders/a/b",
					    "/api/v1/cart/items/",
					    "/a/b/c/d/e/f/g/h/i/j/k/l/m/n"};

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		WANT_ERR(ask("GET", paths[i]).e, NOT_FOUND);
}

static void
another_method_is_told_what_is_allowed(void **state)
{
	struct found f = ask("DELETE", "/api/v1/cart");

	(void)state;
	WANT_ERR(f.e, METHOD);
	WANT_TEXT(f.allow, "GET, HEAD, POST");
	WANT_ERR(ask("OPTIONS", "/cart").e, METHOD);
	WANT_ERR(ask("TRACE", "/cart/items/x").e, METHOD);
	WANT_TEXT(ask("TRACE", "/cart/items/x").allow, "POST");
	WANT_ERR(ask("get", "/cart").e, METHOD);
}

static void
head_is_served_as_get(void **state)
{
	(void)state;
	WANT(ask("HEAD", "/cart").route->endpoint == &cart_get);
	WANT_ERR(ask("HEAD", "/cart/items/x").e, METHOD);
}

static void
two_routes_for_one_address_stop_the_start(void **state)
{
	static const struct endpoint same = {.page = "GET /orders/{number}"};
	static const struct endpoint *const both[] = {&order, &same};
	static const struct endpoint *const twice[] = {&shelf, &shelf};
	struct router *router;

	(void)state;
	WANT_ERR(router_new(mem, both, 2, &router), INTERNAL);
	WANT_ERR(router_new(mem, twice, 2, &router), INTERNAL);
}

static void
an_address_that_cannot_be_read_stops_the_start(void **state)
{
	static const struct endpoint odd = {.page = "GET"};
	static const struct endpoint odder = {.page = "GET cart"};
	static const struct endpoint *const one[] = {&odd}, *const other[] = {&odder};
	struct router *router;

	(void)state;
	WANT_ERR(router_new(mem, one, 1, &router), INTERNAL);
	WANT_ERR(router_new(mem, other, 1, &router), INTERNAL);
}

TESTS_IN_ARENA(TEST(a_path_leads_to_its_endpoint_and_face),
	       TEST(parts_of_the_path_are_handed_over),
	       TEST(what_is_written_out_wins_over_a_part),
	       TEST(other_paths_are_not_found),
	       TEST(another_method_is_told_what_is_allowed),
	       TEST(head_is_served_as_get),
	       TEST(two_routes_for_one_address_stop_the_start),
	       TEST(an_address_that_cannot_be_read_stops_the_start))
