/* breaker.c - whether a gateway may be called. */
#include "base/breaker.h"

enum { PHASE_BITS = 2, COUNT_BITS = 4 };

/* How long it still lasts; never longer than it may, whatever the clock says. */
static int64_t
left_ms(int64_t until_ms, int64_t longest_ms, int64_t now_ms)
{
	int64_t left = until_ms - now_ms;

	return left <= 0 || left > longest_ms ? 0 : left;
}

int64_t
breaker_wait_ms(const struct breaker *b, int64_t now_ms)
{
	if (b->phase == BREAKER_OPEN)
		return left_ms(b->until_ms, BREAKER_OPEN_MS, now_ms);
	if (b->phase == BREAKER_TRYING)
		return left_ms(b->until_ms, BREAKER_TRIAL_MS, now_ms);
	return 0;
}

enum breaker_leave
breaker_ask(struct breaker *b, int64_t now_ms)
{
	if (b->phase == BREAKER_CLOSED)
		return BREAKER_CALL;
	if (breaker_wait_ms(b, now_ms) > 0)
		return BREAKER_REFUSE;
	b->phase = BREAKER_TRYING;
	b->until_ms = now_ms + BREAKER_TRIAL_MS;
	return BREAKER_TRIAL;
}

static void
open_for(struct breaker *b, int64_t ms, int64_t now_ms)
{
	b->phase = BREAKER_OPEN;
	b->until_ms = now_ms + ms;
}

static void
count_call(struct breaker *b, enum breaker_news news, int64_t now_ms)
{
	if (news == BREAKER_ANSWERED)
		b->failures = 0;
	if (news == BREAKER_FAILED && ++b->failures >= BREAKER_FAILURES) {
		b->trials = 0;
		open_for(b, BREAKER_OPEN_MS, now_ms);
	}
}

void
breaker_tell(struct breaker *b, enum breaker_leave leave, enum breaker_news news,
	     int64_t now_ms)
{
	if (b->phase == BREAKER_CLOSED) {
		count_call(b, news, now_ms);
		return;
	}
	if (leave != BREAKER_TRIAL || b->phase != BREAKER_TRYING)
		return;
	if (news == BREAKER_FAILED) {
		b->trials = 0;
		open_for(b, BREAKER_OPEN_MS, now_ms);
		return;
	}
	b->trials += news == BREAKER_ANSWERED;
	if (b->trials >= BREAKER_TRIALS)
		*b = (struct breaker){.phase = BREAKER_CLOSED};
	else
		open_for(b, 0, now_ms);
}

uint64_t
breaker_pack(const struct breaker *b)
{
	uint64_t word = (uint64_t)b->until_ms;

	word = word << COUNT_BITS | (uint64_t)b->trials;
	word = word << COUNT_BITS | (uint64_t)b->failures;
	return word << PHASE_BITS | (uint64_t)b->phase;
}

static int
take(uint64_t *word, int bits)
{
	int value = (int)(*word & ((UINT64_C(1) << bits) - 1));

	*word >>= bits;
	return value;
}

struct breaker
breaker_unpack(uint64_t word)
{
	struct breaker b = {0};

	b.phase = (enum breaker_phase)take(&word, PHASE_BITS);
	b.failures = take(&word, COUNT_BITS);
	b.trials = take(&word, COUNT_BITS);
	b.until_ms = (int64_t)word;
	return b;
}
