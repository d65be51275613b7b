/* compress.c - a page on its way out, in gzip (RFC 1952).
 *
 * Here and not in nginx: zlib sets up 256 KB for each answer, which takes ten times as
 * long as packing a product's page does, and a packed page crosses the socket in one
 * write. */
#include "web/compress.h"

#include <libdeflate.h>
#include <string.h>

#include "base/arena.h"
#include "web/request.h"

enum {
	LEAST_BYTES = 1000, /* less fits into one packet as it is */
	LEVEL = 1, /* up to 4 % more than level 6 on our pages, in two thirds of its
		      time */
};

/* One for the life of the process: it holds no state between two pages. */
static struct libdeflate_compressor *
compressor(void)
{
	static struct libdeflate_compressor *made;

	if (made == NULL)
		made = libdeflate_alloc_compressor(LEVEL);
	return made;
}

static bool
is_worth_it(const struct shown *shown)
{
	return shown->len >= LEAST_BYTES && shown->content_type != NULL &&
	       strncmp(shown->content_type, "text/html", 9) == 0;
}

void
compress_page(const struct request *rq, struct shown *shown)
{
	struct libdeflate_compressor *gzip;
	size_t len;
	char *packed;

	if (!is_worth_it(shown) || request_weight(rq, "accept-encoding", "gzip") == 0 ||
	    (gzip = compressor()) == NULL)
		return;
	packed = arena_alloc(rq->cx->mem, shown->len);
	len = libdeflate_gzip_compress(gzip, shown->body, shown->len, packed,
				       shown->len);
	if (len == 0)
		return;
	shown->body = packed;
	shown->len = len;
	shown->encoding = "gzip";
}
