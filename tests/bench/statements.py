#!/usr/bin/python3
"""statements.py - where one unit of a scenario goes in the database: each statement with how
often it ran, how long it took, how long it waited for locks and how many rows it looked at.

    tests/bench/statements.py journey --connections 100 --seconds 8

MariaDB logs every statement for it, so rates are lower than the bench's; compare lines with
each other, and before with after.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import scenarios
from stage import PROGRAMS, Stage, shop

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


def ask(stage, asked):
    """The client's own report."""
    told = stage.bench / "statements.json"
    scenario = scenarios.BY_NAME[asked.scenario]
    lists = {name: stage.bench / name for name in ("skus", "hot", "scarce", "acks")}
    more = [word.format(secret=stage.till.var / "keys" / "stripe-webhooks",
                        think=scenarios.THINK_MS[scenarios.QUICK],
                        prepare=scenarios.SIZES[scenarios.QUICK].prepare, **lists)
            for word in scenario.more]
    subprocess.run([PROGRAMS / "till_bench_client", "--url", stage.till.url, "--ca",
                    stage.till.env["TILL_CA"], "--scenario", scenario.client,
                    "--connections", str(asked.connections), "--seconds",
                    str(asked.seconds), "--json", told, *more], check=True)
    return json.loads(told.read_text())


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("scenario", choices=[
        one.name for one in scenarios.SCENARIOS if not one.is_raw and not one.knee_of])
    words.add_argument("--connections", type=int, default=16)
    words.add_argument("--seconds", type=float, default=5)
    words.add_argument("--skus", type=int, default=1000)
    words.add_argument("--orders", type=int, default=1000)
    words.add_argument("--most", type=int, default=40, help="statements to be shown (40)")
    asked = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Stage(print) as stage:
        stage.fill(asked.skus, asked.orders)
        stage.write_lists(asked.skus, 10)
        log = pathlib.Path(stage.till.var / "log" / "statements.log")
        log_all(stage, log)
        begun = log.stat().st_size
        told = ask(stage, asked)
        stage.rest(30)
        found = parse(log.read_bytes()[begun:].decode("utf-8", "replace"))
    units = max(told["unit"]["n"], 1)
    print(f"\nper unit, of {units}\n")
    print(COLUMNS.format("times", "ms", "ms locked", "rows", "statement"))
    shown = [item for item in found.items() if item[1][0] / units >= OFTEN]
    for text, (times, seconds, locked, rows) in sorted(
            shown, key=lambda item: -item[1][1])[:asked.most]:
        print(COLUMNS.format(f"{times / units:.2f}", f"{seconds / units * 1000:.3f}",
                             f"{locked / units * 1000:.3f}", f"{rows / units:.1f}",
                             text[:120]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
