/* scenario.c - what visitors do: tables of steps, as browsers and apps send them. */
#include "scenario.h"

#include <string.h>

#define END                                                                            \
	{                                                                              \
		.name = NULL                                                           \
	}
#define FIELD(word, name)                                                              \
	{                                                                              \
		WORD_##word, "name=\"" name "\" value=\"", "\"", false                 \
	}
#define HREF(word, after)                                                              \
	{                                                                              \
		WORD_##word, after, "\"", false                                        \
	}

/* ---- over JSON ---- */

#define CONTACT_JSON "\"contact\":{\"email\":\"ada-<serial>@example.com\"}"
#define ADDRESS_JSON                                                                   \
	"\"shipping_address\":{\"full_name\":\"Ada Example\",\"line1\":\"1 Dock "      \
	"Street\",\"city\":\"Portland\",\"region\":\"OR\",\"postal_code\":\"97201\","  \
	"\"country\":\"US\"}"
#define DETAILS_JSON                                                                   \
	CONTACT_JSON "," ADDRESS_JSON                                                  \
		     ",\"shipping_option\":\"pickup\",\"payment_method\":\"stripe\""

#define ADD                                                                            \
	.name = "add", .request = "POST /api/v1/cart/items",                           \
	.body = "{\"sku\":\"<sku>\",\"quantity\":1}", .status = 200,                   \
	.flags = STEP_PICKS
#define START                                                                          \
	.name = "start", .request = "POST /api/v1/checkout/start", .body = "{}",       \
	.status = 200
#define QUOTE                                                                          \
	.name = "quote", .request = "POST /api/v1/checkout/validate",                  \
	.body = "{" DETAILS_JSON "}", .status = 200,                                   \
	.reads = {                                                                     \
		{WORD_TOTAL, "\"due\":{\"amount\":", ",", false},                      \
		{WORD_CURRENCY, "\"currency\":\"", "\"", false},                       \
	}
#define PAYMENT                                                                        \
	.name = "payment", .request = "POST /api/v1/checkout/payment",                 \
	.headers = "Idempotency-Key: bench-<serial>\r\n",                              \
	.body = "{" DETAILS_JSON ",\"accept_total\":{\"amount\":<total>,"              \
		"\"currency\":\"<currency>\"}}",                                       \
	.status = 201, .told = "placed", .told_by = WORD_ORDER,                        \
	.reads = {                                                                     \
		{WORD_ORDER_ID, "\"order\":{\"id\":\"", "\"", false},                  \
		{WORD_ATTEMPT, "\"attempt\":{\"id\":\"", "\"", false},                 \
		{WORD_PLACE, "\"redirect_url\":\"", "\"", false},                      \
	}
#define APPROVE                                                                        \
	.name = "approve", .request = "POST <place>", .body = "outcome=approve",       \
	.status = 303, .flags = STEP_AWAY
#define STATUS(which)                                                                  \
	.name = "status", .request = "GET /api/v1/checkout/status/" which, .status = 200
#define CONFIRMED                                                                      \
	STATUS("<order_id>"), .flags = STEP_LOOKS | STEP_AT_ONCE,                      \
			      .until = "\"status\":\"confirmed\"",                     \
			      .told = "confirmed", .told_by = WORD_ORDER

static const struct step prepare_3[] = {{ADD, .times = 3}, END};
static const struct step prepare_50[] = {{ADD, .times = 50}, END};
static const struct step prepare_checkout[] = {{ADD, .times = 3}, {START}, END};
static const struct step prepare_payment[] = {{ADD}, {START}, {QUOTE}, END};
static const struct step prepare_paid[] = {{ADD},     {START},     {QUOTE}, {PAYMENT},
					   {APPROVE}, {CONFIRMED}, END};

static const struct step get_cart[] = {
	{.name = "cart", .request = "GET /cart", .status = 200}, END};
static const struct step get_checkout[] = {
	{.name = "checkout", .request = "GET /checkout", .status = 200}, END};
