#!/usr/bin/env bash
# static.sh - makes build/static from static/: each file under its own name and under one
# that holds a hash of its content, both with .gz and .br beside them; `manifest` has a
# line "name hashed-name" each. A stylesheet or script that names another file of the
# folder (/static/name) gets the hashed name, so that one change changes both.
#
#   static.sh [SOURCE [TARGET]]
#
# Does nothing when no file is newer than the manifest.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
source=$(realpath -m "${1:-$top/static}")
target=$(realpath -m "${2:-$top/build/static}")
script=$(realpath "$0")
umask 022

newer() {
	[[ ! -e $target/manifest ]] ||
		[[ -n $(find "$source" "$script" -newer "$target/manifest" -print -quit) ]]
}
newer || exit 0

made=$target.$$
trap 'rm -rf "$made" "$target.old.$$"' EXIT
mkdir -p "$made"

# NAME's own references by hashed names, from the files done before it.
rewrite() {
	local name hashed

	while read -r name hashed; do
		printf 's|/static/%s|/static/%s|g\n' "${name//./\\.}" "$hashed"
	done <"$made/manifest" >"$made/.rules"
	sed -f "$made/.rules" "$source/$1"
}

add_file() {
	local name=$1 hash hashed

	mkdir -p "$made/$(dirname "$name")"
	case $name in
	*.css | *.js | *.webmanifest) rewrite "$name" >"$made/$name" ;;
	*) cp "$source/$name" "$made/$name" ;;
	esac
	hash=$(sha256sum <"$made/$name" | cut -c1-10)
	hashed=${name%.*}.$hash.${name##*.}
	case $name in
	*.css | *.js | *.svg | *.txt | *.json | *.webmanifest | *.ico)
		gzip -9 -n -k "$made/$name"
		brotli -q 11 -k "$made/$name"
		ln "$made/$name.gz" "$made/$hashed.gz"
		ln "$made/$name.br" "$made/$hashed.br"
		;;
	esac
	ln "$made/$name" "$made/$hashed"
	printf '%s %s\n' "$name" "$hashed" >>"$made/manifest"
}

# A file of the folder is one with an extension, not hidden and not a README; those that
# may name others come last, stylesheets before scripts.
: >"$made/manifest"
cd "$source"
find . -type f -name '*.*' ! -name '.*' ! -name '*.md' -printf '%P\n' |
	awk '{ order = /\.css$/ ? 2 : /\.(js|webmanifest)$/ ? 3 : 1; print order, $0 }' |
	sort | cut -d' ' -f2- | while read -r name; do
	add_file "$name"
done
rm -f "$made/.rules"
[[ ! -e $target ]] || mv "$target" "$target.old.$$"
mkdir -p "$(dirname "$target")"
mv "$made" "$target"
