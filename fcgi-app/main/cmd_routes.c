/* cmd_routes.c - till routes: every URL, as a table, for nginx, or as OpenAPI. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "main/command.h"
#include "main/commands.h"
#include "pages/endpoints.h"
#include "web/openapi.h"
#include "web/router.h"

enum { OPENAPI_MAX = 4 * 1024 * 1024, LINES_MAX = 256 * 1024 };

static const char *const pool_names[] = {"shop", "pay", "hook"};

static void
put_route(struct buf *out, const struct route *route)
{
	const struct endpoint *endpoint = route->endpoint;

	buf_printf(out, "%-48s %-5s %-5s %s\n", route->text, pool_names[endpoint->pool],
		   route->face == FACE_JSON ? "json" : "page",
		   endpoint->says == NULL ? "" : endpoint->says);
}

static void
put_route_json(struct json_out *out, const struct route *route)
{
	const struct endpoint *endpoint = route->endpoint;

	json_open(out, '{');
	json_pair_text(out, "route", route->text);
	json_pair_text(out, "pool", pool_names[endpoint->pool]);
	json_pair_text(out, "face", route->face == FACE_JSON ? "json" : "page");
	json_pair_text(out, "says", endpoint->says);
	json_close(out, '}');
}

static void
print_routes(const struct command *cmd, const struct route *routes, size_t n)
{
	struct buf out = buf_new(cmd->mem, LINES_MAX);
	struct json_out json = json_out(&out);

	if (cmd->json)
		json_open(&json, '[');
	for (size_t i = 0; i < n; i++) {
		if (cmd->json)
			put_route_json(&json, &routes[i]);
		else
			put_route(&out, &routes[i]);
	}
	if (cmd->json)
		json_close(&json, ']');
	else if (out.len > 0)
		out.len--;
	command_print(&out);
}

/* ---- nginx ---- */

/* "location = /checkout/payment", or a pattern when the path has parts. */
static const char *
location_of(struct arena *mem, const struct route *route)
{
	const char *path = strchr(route->text, ' ') + 1;
	struct buf out = buf_new(mem, 400);

	if (strchr(path, '{') == NULL)
		return arena_printf(mem, "= %s", path);
	buf_text(&out, "~ ^");
	for (; *path != '\0'; path++) {
		if (*path != '{') {
			buf_char(&out, *path);
			continue;
		}
		buf_text(&out, "[^/]+");
		path += strcspn(path, "}");
	}
	buf_char(&out, '$');
	return buf_string(&out);
}

/* The file that a route's location includes; NULL: the site's own prefixes will do. */
static const char *
pool_of(const struct endpoint *endpoint)
{
	bool token = (endpoint->needs & TOKEN_PAGE) != 0;

	if (endpoint->pool == POOL_PAY)
		return token ? "pool_pay_token.conf" : "pool_pay.conf";
	return token && endpoint->pool == POOL_SHOP ? "pool_shop_token.conf" : NULL;
}

/* nginx picks the pool by path alone, so what shares a path with a slow write goes with
 * it. Addresses with a token are told apart, for nginx quotes them in its error log.
 * Webhooks have a folder of their own. */
static void
print_nginx(const struct command *cmd, const struct route *routes, size_t n)
{
	struct buf out = buf_new(cmd->mem, LINES_MAX);

	for (size_t i = 0; i < n; i++) {
		const char *file = pool_of(routes[i].endpoint), *line;

		if (file == NULL)
			continue;
		line = arena_printf(cmd->mem, "\tlocation %s { include till/%s; }\n",
				    location_of(cmd->mem, &routes[i]), file);
		if (strstr(buf_string(&out), line) == NULL)
			buf_text(&out, line);
	}
	buf_text(&out, "\tlocation ^~ /webhooks/ { include till/pool_hook.conf; }");
	command_print(&out);
}

static fallible
print_all(const struct command *cmd, bool nginx, bool openapi)
{
	struct buf out = buf_new(cmd->mem, OPENAPI_MAX);
	struct router *router;
	const struct route *routes;
	size_t n, n_routes;
	const struct endpoint *const *endpoints = endpoints_all(&n);

	TRY(router_new(cmd->mem, endpoints, n, &router));
	routes = router_routes(router, &n_routes);
	if (nginx) {
		print_nginx(cmd, routes, n_routes);
	} else if (openapi) {
		openapi_write(&out,
			      cmd->config == NULL ? config_defaults(cmd->mem)
						  : cmd->config,
			      endpoints, n);
		command_print(&out);
	} else {
		print_routes(cmd, routes, n_routes);
	}
	return NULL;
}

int
cmd_routes(int argc, char **argv)
{
	bool nginx = false, openapi = false;
	const struct command_option options[] = {
		{"--nginx", NULL, "the locations of the pools", NULL, &nginx},
		{"--openapi", NULL, "the OpenAPI file of the JSON face", NULL,
		 &openapi},
		{0},
	};
	struct command cmd = {
		.usage = "routes", .options = options, .without_config = true};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	return command_end(&cmd, print_all(&cmd, nginx, openapi));
}
