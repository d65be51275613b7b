#!/usr/bin/env bash
# can_fail.sh GATE - proves that a gate finds what it is there for: each sample is a small
# tree that it must refuse, naming what is wrong; the last one it must let pass.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gate=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export TILL_GATE_ROOT=$work/tree TILL_BUILD=$work/tree/build
failures=0

# plant FILE < text
plant() {
	mkdir -p "$(dirname "$work/tree/$1")"
	cat >"$work/tree/$1"
}

fresh() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/fcgi-app/base"
	cp "$here/../../.clang-format" "$work/tree/"
	plant fcgi-app/base/good.c <<'END'
/* good.c - nothing is wrong here; "goto" and TIME( stand in a comment. */
#include <stddef.h>

int good_add(int, int);

int
good_add(int a, int b)
{
	return a > 0 ? a + b : b;
}
END
}

# times N LINE
times() {
	local i

	for ((i = 0; i < $1; i++)); do
		printf '%s\n' "$2"
	done
}

report() {
	echo "$gate: $1"
	sed 's/^/    /' "$work/said"
	failures=$((failures + 1))
}

# refuses FILE WORDS < text: the gate must fail with that file and say those words.
refuses() {
	fresh
	plant "$1"
	after_planting
	if "$here/$gate.sh" >"$work/said" 2>&1; then
		report "let $1 pass"
	elif ! grep -qF -- "$2" "$work/said"; then
		report "refused $1, but did not say '$2'"
	fi
}

# What a gate needs besides the files.
after_planting() {
	:
}

case $gate in
floors)
	refuses fcgi-app/base/a.c 'base may not include domain' <<<'#include "domain/cart.h"'
	refuses fcgi-app/domain/a.c 'domain may not include gateway' <<<'#include "gateway/pay.h"'
	refuses fcgi-app/pages/a.c 'pages may not include gateway' <<<'#include "gateway/pay.h"'
	refuses fcgi-app/web/a.c 'web may not include domain' <<<'#include "domain/cart.h"'
	refuses fcgi-app/sandbox/a.c 'sandbox may not include db' <<<'#include "db/db.h"'
	refuses fcgi-app/domain/order.c 'belongs to domain/cart' <<<'#include "domain/cart_store.h"'
	refuses fcgi-app/domain/cart.c 'belongs to db/' <<<'#include "db/db_private.h"'
	refuses fcgi-app/domain/a.c 'not written as floor/file.h' <<<'#include "cart.h"'
	refuses fcgi-app/domain/a.c '<curl/curl.h> stays' <<<'#include <curl/curl.h>'
	refuses fcgi-app/base/money.c '<openssl/evp.h> stays' <<<'#include <openssl/evp.h>'
	refuses fcgi-app/base/a.c 'no library of any floor' <<<'#include <zlib.h>'
	;;
lengths)
	refuses fcgi-app/base/a.c 'long_one has 61 lines' < <(
		printf 'int\nlong_one(void)\n{\n'
		times 57 '	;'
		printf '	return 0;\n}\n'
	)
	refuses fcgi-app/base/a.c 'branchy has 13 branches' < <(
		printf 'int\nbranchy(int a)\n{\n'
		times 13 '	a += a ? 1 : 2;'
		printf '	return a;\n}\n'
	)
	refuses fcgi-app/base/a.c '601 lines' < <(times 601 'extern int a;')
	;;
words)
	refuses fcgi-app/base/a.c 'unbounded' <<<'int a(char *b) { return atoi(b); }'
	refuses fcgi-app/db/a.c 'belongs to base and main' <<<'long a(void) { return time(0); }'
	refuses fcgi-app/base/text.c 'memory comes' <<<'void *a(void) { return malloc (1); }'
	refuses fcgi-app/base/a.c 'no goto' <<<'void a(void) { goto end; end: return; }'
	refuses fcgi-app/base/a.c 'no typedefs' <<<'typedef struct a b;'
	refuses fcgi-app/domain/a.c 'no floating point' <<<'static double rate;'
	refuses templates/a.html 'finish it' <<<'<!-- TODO: more -->'
	;;
