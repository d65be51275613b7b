"""apart.py - one scenario at a shop of its own, apart from the bench: for those who want to
look into it (statements.py, profile.py)."""
import argparse
import json
import signal
import subprocess
import sys

import scenarios
from scenarios import QUICK
from stage import PROGRAMS, Stage


def arguments(says):
    """A parser of what every such tool is asked."""
    words = argparse.ArgumentParser(description=says)
    words.add_argument("scenario", choices=[
        one.name for one in scenarios.SCENARIOS if not one.is_raw and not one.knee_of])
    words.add_argument("--connections", type=int, default=16)
    words.add_argument("--seconds", type=float, default=5)
    words.add_argument("--skus", type=int, default=1000)
    words.add_argument("--orders", type=int, default=1000)
    return words


def stage_of(asked):
    """A shop that is not filled yet; ends when this program is asked to."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return Stage(print)


def fill(stage, asked):
    stage.fill(asked.skus, asked.orders)
    stage.write_lists(asked.skus, scenarios.SIZES[QUICK].sell_out)


def command(stage, asked, told):
    scenario = scenarios.BY_NAME[asked.scenario]
    lists = {name: stage.bench / name for name in ("skus", "hot", "scarce", "acks")}
    return [PROGRAMS / "till_bench_client", "--url", stage.till.url, "--ca",
            stage.till.env["TILL_CA"], "--scenario", scenario.client, "--connections",
            str(asked.connections), "--seconds", str(asked.seconds), "--json", told,
            *(word.format(secret=stage.till.var / "keys" / "stripe-webhooks",
                          think=scenarios.THINK_MS[QUICK],
                          spread=scenarios.SPREAD_S[QUICK],
                          prepare=scenarios.SIZES[QUICK].prepare, **lists)
              for word in scenario.more)]


def ask(stage, asked, on=None):
    """The client's own report. on: {word that it says while it runs: what is done then}."""
    told = stage.bench / "apart.json"
    with subprocess.Popen(command(stage, asked, told), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as client:
        for line in client.stdout:
            (on or {}).get(line.strip(), lambda said=line: print(said, end=""))()
    if client.returncode:
        raise SystemExit(f"the client ended with {client.returncode}")
    return json.loads(told.read_text())
