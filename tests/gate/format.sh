#!/usr/bin/env bash
# format.sh - layout is clang-format's.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(c_files fcgi-app tests)
[[ ${#files[@]} -gt 0 ]] || exit 0
clang-format --dry-run -Werror --ferror-limit=1 "${files[@]}" 2>&1 |
	sed -n '/error:/p' | gate_verdict
