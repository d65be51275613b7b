/* web.c - what this floor keeps as long as the worker lives. */
#include "web/web.h"

#include "base/arena.h"
#include "web/assets.h"
#include "web/page_set.h"
#include "web/show.h"
#include "web/words.h"

static fallible
add_views(struct web *web, const struct endpoint *endpoint)
{
	if (endpoint->page != NULL && endpoint->shows != NULL)
		TRY(page_set_add(web->pages, endpoint->shows));
	for (const struct view *const *v = endpoint->also; v != NULL && *v != NULL; v++)
		TRY(page_set_add(web->pages, *v));
	return NULL;
}

fallible
web_new(struct arena *mem, const struct config *config, const struct keyring *keys,
	const struct endpoint *const *endpoints, size_t n, struct shop *shop,
	struct web **out)
{
	struct web *web = arena_new_of(mem, struct web, 1);
	struct router *router;
	struct words *words;

	web->mem = mem;
	web->config = config;
	web->keys = keys;
	web->shop = shop;
	TRY(router_new(mem, endpoints, n, &router));
	web->router = router;
	TRY(networks_parse(mem, config->limits_exempt, &web->exempt));
	TRY(networks_parse(mem, config->limits_inside, &web->inside));
	TRY(assets_load(mem, config->shop_static));
	TRY(words_load(mem, arena_printf(mem, "%s/words.en", config->shop_templates),
		       &words));
	web->words = words;
	web->pages =
		page_set_new(mem, config->shop_templates, config->shop_development);
	TRY(page_set_add(web->pages, &show_error_view));
	TRY(page_set_add(web->pages, &show_overloaded_view));
	for (size_t i = 0; i < n; i++)
		TRY(add_views(web, endpoints[i]));
	*out = web;
	return NULL;
}
