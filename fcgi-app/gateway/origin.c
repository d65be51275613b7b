/* origin.c - where an address leads: scheme, host and port, read strictly. */
#include "gateway/origin.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static bool
is_plain(const char *url)
{
	size_t n = 0;

	for (; url[n] != '\0'; n++) {
		unsigned char c = (unsigned char)url[n];

		if (n >= ORIGIN_URL || c <= 0x20 || c >= 0x7F ||
		    strchr("\\\"<>`{}|^", c) != NULL)
			return false;
	}
	return true;
}

static bool
read_port(const char *from, size_t len, int *port)
{
	char digits[6] = "";
	int64_t n;

	if (len == 0 || len >= sizeof digits)
		return false;
	memcpy(digits, from, len);
	if (!text_to_int(digits, 1, 65535, &n))
		return false;
	*port = (int)n;
	return true;
}

bool
origin_read(const char *url, struct origin *out)
{
	struct origin o = {0};
	const char *host, *end;
	size_t len;

	if (url == NULL || !is_plain(url))
		return false;
	o.https = text_starts(url, "https://");
	if (!o.https && !text_starts(url, "http://"))
		return false;
	o.port = o.https ? 443 : 80;
	host = strchr(url, '/') + 2;
	len = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
	if (len == 0 || len >= ORIGIN_HOST)
		return false;
	memcpy(o.host, host, len);
	end = host + len;
	if (*end == ':') {
		len = strcspn(end + 1, "/?#");
		if (!read_port(end + 1, len, &o.port))
			return false;
		end += 1 + len;
	}
	if (*end != '\0' && strchr("/?#", *end) == NULL)
		return false;
	*out = o;
	return true;
}

bool
origin_same(const struct origin *a, const struct origin *b)
{
	return a->https == b->https && a->port == b->port &&
	       strcmp(a->host, b->host) == 0;
}

bool
origin_is_loopback_http(const struct origin *o)
{
	return !o->https && strcmp(o->host, "127.0.0.1") == 0;
}
