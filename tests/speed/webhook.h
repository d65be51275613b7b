/* webhook.h - a webhook as it comes: its signature is checked, its JSON is read. */
#ifndef SPEED_WEBHOOK_H
#define SPEED_WEBHOOK_H

#include <stdbool.h>

struct arena;
struct webhook;

/* A gateway, and an event that it signed; both live in the arena. */
struct webhook *webhook_new(struct arena *);
/* Checks and reads the event; false when it is not what was sent. */
bool webhook_is_genuine(const struct webhook *, struct arena *);

#endif
