/* fault_point.h - named places where tests kill, hang, delay or fail a process.
 *
 * They exist in a build with -DTILL_FAULTS=ON alone; elsewhere nothing of them is left,
 * not even the names (tests/gate/faults.sh). A place does what its row of the mapped
 * file `faults`, beside the shared map, says; tests write that file
 * (tests/fault/points.py). */
#ifndef BASE_FAULT_POINT_H
#define BASE_FAULT_POINT_H

#include <stdbool.h>

#ifdef TILL_FAULTS

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"

enum fault_site {
#define FAULT_SITE(name, where) FAULT_##name,
#include "base/fault_point.def"
#undef FAULT_SITE
	FAULT__COUNT
};

enum fault_action {
	FAULT_NOTHING,
	FAULT_KILL,  /* SIGKILL, at once */
	FAULT_HANG,  /* until ms are over (0: for ever), or until it is disarmed */
	FAULT_ERROR, /* fails where a function can; elsewhere nothing */
	FAULT_DELAY, /* for ms */
	FAULT_CRASH, /* SIGSEGV, as a wrong pointer gives */
	FAULT_BREAK, /* a promise that does not hold: assert */
};

/* One row of the file: 80 bytes, as tests/fault/points.py has it. */
struct fault_row {
	char name[40];
	_Atomic int32_t action;
	_Atomic int32_t skip;  /* so often it lets pass before it acts */
	_Atomic int32_t times; /* so often it acts then */
	_Atomic int32_t ms;
	_Atomic int64_t passed, fired; /* counted since the file was made */
	_Atomic int64_t pid;           /* who fired last */
};

/* Maps run_dir/faults, making it when it is missing or of another version. Before a
 * fork, so that all children see the same. */
fallible fault_points_open(const char *run_dir);
/* The rows, FAULT__COUNT of them; NULL before they were opened. */
struct fault_row *fault_points(void);
/* Does what the row says. True when an error is asked for. */
bool fault_point(enum fault_site);
/* Whether the next to pass will act. */
bool fault_point_is_armed(enum fault_site);

#define FAULT_POINTS_OPEN(run_dir) TRY(fault_points_open(run_dir))
/* In a function that cannot fail. */
#define FAULT_POINT(name) ((void)fault_point(FAULT_##name))
/* In a fallible one: an armed error is raised with the code. */
#define FAULT_POINT_ERR(name, code)                                                    \
	do {                                                                           \
		if (fault_point(FAULT_##name))                                         \
			return FAIL(code, "fault point " #name);                       \
	} while (0)
#define FAULT_POINT_IS_ARMED(name) fault_point_is_armed(FAULT_##name)

#else

#define FAULT_POINTS_OPEN(run_dir)  ((void)0)
#define FAULT_POINT(name)           ((void)0)
#define FAULT_POINT_ERR(name, code) ((void)0)
#define FAULT_POINT_IS_ARMED(name)  false

#endif
#endif
