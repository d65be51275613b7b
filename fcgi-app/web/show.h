/* show.h - what was answered, as the bytes of a page, of JSON or of a problem. */
#ifndef WEB_SHOW_H
#define WEB_SHOW_H

#include "web/endpoint.h"

enum { SHOW_MAX_BYTES = 1024 * 1024 };

/* The bytes of a reply. */
struct shown {
	int status;
	const char *content_type; /* NULL: no body */
	const char *encoding;     /* of the body; NULL: as it is */
	const void *body;
	size_t len;
};

/* Renders view and model of a reply by the request's face; raw bytes pass as they are.
 */
fallible show_reply(const struct request *, const struct reply *, struct shown *);
/* An error as problem+json or as a page; a broken template falls back to a plain page,
 * so this cannot fail. */
void show_error(const struct request *, const struct err *, struct shown *);
/* The pages of errors, for web_new to compile. */
extern const struct view show_error_view, show_overloaded_view;

#endif
