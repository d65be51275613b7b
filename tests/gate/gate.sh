#!/usr/bin/env bash
# gate.sh - all gates over all files, then the suites that run under the sanitizers.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
export TILL_BUILD=$top/build
failed=()

for gate in format floors lengths words transaction faults cppcheck "tidy all"; do
	echo "gate: $gate"
	# shellcheck disable=SC2086 # a name and its argument
	set -- $gate
	"$here/$1.sh" "${@:2}" || failed+=("$gate")
done
echo "gate: the suites under the sanitizers"
ctest --test-dir "$TILL_BUILD" --output-on-failure -L 'unit|store|flow' || failed+=(suites)
echo "gate: coverage"
"$here/coverage.sh" || failed+=(coverage)
if [[ ${#failed[@]} -gt 0 ]]; then
	echo "Failed: ${failed[*]}"
	exit 1
fi
echo "All gates are passed."
