/* torture.h - runs one flow again and again, each time with another thing going wrong:
 * each statement fails once as a lost connection and once as a deadlock's victim, each
 * COMMIT once has its answer lost after it took effect, each call to the gateway once
 * gets no answer, before and after it took effect. Then whoever asked asks again, and
 * what the flow is for must have happened, once. */
#ifndef SUPPORT_TORTURE_H
#define SUPPORT_TORTURE_H

#include "support/bank.h"

struct mailer;
struct work;

struct scene {
	struct kit kit; /* its gateway is the bank */
	int visitor;    /* of this run alone */
	char key[40];
	struct placement placed;
	bool claimed;                /* the key's row is committed, as the flow says */
	const struct mailer *mailer; /* where mails are sent */
	int64_t before;              /* whatever a flow has to compare with */
};

struct torture {
	void (*prepare)(struct scene *); /* NULL: nothing */
	struct err *(*act)(struct scene *);
	/* What happens next when act() failed, and always for a job; NULL: act(). */
	struct err *(*again)(struct scene *);
	void (*check)(struct scene *); /* afterwards; the books are looked at besides */
	int64_t clock_s;               /* the clock's turn for act() */
	bool job;   /* nobody asked: it runs again by itself, its errors are logged */
	bool finds; /* a commit without an answer is looked for: never an error */
};

void torture(const struct torture *);

/* In prepare(): an order of that many pens that waits for its payment, or is paid. */
void scene_place(struct scene *);
void scene_buy(struct scene *);
/* Asks the bank about the newest attempt and settles it: the poll job's work. */
void scene_settle(struct scene *);
/* Nothing that earlier runs have left is due any more. */
void scene_quiet(void);
/* One count or text of the scene's order; %s in sql is "order_id = 7". */
int64_t scene_count(const struct scene *, const char *table, const char *where);
/* Mails of that kind ("shipped") about the scene's order, sent or not. */
int64_t scene_mails(const struct scene *, const char *kind);
/* In act(): one look of a job (run), as another process: it remembers nothing of the
 * last one. */
struct err *scene_look(struct scene *,
		       struct err *(*run)(struct work *, int64_t *done));

#endif
