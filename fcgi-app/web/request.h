/* request.h - from the wire to facts: path, headers, body, visitor. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "web/endpoint.h"
#include "web/wire.h"

enum {
	BODY_MAX = 64 * 1024,
	BODY_RAW_MAX = 256 * 1024, /* webhooks */
};

/* Method, path, query and address. BAD_REQUEST when the path is not clean UTF-8 or the
 * query cannot be read; the request is usable for an error page all the same. */
fallible request_open(struct request *);

/* The media type is type, whatever its parameters; its charset, if given, is UTF-8. */
bool request_has_type(const struct request *, const char *type);
/* How much a header of preferences ("accept", "accept-encoding") wants a value, from 0
 * (not at all, or not named) to 1000 (RFC 9110, 12.4.2). */
int request_weight(const struct request *, const char *header, const char *value);
/* Accept names JSON, and HTML less or not at all. */
bool request_prefers_json(const struct request *);
/* A method that changes something. */
bool request_writes(const struct request *);
/* Its body is a form: of a page, or sent to a page's address that answers JSON too. */
bool request_sends_form(const struct request *);

/* Reads the body and takes it apart by its type: form, JSON object, or raw. */
fallible request_read_body(struct request *);

/* Visitor, operation and canonical body, without csrf and the key itself. */
struct digest request_hash(const struct request *);

#endif
