/* nudge.h - tells a lane of `till work` that a commit left work for it: one datagram.
 * It may be lost; lanes look each second anyway. */
#ifndef FLOW_NUDGE_H
#define FLOW_NUDGE_H

struct shop;

enum lane { LANE_HOOK, LANE_PAY, LANE_MAIL, LANE_SWEEP, LANE_REPORT, LANE_COUNT };

const char *lane_name(enum lane);
/* "$run.dir/work-<lane>.sock" in a buffer of at least 108 bytes. */
void lane_path(const struct shop *, enum lane, char *out, unsigned long size);
void nudge(const struct shop *, enum lane);

#endif
