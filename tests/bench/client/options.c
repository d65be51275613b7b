/* options.c - what the command line asks for. */
#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

enum kind { TEXT, NUMBER, RANGE, FLAG };

#define AT(member) offsetof(struct options, member)

static const struct option {
	const char *name;
	enum kind kind;
	size_t at;
	double least, most;
	const char *says;
} table[] = {
	{"--url", TEXT, AT(url), 0, 0, "https://ADDRESS:PORT of the shop"},
	{"--ca", TEXT, AT(ca), 0, 0, "FILE with the authority that it is trusted by"},
	{"--scenario", TEXT, AT(scenario), 0, 0, "NAME of what visitors do"},
	{"--connections", NUMBER, AT(connections), 1, 20000, "visitors at a time"},
	{"--seconds", NUMBER, AT(seconds), 0.1, 86400, "to be measured"},
	{"--warmup", NUMBER, AT(warmup), 0, 3600, "seconds before that"},
	{"--rate", NUMBER, AT(rate), 0.01, 1000000, "units a second that start"},
	{"--think", RANGE, AT(think_min_ms), 0, 3600000, "MIN:MAX ms between requests"},
	{"--spread", NUMBER, AT(spread), 0, 86400,
	 "seconds within which those who think begin; 0: within a pause"},
	{"--skus", TEXT, AT(skus), 0, 0, "FILE of \"sku slug\" lines"},
	{"--acks", TEXT, AT(acks), 0, 0, "FILE that acknowledged orders go to"},
	{"--secret", TEXT, AT(secret), 0, 0, "FILE with the webhook secret"},
	{"--barrier", FLAG, AT(barrier), 0, 0, "all wait for all, then fire at once"},
	{"--prepare", NUMBER, AT(prepare), 1, 100000,
	 "units that are prepared before the first begins; ends when they are used up"},
	{"--seed", NUMBER, AT(seed), 0, 1e15, "of what is chosen by chance"},
	{"--json", TEXT, AT(json), 0, 0, "FILE for the figures"},
};
enum { N_OPTIONS = sizeof table / sizeof table[0] };

static void
say_use(void)
{
	fputs("use: till_bench_client OPTIONS\n", stderr);
	for (size_t i = 0; i < N_OPTIONS; i++)
		fprintf(stderr, "  %-14s %s\n", table[i].name, table[i].says);
	fputs("The scenarios are:\n", stderr);
	scenario_list(stderr);
}

static bool
take_number(const struct option *option, const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out >= option->least &&
	       *out <= option->most;
}

static bool
take_range(const struct option *option, const char *text, double *out)
{
	char first[32];
	size_t n = strcspn(text, ":");

	if (text[n] != ':' || n >= sizeof first)
		return false;
	memcpy(first, text, n);
	first[n] = '\0';
	return take_number(option, first, &out[0]) &&
	       take_number(option, text + n + 1, &out[1]) && out[0] <= out[1];
}

static bool
take(const struct option *option, const char *value, struct options *out)
{
	char *to = (char *)out + option->at;

	switch (option->kind) {
	case TEXT:
		*(const char **)(void *)to = value;
		return true;
	case NUMBER:
		return take_number(option, value, (double *)(void *)to);
	case RANGE:
		return take_range(option, value, (double *)(void *)to);
	case FLAG:
		*(bool *)to = true;
		return true;
	}
	return false;
}

static const struct option *
find(const char *name)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

bool
options_read(int argc, char **argv, struct options *out)
{
	*out = (struct options){.connections = 1, .seconds = 10, .seed = 1};
	for (int i = 1; i < argc; i++) {
		const struct option *option = find(argv[i]);
		const char *value = "";

		if (option != NULL && option->kind != FLAG)
			value = ++i < argc ? argv[i] : NULL;
		if (option == NULL || value == NULL || !take(option, value, out)) {
			fprintf(stderr, "%s: not understood\n",
				option == NULL ? argv[i] : option->name);
			say_use();
			return false;
		}
	}
	if (out->url == NULL || out->scenario == NULL || out->json == NULL) {
		say_use();
		return false;
	}
	return true;
}
