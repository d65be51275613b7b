/* customer.h - who buys and where it goes: e-mail, phone and two addresses, sealed at
 * rest under the person's own key. */
#ifndef DOMAIN_CUSTOMER_H
#define DOMAIN_CUSTOMER_H

#include "db/db.h"
#include "domain/address.h"

struct customer {
	struct contact_id id; /* 0: not stored yet */
	struct uuid uid;
	struct person person; /* id 0: has no key yet */
	struct sealed email, phone;
	struct digest email_hash; /* of the folded address, for look-up */
	struct sealed ship_full_name, ship_line1, ship_line2, ship_city, ship_region,
		ship_postal_code;
	const char *ship_country;
	struct sealed bill_full_name, bill_line1, bill_line2, bill_city, bill_region,
		bill_postal_code;
	const char *bill_country;
	bool frozen; /* an order was made with this row: it changes no more */
};

struct address customer_shipping(const struct customer *);
struct address customer_billing(const struct customer *);
void customer_set_shipping(struct customer *, const struct address *);
void customer_set_billing(struct customer *, const struct address *);
/* NULL forgets it. The look-up hash follows. */
void customer_set_email(const struct ctx *, struct customer *, const char *email);

/* *found false when id is 0 or its person was forgotten. */
fallible customer_find(struct tx *, struct contact_id id, struct customer *,
		       bool *found);
/* Writes a new row (with a key for the person when it has none) or, when it has an id
 * and no order was made with it, what changed. One statement, two for a new person. */
fallible customer_save(struct tx *, struct customer *);
/* A copy that belongs to an order: a row of its own under the same person's key. */
fallible customer_copy(struct tx *, const struct customer *, struct customer *copy);

#endif
