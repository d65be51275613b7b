/* seal.c - what of loaded orders only the shop's keys can make: persons, contacts and
 * webhooks, sealed as the program seals them, as lines for LOAD DATA; and the links of
 * orders (load.py).
 *
 *   till_bench_seal KEYS people FROM TO PERSONS CONTACTS
 *   till_bench_seal KEYS webhooks FROM TO WEBHOOKS
 *   till_bench_seal KEYS links              "number uid" lines in, "number uid path"
 * out
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/digest.h"
#include "base/seal.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/order.h"

enum { ARENA_CAP = 16 * 1024 * 1024, BUFFER = 1024 * 1024, TEXTS = 12 };

static const char *const first_names[TEXTS] = {"Ada",   "Bjørn",  "Chen", "Dolores",
					       "Emeka", "Fatima", "Gerd", "Hanna",
					       "Ioana", "Jürgen", "Kofi", "Lucía"};
static const char *const last_names[TEXTS] = {
	"Abbott", "Brandt", "Costa", "Diallo", "Eriksen",  "Fischer",
	"García", "Hughes", "Ito",   "Jensen", "Kowalski", "Lindqvist"};
static const char *const streets[TEXTS] = {
	"Dock Street",   "High Street",   "Mill Lane",   "Harbour Road",
	"Station Road",  "Church Street", "Park Avenue", "Ropewalk",
	"Chandlery Row", "North Quay",    "Tar Lane",    "Lighthouse Hill"};
static const char *const cities[TEXTS] = {
	"Portland", "Salem",  "Eugene",    "Astoria", "Newport",   "Bend",
	"Medford",  "Albany", "Corvallis", "Ashland", "Tillamook", "Seaside"};

static void
die(const char *why)
{
	fprintf(stderr, "till_bench_seal: %s\n", why);
	exit(1);
}

static FILE *
open_for_writing(const char *path)
{
	FILE *out = fopen(path, "we");

	if (out == NULL || setvbuf(out, NULL, _IOFBF, BUFFER) != 0)
		die(path);
	return out;
}

static void
finish(FILE *out)
{
	if (ferror(out) || fclose(out) != 0)
		die("what was made could not be written");
}

static void
put_hex(FILE *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++) {
		putc_unlocked(digits[at[i] >> 4], out);
		putc_unlocked(digits[at[i] & 15], out);
	}
}

/* ---- people ---- */

