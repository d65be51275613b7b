/* token.c - randomness from the system, written in ways that people and URLs can bear.
 */
#include "base/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"

void
token_random(void *out, size_t len)
{
	unsigned char *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_event(LOG_ERROR, "token.no_randomness", NULL);
			abort();
		}
		at += n;
		len -= (size_t)n;
	}
}

static char *
random_base64url(struct arena *mem, size_t len)
{
	unsigned char bytes[32];
	char text[44];

	token_random(bytes, len);
	digest_base64url(bytes, len, text, sizeof text);
	return arena_text(mem, text);
}

char *
token_new(struct arena *mem)
{
	return random_base64url(mem, 32);
}

char *
token_short(struct arena *mem)
{
	return random_base64url(mem, 16);
}

/* Where the dashes of a UUID stand. */
static bool
is_dash_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* 48 bits of milliseconds, 12 bits of the millisecond's parts (so that ids of one
 * worker mostly grow), 62 random bits. */
struct uuid
uuid_new(void)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t us = (uint64_t)clock_now().us;
	uint64_t ms = us / 1000, part = us % 1000 * 4096 / 1000;
	unsigned char b[16];
	struct uuid id = {""};

	token_random(b, sizeof b);
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | part >> 8);
	b[7] = (unsigned char)part;
	b[8] = (b[8] & 0x3F) | 0x80;
	for (size_t i = 0, n = 0; i < 36; i++) {
		if (is_dash_place(i)) {
			id.text[i] = '-';
			continue;
		}
		id.text[i] = hex[n % 2 == 0 ? b[n / 2] >> 4 : b[n / 2] & 15];
		n++;
	}
	return id;
}

int
uuid_is_valid(const char *text)
{
	size_t i;

	if (text == NULL)
		return 0;
	for (i = 0; i < 36 && text[i] != '\0'; i++) {
		bool hex = (text[i] >= '0' && text[i] <= '9') ||
			   (text[i] >= 'a' && text[i] <= 'f');

		if (is_dash_place(i) ? text[i] != '-' : !hex)
			return 0;
	}
	return i == 36 && text[i] == '\0';
}

/* Without 0 and O, 1, I and L. */
char *
token_order_number(struct arena *mem)
{
	static const char letters[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
	char text[12] = "";

	for (int i = 0; i < 11; i++)
		text[i] = i == 5 ? '-' : letters[token_below(sizeof letters - 1)];
	return arena_text(mem, text);
}

/* What lies above the last whole multiple of below is thrown again: no bias. */
uint64_t
token_below(uint64_t below)
{
	uint64_t n, tail;

	if (below < 2)
		return 0;
	tail = (UINT64_MAX % below + 1) % below;
	do
		token_random(&n, sizeof n);
	while (n > UINT64_MAX - tail);
	return n % below;
}
