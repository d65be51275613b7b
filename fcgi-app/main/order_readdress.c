/* order_readdress.c - till order address: another delivery address before shipping. */
#include "main/order_readdress.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/terms.h"

static const char **
field_of(struct address *address, const char *name, size_t len)
{
	const struct {
		const char *name;
		const char **at;
	} fields[] = {
		{"full_name", &address->full_name},
		{"line1", &address->line1},
		{"line2", &address->line2},
		{"city", &address->city},
		{"region", &address->region},
		{"postal_code", &address->postal_code},
		{"country", &address->country},
	};

	for (size_t i = 0; i < DB_COUNT(fields); i++)
		if (strlen(fields[i].name) == len &&
		    strncmp(fields[i].name, name, len) == 0)
			return fields[i].at;
	return NULL;
}

static fallible
lay_over(struct address *address, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *equals = strchr(words[i], '=');
		const char **at;

		if (equals == NULL || !text_is_utf8(words[i], strlen(words[i])))
			return FAIL(INVALID, "\"%s\" is not FIELD=VALUE", words[i]);
		at = field_of(address, words[i], (size_t)(equals - words[i]));
		if (at == NULL)
			return FAIL(INVALID, "an address has no field \"%.*s\"",
				    (int)(equals - words[i]), words[i]);
		*at = equals[1] == '\0' ? NULL : equals + 1;
	}
	return NULL;
}

static fallible
readdress(struct tx *tx, const struct terms *terms, const char *name,
	  const char *const *words, size_t n, const char *actor, struct order *order)
{
	struct address address;

	TRY(order_get(tx, name, order));
	TRY(order_load(tx, order));
	address = customer_shipping(&order->customer);
	TRY(lay_over(&address, words, n));
	return order_set_address(tx, terms, order->id, &address, actor, order);
}

fallible
order_readdress(struct command *cmd, const char *name, const char *const *words,
		size_t n, struct order *order)
{
	struct terms *terms;
	struct ctx *cx;
	struct err *e;

	TRY(terms_read(cmd->mem, cmd->config, &terms));
	TRY(command_ctx(cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = readdress(tx, terms, name, words, n, command_actor(cmd), order);
	if (e != NULL && e->problems.n > 0) /* in a shell the sentence says more */
		snprintf(e->cause, sizeof e->cause, "%s", e->problems.list[0].text);
	return e;
}
