/* head.h - the header lines of an answer. */
#ifndef WEB_HEAD_H
#define WEB_HEAD_H

#include "base/buf.h"
#include "web/show.h"

/* What dispatch knows besides request and reply. */
struct head {
	const char *allow, *etag; /* NULL: none */
	bool sets_visitor;        /* the visitor's cookie */
};

/* Writes CGI header lines, "Status: 200 OK" first and the blank line last, into a new
 * buffer. A value that is not safe in a header is left out. */
void head_write(const struct head *, const struct request *, const struct reply *,
		const struct err *, const struct shown *, struct buf *);

#endif
