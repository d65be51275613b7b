/* bank.h - a gateway that keeps books of its own: what it did stays done, whatever its
 * callers heard of it. Its books are shared with children of fork(). For tests that end
 * by comparing the shop's books with the gateway's. */
#ifndef SUPPORT_BANK_H
#define SUPPORT_BANK_H

#include "support/kit.h"

struct bank_session {
	char key[64], id[40], attempt[40], order[40], payment[40];
	int64_t amount, captured, refunded;
	enum pay_status status;
};

/* From now on the kit's gateway is the bank. It keeps what it knows until the process
 * that asked first ends. */
void bank_serve(struct kit *);

/* What happens at the bank, of the session that an attempt has there: the shopper pays,
 * is refused for good, or the session ends. */
void bank_pay(const char *attempt_uid);
void bank_end(const char *attempt_uid, enum pay_status);
/* The same although the session has ended: money that was on its way. */
void bank_pay_late(const char *attempt_uid);
/* NULL when the bank never heard of the attempt. */
const struct bank_session *bank_session(const char *attempt_uid);
/* Of an order: sessions that a shopper could still pay, and money that is there. */
int64_t bank_open_sessions(const char *order_number);
int64_t bank_kept(const char *order_number);

/* Refunds are made at once, or stay under way until bank_refund_all(). */
void bank_refunds_wait(bool);
void bank_refund_all(void);
/* The id that the nth refund from now on, from 0, will have. */
const char *bank_refund_to_come(struct arena *, size_t nth);

/* A day later: the same key is a new call. */
void bank_forget_keys(void);

/* The payment of an attempt, which was paid, is disputed in full, or that is decided;
 * returns the bank's id of the dispute. */
const char *bank_dispute(struct arena *, const char *attempt_uid,
			 enum pay_dispute_status);
/* The id that it will have. */
const char *bank_dispute_to_come(struct arena *, const char *attempt_uid);

/* An event for its own list, which shows the two newest. */
void bank_tell(const char *id, const char *body);

/* The nth call from now on gets no answer, before or after it took effect; 0: none. */
void bank_fail_call(int nth, bool after);
/* Calls since then. */
int bank_calls(void);

/* Fails the test when a session's money is not the attempt's in the shop's books. Looks
 * at those that are new since it was asked last. */
void bank_agrees(void);

#endif
