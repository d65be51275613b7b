/* stage.c - a shop without a database. */
#include "stage.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/seal.h"
#include "domain/catalog.h"
#include "flow/shop.h"
#include "pages/cart_view.h"
#include "pages/checkout_view.h"
#include "pages/details_form.h"
#include "pages/endpoints.h"
#include "pages/product_model.h"
#include "web/csrf.h"
#include "web/dispatch.h"

enum { ENDPOINTS_MAX = 128, FEW = 3, MANY = 50, PARAMS = 20 };

/* Saturday, 21 November 2026, 10:57 UTC. */
#define NOW INT64_C(1795258620)

static const char visitor[] = "0123456789012345678901234567890123456789012";

struct stage {
	struct web *web;
	struct shop shop;
	struct config *config;
	const struct keyring *keys;
	struct checkout few, many;
	struct product product;
	const struct checkout *shown; /* by the request at hand */
	struct endpoint endpoints[ENDPOINTS_MAX];
	const struct endpoint *list[ENDPOINTS_MAX];
};

/* ---- goods ---- */

static struct instant
at(int64_t seconds)
{
	return (struct instant){SECONDS(NOW + seconds)};
}

static struct cart_item
item_of(struct arena *mem, size_t i)
{
	struct money price = money_of((int64_t)(1800 + 25 * i), "USD");
	struct cart_item item = {
		.sku = arena_printf(mem, "HG-GOODS-%02zu", i),
		.slug = arena_printf(mem, "enamel-mug-%02zu", i),
		.title = arena_printf(mem, "Enamel mug \"No. %02zu\" & saucer", i),
		.kind = "ship",
		.tax_class = "standard",
		.picture = "mug",
		.quantity = (int64_t)(1 + i % 3),
		.per_order = 9,
		.weight_g = 320,
		.unit_price = price,
		.seen_price = price,
		.sold = true,
		.free = {true, 40},
		.held = 1,
	};
	const char *uid =
		arena_printf(mem, "018f0000-0000-7000-8000-0000000000%02zu", i);

	memcpy(item.uid.text, uid, sizeof item.uid.text);
	return item;
}

struct cart
stage_cart(struct arena *mem, size_t lines)
{
	struct cart cart = {
		.id = {7},
		.uid = {"018f0000-0000-7000-8000-000000000100"},
		.status = "active",
		.stage = "address",
		.version = 4,
		.currency = "USD",
		.created_at = at(-600),
		.updated_at = at(-60),
		.expires_at = at(86400),
		.now = at(0),
		.checkout = {7},
		.checkout_uid = {"018f0000-0000-7000-8000-000000000101"},
		.ship_country = "US",
		.shipping_option = "standard",
		.payment_method = "stripe",
		.hold_expires_at = at(1700),
		.items = arena_new_of(mem, struct cart_item, lines),
		.n_items = lines,
	};

	for (size_t i = 0; i < lines; i++)
		cart.items[i] = item_of(mem, i);
	return cart;
}

struct details
stage_details(void)
{
	struct address home = {.full_name = " Ada  Example",
			       .line1 = "1 Dock Street",
			       .line2 = "Flat 3",
			       .city = "Portland",
			       .region = "oregon",
			       .postal_code = "972011234",
			       .country = "us"};

	return (struct details){.has_contact = true,
				.has_shipping = true,
				.has_billing = true,
				.email = "ada@example.com",
				.phone = "+1 503 555 0100",
				.shipping = home,
				.billing = home,
				.shipping_option = "standard",
				.payment_method = "stripe"};
}

static struct product
product(void)
{
	return (struct product){
		.sku = "HG-MUG",
		.slug = "enamel-mug",
		.title = "Enamel mug",
		.kind = "ship",
		.price = money_of(1800, "USD"),
		.tax_class = "standard",
		.weight_g = 320,
		.per_order = 9,
		.picture = "mug",
		.summary = "Steel under two coats of enamel, rolled rim.",
		.description =
			"It holds 350 ml and goes over a fire. Chips where it is "
			"dropped, and rusts there: dry it & oil it.",
		.on_hand = {true, 20},
		.reserved = {true, 2},
		.available = {true, 18},
	};
}

/* ---- handlers ---- */

static struct stage *stage; /* that the handlers show */

static fallible
show_cart(struct request *rq, const void *form, struct reply *re)
{
	(void)form;
	return cart_view_show(rq, re, &stage->shown->cart);
}

static fallible
show_checkout(struct request *rq, const void *form, struct reply *re)
{
	(void)form;
	return checkout_view_show(rq, re, stage->shown);
}

static fallible
show_product(struct request *rq, const void *form, struct reply *re)
{
	static const struct field_hint hints[] = {
		{.name = "quantity", .label = "Quantity", .required = true},
	};
	struct product_model *model =
		arena_new_of(rq->cx->mem, struct product_model, 1);

	(void)form;
	product_model_fill(rq->cx->mem, rq->shop->terms, &stage->product, model);
	re->hints = hints;
	re->n_hints = 1;
	return reply_show(rq, re, rq->endpoint->shows, model);
}

static fallible
add_item(struct request *rq, const void *form, struct reply *re)
{
	const struct cart *cart = cart_view_wanted(rq);

	(void)form;
	return cart_view_changed(rq, re, "/cart", cart);
}

