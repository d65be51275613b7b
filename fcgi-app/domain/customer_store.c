/* customer_store.c - the only file that knows contacts and the keys of persons. */
#include "domain/customer_store.h"

#include "domain/columns.h"

SQL_ROWS(get_contact, struct customer,
	 (id, uid, person, email, phone, email_hash, ship_full_name, ship_line1,
	  ship_line2, ship_city, ship_region, ship_postal_code, ship_country,
	  bill_full_name, bill_line1, bill_line2, bill_city, bill_region,
	  bill_postal_code, bill_country, frozen),
	 "SELECT " CUSTOMER_COLUMNS(
		 "") "  FROM contact t"
		     "  JOIN person_key x ON x.id = t.person_id WHERE t.id = ?");

fallible
customer_find(struct tx *tx, struct contact_id id, struct customer *customer,
	      bool *found)
{
	*found = false;
	if (id.n == 0)
		return NULL;
	return db_one(tx, &get_contact, ARGS(id), customer, found);
}

SQL(insert_person, "INSERT INTO person_key (wrapped) VALUES (?)");

fallible
customer_insert_person(struct tx *tx, struct person *person)
{
	return db_run_id(tx, &insert_person, ARGS(person->wrapped), &person->id.n);
}

SQL_SAVE(
	insert_contact, struct customer,
	(uid, person, email, phone, email_hash, ship_full_name, ship_line1, ship_line2,
	 ship_city, ship_region, ship_postal_code, ship_country, bill_full_name,
	 bill_line1, bill_line2, bill_city, bill_region, bill_postal_code,
	 bill_country),
	"INSERT INTO contact (uid, person_id, email, phone, email_hash, ship_full_name,"
	" ship_line1, ship_line2, ship_city, ship_region, ship_postal_code, "
	"ship_country,"
	" bill_full_name, bill_line1, bill_line2, bill_city, bill_region, "
	"bill_postal_code,"
	" bill_country) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	"?)");

fallible
customer_insert(struct tx *tx, struct customer *customer)
{
	return db_run_row_id(tx, &insert_contact, customer, &customer->id.n);
}

SQL_SAVE(update_contact, struct customer,
	 (email, phone, email_hash, ship_full_name, ship_line1, ship_line2, ship_city,
	  ship_region, ship_postal_code, ship_country, bill_full_name, bill_line1,
	  bill_line2, bill_city, bill_region, bill_postal_code, bill_country, id, uid,
	  person),
	 "UPDATE contact SET email = ?, phone = ?, email_hash = ?, ship_full_name = ?,"
	 " ship_line1 = ?, ship_line2 = ?, ship_city = ?, ship_region = ?,"
	 " ship_postal_code = ?, ship_country = ?, bill_full_name = ?, bill_line1 = ?,"
	 " bill_line2 = ?, bill_city = ?, bill_region = ?, bill_postal_code = ?,"
	 " bill_country = ?, updated_at = UTC_TIMESTAMP(6)"
	 " WHERE id = ? AND uid = ? AND person_id = ?");

fallible
customer_update(struct tx *tx, const struct customer *customer)
{
	return db_run_row(tx, &update_contact, customer);
}
