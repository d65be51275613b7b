/* request.h - the bytes of a visitor's next request. */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include "run.h"

/* Into visitor->request; false when it does not fit, or its step names no word. */
bool request_write(struct run *, struct visitor *);

#endif
