#!/usr/bin/env bash
# tidy.sh [all] - clang-tidy on the C files that differ between HEAD and its parent, at
# most 12 of them and none where there is no parent; with "all" on every one.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

if [[ ${1:-} == all ]]; then
	mapfile -t files < <(find fcgi-app -name '*.c' | sort)
else
	mapfile -t files < <(git -c safe.directory='*' diff --name-only --diff-filter=d HEAD~1 HEAD -- \
		'fcgi-app/*.c' 2>/dev/null | head -n 12)
fi
[[ ${#files[@]} -gt 0 ]] || exit 0
printf '%s\n' "${files[@]}" | xargs -n 1 -P "$(nproc)" clang-tidy --quiet \
	--config-file="$gate_here/clang-tidy.yaml" -p "$gate_build" 2>/dev/null
