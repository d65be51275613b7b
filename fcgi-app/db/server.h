/* server.h - what the database server is set to, for till doctor. */
#ifndef DB_SERVER_H
#define DB_SERVER_H

#include "db/db.h"

struct server {
	const char *version;
	struct instant
		now; /* its own clock, UTC; a test's turned clock does not move it */
	int64_t max_connections, max_prepared;
	int64_t flush_log, sync_binlog; /* 1: what was committed stays committed */
	bool log_bin, rollback_on_timeout;
	const char *data_dir;
};

fallible server_read(struct tx *, struct server *);

/* Where the server writes, as it names the folders: on a host of its own they are not
 * here. */
struct server_folders {
	const char *data, *temporary;
	const char *binlog; /* its files' common beginning; "": no binary log */
};

fallible server_read_folders(struct tx *, struct server_folders *);

#endif
