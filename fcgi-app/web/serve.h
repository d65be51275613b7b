/* serve.h - the FastCGI loop of one child: accept, arena, dispatch, answer.
 *
 * The listening socket is inherited. One connection is one request: whatever was left
 * unread of it is closed away, never read as another request. */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#include "web/web.h"

struct db;

struct serve {
	struct web *web;
	struct db *db; /* connects at the first statement */
	int listen_fd; /* non-blocking */
	int first_fd;  /* the same for those who are served first; -1: there are none */
	int64_t requests_max; /* after so many the child leaves; its master replaces it
			       */
};

/* Serves until SIGTERM (the request at hand is finished first) or until it has served
 * its number. Returns the exit code of the child. */
int serve_run(const struct serve *);

#endif
