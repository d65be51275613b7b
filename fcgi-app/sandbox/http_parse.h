/* http_parse.h - the head of a request from bytes; only http.c uses it. */
#ifndef SANDBOX_HTTP_PARSE_H
#define SANDBOX_HTTP_PARSE_H

#include "sandbox/http.h"

/* Length of the head with its empty line, or 0 when that has not come yet. */
size_t http_head_length(const char *bytes, size_t len);
/* Reads a whole head of len bytes into out (its texts are copies in out->mem) and the
 * length of the body that follows. Returns 0, or the status to refuse it with. */
int http_parse_head(struct http_request *out, const char *bytes, size_t len,
		    size_t *body_len);

#endif
