/* compress.h - a page on its way out, in gzip (RFC 1952). */
#ifndef WEB_COMPRESS_H
#define WEB_COMPRESS_H

#include "web/show.h"

/* Packs a page for who takes gzip (RFC 9110, 12.5.3), in memory of the request; what is
 * small, no page, or would not get smaller stays as it is. Safe beside secrets
 * (BREACH): no GET repeats what another site may choose, and form tokens differ in
 * every answer, so that the length tells nothing of them. */
void compress_page(const struct request *, struct shown *);

#endif
