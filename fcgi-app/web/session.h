/* session.h - the visitor's cookie: a random token; only its hash is stored. */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "web/endpoint.h"

enum { SESSION_TOKEN_LEN = 43, SESSION_DAYS = 30 };

/* Takes the token from the cookie into rq->visitor_token and rq->visitor, if there is a
 * well-formed one. The cookie of who has only looked around so far says so behind the
 * token: a page need not look for what they have put aside. */
void session_read(struct request *);
/* Makes a new visitor. */
void session_make(struct request *);
/* The value of Set-Cookie for the request's visitor. */
const char *session_cookie(const struct request *);

#endif
