/* server.c - what the database server is set to. */
#include "db/server.h"

SQL_ROWS(read_server, struct server,
	 (version, now, max_connections, max_prepared, flush_log, sync_binlog, log_bin,
	  rollback_on_timeout, data_dir),
	 "SELECT VERSION() AS version, SYSDATE(6) AS now,"
	 "       CAST(@@global.max_connections AS SIGNED) AS max_connections,"
	 "       CAST(@@global.max_prepared_stmt_count AS SIGNED) AS max_prepared,"
	 "       CAST(@@global.innodb_flush_log_at_trx_commit AS SIGNED) AS flush_log,"
	 "       CAST(@@global.sync_binlog AS SIGNED) AS sync_binlog,"
	 "       CAST(@@global.log_bin AS SIGNED) AS log_bin,"
	 "       CAST(@@global.innodb_rollback_on_timeout AS SIGNED)"
	 "         AS rollback_on_timeout,"
	 "       @@global.datadir AS data_dir");

fallible
server_read(struct tx *tx, struct server *server)
{
	bool found;

	return db_one(tx, &read_server, NO_ARGS, server, &found);
}

SQL_ROWS(read_folders, struct server_folders, (data, temporary, binlog),
	 "SELECT @@global.datadir AS data, @@global.tmpdir AS temporary,"
	 "       COALESCE(@@global.log_bin_basename, '') AS binlog");

fallible
server_read_folders(struct tx *tx, struct server_folders *folders)
{
	bool found;

	return db_one(tx, &read_folders, NO_ARGS, folders, &found);
}
