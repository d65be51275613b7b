#!/usr/bin/env bash
# faults.sh - fault points stay in test builds: the program has the name of none. Each of
# the table stands somewhere, once.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

table=fcgi-app/base/fault_point.def
[[ -e $table ]] || exit 0

names() {
	sed -n 's/^FAULT_SITE(\([a-z_0-9]*\),.*/\1/p' "$table"
}

{
	[[ -x $gate_build/till ]] || echo "there is no $gate_build/till to look at"
	strings -a "$gate_build/till" 2>/dev/null | grep -xF -f <(names) | sort -u |
		sed 's/$/: the program as it is shipped knows this fault point/' || true
	for name in $(names); do
		times=$(find fcgi-app -name '*.c' -exec cat {} + |
			grep -cE "FAULT_POINT(_ERR)?\(${name}[,)]" || true)
		[[ $times -eq 1 ]] || echo "$table: $name stands at $times places"
	done
} | gate_verdict
