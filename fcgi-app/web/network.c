/* network.c - lists of networks such as "127.0.0.0/8, ::1". */
#include "web/network.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { NETWORKS_MAX = 64, V4_BITS = 96 };

static bool
read_address(const char *text, unsigned char out[16], bool *v4)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(out, mapped, sizeof mapped);
	*v4 = inet_pton(AF_INET, text, out + 12) == 1;
	return *v4 || inet_pton(AF_INET6, text, out) == 1;
}

static bool
read_network(const char *text, struct network *out)
{
	char address[64];
	size_t len = strcspn(text, "/");
	int64_t bits;
	bool v4;

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!read_address(address, out->bytes, &v4))
		return false;
	out->bits = 128;
	if (text[len] == '\0')
		return true;
	if (!text_to_int(text + len + 1, 0, v4 ? 32 : 128, &bits))
		return false;
	out->bits = (int)bits + (v4 ? V4_BITS : 0);
	return true;
}

fallible
networks_parse(struct arena *mem, const char *text, struct networks *out)
{
	*out = (struct networks){arena_new_of(mem, struct network, NETWORKS_MAX), 0};
	for (const char *at = text + strspn(text, ", \t"); *at != '\0';) {
		size_t len = strcspn(at, ", \t");
		const char *entry = arena_copy(mem, at, len);

		if (out->n == NETWORKS_MAX || !read_network(entry, &out->list[out->n]))
			return FAIL(INVALID, "no network: %s", entry);
		out->n++;
		at += len;
		at += strspn(at, ", \t");
	}
	return NULL;
}

static bool
same_bits(const unsigned char *a, const unsigned char *b, int bits)
{
	unsigned char rest = (unsigned char)(0xff << (8 - bits % 8));

	if (memcmp(a, b, (size_t)bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & rest) == 0;
}

bool
networks_hold(const struct networks *networks, const char *address)
{
	unsigned char bytes[16];
	bool v4;

	if (address == NULL || !read_address(address, bytes, &v4))
		return false;
	for (size_t i = 0; i < networks->n; i++)
		if (same_bits(bytes, networks->list[i].bytes, networks->list[i].bits))
			return true;
	return false;
}
