# shellcheck shell=bash disable=SC2154
# database.sh - the shop's own MariaDB, with the settings that Till relies on. It listens
# on its Unix socket alone. Sourced by start.sh.

# A small host's, unless TILL_DB_MEMORY_MB says how much MariaDB may keep of its tables.
database_settings() {
	local memory=${TILL_DB_MEMORY_MB:-128}

	cat <<-END
		[mariadbd]
		$([[ $(id -u) -ne 0 ]] || echo user=root)
		datadir=$shop_var/db
		socket=$shop_run/mariadb.sock
		pid-file=$shop_run/mariadb.own
		tmpdir=$shop_var/tmp
		skip-networking
		skip-name-resolve
		local-infile=0
		symbolic-links=0

		# what was committed stays committed
		innodb_flush_log_at_trx_commit=1
		log_bin=$shop_var/db/binlog
		sync_binlog=1
		binlog_format=ROW
		# what changed, by its key: neither rows as they were nor statements
		binlog_row_image=MINIMAL
		binlog_annotate_row_events=OFF
		binlog_expire_logs_seconds=86400
		max_binlog_size=64M
		log_bin_trust_function_creators=1

		# nothing waits for long
		transaction-isolation=READ-COMMITTED
		innodb_snapshot_isolation=ON
		innodb_rollback_on_timeout=ON
		innodb_lock_wait_timeout=3
		lock_wait_timeout=10
		idle_transaction_timeout=10
		innodb_print_all_deadlocks=ON

		# text and numbers are kept as given or refused
		character-set-server=utf8mb4
		collation-server=utf8mb4_bin
		sql_mode=STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
		default-time-zone=+00:00

		# single-threaded children hold a connection and their statements each
		max_connections=500
		max_prepared_stmt_count=262144
		thread_cache_size=64
		table_open_cache=2000

		innodb_buffer_pool_size=${memory}M
		innodb_log_file_size=$((memory / 4))M
		innodb_log_buffer_size=8M
		key_buffer_size=1M
		aria_pagecache_buffer_size=8M
		performance_schema=OFF
		query_cache_type=0
	END
}

# database_install FOLDER: an empty data folder, with its administrator alone.
database_install() {
	mariadb-install-db --no-defaults --datadir="$1" --skip-test-db \
		--user="$(id -un)" --skip-name-resolve \
		--auth-root-authentication-method=socket \
		--auth-root-socket-user="$(id -un)" --innodb-log-file-size=32M \
		>"$shop_var/log/install-db.log" 2>&1 ||
		die "The database could not be made; see $shop_var/log/install-db.log"
}

# Tests start many shops: with TILL_DB_EMPTY=FOLDER the first of them keeps there what
# was installed, per version of the server and of this file, and the others copy it.
database_copy() {
	local kept

	kept=$TILL_DB_EMPTY/$({
		mariadbd --no-defaults --version
		id -un
		cat "$shop_top/tests/shop/database.sh"
	} | sha256sum | cut -c1-16)
	mkdir -p "$TILL_DB_EMPTY"
	exec 8>"$kept.lock"
	flock 8
	if [[ ! -d $kept ]]; then
		rm -rf "$kept.new"
		database_install "$kept.new"
		mv "$kept.new" "$kept"
	fi
	exec 8>&-
	cp -a --sparse=always "$kept" "$shop_var/db"
}

# Makes the data folder; an interrupted try is started over.
database_make() {
	[[ ! -d $shop_var/db/mysql || -e $shop_var/db.unfinished ]] || return 0
	touch "$shop_var/db.unfinished"
	rm -rf "$shop_var/db" "$shop_var/demo.loaded"
	if [[ -n ${TILL_DB_EMPTY:-} ]]; then
		database_copy
	else
		database_install "$shop_var/db"
	fi
	rm -f "$shop_var/db.unfinished"
}

database_admin() {
	mariadb --no-defaults --batch --skip-column-names \
		--socket="$shop_run/mariadb.sock" --user="$(id -un)" "$@"
}

database_answers() {
	[[ -S $shop_run/mariadb.sock ]] && database_admin -e "SELECT 1"
}

# A password file that is there already is kept.
database_password() {
	[[ -s $shop_var/keys/$1 ]] || random_hex 24 >"$shop_var/keys/$1"
	cat "$shop_var/keys/$1"
}

# The owner migrates; the program gets what sql/grants.sql gives it; the reader is for
# people and tests that look, and has no password.
database_users() {
	local owner till

	owner=$(database_password owner.password)
	till=$(database_password till.password)
	database_admin <<-END
		CREATE DATABASE IF NOT EXISTS till CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
		CREATE USER IF NOT EXISTS till_owner@localhost;
		CREATE USER IF NOT EXISTS till@localhost;
		CREATE USER IF NOT EXISTS till_reader@localhost;
		ALTER USER till_owner@localhost IDENTIFIED BY '$owner';
		ALTER USER till@localhost IDENTIFIED BY '$till';
		GRANT ALL ON \`till%\`.* TO till_owner@localhost WITH GRANT OPTION;
		GRANT SELECT, SHOW VIEW ON \`till%\`.* TO till_reader@localhost;
	END
}

database_start() {
	mkdir -p "$shop_var"/{log,tmp,keys}
	database_make
	database_settings >"$shop_var/my.cnf"
	rm -f "$shop_run/mariadb.sock"
	unit_start mariadb mariadbd --defaults-file="$shop_var/my.cnf"
}

# Once it answers, everybody has a name and a password there.
database_ready() {
	wait_for 60 database_answers && database_users
}
