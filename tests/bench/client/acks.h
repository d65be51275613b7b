/* acks.h - what clients were told, on disk before they ask for anything else. */
#ifndef BENCH_ACKS_H
#define BENCH_ACKS_H

#include <stdbool.h>
#include <stdint.h>

struct acks;

/* Appends to a file, as `till verify --acks` reads it. A thread of its own writes and
 * syncs, so that waiting for the disk delays nobody but who waits for it. wake_fd can
 * be read when more is on disk. NULL: what is wrong was said on stderr. */
struct acks *acks_open(const char *path);
int acks_wake_fd(const struct acks *);
/* The number of the line: it is on disk once acks_on_disk() is not below it. */
int64_t acks_note(struct acks *, const char *told, const char *order, const char *total,
		  const char *key);
/* Also takes what can be read from wake_fd. */
int64_t acks_on_disk(struct acks *);
/* Once all is on disk; false when writing failed. */
bool acks_close(struct acks *);

#endif
