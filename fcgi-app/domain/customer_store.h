/* customer_store.h - what customer.c asks of its tables. */
#ifndef DOMAIN_CUSTOMER_STORE_H
#define DOMAIN_CUSTOMER_STORE_H

#include "domain/customer.h"

fallible customer_insert_person(struct tx *, struct person *);
fallible customer_insert(struct tx *, struct customer *);
fallible customer_update(struct tx *, const struct customer *);

#endif
