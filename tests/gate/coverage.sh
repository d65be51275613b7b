#!/usr/bin/env bash
# coverage.sh - the suites unit, store and flow run at least 90 % of the lines of domain and
# flow (F-282). Builds a tree of its own, build/cov.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

[[ -f fcgi-app/CMakeLists.txt ]] || exit 0
cov=$gate_build/cov
log=$cov/log
mkdir -p "$cov"

# loudly COMMAND...: says what it said only when it fails.
loudly() {
	"$@" >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
}

loudly cmake -S fcgi-app -B "$cov" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
	-DCMAKE_C_FLAGS_DEBUG="-O0 --coverage"
loudly ninja -C "$cov" -j "$(nproc)"
# What is counted stems from this run and from files that are still there.
loudly ninja -C "$cov" -t cleandead
find "$cov" -name '*.gcda' -delete
find "$cov" -name '*.gcno' | while read -r notes; do
	[[ -e ${notes%.gcno}.o ]] || rm -f "$notes"
done
loudly ctest --test-dir "$cov" --output-on-failure -j "$(nproc)" -L 'unit|store|flow'

floors=()
for floor in domain flow; do
	[[ ! -d $cov/CMakeFiles/$floor.dir ]] || floors+=("$cov/CMakeFiles/$floor.dir")
done
gcovr --root . --object-directory "$cov" --filter fcgi-app/domain/ --filter fcgi-app/flow/ \
	--fail-under-line 90 "${floors[@]}" >"$log" 2>&1 || {
	cat "$log"
	exit 1
}
grep ^TOTAL "$log"
