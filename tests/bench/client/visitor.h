/* visitor.h - one visitor: a cookie, what the pages told, a connection to the shop and
 * one to the payment page. */
#ifndef BENCH_VISITOR_H
#define BENCH_VISITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "link.h"
#include "scenario.h"
#include "words.h"

struct run;

enum visitor_state {
	VISITOR_READY,  /* has prepared what was to be prepared */
	VISITOR_ASKS,   /* a request is on its way, or its answer */
	VISITOR_PAUSES, /* until due_us */
	VISITOR_NOTES,  /* until what it was told is on disk */
	VISITOR_LEFT,   /* the run is over */
};

/* What comes after a pause. */
enum visitor_next { NEXT_REQUEST, NEXT_UNIT, NEXT_BEGINNING };

enum visitor_phase { PHASE_ONCE, PHASE_AHEAD, PHASE_UNIT };

enum { VISITOR_REQUEST = 4096 };

struct visitor {
	enum visitor_state state;
	enum visitor_phase phase;
	enum visitor_next next;
	bool thinks;
	const struct step *step;
	int times, looks; /* of this step */
	int units;        /* of this visitor, or of who came before on its connection */
	struct link shop, away;
	struct link *link; /* that the request goes over */
	struct answer answer;
	struct bytes *body;
	struct words words;
	char cookie[ANSWER_COOKIE];
	uint64_t seed;
	size_t good; /* chosen last */
	bool has_good;
	int64_t asked_us, unit_us, paused_us;
	int64_t due_us;
	int64_t line;          /* of the acknowledgements, to be on disk */
	struct visitor *after; /* in the list it waits in */
	size_t request_n, sent;
	char request[VISITOR_REQUEST];
};

/* Somebody new: goes through what is done once, then gets ready (run_is_ready). */
void visitor_begin(struct run *, struct visitor *);
/* The unit starts; since_us is when it was meant to. */
void visitor_start_unit(struct run *, struct visitor *, int64_t since_us);
/* A connection of theirs has news. */
void visitor_move(struct run *, struct visitor *, struct link *);
/* The pause is over, or what was told is on disk. */
void visitor_wake(struct run *, struct visitor *);
/* No answer for too long. */
void visitor_give_up(struct run *, struct visitor *);

#endif
