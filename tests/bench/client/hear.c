/* hear.c - what an answer says to its visitor. */
#include "hear.h"

#include <stdio.h>
#include <string.h>

#include "unpack.h"

static bool
take_place(struct run *run, struct visitor *v, const char *url)
{
	const char *path = url;

	if (url[0] != '/') {
		if (!peer_is(&run->shop, url) && !run->has_away)
			run->has_away = peer_of_url(&run->away, url, run->options->ca);
		if (!peer_is(&run->shop, url) && !peer_is(&run->away, url))
			return false;
		path = strchr(strstr(url, "://") + 3, '/');
	}
	return path != NULL && words_set(&v->words, WORD_PLACE, path, strlen(path));
}

/* The header's place, or the one that was read from JSON. */
static bool
settle_place(struct run *run, struct visitor *v)
{
	char url[WORD_SIZE];

	if (v->answer.place[0] != '\0')
		return take_place(run, v, v->answer.place);
	if (v->words.of[WORD_PLACE][0] == '\0' || v->words.of[WORD_PLACE][0] == '/')
		return true;
	memcpy(url, v->words.of[WORD_PLACE], sizeof url);
	return take_place(run, v, url);
}

static bool
is_read(struct run *run, const struct visitor *v, const struct bytes **text)
{
	*text = v->body;
	if (!v->answer.gzip)
		return true;
	*text = &run->unpacked;
	return unpack(v->body, &run->unpacked);
}

/* The texts that the step looks for; NULL, or what is wrong. */
static const char *
read_text(struct run *run, struct visitor *v, bool *again)
{
	const struct step *step = v->step;
	const struct bytes *text;

	if (step->reads[0].into == NO_WORD && step->until == NULL)
		return NULL;
	if (!is_read(run, v, &text))
		return "the body cannot be unpacked";
	for (size_t i = 0; i < STEP_READS && step->reads[i].into != NO_WORD; i++)
		if (!words_read(&v->words, &step->reads[i], text->at, text->n)) {
			tally_said(&run->tally, text->at, text->n);
			return "the answer lacks what it should tell";
		}
	*again = step->until != NULL &&
		 memmem(text->at, text->n, step->until, strlen(step->until)) == NULL;
	return NULL;
}

const char *
hear(struct run *run, struct visitor *v, bool *again)
{
	const struct answer *a = &v->answer;
	const char *wrong;

	*again = false;
	if (a->cookie[0] != '\0')
		memcpy(v->cookie, a->cookie, sizeof v->cookie);
	if (a->order[0] != '\0')
		words_set(&v->words, WORD_ORDER, a->order, strlen(a->order));
	wrong = read_text(run, v, again);
	if (wrong != NULL)
		return wrong;
	return settle_place(run, v) ? NULL : "leads to another place";
}

void
hear_refusal(struct run *run, struct visitor *v, char *kind, size_t size)
{
	static const struct reading code = {WORD_DONE, "\"code\":\"", "\"", true};
	const struct bytes *text;

	v->words.of[WORD_DONE][0] = '\0';
	if (is_read(run, v, &text) && text->n > 0) {
		words_read(&v->words, &code, text->at, text->n);
		tally_said(&run->tally, text->at, text->n);
	}
	snprintf(kind, size, "status %d%s%.40s", v->answer.status,
		 v->words.of[WORD_DONE][0] == '\0' ? "" : " ", v->words.of[WORD_DONE]);
}
