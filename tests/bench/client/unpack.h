/* unpack.h - bodies that came compressed. */
#ifndef BENCH_UNPACK_H
#define BENCH_UNPACK_H

#include <stdbool.h>

#include "answer.h"

/* gzip; false when it is cut or broken. */
bool unpack(const struct bytes *packed, struct bytes *out);

#endif
