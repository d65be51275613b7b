/* admission.h - who is let in when not everybody can be. */
#ifndef WEB_ADMISSION_H
#define WEB_ADMISSION_H

#include "web/endpoint.h"

/* Under overload a request has waited for a child to be free. Who only looks around
 * is sent away after run.queue_ms, so that the queue stays short, and nobody is served
 * who waited so long that nginx may give up meanwhile: OVERLOADED, before anything was
 * done. Sending away takes a fifth of a child's time at most (row 69: four fifths of
 * what can be served are served): then the next one is let in however long it waited.
 */
fallible admission_check(const struct request *);
/* A request that was let in is done; it began then, by the steady clock. */
void admission_served(struct web *, int64_t began_us);

/* The disks have room for new orders (setting disk.*); what is under way goes on
 * without asking. */
bool admission_has_room(const struct request *);
/* What to say to those who come when there is none: ORDERS_PAUSED. */
fallible admission_pause(void);

#endif
