/* stripe_json.c - what the JSON of all objects shares: nulls, metadata, expansion,
 * lists. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/stripe.h"

void
stripe_put_nulls(struct json_out *out, const char *const *names)
{
	for (; *names; names++)
		json_pair_text(out, *names, NULL);
}

void
stripe_put_metadata(struct json_out *out, const char *name, const struct pairs *pairs)
{
	json_key(out, name);
	json_open(out, '{');
	for (size_t i = 0; i < pairs->n; i++)
		json_pair_text(out, pairs->list[i].name, pairs->list[i].value);
	json_close(out, '}');
}

const char *
stripe_named(const struct pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (strcmp(pairs->list[i].name, name) == 0)
			return pairs->list[i].value;
	return NULL;
}

/* Asking for a.b asks for a as well. */
bool
stripe_expands(const struct work *w, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < w->form.n; i++) {
		const struct pair *pair = &w->form.list[i];

		if (text_starts(pair->name, "expand[") &&
		    strncmp(pair->value, path, len) == 0 &&
		    (pair->value[len] == '\0' || pair->value[len] == '.'))
			return true;
	}
	return false;
}

static void (*writer_of(const struct store_kind *kind))(struct work *, const void *)
{
	static const struct {
		const struct store_kind *kind;
		void (*put)(struct work *, const void *);
	} writers[] = {
		{&intent_kind, stripe_put_intent},
		{&charge_kind, stripe_put_charge},
		{&method_kind, stripe_put_method},
		{&refund_kind, stripe_put_refund},
		{&session_kind, stripe_put_session},
		{&customer_kind, stripe_put_customer},
		{&dispute_kind, stripe_put_dispute},
		{&event_kind, stripe_put_event},
	};

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (writers[i].kind == kind)
			return writers[i].put;
	return NULL;
}

void
stripe_put_reference(struct work *w, const char *name, const struct store_kind *kind,
		     const char *id)
{
	const char *under = w->under;
	const char *path = arena_printf(w->mem, "%s%s", under, name);
	const void *object = store_find(w->box->store, kind, id);

	json_key(&w->out, name);
	if (!object || !stripe_expands(w, path)) {
		json_put_text(&w->out, id);
		return;
	}
	w->under = arena_printf(w->mem, "%s.", path);
	writer_of(kind)(w, object);
	w->under = under;
}

/* Looks for the record that a cursor names and tells its place, counted from the
 * newest. */
static bool
find_place(struct work *w, const struct store_kind *kind, const char *param,
	   size_t *place)
{
	const char *id = form_get(&w->form, param);
	const struct record *record;
	size_t i = 0;

	if (!id)
		return true;
	while ((record = store_older(w->box->store, kind, &i)))
		if (strcmp(record->id, id) == 0) {
			*place = i;
			return true;
		}
	stripe_refuse_missing(w, "object", param, id);
	return false;
}

struct page {
	size_t n, limit;
	const void *rows[101];
	bool more;
};

/* After a cursor: the next older ones. Before one: those right above it. */
static void
fill_page(struct work *w, const struct store_kind *kind,
	  bool (*keep)(struct work *, const void *), size_t after, size_t before,
	  struct page *page)
{
	const void *record;
	size_t i = after;

	while ((record = store_older(w->box->store, kind, &i))) {
		if (before && i >= before)
			return;
		if (!keep(w, record))
			continue;
		if (page->n == page->limit) {
			page->more = true;
			if (!before)
				return;
			memmove(page->rows, page->rows + 1,
				(page->n - 1) * sizeof(page->rows[0]));
			page->n--;
		}
		page->rows[page->n++] = record;
	}
}

void
stripe_answer_list(struct work *w, const struct store_kind *kind,
		   bool (*keep)(struct work *, const void *))
{
	struct page page = {0};
	size_t after = 0, before = 0;
	int64_t limit = 10;

	if (!stripe_int(w, "limit", 1, 100, &limit) ||
	    !find_place(w, kind, "starting_after", &after) ||
	    !find_place(w, kind, "ending_before", &before))
		return;
	page.limit = (size_t)limit;
	fill_page(w, kind, keep, after, before, &page);
	json_open(&w->out, '{');
	json_pair_text(&w->out, "object", "list");
	json_key(&w->out, "data");
	json_open(&w->out, '[');
	w->under = "data.";
	for (size_t i = 0; i < page.n; i++)
		writer_of(kind)(w, page.rows[i]);
	json_close(&w->out, ']');
	json_pair_bool(&w->out, "has_more", page.more);
	json_pair_text(&w->out, "url", w->path);
	json_close(&w->out, '}');
	stripe_answer(w, 200);
}

bool
stripe_created_fits(struct work *w, int64_t created)
{
	static const char *const names[] = {"created", "created[gte]", "created[gt]",
					    "created[lte]", "created[lt]"};
	bool fits = true;

	for (size_t i = 0; i < 5; i++) {
		const char *text = form_get(&w->form, names[i]);
		int64_t at;

		if (!text || !text_to_int(text, 0, INT64_MAX, &at))
			continue;
		fits = fits && (i == 0   ? created == at
				: i == 1 ? created >= at
				: i == 2 ? created > at
				: i == 3 ? created <= at
					 : created < at);
	}
	return fits;
}
