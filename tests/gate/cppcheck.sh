#!/usr/bin/env bash
# cppcheck.sh - all of fcgi-app; what was looked at once is remembered in build/cppcheck.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(find fcgi-app -name '*.c' | sort)
[[ ${#files[@]} -gt 0 ]] || exit 0
mkdir -p "$gate_build/cppcheck"

# Our loudest macros are beyond its parser: it is told what they come to.
macros=(
	-D'fallible=struct err *' -Ufallible
	-D'SQL_ROWS(a,b,c,d)=static const struct db_stmt a' -USQL_ROWS
	-D'SQL_SAVE(a,b,c,d)=static const struct db_stmt a' -USQL_SAVE
	-D'ARGS(...)=NULL' -UARGS
	-D'EACH(...)={0}' -UEACH
)
cppcheck --quiet --std=c17 --enable=warning,performance,portability --inline-suppr \
	--suppressions-list="$gate_here/cppcheck.allow" --template=gcc -j "$(nproc)" \
	--cppcheck-build-dir="$gate_build/cppcheck" --library=posix -D_GNU_SOURCE \
	"${macros[@]}" -I fcgi-app --error-exitcode=1 "${files[@]}"
