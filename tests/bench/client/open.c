/* open.c - what a run needs before its first visitor comes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "random.h"
#include "run.h"

enum { READ_BYTES = 65536 };

static bool
say(const char *what)
{
	fprintf(stderr, "till_bench_client: %s\n", what);
	return false;
}

static bool
read_secret(struct run *run, const char *path)
{
	FILE *file = path == NULL ? NULL : fopen(path, "re");
	bool good = file != NULL && fscanf(file, "%127s", run->secret) == 1;

	if (file != NULL)
		fclose(file);
	return good || say("--secret FILE with the webhook secret is missing");
}

static void
raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Orders and events must be new ones, whatever the seed. */
static bool
choose_name(struct run *run)
{
	unsigned number;

	if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
		return say("no random number");
	snprintf(run->name, sizeof run->name, "%08x-", number);
	return true;
}

static bool
make_visitors(struct run *run)
{
	uint64_t seed = (uint64_t)run->options->seed;

	run->n = (size_t)run->options->connections;
	run->visitors = calloc(run->n, sizeof *run->visitors);
	run->pausing = calloc(run->n, sizeof(struct visitor *));
	run->waiting_cap = (size_t)((run->options->warmup + run->options->seconds) *
				    run->options->rate * 2) +
			   1000;
	run->waiting = calloc(run->waiting_cap, sizeof *run->waiting);
	run->read_into = malloc(READ_BYTES);
	if (run->options->prepare > 0 &&
	    !kept_open(&run->kept, (size_t)run->options->prepare + run->n))
		return say("no memory");
	if (run->visitors == NULL || run->pausing == NULL || run->waiting == NULL ||
	    run->read_into == NULL)
		return say("no memory");
	for (size_t i = 0; i < run->n; i++) {
		struct visitor *v = &run->visitors[i];

		v->seed = random_next(&seed);
		v->shop.owner = v->away.owner = v;
	}
	return true;
}

static bool
open_acks(struct run *run)
{
	struct epoll_event event = {.events = EPOLLIN};

	run->acks = acks_open(run->options->acks);
	return run->acks != NULL && epoll_ctl(run->epoll, EPOLL_CTL_ADD,
					      acks_wake_fd(run->acks), &event) == 0;
}

bool
run_open(struct run *run, const struct options *options)
{
	run->options = options;
	run->scenario = scenario_find(options->scenario);
	if (run->scenario == NULL)
		return say("there is no such scenario");
	if (options->barrier && options->rate > 0)
		return say("--barrier and --rate do not go together");
	if (options->prepare > 0 &&
	    (options->barrier || options->rate > 0 || options->think_max_ms > 0 ||
	     run->scenario->ahead == NULL))
		return say("--prepare is for a closed loop of what is prepared ahead");
	if (run->scenario->flags & SCENARIO_SECRET &&
	    !read_secret(run, options->secret))
		return false;
	if (!goods_read(options->skus, &run->goods))
		return false;
	if (run->goods.n < run->scenario->goods)
		return say("--skus FILE names too few goods for this scenario");
	if (!peer_of_url(&run->shop, options->url, options->ca) || !choose_name(run))
		return false;
	raise_limit();
	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run->epoll < 0 || !make_visitors(run))
		return false;
	return options->acks == NULL || open_acks(run);
}
