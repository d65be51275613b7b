/* words.h - what a visitor knows, by name: requests are written with it, answers tell
 * it. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum word {
	NO_WORD,
#define WORD(id, name) WORD_##id,
#include "words.def"
#undef WORD
	N_WORDS
};

enum { WORD_SIZE = 320 };

struct words {
	char of[N_WORDS][WORD_SIZE];
};

/* A word that stands in an answer between two texts. */
struct reading {
	enum word into;
	const char *after, *until;
	bool may_lack; /* the word is then empty */
};

/* Cut to its size; false when it was. */
bool words_set(struct words *, enum word, const char *text, size_t n);
/* Writes the pattern with every <name> replaced by its word; *n is what was written,
 * without the NUL at its end. false: it does not fit, or names no word. */
bool words_fill(const struct words *, const char *pattern, char *out, size_t size,
		size_t *n);
/* false: the answer does not hold it. */
bool words_read(struct words *, const struct reading *, const char *text, size_t n);

#endif