static const struct step add[] = {{ADD}, END};
static const struct step quote[] = {{QUOTE}, END};
static const struct step payment[] = {{PAYMENT}, END};
static const struct step buy[] = {{ADD}, {START}, {QUOTE}, {PAYMENT}, END};
static const struct step status[] = {{STATUS("<order_id>")}, END};

/* ---- the gateway's events ---- */

#define EVENT(metadata, amount)                                                        \
	.name = "webhook", .request = "POST /webhooks/stripe",                         \
	.headers = "Stripe-Signature: <signature>\r\n",                                \
	.body = "{\"id\":\"evt_<serial>\",\"object\":\"event\","                       \
		"\"type\":\"payment_intent.succeeded\",\"created\":<now>,"             \
		"\"livemode\":false,\"pending_webhooks\":1,"                           \
		"\"api_version\":\"2026-10-28.endive\",\"request\":null,"              \
		"\"data\":{\"object\":{\"id\":\"pi_<serial>\","                        \
		"\"object\":\"payment_intent\",\"amount\":" amount                     \
		",\"amount_received\":" amount ",\"currency\":\"usd\","                \
		"\"status\":\"succeeded\",\"livemode\":false,"                         \
		"\"metadata\":{" metadata "}}}}",                                      \
	.status = 200, .flags = STEP_SIGNS

static const struct step event_of_nobody[] = {{EVENT("", "100")}, END};
static const struct step event_of_order[] = {
	{EVENT("\"order_ref\":\"<order>\",\"attempt_ref\":\"<attempt>\"", "<total>")},
	END};

/* ---- a purchase on pages, as a browser without scripts makes it ---- */

#define FILE_OF(word)                                                                  \
	.name = "file", .request = "GET <" word ">", .status = 200,                    \
	.flags = STEP_AT_ONCE
#define PRODUCT                                                                        \
	.name = "product", .request = "GET /products/<slug>", .status = 200,           \
	.flags = STEP_PICKS
#define ADD_FORM                                                                       \
	.name = "add form", .request = "POST /cart/items",                             \
	.body = "csrf=<csrf>&sku=<sku>&quantity=1", .status = 303
#define CART                                                                           \
	.name = "cart", .request = "GET <place>", .status = 200, .flags = STEP_AT_ONCE
#define CHECKOUT                                                                       \
	.name = "checkout", .request = "GET <place>", .status = 200,                   \
	.flags = STEP_AT_ONCE,                                                         \
	.reads = {                                                                     \
		FIELD(CSRF, "csrf"),                                                   \
		FIELD(KEY, "idempotency_key"),                                         \
		FIELD(VERSION, "cart_version"),                                        \
		FIELD(TOTAL, "accept_total.amount"),                                   \
		FIELD(CURRENCY, "accept_total.currency"),                              \
	}
#define CHECKOUT_FORM                                                                  \
	"csrf=<csrf>&idempotency_key=<key>&cart_version=<version>"                     \
	"&accept_total.amount=<total>&accept_total.currency=<currency>"                \
	"&contact.email=ada-<serial>%40example.com&contact.phone="                     \
	"&shipping_address.country=US&shipping_address.full_name=Ada+Example"          \
	"&shipping_address.line1=1+Dock+Street&shipping_address.line2="                \
	"&shown_country=US&shipping_address.city=Portland"                             \
	"&shipping_address.region=OR&shipping_address.postal_code=97201"               \
	"&shipping_option=standard&billing_same=1&payment_method=stripe"
#define ORDER_PAGE                                                                     \
	.name = "order", .request = "GET <place>", .status = 200, .told = "confirmed", \
	.told_by = WORD_DONE

