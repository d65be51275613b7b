/* faults.h - misbehaviour on demand: by magic amount, or by the control API. */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "sandbox/sandbox.h"

/* What a fault acts on: its code / 100. */
enum fault_family { FAULT_CALL = 90, FAULT_PAYMENT = 91, FAULT_WEBHOOK = 92 };

struct faults *faults_new(struct arena *);
/* Makes the next times matching requests misbehave. NULL texts match all; path is a
 * pattern of fnmatch(3), with or without the gateway's name in front; holds is a part
 * of the body as it was sent, so that a fault meets one order alone. False when the
 * fault is unknown or there are too many waiting. */
bool faults_force(struct faults *, const char *gateway, const char *method,
		  const char *path, const char *holds, const char *fault,
		  int64_t times);
/* The code asked for this request, or 0; counts it as done. path is without the
 * gateway's name, body NULL where there is none. */
int faults_take_forced(struct faults *, const char *gateway, const char *method,
		       const char *path, const char *body);
void faults_forget(struct faults *);

/* The code that an amount selects in a family, or 0. */
int faults_magic(int64_t amount, enum fault_family);
/* True the first time for a code and subject (an idempotency key, else an object):
 * the next identical call behaves. Kept over a restart. */
bool faults_first(struct sandbox *, struct arena *, int code, const char *subject);

#endif
