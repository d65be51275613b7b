#!/usr/bin/env bash
# mariadb.sh - a MariaDB for tests: made in seconds, in memory, reached by its Unix socket.
#
#   mariadb.sh up DIR      starts it; DIR/socket then holds the path of its socket
#   mariadb.sh down DIR    ends it and removes what it left
#
# It ends by itself when the process that asked for it (ctest, a shell) is gone, unless
# TILL_KEEP is set. Commits are not flushed: nothing here has to outlive a power cut.
set -euo pipefail
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
umask 077

mode=$1
dir=$2
asker=$PPID
mkdir -p "$dir"

# A path that is short enough for a socket; in memory where that is possible.
home_of() {
	local where=${TMPDIR:-/tmp}

	[[ ! -w /dev/shm ]] || where=/dev/shm
	mktemp -d "$where/till.XXXXXX"
}

born_at() {
	local stat

	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	read -r -a stat <<<"${stat##*) }"
	[[ ${stat[0]} != Z ]] && echo "${stat[19]}"
}

# remember NAME PID; recall NAME prints the pid, if it still is the process we started.
remember() {
	echo "$2 $(born_at "$2")" >"$dir/$1"
}

recall() {
	local pid born

	read -r pid born 2>/dev/null <"$dir/$1" || return 1
	[[ $(born_at "$pid") == "$born" ]] && echo "$pid"
}

down() {
	local pid home

	if pid=$(recall watcher) && [[ $pid != "$$" ]]; then
		kill -TERM -- "-$pid"
	fi
	if pid=$(recall server); then
		kill -KILL "$pid" # there is nothing to keep
		while recall server >/dev/null; do sleep 0.02; done
	fi
	if home=$(cat "$dir/home" 2>/dev/null) && [[ $home == */till.?????? ]]; then
		rm -rf "$home"
	fi
	rm -f "$dir"/{server,watcher,home,socket}
}

settings() {
	cat <<-END
		[mariadbd]
		datadir=$home/data
		socket=$home/socket
		pid-file=$home/pid
		tmpdir=$home
		skip-networking
		skip-name-resolve
		skip-log-bin
		innodb_flush_log_at_trx_commit=0
		innodb_flush_method=nosync
		innodb_doublewrite=OFF
		innodb_log_file_size=16M
		innodb_buffer_pool_size=64M
		innodb_buffer_pool_dump_at_shutdown=OFF
		aria_pagecache_buffer_size=8M
		key_buffer_size=1M
		performance_schema=OFF
		log_bin_trust_function_creators=ON
		transaction-isolation=READ-COMMITTED
		innodb_snapshot_isolation=ON
		innodb_rollback_on_timeout=ON
		innodb_lock_wait_timeout=3
		max_connections=200
		max_prepared_stmt_count=262144
		character-set-server=utf8mb4
		collation-server=utf8mb4_bin
		default-time-zone=+00:00
	END
}

# The owner migrates; the program gets what sql/grants.sql gives it.
users() {
	cat <<-END
		CREATE USER till_owner@localhost;
		CREATE USER till@localhost;
		GRANT ALL ON \`till%\`.* TO till_owner@localhost WITH GRANT OPTION;
	END
}

admin() {
	mariadb --no-defaults --socket="$home/socket" --user=root "$@"
}

up() {
	down
	home=$(home_of)
	echo "$home" >"$dir/home"
	mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$home/data" \
		--auth-root-authentication-method=normal --skip-test-db \
		--skip-name-resolve --innodb-log-file-size=16M >"$home/install.log" 2>&1 ||
		{ cat "$home/install.log" >&2; exit 1; }
	settings >"$home/my.cnf"
	setsid mariadbd --defaults-file="$home/my.cnf" --user="$(id -un)" \
		</dev/null >"$dir/server.log" 2>&1 &
	server=$!
	remember server "$server"
	for ((i = 0; i < 600; i++)); do
		! admin -e "SELECT 1" >/dev/null 2>&1 || break
		kill -0 "$server" 2>/dev/null || { cat "$dir/server.log" >&2; exit 1; }
		sleep 0.05
	done
	users | admin
	echo "$home/socket" >"$dir/socket"
	[[ -n ${TILL_KEEP:-} ]] || watch
}

# Ends the server once the asker is gone (an interrupted ctest cleans nothing up).
watch() {
	setsid bash -c 'tail --pid="$1" -f /dev/null; exec "$2" down "$3"' \
		watch "$asker" "$(realpath "$0")" "$(realpath "$dir")" \
		</dev/null >/dev/null 2>&1 &
	remember watcher $!
}

case $mode in
up) up ;;
down) down ;;
*) exit 2 ;;
esac
