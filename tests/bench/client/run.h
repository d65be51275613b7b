/* run.h - all visitors, the clock, and whose turn it is. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "acks.h"
#include "goods.h"
#include "kept.h"
#include "options.h"
#include "schedule.h"
#include "tally.h"
#include "visitor.h"

enum {
	RUN_ANSWER_US = 10000000,   /* that an answer may take */
	RUN_PREPARE_US = 120000000, /* that all may take to prepare themselves */
	RUN_OPEN_MOST = 1000,
	RUN_PREPARING = 32, /* at a time */
};

/* Visitors in the order they came. */
struct line {
	struct visitor *first, *last;
};

struct run {
	const struct options *options;
	const struct scenario *scenario;
	struct goods goods;
	char secret[128];
	char name[16]; /* of this run; no other has it */
	int64_t serial;
	struct peer shop, away;
	bool has_away;
	struct acks *acks; /* NULL: nothing is noted */
	struct tally tally;
	int epoll;
	int64_t now_us;
	int64_t entered_us;     /* when visitors began to prepare themselves */
	int64_t began_us;       /* the first unit; 0: not all are prepared yet */
	int64_t from_us, to_us; /* what is measured */
	int64_t fired_us, fired_sum_us; /* rounds of --barrier */
	struct kept kept;               /* of --prepare */
	struct schedule schedule;
	int64_t *waiting; /* starts that found no visitor free: a ring */
	size_t waiting_cap, waiting_first, waiting_n;
	struct visitor *visitors;
	size_t n, n_begun, n_ready, n_in_unit, n_thinking;
	struct line ready, noting;
	struct visitor **pausing; /* a heap; whose pause ends first is first */
	size_t n_pausing;
	struct bytes *spare; /* bodies that nobody uses */
	char *read_into;
	struct bytes unpacked;
};

/* false: it could not begin, and what is wrong was said on stderr. */
bool run_open(struct run *, const struct options *);
/* Returns when the time is over; false when not all could prepare themselves. */
bool run_all(struct run *);

/* ---- for visitors ---- */

void run_is_ready(struct run *, struct visitor *);
void run_has_ended_unit(struct run *, struct visitor *, bool well);
void run_pause(struct run *, struct visitor *, int64_t us, enum visitor_next);
void run_notes(struct run *, struct visitor *, const char *told);
/* A pause of at least so many ms that is none of the shop's time; how long it is. With
 * more than RUN_OPEN_MOST visitors their connections are closed meanwhile. */
int64_t run_think(struct run *, struct visitor *, double least_ms, enum visitor_next);
bool run_closes(const struct run *);
void run_start(struct run *, struct visitor *, int64_t since_us);
/* No unit begins any more. */
bool run_is_over(const struct run *);
/* It is, or will be, of the measured time. */
bool run_measures(const struct run *, int64_t since_us);
struct bytes *run_take_body(struct run *);
void run_give_body(struct run *, struct bytes *);

#endif
