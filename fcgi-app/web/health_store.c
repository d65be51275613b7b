/* health_store.c - what health.c asks of the schema's own table. */
#include "web/health_store.h"

struct schema_row {
	int64_t version;
};

SQL_ROWS(get_schema, struct schema_row, (version),
	 "SELECT CAST(COALESCE(MAX(version), 0) AS SIGNED) AS version"
	 "  FROM schema_migration");

fallible
health_get_schema(struct tx *tx, int64_t *version)
{
	struct schema_row row = {0};
	bool found;

	TRY(db_one(tx, &get_schema, NO_ARGS, &row, &found));
	*version = row.version;
	return NULL;
}
