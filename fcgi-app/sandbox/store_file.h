/* store_file.h - the append-only file of lines behind store.c. */
#ifndef SANDBOX_STORE_FILE_H
#define SANDBOX_STORE_FILE_H

#include "base/buf.h"
#include "sandbox/store.h"

enum { STORE_LINE_MAX = 4 * 1024 * 1024 };

struct store_file;

/* dir/state.log, both made when missing; the lock ends with the process. Also after a
 * failure the file is to be closed. */
fallible store_file_open(struct arena *, const char *dir, struct store_file **);
/* Calls fn for each whole line (without its newline). A last line without newline, or
 * one that fn refuses and that is the last, is torn: the file is cut before it. */
fallible store_file_replay(struct store_file *,
			   struct err *(*fn)(void *, const char *line, size_t len),
			   void *);
/* Appends a line; it is safe only after store_file_sync(). */
fallible store_file_put(struct store_file *, const struct buf *line);
fallible store_file_sync(struct store_file *);
/* Lines put between begin and commit make a new file that then takes the old one's
 * place at once (rename), so that a crash leaves one or the other whole. */
fallible store_file_begin(struct store_file *);
fallible store_file_commit(struct store_file *);
void store_file_close(struct store_file *);

#endif
