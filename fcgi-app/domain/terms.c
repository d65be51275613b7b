/* terms.c - the domain's reading of the settings. */
#include "domain/terms.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/text.h"
#include "domain/country.h"

static const bool *
find_reach(struct arena *mem, const struct terms *terms)
{
	size_t n;
	const struct country *all = country_list(&n);
	bool *reached = arena_new_of(mem, bool, n);

	for (size_t i = 0; i < n; i++)
		reached[i] =
			shipping_reaches(terms->options, terms->n_options, all[i].code);
	return reached;
}

fallible
terms_read(struct arena *mem, const struct config *config, struct terms **out)
{
	struct terms *terms = arena_new_of(mem, struct terms, 1);

	terms->currency = config->shop_currency;
	terms->home = config->shop_country;
	terms->max_lines = config->cart_lines;
	terms->keep_hours = config->cart_keep_hours;
	terms->hold_minutes = config->checkout_hold_minutes;
	terms->hold_cap = config->checkout_hold_cap;
	terms->pay_minutes = config->checkout_pay_minutes;
	terms->hold_at_start = text_equal(config->checkout_hold_at, "start");
	terms->n_options = shipping_options_of_settings(config, terms->options);
	terms->delivers_to = find_reach(mem, terms);
	TRY(tax_rates_read(mem, config->tax_rates, config->tax_included, &terms->tax));
	*out = terms;
	return NULL;
}

struct shipping_calendar
terms_calendar(const struct terms *terms)
{
	struct instant now = clock_now();
	int64_t hour = now.us / HOURS(1) % 24;

	(void)terms;
	return (struct shipping_calendar){.today = instant_date(now),
					  .hour = (int)hour};
}

const struct method *
terms_find_method(const struct terms *terms, const char *id)
{
	for (size_t i = 0; i < terms->n_methods; i++)
		if (text_equal(terms->methods[i].id, id))
			return &terms->methods[i];
	return NULL;
}

const char *
terms_refuse_amount(struct arena *mem, const struct method *method, struct money amount)
{
	if (!text_equal(method->least.currency, amount.currency))
		return NULL;
	if (money_compare(amount, method->least) < 0)
		return arena_printf(mem, "The least that can be paid this way is %s.",
				    money_format(mem, method->least));
	if (money_compare(amount, method->most) > 0)
		return arena_printf(mem, "The most that can be paid this way is %s.",
				    money_format(mem, method->most));
	return NULL;
}
