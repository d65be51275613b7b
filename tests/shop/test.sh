#!/usr/bin/env bash
# test.sh [CTEST-ARGUMENT...] - runs every suite through ctest and ends with its closing
# lines. A label whose tests took longer than its budget fails the run.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build

"$top/tests/shop/node.sh" || exit 1
status=0
ctest --test-dir "$build" --output-on-failure -j 2 "$@" 2>&1 |
	"$top/tests/shop/budget.awk" -v alone="$top/tests/shop/alone" || status=1
exit "$status"
