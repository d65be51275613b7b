/* bench.c - a kit with everything that a lane works with. */
#include "support/bench.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "jobs/mailer.h"

enum { LETTERS_MEMORY = 16 * 1024 * 1024 };

struct bench
bench_new(void)
{
	struct bench bench = {.kit = kit_new(), .letters = arena_new(LETTERS_MEMORY)};
	struct arena *mem = bench.kit.cx->mem;
	struct config *config = arena_new_of(mem, struct config, 1);
	struct mailer *mailer;

	bench.dir = arena_text(bench.letters, "/tmp/till-jobs-XXXXXX");
	WANT(mkdtemp(bench.dir) != NULL);
	*config = *bench.kit.shop->config;
	config->shop_templates =
		arena_printf(mem, "%s/templates", getenv("TILL_SOURCE"));
	config->run_dir = bench.dir;
	bench.kit.shop->config = config;
	bench.mail = mail_fake(bench.letters);
	bench.kit.shop->mail = bench.mail;
	WANT_OK(mailer_new(mem, config, &mailer));
	bench.work = work_new(mem, bench.kit.shop, bench.kit.cx, mailer);
	kit_script_begin(&bench.kit);
	return bench;
}

void
bench_drop(struct bench *bench)
{
	size_t n;
	const struct job *jobs = jobs_all(&n);

	test_turn_clock(0);
	for (size_t i = 0; i < n; i++)
		if (jobs[i].manner == ALONE)
			unlink(arena_printf(bench->letters, "%s/job-%s.lock",
					    bench->dir, jobs[i].name));
	unlink(arena_printf(bench->letters, "%s/asking", bench->dir));
	WANT_INT(rmdir(bench->dir), 0);
	test_ctx_free(bench->kit.cx);
	arena_free(bench->letters);
}

void
bench_run(struct bench *bench, enum lane lane)
{
	struct lane_worker worker = {.work = bench->work, .lane = lane, .nudges = -1};

	lane_run_due(&worker);
}

const struct mail *
bench_last_letter(const struct bench *bench)
{
	size_t n = mail_fake_count(bench->mail);

	WANT(n > 0);
	return mail_fake_item(bench->mail, n - 1);
}
