/* jobs.c - every background job: its lane, its rhythm. */
#include "jobs/jobs.h"

enum { EACH_SECOND = 1000, EACH_FIVE = 5000, EACH_MINUTE = 60000, EACH_HOUR = 3600000 };

static const struct job all[] = {
	{"webhook_apply", LANE_HOOK, EACH_SECOND, NUDGED, webhook_apply_run},
	{"webhook_catch_up", LANE_HOOK, EACH_FIVE, ALONE, webhook_catch_up_run},
	{"payment_poll", LANE_PAY, EACH_SECOND, NUDGED, payment_poll_run},
	{"refund_send", LANE_PAY, EACH_SECOND, NUDGED, refund_send_run},
	{"order_expire", LANE_PAY, EACH_SECOND, ALONE, order_expire_run},
	{"outbox_send", LANE_MAIL, EACH_SECOND, NUDGED, outbox_send_run},
	{"stock_expire", LANE_SWEEP, EACH_SECOND, PLAIN, stock_expire_run},
	{"cart_sweep", LANE_SWEEP, EACH_FIVE, GENTLE, cart_sweep_run},
	{"idem_purge", LANE_SWEEP, EACH_MINUTE, GENTLE, idem_purge_run},
	{"journal_purge", LANE_SWEEP, EACH_MINUTE, GENTLE, journal_purge_run},
	{"invoice_number", LANE_REPORT, EACH_SECOND, PLAIN, invoice_number_run},
	{"invoice_left_out", LANE_REPORT, EACH_HOUR, PLAIN, invoice_left_out_run},
	{"journal_keep", LANE_REPORT, EACH_SECOND, ALONE, journal_keep_run},
	{"disk_watch", LANE_REPORT, EACH_SECOND, PLAIN, disk_watch_run},
	{"verify_all", LANE_REPORT, EACH_MINUTE, ALONE, verify_all_run},
	{"audit_seal", LANE_REPORT, EACH_SECOND, PLAIN, audit_seal_run},
};

const struct job *
jobs_all(size_t *n)
{
	*n = sizeof all / sizeof *all;
	return all;
}
