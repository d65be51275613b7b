/* guards.h - what must hold before a handler runs, in one fixed order. */
#ifndef WEB_GUARDS_H
#define WEB_GUARDS_H

#include "web/endpoint.h"

/* The method was checked with the route. Here follow: network, type (MEDIA_TYPE),
 * origin (FORBIDDEN_ORIGIN), body read (BAD_REQUEST, TOO_LARGE), key (KEY_MISSING),
 * visitor (FORM_EXPIRED). *made: the visitor is new, or sends something for the first
 * time, and wants a cookie. */
fallible guards_pass(struct request *, bool *made);

#endif
