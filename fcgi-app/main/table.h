/* table.h - columns for people at a terminal. */
#ifndef MAIN_TABLE_H
#define MAIN_TABLE_H

#include <stddef.h>

struct arena;
struct table;

/* Up to 16 columns; a name that begins with '>' stands, like its column, to the right.
 */
struct table *table_new(struct arena *, const char *const *names, size_t n_columns);
/* The next cell, row by row; NULL is "-". Control characters are shown as '?', so that
 * no text of a stranger steers the terminal. */
void table_put(struct table *, const char *text);
void table_print(const struct table *);

#endif
