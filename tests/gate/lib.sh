# shellcheck shell=bash disable=SC2034
# lib.sh - what the gates share. TILL_GATE_ROOT names another tree than the checkout, for
# the proof that a gate can fail.
set -euo pipefail
gate_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
gate_root=${TILL_GATE_ROOT:-$(cd "$gate_here/../.." && pwd)}
gate_build=${TILL_BUILD:-$gate_root/build}
cd "$gate_root"

# c_files FOLDER...: every C source and header in them.
c_files() {
	find "$@" -name node_modules -prune -o -type f -name '*.[ch]' -print 2>/dev/null | sort
}

# Prints what it is given; fails when that is anything at all.
gate_verdict() {
	local found

	found=$(cat)
	[[ -n $found ]] || return 0
	printf '%s\n' "$found"
	return 1
}
