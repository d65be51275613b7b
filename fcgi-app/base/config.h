/* config.h - the settings of settings.def, read from one INI file. A bad, unknown or
 * duplicate setting stops the start with file and line, never a request. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* One member per row: SETTING_TEXT(shop, name, ...) is config->shop_name. */
struct config {
#define SETTING_TEXT(section, name, value, max, sentence)     const char *section##_##name;
#define SETTING_FILE(section, name, value, sentence)          const char *section##_##name;
#define SETTING_INT(section, name, value, min, max, sentence) int64_t section##_##name;
#define SETTING_BOOL(section, name, value, sentence)          bool section##_##name;
#define SETTING_WORD(section, name, value, words, sentence)                            \
	const char *section##_##name;
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_FILE
#undef SETTING_INT
#undef SETTING_BOOL
#undef SETTING_WORD
	const char *path; /* the file it was read from */
};

/* Defaults, then the file, then TILL_<SECTION>_<NAME> of the environment (but for
 * TILL_DB_SOCKET and TILL_DB_NAME, which till.env has). Fails with INVALID; its cause
 * names file and line (or variable), setting and what would be right. Comments stand on
 * lines of their own; a text may go on in indented lines, which hold no "=". */
fallible config_load(struct arena *, const char *path, struct config **out);
/* All defaults, for tests. */
struct config *config_defaults(struct arena *);
/* Hands every setting with limits, default and sentence to line(), as rows of a
 * Markdown table (till help settings; the table in the README is this output). */
void config_describe(void (*line)(void *, const char *text), void *to);

#endif
