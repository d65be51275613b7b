/* main.c - till_bench_client: visitors of one kind at one shop, and how long they wait.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "run.h"

static double
cpu_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double
measured_seconds(const struct run *run)
{
	if (run->options->barrier)
		return (double)run->fired_sum_us / 1e6;
	if (run->options->prepare > 0) /* may be used up early */
		return (double)(run->to_us - run->from_us) / 1e6;
	return run->options->seconds;
}

static double
units_per_second(const struct run *run)
{
	double seconds = measured_seconds(run);

	return seconds > 0 ? (double)run->tally.units / seconds : 0;
}

static void
write_figures(const struct run *run, FILE *out)
{
	const struct options *o = run->options;

	fprintf(out,
		"{\"scenario\": \"%s\", \"mode\": \"%s\", \"connections\": %.0f,"
		" \"rate\": %.3f, \"barrier\": %s,\n"
		" \"think_ms\": [%.0f, %.0f], \"closes_while_thinking\": %s,"
		" \"seed\": %.0f,\n"
		" \"seconds\": %.3f, \"units\": %" PRId64 ", \"units_per_s\": %.3f,\n ",
		o->scenario, o->rate > 0 ? "open" : "closed", o->connections, o->rate,
		o->barrier ? "true" : "false", o->think_min_ms, o->think_max_ms,
		run_closes(run) ? "true" : "false", o->seed, measured_seconds(run),
		run->tally.units, units_per_second(run));
	tally_write(&run->tally, out);
	fprintf(out,
		",\n \"handshakes\": {\"full\": %" PRId64 ", \"resumed\": %" PRId64
		"},\n \"client_cpu_s\": %.3f}\n",
		run->shop.full, run->shop.resumed, cpu_seconds());
}

static bool
save(const struct run *run)
{
	FILE *out = fopen(run->options->json, "we");

	if (out == NULL) {
		fprintf(stderr, "%s: %s\n", run->options->json, strerror(errno));
		return false;
	}
	write_figures(run, out);
	return fclose(out) == 0;
}

static void
say(const struct run *run)
{
	const struct tally *t = &run->tally;

	printf("%-12s %9.1f/s  p50 %" PRIu64 " us  p99 %" PRIu64 " us  errors %" PRId64
	       "  waiting pages %" PRId64 "\n",
	       run->options->scenario, units_per_second(run),
	       histogram_at(&t->unit, 0.5), histogram_at(&t->unit, 0.99),
	       tally_errors(t), t->waiting_pages);
}

/* 0: the figures, errors of the shop among them, are in the file. */
int
main(int argc, char **argv)
{
	static struct run run;
	struct options options;
	bool began, noted;

	if (!options_read(argc, argv, &options))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (!run_open(&run, &options))
		return 2;
	began = run_all(&run);
	noted = run.acks == NULL || acks_close(run.acks);
	if (!began)
		fputs("not all visitors could prepare themselves\n", stderr);
	if (!noted)
		fputs("the acknowledgements could not be written\n", stderr);
	say(&run);
	return save(&run) && began && noted ? 0 : 1;
}
