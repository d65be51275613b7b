/* shop.h - what lives as long as the worker: settings, keys, terms, gateways, mail. */
#ifndef FLOW_SHOP_H
#define FLOW_SHOP_H

#include "base/config.h"
#include "base/ctx.h"
#include "domain/terms.h"

struct catalog_cache;
struct http_out;
struct keyring;
struct mail_port;
struct outside;
struct pay;

struct shop {
	const struct config *config;
	const struct keyring *keys;
	struct terms *terms; /* methods are the gateways that are on */
	const struct pay **gateways;
	size_t n_gateways;
	const struct mail_port *mail;
	struct http_out *http;       /* that the gateways call through */
	struct outside *outside;     /* outside.h; NULL: calls are neither guarded nor
					kept */
	struct catalog_cache *looks; /* for those who look around; NULL: read it */
};

/* Made after the fork: it owns a curl handle. Fails when settings contradict each
 * other. */
fallible shop_new(struct arena *, const struct config *, const struct keyring *,
		  struct shop **);
const char *shop_gateway_name(const struct shop *, size_t i);
/* NULL when this gateway is not on. */
const struct pay *shop_gateway(const struct shop *, const char *name);

#endif
