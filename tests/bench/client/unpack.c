/* unpack.c - bodies that came compressed. */
#include "unpack.h"

#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, PIECE = 65536 };

/* One for all: it is begun anew for each body. */
static z_stream *
stream_of(const struct bytes *packed)
{
	static z_stream stream;
	static bool is_made;

	if (!is_made && inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return NULL;
	is_made = true;
	inflateReset(&stream);
	stream.next_in = (unsigned char *)packed->at;
	stream.avail_in = (unsigned)packed->n;
	return &stream;
}

bool
unpack(const struct bytes *packed, struct bytes *out)
{
	static unsigned char piece[PIECE];
	z_stream *stream = stream_of(packed);
	int result = Z_OK;

	out->n = 0;
	while (stream != NULL && result == Z_OK) {
		stream->next_out = piece;
		stream->avail_out = sizeof piece;
		result = inflate(stream, Z_NO_FLUSH);
		if (!bytes_add(out, piece, sizeof piece - stream->avail_out))
			return false;
	}
	return stream != NULL && result == Z_STREAM_END;
}