/* A number that looks random and is the same for the same order each time. */
static uint64_t
drawn(int64_t order, uint64_t what)
{
	uint64_t n = (uint64_t)order * UINT64_C(0x9E3779B97F4A7C15) + what;

	n = (n ^ n >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	n = (n ^ n >> 27) * UINT64_C(0x94D049BB133111EB);
	return n ^ n >> 31;
}

static const char *
one_of(const char *const texts[TEXTS], int64_t order, uint64_t what)
{
	return texts[drawn(order, what) % TEXTS];
}

struct field {
	const char *column, *plain;
};

/* The sealed columns of table contact, in the order in which load.py reads them. A
 * billing address is that of delivery (NULL), as it is for most shoppers. */
static size_t
fill_fields(struct arena *mem, int64_t order, struct field *fields)
{
	const char *first = one_of(first_names, order, 1);
	const char *last = one_of(last_names, order, 2);
	const struct field all[] = {
		{"contact.email",
		 arena_printf(mem, "shopper.%" PRId64 "@example.org", order)},
		{"contact.phone",
		 arena_printf(mem, "+1503%07" PRIu64, drawn(order, 3) % 10000000)},
		{"contact.ship_full_name", arena_printf(mem, "%s %s", first, last)},
		{"contact.ship_line1",
		 arena_printf(mem, "%" PRIu64 " %s", 1 + drawn(order, 4) % 999,
			      one_of(streets, order, 5))},
		{"contact.ship_city", one_of(cities, order, 6)},
		{"contact.ship_region", "OR"},
		{"contact.ship_postal_code",
		 arena_printf(mem, "97%03" PRIu64, drawn(order, 7) % 1000)},
	};

	memcpy(fields, all, sizeof all);
	return sizeof all / sizeof *all;
}

static void
write_contact(struct arena *mem, const struct keyring *keys, struct person person,
	      int64_t order, FILE *out)
{
	struct field fields[TEXTS];
	size_t n = fill_fields(mem, order, fields);
	struct uuid uid = uuid_new();
	struct digest hash = seal_lookup(keys, text_lower(mem, fields[0].plain));

	fprintf(out, "%" PRId64 "\t%s\t", order, uid.text);
	put_hex(out, hash.bytes, sizeof hash.bytes);
	for (size_t i = 0; i < n; i++) {
		struct bytes sealed = seal_text(keys, mem, person, fields[i].column,
						uid, fields[i].plain);

		putc_unlocked('\t', out);
		put_hex(out, sealed.at, sealed.len);
	}
	putc_unlocked('\n', out);
}

/* One person and one contact an order, as guests are. */
static void
write_people(struct arena *mem, const struct keyring *keys, int64_t from, int64_t to,
	     char **paths)
{
	FILE *persons = open_for_writing(paths[0]);
	FILE *contacts = open_for_writing(paths[1]);

	for (int64_t order = from; order <= to; order++) {
		struct arena_mark mark = arena_mark(mem);
		struct person person = person_new(keys, mem);

		fprintf(persons, "%" PRId64 "\t", order);
		put_hex(persons, person.wrapped.at, person.wrapped.len);
		putc_unlocked('\n', persons);
		write_contact(mem, keys, person, order, contacts);
		arena_rewind(mem, mark);
	}
	finish(persons);
	finish(contacts);
}

/* ---- webhooks ---- */

/* What Stripe tells of a session that was paid, without what Till never reads. */
static const char *
body_of(struct arena *mem, const char *event, int64_t order)
{
	return arena_printf(
		mem,
		"{\"id\":\"%s\",\"object\":\"event\",\"api_version\":\"2026-10-28."
		"endive\",\"created\":1700000000,\"livemode\":false,"
		"\"pending_webhooks\":1,\"request\":{\"id\":null,"
		"\"idempotency_key\":null},\"type\":\"checkout.session.completed\","
		"\"data\":{\"object\":{\"id\":\"cs_test_a1%056" PRId64 "\","
		"\"object\":\"checkout.session\",\"amount_subtotal\":4500,"
		"\"amount_total\":4500,\"currency\":\"usd\",\"customer_email\":"
		"\"shopper.%" PRId64 "@example.org\",\"livemode\":false,"
		"\"metadata\":{\"order\":\"%011" PRId64 "\",\"attempt\":"
		"\"%036" PRId64 "\"},\"mode\":\"payment\",\"payment_intent\":"
		"\"pi_3%023" PRId64 "\",\"payment_method_types\":[\"card\"],"
		"\"payment_status\":\"paid\",\"status\":\"complete\",\"success_url\":"
		"\"https://shop.example.org/checkout/return\",\"url\":null}}}",
		event, order, order, order, order, order);
}

static void
write_webhooks(struct arena *mem, const struct keyring *keys, int64_t from, int64_t to,
	       char **paths)
{
	FILE *out = open_for_writing(paths[0]);

	for (int64_t order = from; order <= to; order++) {
		struct arena_mark mark = arena_mark(mem);
		const char *event = arena_printf(mem, "evt_1%07" PRIx64 "%016" PRIx64,
						 (uint64_t)order, drawn(order, 8));
		const char *body = body_of(mem, event, order);
		struct bytes sealed = seal_house(keys, mem, "webhook_in.body",
						 (struct bytes){body, strlen(body)});

		fprintf(out, "%" PRId64 "\t%s\t", order, event);
		put_hex(out, sealed.at, sealed.len);
		putc_unlocked('\n', out);
		arena_rewind(mem, mark);
	}
	finish(out);
}

/* ---- links ---- */

static void
write_links(struct arena *mem, struct keyring *keys)
{
	struct ctx cx = {.mem = mem, .keys = keys};
	char number[16];
	struct uuid uid;

	while (scanf("%15s %36s", number, uid.text) == 2) {
		struct arena_mark mark = arena_mark(mem);

		printf("%s %s /orders/%s?t=%s\n", number, uid.text, number,
		       order_link_token(&cx, uid));
		arena_rewind(mem, mark);
	}
	finish(stdout);
}

static int64_t
number_of(const char *text)
{
	int64_t n;

	if (!text_to_int(text, 1, INT64_C(1) << 40, &n))
		die("FROM and TO are numbers");
	return n;
}

int
main(int argc, char **argv)
{
	struct arena *mem = arena_new(ARENA_CAP);
	struct keyring *keys;
	struct err *e;

	if (argc < 3)
		die("KEYS people|webhooks|links ...");
	e = keyring_load(mem, argv[1], &keys);
	if (e != NULL)
		die(e->cause);
	if (argc == 7 && text_equal(argv[2], "people"))
		write_people(mem, keys, number_of(argv[3]), number_of(argv[4]),
			     argv + 5);
	else if (argc == 6 && text_equal(argv[2], "webhooks"))
		write_webhooks(mem, keys, number_of(argv[3]), number_of(argv[4]),
			       argv + 5);
	else if (argc == 3 && text_equal(argv[2], "links"))
		write_links(mem, keys);
	else
		die("KEYS people|webhooks|links ...");
	arena_free(mem);
	return 0;
}
