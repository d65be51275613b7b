/* stripe_params.c - reading parameters as the real service reads them. */
#include <string.h>

#include "base/arena.h"
#include "base/money.h"
#include "base/text.h"
#include "sandbox/stripe.h"

enum { METADATA_KEYS = 50, METADATA_NAME = 40, METADATA_VALUE = 500 };

bool
stripe_required(struct work *w, const char *name)
{
	if (form_has(&w->form, name))
		return true;
	stripe_refuse(w, "parameter_missing", name,
		      arena_printf(w->mem, "Missing required param: %s.", name));
	return false;
}

bool
stripe_text(struct work *w, const char *name, size_t max, const char **out)
{
	const char *value = form_get(&w->form, name);

	if (!value)
		return true;
	if (text_length(value) > max) {
		stripe_refuse(
			w, "parameter_invalid_string_too_long", name,
			arena_printf(w->mem,
				     "Invalid string: must be at most %zu characters",
				     max));
		return false;
	}
	*out = *value ? store_text(w->box->store, value) : NULL;
	return true;
}

bool
stripe_int(struct work *w, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *value = form_get(&w->form, name);
	int64_t n;

	if (!value)
		return true;
	if (!text_to_int(value, INT64_MIN, INT64_MAX, &n)) {
		stripe_refuse(w, "parameter_invalid_integer", name,
			      arena_printf(w->mem, "Invalid integer: %.40s", value));
		return false;
	}
	if (n < min || n > max) {
		stripe_refuse(
			w, "parameter_invalid_integer", name,
			arena_printf(w->mem,
				     "Invalid integer: must be between %lld and %lld",
				     (long long)min, (long long)max));
		return false;
	}
	*out = n;
	return true;
}

bool
stripe_bool(struct work *w, const char *name, bool *out)
{
	const char *value = form_get(&w->form, name);

	if (!value)
		return true;
	*out = strcmp(value, "true") == 0;
	if (*out || strcmp(value, "false") == 0)
		return true;
	stripe_refuse(w, NULL, name,
		      arena_printf(w->mem, "Invalid boolean: %.40s", value));
	return false;
}

/* words: "automatic|manual" */
bool
stripe_word(struct work *w, const char *name, const char *words, const char **out)
{
	const char *value = form_get(&w->form, name);
	size_t len = value ? strlen(value) : 0;

	if (!value)
		return true;
	for (const char *at = words; *at; at += strcspn(at, "|"), at += *at == '|')
		if (len && strcspn(at, "|") == len && strncmp(at, value, len) == 0) {
			*out = store_text(w->box->store, value);
			return true;
		}
	stripe_refuse(
		w, NULL, name,
		arena_printf(w->mem, "Invalid %s: must be one of %s", name, words));
	return false;
}

bool
stripe_url(struct work *w, const char *name, const char **out)
{
	const char *value = form_get(&w->form, name);

	if (!value)
		return true;
	/* It is sent back in a Location header, so it must fit there. */
	if ((text_starts(value, "https://") || text_starts(value, "http://")) &&
	    strlen(value) <= 5000 && text_is_header_safe(value) &&
	    !strchr(value, ' ')) {
		*out = store_text(w->box->store, value);
		return true;
	}
	stripe_refuse(w, "url_invalid", name, "Not a valid URL");
	return false;
}

static bool
metadata_is_well(struct work *w, const char *name, const struct pairs *given)
{
	for (size_t i = 0; i < given->n; i++) {
		const struct pair *pair = &given->list[i];
		const char *param = arena_printf(w->mem, "%s[%s]", name, pair->name);

		if (text_length(pair->name) <= METADATA_NAME &&
		    text_length(pair->value) <= METADATA_VALUE)
			continue;
		stripe_refuse(
			w, NULL, param,
			"Metadata has names up to 40 and values up to 500 characters");
		return false;
	}
	return true;
}

static void
merge(struct pairs *into, const struct pair *pair)
{
	size_t i = 0;

	while (i < into->n && strcmp(into->list[i].name, pair->name) != 0)
		i++;
	if (*pair->value) {
		into->list[i] = *pair;
		into->n += i == into->n;
	} else if (i < into->n) {
		into->n--;
		memmove(&into->list[i], &into->list[i + 1],
			(into->n - i) * sizeof(*into->list));
	}
}

bool
stripe_metadata(struct work *w, const char *name, struct pairs *out)
{
	struct pairs given = form_group(w->mem, &w->form, name);
	struct pairs merged = {out->n,
			       arena_new_of(w->mem, struct pair, out->n + given.n + 1)};

	if (!metadata_is_well(w, name, &given))
		return false;
	if (out->n)
		memcpy(merged.list, out->list, out->n * sizeof(*merged.list));
	if (form_get(&w->form, name)) /* metadata= takes all away */
		merged.n = 0;
	for (size_t i = 0; i < given.n; i++)
		merge(&merged, &given.list[i]);
	if (merged.n > METADATA_KEYS) {
		stripe_refuse(w, NULL, name, "Metadata has at most 50 keys");
		return false;
	}
	*out = store_pairs(w->box->store, merged);
	return true;
}

bool
stripe_currency(struct work *w, const char *name, const char **out)
{
	const char *value = form_get(&w->form, name);
	char *lower = value ? text_lower(w->mem, value) : NULL;

	if (!value)
		return true;
	if (strlen(lower) == 3 && currency_is_known(text_upper(w->mem, value))) {
		*out = store_text(w->box->store, lower);
		return true;
	}
	stripe_refuse(w, NULL, name,
		      arena_printf(w->mem, "Invalid currency: %.12s.", value));
	return false;
}

/* The least that is charged, in the currency's minor units. */
static int64_t
least(const char *currency)
{
	static const struct {
		const char *currencies;
		int64_t minor;
	} table[] = {
		{"usd eur aud cad chf brl inr nzd sgd zar php ils", 50},
		{"gbp", 30},
		{"aed myr pln ron", 200},
		{"dkk", 250},
		{"nok sek", 300},
		{"hkd", 400},
		{"mxn thb", 1000},
		{"czk", 1500},
		{"jpy krw", 50},
		{"huf", 17500},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strstr(table[i].currencies, currency))
			return table[i].minor;
	return 1;
}

bool
stripe_amount(struct work *w, int64_t amount, const char *currency, const char *param)
{
	bool thousandths = strstr("bhd jod kwd omr tnd", currency) != NULL;
	bool hundredths_of_none = strstr("isk ugx", currency) != NULL;

	if (amount < least(currency)) {
		stripe_refuse(w, "amount_too_small", param,
			      arena_printf(w->mem, "Amount must be at least %lld %s",
					   (long long)least(currency), currency));
		return false;
	}
	if ((thousandths && amount % 10) || (hundredths_of_none && amount % 100)) {
		stripe_refuse(w, "parameter_invalid_integer", param,
			      "Invalid integer: the last digits must be 0");
		return false;
	}
	return true;
}

bool
stripe_version_from(const struct work *w, const char *date)
{
	return strncmp(w->version, date, 10) >= 0;
}
