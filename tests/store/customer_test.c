/* customer_test.c - who buys: sealed at rest, found by a hash, forgotten with a key. */
#include "domain/customer.h"

#include "base/seal.h"
#include "base/text.h"
#include "support/kit.h"

static struct customer
ada(const struct ctx *cx)
{
	struct customer customer = {.phone.plain = "+15035550100"};
	struct address address = {.full_name = "Ada Example",
				  .line1 = "1 Analytical Row",
				  .line2 = "Attic",
				  .city = "Portland",
				  .region = "OR",
				  .postal_code = "97201",
				  .country = "US"};

	customer_set_email(cx, &customer, "Ada@example.com");
	customer_set_shipping(&customer, &address);
	address.line1 = "2 Bill Street";
	customer_set_billing(&customer, &address);
	return customer;
}

static struct customer
find(struct ctx *cx, struct contact_id id, bool *found)
{
	struct customer customer = {0};

	WANT_OK(IN_READ(cx, customer_find(tx, id, &customer, found)));
	return customer;
}

static void
what_a_person_told_is_sealed_and_read_back(void **state)
{
	struct ctx *cx = test_ctx();
	struct customer customer = ada(cx), read;
	bool found;

	(void)state;
	WANT_OK(IN_TX(cx, customer_save(tx, &customer)));
	read = find(cx, customer.id, &found);
	WANT(found);
	WANT_TEXT(read.email.plain, "Ada@example.com");
	WANT_TEXT(customer_shipping(&read).line2, "Attic");
	WANT_TEXT(customer_billing(&read).line1, "2 Bill Street");
	WANT_INT(test_number("SELECT COUNT(*) FROM contact WHERE id = %" PRId64
			     " AND (email LIKE '%%Ada%%' OR ship_full_name LIKE "
			     "'%%Ada%%' OR phone LIKE '%%503%%')",
			     customer.id.n),
		 0);
	test_ctx_free(cx);
}

static void
the_look_up_knows_an_address_however_it_is_typed(void **state)
{
	struct ctx *cx = test_ctx();
	struct customer one = {0}, other = {0};

	(void)state;
	customer_set_email(cx, &one, "Ada@Example.com");
	customer_set_email(cx, &other, "ada@example.COM");
	WANT(memcmp(&one.email_hash, &other.email_hash, sizeof one.email_hash) == 0);
	customer_set_email(cx, &other, NULL);
	WANT_TEXT(other.email.plain, NULL);
	WANT(memcmp(&one.email_hash, &other.email_hash, sizeof one.email_hash) != 0);
	test_ctx_free(cx);
}

static void
saving_again_changes_the_row(void **state)
{
	struct ctx *cx = test_ctx();
	struct customer customer = ada(cx), read;
	int64_t rows;
	bool found;

	(void)state;
	WANT_OK(IN_TX(cx, customer_save(tx, &customer)));
	rows = test_number("SELECT COUNT(*) FROM contact");
	customer_set_email(cx, &customer, "countess@example.com");
	WANT_OK(IN_TX(cx, customer_save(tx, &customer)));
	WANT_INT(test_number("SELECT COUNT(*) FROM contact"), rows);
	read = find(cx, customer.id, &found);
	WANT_TEXT(read.email.plain, "countess@example.com");
	WANT_TEXT(read.phone.plain, "+15035550100");
	test_ctx_free(cx);
}

static void
a_copy_is_a_row_of_its_own_under_the_same_persons_key(void **state)
{
	struct ctx *cx = test_ctx();
	struct customer customer = ada(cx), copy, read;
	bool found;

	(void)state;
	WANT_OK(IN_TX(cx, customer_save(tx, &customer)));
	WANT_OK(IN_TX(cx, customer_copy(tx, &customer, &copy)));
	WANT(copy.id.n != customer.id.n);
	WANT_INT(copy.person.id.n, customer.person.id.n);
	customer_set_email(cx, &customer, "new@example.com");
	WANT_OK(IN_TX(cx, customer_save(tx, &customer)));
	read = find(cx, copy.id, &found);
	WANT_TEXT(read.email.plain, "Ada@example.com");

	/* forgetting the person forgets both */
	test_script("DELETE FROM person_key WHERE id = %" PRId64, copy.person.id.n);
	find(cx, copy.id, &found);
	WANT(!found);
	find(cx, customer.id, &found);
	WANT(!found);
	find(cx, (struct contact_id){0}, &found);
	WANT(!found);
	test_ctx_free(cx);
}

TESTS(TEST(what_a_person_told_is_sealed_and_read_back),
      TEST(the_look_up_knows_an_address_however_it_is_typed),
      TEST(saving_again_changes_the_row),
      TEST(a_copy_is_a_row_of_its_own_under_the_same_persons_key))
