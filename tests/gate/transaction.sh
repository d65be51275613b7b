#!/usr/bin/env bash
# transaction.sh - TRANSACTION (tx, cx, &e) is followed by exactly one statement,
# "e = one_call(...);", and then by one that looks at e. So a retry runs all of the work.
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(c_files fcgi-app)
[[ ${#files[@]} -gt 0 ]] || exit 0

"$gate_here/plain.py" "${files[@]}" | awk '
function check(    rest, name)
{
	if (!match(text, /^(TRANSACTION|READING) *\([^()]*&[a-z_]+\)/))
		return "is not written TRANSACTION (tx, cx, &e)"
	name = substr(text, 1, RLENGTH - 1)
	sub(/.*&/, "", name)
	rest = substr(text, RLENGTH + 1)
	if (rest !~ ("^ *" name " = [a-z][a-z0-9_]*\\("))
		return "is not followed by \"" name " = one_call(...);\""
	sub(/^[^;]*; */, "", rest)
	if (rest !~ ("^(TRY\\(" name "\\)|return " name ";|if \\(!?" name "[) ])"))
		return "is not followed by a look at " name
	return ""
}

# A text begins at the word and ends after the second semicolon.
{
	split($0, part, ":")
	code = substr($0, length(part[1]) + length(part[2]) + 3)
	if (!reading && code ~ /(^|[^A-Za-z0-9_])(TRANSACTION|READING) *\(/ && code !~ /#define/) {
		reading = 1
		place = part[1] ":" part[2]
		text = ""
		sub(/.*(TRANSACTION|READING)/, "&", code)
		match(code, /(TRANSACTION|READING).*/)
		code = substr(code, RSTART)
	}
	if (!reading)
		next
	gsub(/[ \t]+/, " ", code)
	text = text (text == "" ? "" : " ") code
	gsub(/ +/, " ", text)
	semicolons = gsub(/;/, ";", text)
	if (semicolons >= 2 || text ~ /^[A-Z]+ *\([^()]*\) *\{/ || length(text) > 2000) {
		complaint = check()
		if (complaint != "")
			print place ": " complaint
		reading = 0
	}
}' | gate_verdict
