/* web.h - what this floor keeps as long as the worker lives. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/config.h"
#include "web/endpoint.h"
#include "web/network.h"
#include "web/router.h"

struct crash_note;
struct keyring;
struct page_set;
struct shared;
struct shared_slot;
struct words;

struct web {
	struct arena *mem;
	const struct config *config;
	const struct keyring *keys;
	struct shop *shop; /* may be set after the fork */
	const struct router *router;
	struct page_set *pages;
	const struct words *words;
	struct networks exempt, inside;
	struct shared *shared;    /* what all processes count; NULL in tests */
	struct shared_slot *slot; /* where this process counts; NULL: nowhere */
	struct crash_note *crash; /* of the request at hand; NULL: none is kept */
	/* The last request that was let in: when it was done, by the steady clock, and
	 * how long it took. */
	int64_t served_at_us, served_took_us;
};

/* Routes, networks, words, static names and every template of every endpoint: what is
 * wrong with one of them stops the start with its place. */
fallible web_new(struct arena *, const struct config *, const struct keyring *,
		 const struct endpoint *const *, size_t n, struct shop *,
		 struct web **);

#endif
