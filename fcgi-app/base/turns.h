/* turns.h - processes of a host take turns at a thing that has a number. A turn goes
 * with the process that has it, so one that dies keeps nobody waiting. */
#ifndef BASE_TURNS_H
#define BASE_TURNS_H

#include <stdint.h>

/* The file by which they know of each other, one descriptor for each process, opened
 * after a fork; -1 when it cannot be opened: then everybody's turn comes at once. */
int turns_open(const char *path);

enum turn {
	TURN_AT_ONCE,
	TURN_AFTER_ANOTHER,
	TURN_NOT_YET, /* the other one takes longer than patience_ms; nothing is held */
};

/* A process has at most one turn. */
enum turn turns_take(int fd, int64_t number, int64_t patience_ms);
/* Nothing when there is none. */
void turns_leave(int fd, int64_t number);

#endif
