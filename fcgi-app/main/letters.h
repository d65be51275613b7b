/* letters.h - what till webhook and till outbox share: letters that came or wait to go,
 * and those that gave up. */
#ifndef MAIN_LETTERS_H
#define MAIN_LETTERS_H

#include "base/clock.h"
#include "main/command.h"

enum { LETTER_WORDS = 3 };

/* One letter, in or out, as it is shown. */
struct letter {
	int64_t id;
	const char *words[LETTER_WORDS]; /* in the order of struct letters */
	const char *state;
	int64_t attempts;
	const char *error;
	struct instant came_at, next_try_at;
};

/* How a field is called. */
struct letter_name {
	const char *key;     /* in JSON; NULL: there is no such field */
	const char *heading; /* above its column; NULL: it has none */
};

/* What differs between the commands. */
struct letters {
	const char *name; /* of the command: "webhook" */
	struct letter_name words[LETTER_WORDS], came;
	const char *const *states; /* ends with NULL */
	const char *given_up;      /* "dead or parked webhook": what replay takes up */
	const char *many;          /* "webhooks", in the audit line */
	const char *again;         /* "applied": what happens to them again */
	/* The newest first, of one state or (NULL) of all. Reads only. */
	fallible (*list)(struct tx *, const char *state, int64_t limit,
			 struct letter **out, size_t *n);
	/* id 0: all that gave up. *changed: how many there were. */
	fallible (*replay)(struct tx *, int64_t id, int64_t *changed);
};

/* The rows as a table for people. */
void letters_print_table(struct arena *, const struct letters *, const struct letter *,
			 size_t n);
/* "list": both texts are the options' values, or NULL. Ends the command; its exit code.
 */
int letters_list(struct command *, const struct letters *, const char *state,
		 const char *limit);
/* "replay [ID|all]", with a line in the audit. Ends the command; its exit code. */
int letters_replay(struct command *, const struct letters *);

#endif
