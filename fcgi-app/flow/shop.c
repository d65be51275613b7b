/* shop.c - what lives as long as the worker. */
#include "flow/shop.h"

#include "base/arena.h"
#include "gateway/http_out.h"
#include "gateway/mail.h"
#include "gateway/pay.h"

fallible
shop_new(struct arena *mem, const struct config *config, const struct keyring *keys,
	 struct shop **out)
{
	struct shop *shop = arena_new_of(mem, struct shop, 1);
	struct method *methods;

	shop->config = config;
	shop->keys = keys;
	TRY(terms_read(mem, config, &shop->terms));
	shop->http = http_out_new(mem, config);
	TRY(pay_gateways(mem, config, shop->http, &shop->gateways, &shop->n_gateways));
	TRY(mail_smtp(mem, config, &shop->mail));
	methods = arena_new_of(mem, struct method, shop->n_gateways + 1);
	for (size_t i = 0; i < shop->n_gateways; i++) {
		const struct pay *pay = shop->gateways[i];
		methods[i] = (struct method){.id = pay->name,
					     .title = pay->title,
					     .note = pay->note,
					     .gateway = pay->name};
		pay->limits(pay, config->shop_currency, &methods[i].least,
			    &methods[i].most);
	}
	shop->terms->methods = methods;
	shop->terms->n_methods = shop->n_gateways;
	*out = shop;
	return NULL;
}

const char *
shop_gateway_name(const struct shop *shop, size_t i)
{
	return shop->gateways[i]->name;
}

const struct pay *
shop_gateway(const struct shop *shop, const char *name)
{
	return pay_find(shop->gateways, shop->n_gateways, name);
}
