/* dispatch.h - one request from the wire to the bytes of its answer. */
#ifndef WEB_DISPATCH_H
#define WEB_DISPATCH_H

#include "base/buf.h"
#include "web/show.h"
#include "web/web.h"
#include "web/wire.h"

struct answer {
	struct shown shown;
	struct buf head; /* CGI header lines with the blank one at the end */
	bool head_only;  /* the request was HEAD: the body stays here */
};

/* Guards, handler, rendering, the key's stored answer, headers, one log line. Never
 * fails: an error is an answer too. */
void dispatch(struct web *, struct ctx *, const struct wire *, struct answer *);

#endif
