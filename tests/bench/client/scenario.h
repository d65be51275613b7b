/* scenario.h - what visitors do: tables of steps. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include <stdio.h>

#include "words.h"

enum { STEP_READS = 6 };

enum step_flags {
	STEP_AT_ONCE = 1,    /* a browser does it by itself: nobody thinks before it */
	STEP_AWAY = 2,       /* to the payment page, not to the shop */
	STEP_PICKS = 4,      /* chooses a product first, which is not in the cart yet */
	STEP_SIGNS = 8,      /* signs its body as the gateway does */
	STEP_PICKS_ANY = 16, /* whatever was chosen before */
	STEP_LOOKS = 32,     /* again, later and later, until the text is there */
};

struct step {
	const char *name;    /* in the report; steps of one name count together */
	const char *request; /* "GET /path" */
	const char *headers; /* more of them, each with its line end */
	const char *body;    /* JSON when it begins with a brace, else a form */
	int status;          /* the only one that is right */
	unsigned flags;
	int times;        /* 0 is once */
	enum word unless; /* skipped when the visitor knows that already */
	const char *until;
	struct reading reads[STEP_READS];
	const char *told;  /* what the answer acknowledges: an order, once told_by is */
	enum word told_by; /* known */
};

enum scenario_flags {
	SCENARIO_NEW_VISITOR = 1,    /* every unit is somebody else */
	SCENARIO_NEW_CONNECTION = 2, /* and comes on a connection of their own */
	SCENARIO_SECRET = 4,         /* wants --secret */
};

/* Each list ends with a step without a name, and may be NULL. */
struct scenario {
	const char *name;
	const struct step *once;  /* by every visitor, before anything is measured */
	const struct step *ahead; /* of each unit, before its start */
	const struct step *unit;  /* what is measured */
	unsigned flags;
	int units_each; /* that a visitor does before the next comes; 0: no end */
	size_t goods;   /* so many different ones are needed */
};

/* By its name; "get:/path" makes one. NULL: there is none. */
const struct scenario *scenario_find(const char *name);
/* Prints the names, a line each. */
void scenario_list(FILE *);

#endif
