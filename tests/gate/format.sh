#!/usr/bin/env bash
# format.sh [write] - layout is clang-format's; with "write" it is made so.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(c_files fcgi-app tests)
[[ ${#files[@]} -gt 0 ]] || exit 0
if [[ ${1:-} == write ]]; then
	clang-format -i "${files[@]}"
	exit
fi
clang-format --dry-run -Werror --ferror-limit=1 "${files[@]}" 2>&1 |
	sed -n '/error:/p' | gate_verdict
