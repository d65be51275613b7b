/* words.h - a catalogue of texts: "order_status.pending = Waiting for payment". */
#ifndef WEB_WORDS_H
#define WEB_WORDS_H

#include "base/err.h"

struct arena;
struct words;

/* Reads lines "name = text"; # begins a comment line. A file that is missing is an
 * empty catalogue; a line that is neither or a name that comes twice is INTERNAL. */
fallible words_load(struct arena *, const char *path, struct words **);
/* The text of catalogue.word, or NULL. */
const char *words_find(const struct words *, const char *catalogue, const char *word);

#endif
