/* derivation.c - how a price came about, step by step. */
#include "domain/derivation.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

enum { TEXT_LIMIT = 64 * 1024 };

void
derivation_add(struct derivation *derivation, const char *rule, const char *text,
	       struct money amount)
{
	assert(derivation->n < DERIVATION_MAX);
	derivation->steps[derivation->n++] =
		(struct derivation_step){rule, text, amount};
}

void
derivation_write(struct json_out *out, const struct derivation *derivation)
{
	json_open(out, '{');
	json_pair_int(out, "version", 1);
	json_pair_text(out, "currency", derivation->currency);
	json_pair_bool(out, "tax_included", derivation->tax_included);
	json_pair_text(out, "rounding", derivation->rounding);
	json_key(out, "steps");
	json_open(out, '[');
	for (size_t i = 0; i < derivation->n; i++) {
		const struct derivation_step *step = &derivation->steps[i];

		json_open(out, '{');
		json_pair_text(out, "rule", step->rule);
		json_pair_text(out, "text", step->text);
		json_pair_int(out, "amount", step->amount.minor);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

const char *
derivation_json(struct arena *mem, const struct derivation *derivation)
{
	struct buf to = buf_new(mem, TEXT_LIMIT);
	struct json_out out = json_out(&to);

	derivation_write(&out, derivation);
	assert(!to.full);
	return buf_string(&to);
}

static void
read_steps(const struct json *list, struct derivation *out)
{
	for (size_t i = 0; i < json_count(list) && i < DERIVATION_MAX; i++) {
		const struct json *step = json_item(list, i);
		int64_t minor = 0;

		json_int_at(step, "amount", &minor);
		derivation_add(out, json_text_at(step, "rule"),
			       json_text_at(step, "text"),
			       money_of(minor, out->currency));
	}
}

void
derivation_parse(struct arena *mem, const char *text, struct derivation *out)
{
	const struct json *json;

	*out = (struct derivation){0};
	if (json_parse(mem, text, strlen(text), &json) != NULL)
		return;
	out->currency = json_text_at(json, "currency");
	out->rounding = json_text_at(json, "rounding");
	json_bool(json_member(json, "tax_included"), &out->tax_included);
	if (out->currency != NULL)
		read_steps(json_member(json, "steps"), out);
}

const char *
derivation_story(struct arena *mem, const struct derivation *derivation)
{
	struct buf to = buf_new(mem, TEXT_LIMIT);

	for (size_t i = 0; i < derivation->n; i++) {
		const struct derivation_step *step = &derivation->steps[i];

		buf_printf(&to, "%s%s: %s.", i > 0 ? " " : "", step->text,
			   money_format(mem, step->amount));
	}
	assert(!to.full);
	return buf_string(&to);
}