static const struct step journey[] = {
	{.name = "shelf",
	 .request = "GET /",
	 .status = 200,
	 .reads = {HREF(SHEET, "rel=\"stylesheet\" href=\""),
		   HREF(PICTURES, "type=\"image/svg+xml\" href=\"")}},
	{FILE_OF("sheet")},
	{FILE_OF("pictures")},
	{PRODUCT, .reads = {FIELD(CSRF, "csrf"), HREF(SCRIPT, "<script src=\"")}},
	{FILE_OF("script")},
	{ADD_FORM},
	{CART},
	{PRODUCT, .reads = {FIELD(CSRF, "csrf")}},
	{ADD_FORM},
	{CART},
	{PRODUCT, .reads = {FIELD(CSRF, "csrf")}},
	{ADD_FORM},
	{CART, .reads = {FIELD(CSRF, "csrf"), FIELD(VERSION, "cart_version")}},
	{.name = "start form",
	 .request = "POST /checkout/start",
	 .body = "csrf=<csrf>&cart_version=<version>",
	 .status = 303},
	{CHECKOUT},
	{.name = "details form",
	 .request = "POST /checkout/details",
	 .body = CHECKOUT_FORM,
	 .status = 303},
	{CHECKOUT},
	{.name = "payment form",
	 .request = "POST /checkout/payment",
	 .body = CHECKOUT_FORM,
	 .status = 303,
	 .told = "placed",
	 .told_by = WORD_ORDER},
	{.name = "payment page",
	 .request = "GET <place>",
	 .status = 200,
	 .flags = STEP_AWAY | STEP_AT_ONCE},
	{APPROVE},
	{.name = "return",
	 .request = "GET <place>",
	 .status = 303,
	 .flags = STEP_AT_ONCE},
	{ORDER_PAGE, .flags = STEP_AT_ONCE,
	 .reads = {{WORD_DONE, "</span> is ", "</h1>", true},
		   HREF(SCRIPT, "<script src=\"")}},
	{FILE_OF("script")},
	{STATUS("<order>"), .flags = STEP_LOOKS | STEP_AT_ONCE, .unless = WORD_DONE,
	 .until = "\"status\":\"confirmed\""},
	{ORDER_PAGE, .flags = STEP_AT_ONCE, .unless = WORD_DONE,
	 .reads = {{WORD_DONE, "</span> is ", "</h1>", false}}},
	END,
};

static const struct scenario scenarios[] = {
	{"cart3", prepare_3, NULL, get_cart, 0, 0, 3},
	{"cart50", prepare_50, NULL, get_cart, 0, 0, 50},
	{"checkout", prepare_checkout, NULL, get_checkout, 0, 0, 3},
	{"add", NULL, NULL, add, SCENARIO_NEW_VISITOR, 3, 1},
	{"quote", prepare_checkout, NULL, quote, 0, 0, 3},
	{"place", NULL, prepare_payment, payment, SCENARIO_NEW_VISITOR, 1, 1},
	{"buy", NULL, NULL, buy, SCENARIO_NEW_VISITOR, 1, 1},
	{"webhook", NULL, NULL, event_of_nobody, SCENARIO_SECRET, 0, 1},
	{"webhook_known", prepare_paid, NULL, event_of_order, SCENARIO_SECRET, 0, 1},
	{"status", prepare_paid, NULL, status, 0, 0, 1},
	{"journey", NULL, NULL, journey, SCENARIO_NEW_VISITOR | SCENARIO_NEW_CONNECTION,
	 1, 1},
};
enum { N_SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

static const struct scenario *
make_get(const char *path)
{
	static char request[512];
	static struct step get[2] = {{.name = "get",
				      .request = request,
				      .status = 200,
				      .flags = STEP_PICKS_ANY},
				     END};
	static struct scenario made = {.name = "get", .unit = get, .goods = 1};

	snprintf(request, sizeof request, "GET %s", path);
	return &made;
}

const struct scenario *
scenario_find(const char *name)
{
	if (strncmp(name, "get:/", 5) == 0)
		return make_get(name + 4);
	for (size_t i = 0; i < N_SCENARIOS; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	return NULL;
}

void
scenario_list(FILE *out)
{
	fputs("  get:/PATH (<slug> in it is another product each time)\n", out);
	for (size_t i = 0; i < N_SCENARIOS; i++)
		fprintf(out, "  %s\n", scenarios[i].name);
}
