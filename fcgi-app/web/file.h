/* file.h - a small file of our own, read whole. */
#ifndef WEB_FILE_H
#define WEB_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

enum { FILE_MAX_BYTES = 1024 * 1024 };

/* NUL-terminated bytes in the arena; *text is NULL when there is no such file. INTERNAL
 * when it cannot be read, is too large or is no UTF-8. */
fallible file_read(struct arena *, const char *path, const char **text, size_t *len);

/* Changes with each change of the file: time of change mixed with size; 0: no file. */
int64_t file_stamp(const char *path);

#endif
