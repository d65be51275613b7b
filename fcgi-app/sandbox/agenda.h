/* agenda.h - what is to be done at a moment of the sandbox's clock, earliest first. */
#ifndef SANDBOX_AGENDA_H
#define SANDBOX_AGENDA_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct agenda;
struct sandbox;

struct agenda *agenda_new(struct arena *);
/* fn runs once the clock shows at_us or later. It must look whether there is still
 * something to do: entries are never taken back. */
void agenda_add(struct agenda *, int64_t at_us, void (*fn)(struct sandbox *, void *),
		void *arg);
/* The earliest moment, INT64_MAX for none. */
int64_t agenda_next(const struct agenda *);
/* Runs all that is due at now_us. */
void agenda_run(struct agenda *, struct sandbox *, int64_t now_us);
void agenda_forget(struct agenda *);

#endif
