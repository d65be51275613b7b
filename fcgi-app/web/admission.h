/* admission.h - who is let in when not everybody can be. */
#ifndef WEB_ADMISSION_H
#define WEB_ADMISSION_H

#include "web/endpoint.h"

/* The disks have room for new orders (setting disk.*); what is under way goes on
 * without asking. */
bool admission_has_room(const struct request *);
/* What to say to those who come when there is none: ORDERS_PAUSED. */
fallible admission_pause(void);

#endif
