#!/usr/bin/env bash
# fixture.sh up|down DIR - a shop for the tests, fresh in DIR and on free ports. ctest
# starts it before the first test that wants it and ends it after the last.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[[ $# -eq 2 ]] || {
	echo "use: fixture.sh up|down DIR" >&2
	exit 2
}
export TILL_VAR=$2

down() {
	"$here/stop.sh"
	rm -rf "$TILL_VAR"
}

case $1 in
up)
	down
	read -r TILL_PORT TILL_HTTP_PORT TILL_SANDBOX_PORT < <("$here/free_ports.py" 3)
	export TILL_PORT TILL_HTTP_PORT TILL_SANDBOX_PORT
	# the suites are not about overload, and the machine may have more to do than them
	export TILL_RUN_QUEUE_MS=8000
	# one test's broken gateway is no other's; gateway_trouble has a breaker of its own
	export TILL_GATEWAY_BREAKER=false
	export TILL_DB_EMPTY=${TILL_BUILD:-$here/../../build}/test/empty
	exec "$here/start.sh"
	;;
down)
	# the logs of a failed run stay to be read
	mkdir -p "$TILL_VAR.log"
	cp -r "$TILL_VAR"/log/. "$TILL_VAR.log" 2>/dev/null || true
	down
	;;
*)
	echo "use: fixture.sh up|down DIR" >&2
	exit 2
	;;
esac
