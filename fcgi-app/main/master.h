/* master.h - a process that starts children, replaces those that die, grows where all
 * are busy, drains on SIGTERM and re-executes itself on SIGHUP without refusing a
 * request. It has no database, no FastCGI and no TLS state. */
#ifndef MAIN_MASTER_H
#define MAIN_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/shared.h"

struct master_job {
	const char *name;               /* role in the shared map: "shop", "work-pay" */
	int children_min, children_max; /* more than min only while all are busy */
	/* For how long its work has waited by now: it grows only while that is a second
	 * and more. NULL: nobody can tell. */
	int64_t (*late_us)(const struct master_job *);
	int64_t idle_s; /* a child above the least number leaves after so long without
			 * work */
	int64_t busy_limit_s; /* a child busy for longer is killed; 0: never */
	/* Runs in the child, with default signals; its result is the exit code. SIGTERM
	 * asks it to finish what it does and to return. */
	int (*run)(const struct master_job *, struct shared_slot *);
	/* In the master, when a child of it has ended: by a signal, or by itself (0).
	 * NULL: nobody wants to know. */
	void (*ended)(const struct master_job *, pid_t, int signal_number);
	const void *arg;
};

enum { MASTER_JOBS = 8, MASTER_CHILDREN = 640 };

struct master {
	char *const *argv; /* to be executed again with: "serve", "--pool", ... */
	const char *name;  /* "shop": of its lock */
	const char *dir;   /* of sockets, locks and the shared map */
	struct shared *shared;
	const struct master_job *jobs;
	size_t n_jobs;
	bool has_first; /* a second socket, for those who are served first */
	int lock_fd, listen_fd, first_fd; /* by master_lock, master_listen; -1: none */
};

/* This process only tries whether it could start (before an old one gives way): when
 * settings and templates hold, it should return 0 now. */
bool master_only_checks(void);

/* Takes dir/name.lock, which the process keeps: REFUSED when another master has it. */
fallible master_lock(struct master *);
/* The listening socket dir/name.sock (and dir/name-first.sock), mode 0660: inherited
 * from before a re-execution or bound anew; a stale file of that name gives way. Needs
 * the lock. */
fallible master_listen(struct master *);
/* Leaves the sockets open for the program that is executed next. */
void master_pass_on(const struct master *);

/* Until SIGTERM or SIGINT: then 0 once all children are gone. */
int master_run(struct master *);

#endif