/* The forms of the checkout begin with a struct details_form. */
static fallible
take_details(struct request *rq, const void *form, struct reply *re)
{
	struct checkout *checkout = arena_new_of(rq->cx->mem, struct checkout, 1);
	struct details sent;

	*checkout = *stage->shown;
	details_of_form(rq, form, &sent);
	TRY(checkout_apply(rq->cx->mem, rq->shop->terms, checkout, &sent));
	return checkout_view_changed(rq, re, checkout);
}

/* The handlers that need no database, in the place of those that do. */
static fallible (*handler_of(const struct endpoint *endpoint))(struct request *,
							       const void *,
							       struct reply *)
{
	static const struct {
		const struct endpoint *endpoint;
		fallible (*handle)(struct request *, const void *, struct reply *);
	} rows[] = {
		{&cart_get, show_cart},
		{&checkout_get, show_checkout},
		{&product_get, show_product},
		{&cart_item_post, add_item},
		{&checkout_details_post, take_details},
		{&checkout_payment_post, take_details},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].endpoint == endpoint)
			return rows[i].handle;
	return endpoint->handle;
}

/* ---- the stage ---- */

static fallible
fill_shop(struct arena *mem, struct stage *s)
{
	static const struct method method = {.id = "stripe",
					     .title = "Card, Apple Pay, Google Pay",
					     .note = "You pay on Stripe's page. We "
						     "never see your card.",
					     .gateway = "stripe"};
	struct details details = stage_details();

	s->shop = (struct shop){.config = s->config, .keys = s->keys};
	TRY(terms_read(mem, s->config, &s->shop.terms));
	s->shop.terms->methods = &method;
	s->shop.terms->n_methods = 1;
	s->few.cart = stage_cart(mem, FEW);
	s->many.cart = stage_cart(mem, MANY);
	TRY(checkout_apply(mem, s->shop.terms, &s->few, &details));
	TRY(checkout_apply(mem, s->shop.terms, &s->many, &details));
	s->product = product();
	s->shown = &s->few;
	return NULL;
}

struct stage *
stage_new(struct arena *mem, const char *source)
{
	static int64_t offset;
	size_t n;
	const struct endpoint *const *all = endpoints_all(&n);
	struct stage *s = arena_new_of(mem, struct stage, 1);
	struct err *e;

	offset = NOW - clock_now().us / SECONDS(1);
	clock_share(&offset);
	s->config = config_defaults(mem);
	s->config->shop_templates = arena_printf(mem, "%s/templates", source);
	s->config->tax_rates = "US standard 8.875; US shipping 0";
	s->keys = keyring_for_tests(mem);
	for (size_t i = 0; i < n && i < ENDPOINTS_MAX; i++) {
		s->endpoints[i] = *all[i];
		s->endpoints[i].handle = handler_of(all[i]);
		s->list[i] = &s->endpoints[i];
	}
	e = n > ENDPOINTS_MAX
		    ? FAIL(INTERNAL, "more endpoints than the stage has room for")
		    : fill_shop(mem, s);
	if (e == NULL)
		e = web_new(mem, s->config, s->keys, s->list, n, &s->shop, &s->web);
	if (e != NULL)
		log_error("stage.broken", e);
	stage = s;
	return e == NULL ? s : NULL;
}

const struct terms *
stage_terms(const struct stage *s)
{
	return s->shop.terms;
}

const char *
stage_csrf(const struct stage *s, struct arena *mem)
{
	return csrf_token(mem, s->keys, visitor, clock_now());
}

/* ---- requests ---- */

struct body {
	const char *bytes;
	size_t left;
};

static size_t
read_body(void *from, void *to, size_t len)
{
	struct body *body = from;

	if (len > body->left)
		len = body->left;
	memcpy(to, body->bytes, len);
	body->bytes += len;
	body->left -= len;
	return len;
}

int
stage_ask(struct stage *s, struct arena *mem, const struct stage_ask *ask)
{
	struct body body = {ask->body, ask->body == NULL ? 0 : strlen(ask->body)};
	const char *params[PARAMS] = {
		arena_printf(mem, "REQUEST_METHOD=%s", ask->method),
		arena_printf(mem, "DOCUMENT_URI=%s", ask->path),
		arena_printf(mem, "CONTENT_LENGTH=%zu", body.left),
		arena_printf(mem, "CONTENT_TYPE=%s",
			     ask->type == NULL ? "" : ask->type),
		arena_printf(mem, "HTTP_COOKIE=theme=dark; __Host-till=%s", visitor),
		"QUERY_STRING=",
		"REMOTE_ADDR=192.0.2.7",
		"REQUEST_ID=0123456789abcdef0123456789abcdef",
		"HTTP_HOST=127.0.0.1:8443",
		"HTTP_ORIGIN=https://127.0.0.1:8443",
		"HTTP_SEC_FETCH_SITE=same-origin",
		"HTTP_ACCEPT=text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
		"HTTP_ACCEPT_LANGUAGE=en-US,en;q=0.5",
		"HTTP_ACCEPT_ENCODING=gzip, deflate, br",
		"HTTP_USER_AGENT=Mozilla/5.0 (X11; Linux x86_64; rv:140.0) "
		"Firefox/140.0",
		"HTTP_IDEMPOTENCY_KEY=018f0000-0000-7000-8000-000000000200",
	};
	struct wire wire = {.params = params, .read = read_body, .from = &body};
	struct ctx cx = {.mem = mem, .keys = s->keys};
	struct answer answer = {0};

	s->shown = ask->lines == MANY ? &s->many : &s->few;
	dispatch(s->web, &cx, &wire, &answer);
	return answer.shown.status;
}
