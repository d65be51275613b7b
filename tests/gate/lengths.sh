#!/usr/bin/env bash
# lengths.sh - a function has at most 60 lines and 12 branches (if, for, while, case, ?), a
# file of the program at most 600 lines. The exceptions stand in lengths.allow, each with its reason.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(c_files fcgi-app tests/unit tests/store tests/flow tests/support tests/bench tests/speed)
[[ ${#files[@]} -gt 0 ]] || exit 0

allow=$gate_here/lengths.allow
functions=$(mktemp)
trap 'rm -f "$functions"' EXIT
ctags --languages=C --kinds-C=f --fields=+ne --sort=no -f - "${files[@]}" >"$functions"

"$gate_here/plain.py" "${files[@]}" |
	awk -v functions="$functions" -v allow="$allow" '
	BEGIN {
		while ((getline line <allow) > 0) {
			split(line, word, " ")
			if (word[1] !~ /^#/)
				allowed[word[1]] = 1
		}
		while ((getline line <functions) > 0) {
			split(line, part, "\t")
			match(line, /\tline:[0-9]+/)
			first = substr(line, RSTART + 6, RLENGTH - 6) + 0
			match(line, /\tend:[0-9]+/)
			last = substr(line, RSTART + 5, RLENGTH - 5) + 0
			n++
			name[n] = part[1]; file[n] = part[2]; from[n] = first; to[n] = last
			for (i = first; i <= last; i++)
				holder[part[2], i] = n
		}
	}
	{
		split($0, part, ":")
		lines[part[1]] = part[2]
		f = holder[part[1], part[2]]
		if (!f)
			next
		code = substr($0, length(part[1]) + length(part[2]) + 3)
		branches[f] += gsub(/(^|[^A-Za-z0-9_])(if|for|while|case)($|[^A-Za-z0-9_])/, " ", code)
		branches[f] += gsub(/\?/, "", code)
	}
	END {
		for (f = 1; f <= n; f++) {
			if (allowed[name[f]])
				continue
			if (to[f] - from[f] + 1 > 60)
				printf "%s:%d: %s has %d lines\n", file[f], from[f], name[f], to[f] - from[f] + 1
			if (branches[f] > 12)
				printf "%s:%d: %s has %d branches\n", file[f], from[f], name[f], branches[f]
		}
		for (path in lines)
			if (path ~ /^fcgi-app/ && lines[path] - 1 > 600)
				printf "%s: %d lines\n", path, lines[path] - 1
	}' | sort | gate_verdict
