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
#define SETTING_TEXT(section, name, value, max, sentence) const char *section##_##name;
#define SETTING_FILE(section, name, value, sentence)	  const char *section##_##name;
#define SETTING_INT(section, name, value, min, max, sentence) int64_t section##_##name;
#define SETTING_BOOL(section, name, value, sentence)	  bool section##_##name;
#define SETTING_WORD(section, name, value, words, sentence) const char *section##_##name;
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_FILE
#undef SETTING_INT
#undef SETTING_BOOL
#undef SETTING_WORD
	const char *path; /* the file it was read from */
};

/* Defaults, then the file, then TILL_<SECTION>_<NAME> of the environment. Fails with
 * INVALID; its cause names file, line, setting and what would be right. */
fallible config_load(struct arena *, const char *path, struct config **out);
/* All defaults, for tests. */
struct config *config_defaults(struct arena *);
/* Prints every setting with type, default and sentence (till help settings; the table in
 * the README is this output). */
void config_describe(void (*line)(void *, const char *text), void *to);

#endif
