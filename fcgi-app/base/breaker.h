/* breaker.h - whether a gateway may be called: after some failures in a row nobody asks
 * it for a while, then one call tries, and when two such trials went well all may call
 * again (F-126). Pure: a state, a moment, a new state. */
#ifndef BASE_BREAKER_H
#define BASE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BREAKER_FAILURES = 3, /* in a row: it opens */
	BREAKER_TRIALS = 2,   /* that went well: it closes */
	BREAKER_OPEN_MS = 10000,
	BREAKER_TRIAL_MS = 30000, /* a trial that is silent for longer is dead: above
				     the longest call */
};

enum breaker_phase { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_TRYING };

struct breaker {
	enum breaker_phase phase;
	int failures;     /* in a row, while closed */
	int trials;       /* that went well, while not closed */
	int64_t until_ms; /* OPEN: nobody calls before; TRYING: the trial ends by then
			   */
};

/* What a call may do. */
enum breaker_leave { BREAKER_REFUSE, BREAKER_CALL, BREAKER_TRIAL };
/* What its call told of the gateway: SILENT is nothing at all. */
enum breaker_news { BREAKER_ANSWERED, BREAKER_FAILED, BREAKER_SILENT };

/* Of a clock that never jumps; where it began anew (the host was restarted) an old
 * moment holds nobody for longer than its own length. */
enum breaker_leave breaker_ask(struct breaker *, int64_t now_ms);
/* leave is what the call was given: what calls from before the opening bring late is
 * not listened to. */
void breaker_tell(struct breaker *, enum breaker_leave, enum breaker_news,
		  int64_t now_ms);
/* Milliseconds until a call may go out; 0: at once. */
int64_t breaker_wait_ms(const struct breaker *, int64_t now_ms);

/* In one word, so that it changes as a whole between processes; 0 is a new one. */
uint64_t breaker_pack(const struct breaker *);
struct breaker breaker_unpack(uint64_t);

#endif
