/* checkout_start_post.c - POST /checkout/start: holds the goods, so that nobody else
 * buys them while the shopper fills in the rest. */
#include <arpa/inet.h>
#include <string.h>

#include "base/digest.h"
#include "base/seal.h"
#include "flow/shop.h"
#include "pages/checkout_view.h"
#include "pages/endpoints.h"
#include "web/admission.h"

struct form {
	int64_t cart_version; /* 0: not said */
};

static const struct input inputs[] = {
	INPUT_MAY(struct form, cart_version, 1, INT64_MAX),
	INPUT_END,
};

/* Who has IPv6 has 2^64 addresses: their network is what counts. */
static const char *
network_of(struct arena *mem, const char *address)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, address, bytes) != 1)
		return address;
	memset(bytes + 8, 0, 8);
	if (inet_ntop(AF_INET6, bytes, text, sizeof text) == NULL)
		return address;
	return arena_text(mem, text);
}

static struct origin
origin_of(const struct request *rq)
{
	return (struct origin){
		.address =
			digest_keyed(keyring_key(rq->shop->keys, "visitor"), "address",
				     network_of(rq->cx->mem, rq->address)),
		.exempt = rq->exempt,
	};
}

static fallible
start(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct checkout *checkout = arena_new_of(rq->cx->mem, struct checkout, 1);
	struct origin origin = origin_of(rq);
	struct err *e;

	if (!admission_has_room(rq))
		return admission_pause();
	TRANSACTION (tx, rq->cx, &e)
		e = checkout_start(tx, rq->shop->terms, rq->visitor, form->cart_version,
				   origin, checkout);
	TRY(e);
	if (rq->face == FACE_JSON) {
		READING (tx, rq->cx, &e)
			e = checkout_tell(tx, rq->shop->terms, checkout);
		TRY(e);
	}
	return checkout_view_changed(rq, re, checkout);
}

const struct endpoint checkout_start_post = {
	.page = "POST /checkout/start",
	.api = "POST /api/v1/checkout/start",
	.needs = NEEDS_VISITOR | ALSO_JSON,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &checkout_view,
	.again = &cart_get,
	.codes = "bad_request cart_empty cart_changed sold_out too_many_requests "
		 "orders_paused",
	.says = "Holds what can be held of every line; doing it again extends the "
		"hold.",
	.tag = "checkout",
	.handle = start,
};
