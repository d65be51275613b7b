/* words.c - what a visitor knows, by name. */
#include "words.h"

#include <string.h>

static const char *const names[N_WORDS] = {
	[NO_WORD] = "",
#define WORD(id, name) [WORD_##id] = name,
#include "words.def"
#undef WORD
};

bool
words_set(struct words *words, enum word word, const char *text, size_t n)
{
	bool fits = n < WORD_SIZE;

	if (!fits)
		n = WORD_SIZE - 1;
	memcpy(words->of[word], text, n);
	words->of[word][n] = '\0';
	return fits;
}

/* The word that stands at "<name>", or NO_WORD; *len is how long that is. */
static enum word
named_at(const char *pattern, size_t *len)
{
	*len = strcspn(pattern, ">") + 1;
	for (enum word word = 1; word < N_WORDS; word++)
		if (strlen(names[word]) + 2 == *len &&
		    strncmp(pattern + 1, names[word], *len - 2) == 0)
			return word;
	return NO_WORD;
}

static bool
put(char *out, size_t size, size_t *n, const char *text, size_t len)
{
	if (*n + len >= size)
		return false;
	memcpy(out + *n, text, len);
	*n += len;
	out[*n] = '\0';
	return true;
}

bool
words_fill(const struct words *words, const char *pattern, char *out, size_t size,
	   size_t *n)
{
	*n = 0;
	out[0] = '\0';
	while (*pattern != '\0') {
		size_t plain = strcspn(pattern, "<"), len;
		enum word word;

		if (!put(out, size, n, pattern, plain))
			return false;
		pattern += plain;
		if (*pattern == '\0')
			break;
		word = named_at(pattern, &len);
		if (word == NO_WORD)
			return false;
		if (!put(out, size, n, words->of[word], strlen(words->of[word])))
			return false;
		pattern += len;
	}
	return true;
}

bool
words_read(struct words *words, const struct reading *reading, const char *text,
	   size_t n)
{
	const char *begin = memmem(text, n, reading->after, strlen(reading->after));
	const char *end = NULL;

	if (begin != NULL) {
		begin += strlen(reading->after);
		end = memmem(begin, n - (size_t)(begin - text), reading->until,
			     strlen(reading->until));
	}
	if (end == NULL) {
		words->of[reading->into][0] = '\0';
		return reading->may_lack;
	}
	return words_set(words, reading->into, begin, (size_t)(end - begin));
}
