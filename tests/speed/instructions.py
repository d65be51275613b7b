#!/usr/bin/python3
"""instructions.py - the pure paths (paths.c) stay within their budgets of instructions, as
callgrind counts them, and of memory in the arena: the same on every machine.

    instructions.py                    compares; exit 1 when one is over or far under
    instructions.py --renew            writes what is counted into instructions.budget
    instructions.py --where NAME       where the instructions of one path go

Valgrind shows a program the processor it runs on, and glibc and OpenSSL choose their code
by it; both are told to use what every x86-64 has, and texts are compared by strings.c.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import budget

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = pathlib.Path(os.environ.get("TILL_SOURCE") or HERE.parents[1])
BUILD = pathlib.Path(os.environ.get("TILL_BUILD") or SOURCE / "build")
TABLE = HERE / "instructions.budget"
ROUNDS = 20
UNITS = ["instructions", "bytes of arena"]
MOST, LEAST = 110, 70  # percent of the budget
PLAIN_PROCESSOR = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=Fast_Unaligned_Copy,Fast_Unaligned_Load," + ",".join(
        f"-{feature}" for feature in (
            "AVX", "AVX2", "AVX512F", "AVX512VL", "AVX_Fast_Unaligned_Load", "BMI1", "BMI2",
            "ERMS", "FSRM", "LZCNT", "MOVBE", "RTM", "SSE4_1", "SSE4_2", "SSSE3")),
    "OPENSSL_ia32cap": "0x0:0x0",
}
HELP = """
What to do: see where they go with tests/speed/instructions.py --where NAME, and take out
what is not needed. Where the new cost is meant, write it down with
tests/speed/instructions.py --renew and say in the commit what it buys."""


def count(folder):
    """{name: (report of callgrind, bytes of arena)}, in the order of the paths."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--toggle-collect=measure", "--dump-after=measure",
         f"--callgrind-out-file={folder}/report", "--quiet",
         BUILD / "tests" / "speed" / "till_speed_paths", SOURCE, str(ROUNDS)],
        env={"PATH": os.environ["PATH"], "LANG": "C", **PLAIN_PROCESSOR},
        capture_output=True, text=True, timeout=100, check=False)
    if done.returncode != 0:
        sys.exit(f"the paths did not run:\n{done.stdout}{done.stderr}")
    lines = [line.split() for line in done.stdout.splitlines()]
    return {name: (pathlib.Path(folder) / f"report.{number}", int(used))
            for number, (name, used) in enumerate(lines, 1)}


def instructions_in(report):
    return int(re.search(r"^summary: (\d+)", report.read_text(), re.MULTILINE)[1]) // ROUNDS


def show(report):
    said = subprocess.run(["callgrind_annotate", "--inclusive=yes", report],
                          capture_output=True, text=True, check=True).stdout
    print(f"(for {ROUNDS} rounds, with what each function calls)")
    print("\n".join(said.splitlines()[:70]))


def main(asked):
    with tempfile.TemporaryDirectory(prefix="till-speed-") as folder:
        reports = count(folder)
        if asked[:1] == ["--where"]:
            return show(reports[asked[1]][0])
        costs = {name: [instructions_in(report), used]
                 for name, (report, used) in reports.items()}
    if asked == ["--renew"]:
        return budget.renew(TABLE, costs)
    wrong = budget.compare(budget.read(TABLE), costs, UNITS, MOST, LEAST)
    for name, (instructions, used) in costs.items():
        print(f"{name:20} {instructions:10,} {used:10,}")
    if wrong:
        sys.exit("\n".join(wrong) + "\n" + HELP)
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
