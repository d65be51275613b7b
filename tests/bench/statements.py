#!/usr/bin/python3
"""statements.py - where one unit of a scenario goes in the database: each statement with how
often it ran, how long it took, how long it waited for locks and how many rows it looked at.

    tests/bench/statements.py journey --connections 100 --seconds 8

MariaDB logs every statement for it, so rates are lower than the bench's; compare lines with
each other, and before with after. All pools are one user of the database, so that a line does
not tell who ran it.
"""
import collections
import os
import pathlib
import re
import signal
import subprocess
import sys

import apart
from stage import shop

TAKES = re.compile(r"Query_time: ([\d.]+)\s+Lock_time: ([\d.]+)\s+"
                   r"Rows_sent: \d+\s+Rows_examined: (\d+)")
POOLS = ("shop", "pay", "hook", "work")
OFTEN = 0.01  # times a unit, from which on a statement is shown
COLUMNS = "{:>8} {:>9} {:>9} {:>10}  {}"


def without_values(lines):
    """A statement as it was written, with ? for each value and one for a list of them."""
    text = " ".join(" ".join(lines).split())
    text = re.sub(r"(?:_binary ?|[xX])?'(?:[^'\\]|\\.|'')*'", "?", text)
    text = re.sub(r"\b\d+\b", "?", text)
    return re.sub(r"\?(?:\s*,\s*\?)+", "?", text)


def parse(text):
    """{statement: [times, seconds, seconds of waiting for locks, rows looked at]}"""
    found = collections.defaultdict(lambda: [0, 0.0, 0.0, 0])
    for entry in re.split(r"^# User@Host", text, flags=re.M)[1:]:
        takes = TAKES.search(entry)
        lines = [line for line in entry.splitlines()[1:]
                 if not re.match(r"#|SET timestamp|use |$", line)]
        if takes and lines:
            one = found[without_values(lines)]
            for i, value in enumerate((1, float(takes[1]), float(takes[2]), int(takes[3]))):
                one[i] += value
    return found


def admin(stage, sql):
    subprocess.run(["mariadb", "--no-defaults", "--socket",
                    stage.till.env["TILL_DB_SOCKET"], "-e", sql], check=True)


def log_all(stage, log):
    """From here on; only new connections know of it."""
    admin(stage, f"SET GLOBAL slow_query_log_file = '{log}', GLOBAL long_query_time = 0,"
          " GLOBAL slow_query_log = 1")
    before = {unit: stage.members(unit) for unit in POOLS}
    for unit in POOLS:
        os.kill(stage.pid(unit), signal.SIGHUP)
    for unit, old in before.items():
        leader = {stage.pid(unit)}
        shop.wait_until(lambda u=unit, o=old, own=leader: not stage.members(u) & o - own,
                        f"{unit} has new children", 30)


def shown(text, width):
    """Cut where the reader asked for it."""
    return text if width <= 0 or len(text) <= width else text[:width - 1] + "…"


def main():
    words = apart.arguments(__doc__.splitlines()[0])
    words.add_argument("--most", type=int, default=40, help="statements to be shown (40)")
    words.add_argument("--width", type=int, default=300,
                       help="letters of each to be shown (300; 0: all)")
    asked = words.parse_args()
    with apart.stage_of(asked) as stage:
        apart.fill(stage, asked)
        log = pathlib.Path(stage.till.var / "log" / "statements.log")
        log_all(stage, log)
        begun = log.stat().st_size
        told = apart.ask(stage, asked)
        stage.rest(30)
        found = parse(log.read_bytes()[begun:].decode("utf-8", "replace"))
    units = max(told["unit"]["n"], 1)
    print(f"\nper unit, of {units}\n")
    print(COLUMNS.format("times", "ms", "ms locked", "rows", "statement"))
    often = [item for item in found.items() if item[1][0] / units >= OFTEN]
    for text, (times, seconds, locked, rows) in sorted(
            often, key=lambda item: -item[1][1])[:asked.most]:
        print(COLUMNS.format(f"{times / units:.2f}", f"{seconds / units * 1000:.3f}",
                             f"{locked / units * 1000:.3f}", f"{rows / units:.1f}",
                             shown(text, asked.width)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
