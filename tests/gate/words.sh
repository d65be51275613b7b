#!/usr/bin/env bash
# words.sh - calls and words that house-style.md section 3 bans.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(c_files fcgi-app)
plain=$(mktemp)
trap 'rm -f "$plain"' EXIT
[[ ${#files[@]} -eq 0 ]] || "$gate_here/plain.py" "${files[@]}" >"$plain"

# banned WHERE WHAT WHY: code that matches WHAT in files that match WHERE.
banned() {
	grep -P "^(?:$1)[^:]*:[0-9]+:.*$2" "$plain" | sed "s/\$/    <- $3/" || true
}

call() {
	printf '(?<![A-Za-z0-9_>.])(?:%s)\\s*\\(' "$1"
}

{
	banned 'fcgi-app/' "$(call 'strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|gets|alloca|system|popen')" \
		'unbounded or unchecked'
	banned 'fcgi-app/(?!base/|main/)' "$(call 'time|rand|random|srand|printf|getenv')" \
		'belongs to base and main'
	banned 'fcgi-app/(?!base/arena\.c)' "$(call 'malloc|calloc|realloc|free|strdup|strndup|asprintf|vasprintf')" \
		'memory comes from the arena'
	banned 'fcgi-app/' '(?<![A-Za-z0-9_])goto(?![A-Za-z0-9_])' 'no goto'
	banned 'fcgi-app/' '(?<![A-Za-z0-9_])typedef(?! __int128)' 'no typedefs'
	banned 'fcgi-app/(?:base/money|db/|domain/|flow/|gateway/)' \
		'(?<![A-Za-z0-9_])(?:float|double|strtod|strtof)(?![A-Za-z0-9_])' 'no floating point'

	folders=()
	for folder in fcgi-app templates static sql nginx tests; do
		[[ ! -d $folder ]] || folders+=("$folder")
	done
	grep -rnIwE --exclude-dir=node_modules --exclude-dir=gate \
		'TODO|FIXME|HACK' "${folders[@]}" | sed 's/$/    <- finish it/' || true
} | gate_verdict
