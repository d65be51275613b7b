/* process.h - which process this is, so that another one can tell whether it is gone.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

enum { PROCESS_NAME = 80 }; /* bytes, with the NUL */

/* The calling process: boot of its host, namespace of its number, number and birth. No
 * other process has had this name or will. Found once for a process, also after a fork;
 * never freed. */
const char *process_name(void);

/* Whether the process of this name has ended. False where that cannot be known: it may
 * run on another host or in another container, or the name is none. */
bool process_is_gone(const char *name);

#endif
