/* money.h - an amount with its currency, in integer minor units (ISO 4217). */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct money {
	int64_t minor;    /* 1234 is $12.34 */
	char currency[4]; /* "USD"; all zero together with 0 minor means "nothing yet"
			   */
};

/* The largest amount any input may lead to: 10^12 minor units (F-061). All of these
 * abort when currencies differ or 64 bits overflow: callers keep within limits. */
#define MONEY_MAX INT64_C(1000000000000)

struct money money_of(int64_t minor, const char *currency);
struct money money_zero(const char *currency);
struct money money_add(struct money, struct money); /* "nothing yet" adds nothing */
struct money money_sub(struct money, struct money);
struct money money_times(struct money, int64_t n);
bool money_is_zero(struct money);
bool money_same(struct money, struct money);   /* amount and currency */
int money_compare(struct money, struct money); /* <0, 0, >0 */

/* amount * numerator / denominator, rounded half away from zero (128 bit inside). */
struct money money_ratio(struct money, int64_t numerator, int64_t denominator);

/* Shares total out over n parts in proportion to weights (>= 0, not all 0) without
 * losing a unit: largest remainder first, then the earlier part. At most
 * MONEY_PARTS_MAX parts. */
enum { MONEY_PARTS_MAX = 1024 };
void money_share(struct money total, const int64_t *weights, size_t n,
		 struct money *parts);

/* The codes of currency.def and their decimals (0, 2 or 3). The second aborts for a
 * code that is not known. */
bool currency_is_known(const char *code);
int currency_exponent(const char *code);

/* "$1,234.56", "¥500", "KWD 5.124": English; a minus sign leads. "Nothing yet" is "0".
 */
char *money_format(struct arena *, struct money);
/* "12.34" without currency, the decimals of its currency; and back, exactly:
 * no blank, no plus, no further decimals, within MONEY_MAX. */
char *money_decimal(struct arena *, struct money);
bool money_from_decimal(const char *text, const char *currency, struct money *);

#endif
