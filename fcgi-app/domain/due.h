/* due.h - for how long a row of a queue has been due, in SQL. */
#ifndef DOMAIN_DUE_H
#define DOMAIN_DUE_H

/* Microseconds since its time (a column), or since the lease of who let it go. */
#define DUE_LATE(column)                                                               \
	"GREATEST(0, TIMESTAMPDIFF(MICROSECOND, GREATEST(" column ","                  \
	" COALESCE(lease_until, " column ")), UTC_TIMESTAMP(6))) AS late_us"

#endif
