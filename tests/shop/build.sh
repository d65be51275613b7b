#!/usr/bin/env bash
# build.sh release|checked|fault - compiles: the product in build/; product and C tests under
# ASan and UBSan in build/asan; or the product with its fault points in build/fault.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

case ${1:-} in
release)
	folder=$top/build
	options=(-DTILL_CHECKED="$top/build/asan")
	;;
checked)
	folder=$top/build/asan
	options=(-DTILL_SANITIZE=ON -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g")
	;;
fault)
	folder=$top/build/fault
	options=(-DTILL_FAULTS=ON)
	mkdir -p "$folder"
	ln -sfn ../static "$folder/static"
	;;
*)
	echo "use: build.sh release|checked|fault" >&2
	exit 2
	;;
esac

mkdir -p "$folder"
if ! cmake -S "$top/fcgi-app" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	"${options[@]}" >"$folder/configure.log" 2>&1; then
	cat "$folder/configure.log" >&2
	exit 1
fi
ninja -C "$folder" -j "$(nproc)" --quiet | sed "/no work to do/d"