transaction)
	refuses fcgi-app/flow/a.c 'is not followed by "e = ' <<-'END'
		void f(void) { TRANSACTION (tx, cx, &e) { e = a(tx); b(tx); } TRY(e); }
	END
	refuses fcgi-app/flow/a.c 'is not followed by "e = ' <<-'END'
		void f(void)
		{
			TRANSACTION (tx, rq->cx, &e)
				if (x) e = a(tx);
			TRY(e);
		}
	END
	refuses fcgi-app/flow/a.c 'is not followed by a look at e' <<-'END'
		void f(void)
		{
			READING (tx, cx, &e)
				e = a(tx, "; /* }");
			e = b(tx);
			TRY(e);
		}
	END
	;;
format)
	refuses fcgi-app/base/a.c 'a.c:1' <<<'int   a ( void ) ;'
	;;
cppcheck)
	refuses fcgi-app/base/a.c 'a.c' <<-'END'
		int a(void);
		int a(void)
		{
			int numbers[2] = {0, 1};
			return numbers[2];
		}
	END
	;;
tidy)
	after_planting() {
		(
			cd "$work/tree"
			git init -q .
			git add fcgi-app/base/good.c
			git -c user.name=t -c user.email=t@t commit -q -m one
			git add .
			git -c user.name=t -c user.email=t@t commit -q -m two
			mkdir -p build
			printf '[{"directory":"%s","file":"%s","command":"cc -c %s"}]' "$PWD" \
				fcgi-app/base/a.c fcgi-app/base/a.c >build/compile_commands.json
		)
	}
	refuses fcgi-app/base/a.c 'a.c' <<-'END'
		int a(int b);
		int a(int b)
		{
			int *nowhere = 0;
			return b ? *nowhere : 1;
		}
	END
	after_planting() {
		:
	}
	;;
coverage)
	# A program that is its own test, with a function that nobody calls.
	after_planting() {
		plant fcgi-app/CMakeLists.txt <<-'END'
			cmake_minimum_required(VERSION 3.25)
			project(sample C)
			add_library(domain OBJECT domain/a.c)
			add_executable(sample domain/main.c)
			target_link_libraries(sample PRIVATE domain)
			enable_testing()
			add_test(NAME unit.sample COMMAND sample)
			set_tests_properties(unit.sample PROPERTIES LABELS unit)
		END
		plant fcgi-app/domain/main.c <<<'int a(int); int main(void) { return a(0); }'
	}
	refuses fcgi-app/domain/a.c 'domain/a.c' <<-'END'
		int a(int n)
		{
			if (n > 0)
				return 1;
			if (n < 0)
				return 2;
			return 0;
		}
	END
	refuses fcgi-app/domain/a.c 'sample' <<<'int a(int n) { return n + 1; }'
	fresh
	plant fcgi-app/domain/a.c <<<'int a(int n) { return n; }'
	after_planting
	"$here/$gate.sh" >"$work/said" 2>&1 || report "refused a tree where all is run"
	after_planting() {
		:
	}
	;;
faults)
	# A program that was built with its points, one that has none left, and a point that
	# the table alone knows.
	after_planting() {
		plant fcgi-app/base/fault_point.def <<<'FAULT_SITE(goods_packed, "Goods are packed.")'
		mkdir -p "$work/tree/build"
		"${CC:-cc}" -o "$work/tree/build/till" "${with[@]}" "$work/tree/fcgi-app/base/a.c"
	}
	sample='
		#ifdef TILL_FAULTS
		#define FAULT_POINT(name) (where = #name)
		#else
		#define FAULT_POINT(name) ((void)0)
		#endif
		const char *where;
		int main(void) { FAULT_POINT(goods_packed); return where != 0; }'
	with=(-DTILL_FAULTS)
	refuses fcgi-app/base/a.c 'goods_packed: the program' <<<"$sample"
	with=()
	refuses fcgi-app/base/a.c 'stands at 0 places' <<<'int main(void) { return 0; }'
	fresh
	plant fcgi-app/base/a.c <<<"$sample"
	after_planting
	"$here/$gate.sh" >"$work/said" 2>&1 || report "refused a program without points"
	after_planting() {
		:
	}
	;;
*)
	echo "can_fail.sh: no samples for '$gate'" >&2
	exit 2
	;;
esac

fresh
"$here/$gate.sh" >"$work/said" 2>&1 || report "refused a tree where nothing is wrong"
[[ $failures -eq 0 ]]
