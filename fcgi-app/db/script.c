/* script.c - several statements in one text: migrations and test fixtures. The only
 * place where the connection takes more than one statement at once. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "db/db_private.h"

static fallible
failed(struct db *db, size_t nth)
{
	char what[40], words[256];

	snprintf(what, sizeof what, "statement %zu of the script", nth);
	strncpy(words, mysql_error(db->my), sizeof words - 1);
	words[sizeof words - 1] = '\0';
	return db_failed(db, what, mysql_errno(db->my), words);
}

/* Throws the rows of every statement away; the first that fails ends the script. */
static fallible
run(struct db *db, const char *sql)
{
	int rc = mysql_real_query(db->my, sql, strlen(sql));

	for (size_t nth = 1;; nth++) {
		if (rc > 0)
			return failed(db, nth);
		if (rc < 0)
			return NULL; /* there are no more */
		mysql_free_result(mysql_store_result(db->my));
		rc = mysql_next_result(db->my);
	}
}

fallible
db_script(struct db *db, const char *sql)
{
	struct err *e;

	assert(db->tx == NULL);
	TRY(db_connect(db));
	if (mysql_set_server_option(db->my, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0)
		return failed(db, 0);
	e = run(db, sql);
	if (db->my != NULL &&
	    mysql_set_server_option(db->my, MYSQL_OPTION_MULTI_STATEMENTS_OFF) != 0)
		db_drop(db);
	return e;
}
