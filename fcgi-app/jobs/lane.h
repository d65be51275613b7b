/* lane.h - one process of a lane: runs its jobs until nothing is due, then waits for a
 * nudge or for a second. */
#ifndef JOBS_LANE_H
#define JOBS_LANE_H

#include "jobs/jobs.h"

struct shared_slot;

struct lane_worker {
	struct work *work;
	enum lane lane;
	int nudges; /* datagram socket of the lane, shared by its processes */
	struct shared_slot *slot; /* NULL: nowhere */
	int64_t rounds_max; /* after so many with work it leaves; its master replaces it
			     */
};

/* Until SIGTERM (the item at hand is finished first). Returns the exit code. */
int lane_run(const struct lane_worker *);

/* Runs every job of the lane until nothing is due: for tests. */
void lane_run_due(const struct lane_worker *);

#endif
