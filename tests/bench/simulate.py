#!/usr/bin/python3
"""simulate.py - the figures of SCALE.md: what rates of orders need, what gives way first, and
three small simulations beside what is known in closed form and what was measured.

    tests/bench/simulate.py                                     from the figures that are kept
    tests/bench/simulate.py --from build/bench/results.json     keeps those of a bench instead, and
                                                                writes them into SCALE.md
"""
import argparse
import json
import pathlib
import re

import closed_forms
import queues
import scale_figures
import tiers
from report import plain
from results_page import markdown_table

PAGE = "SCALE.md"
ANSWER_WORTH_S = 10  # after that the bench's client gives up
QUEUE_MOST, QUEUE_S = 4096, 3.0  # main/master_socket.c, run.queue_ms
KNEE_S = 0.1
RAW_STATEMENTS = 8
HALVES = ("product", "cart3", "status")
SPREAD = 1000  # rows of stock in raw
CONNECTIONS = 16  # of raw, buy and flash
BUCKETS = (1, 2, 4, 8)
SALE_UNITS, SALE_STARTS = 1000, 20
SALE_MARKS = (60, 300, 1800, 3600, 7200)
START = queues.Holding(tiers.BUYS, 180, 1800)
PAYMENT = queues.Holding(tiers.PAYS, 120, 2100)
REACH_PAYMENT = tiers.BUYS / PAYMENT.buys


# ---- what an order costs, what it needs ----

def block_source(figures):
    machine = figures.machine
    lines = [f"Measured {machine['date']}, commit {machine['commit']}"
             f"{' and changes' if machine['changed'] else ''}, size {machine['size']}:"
             f" {machine['cpu']}, {machine['cores']} cores, a durable write of"
             f" {machine['sync_ms']} ms."]
    if machine["doubtful"]:
        lines.append(f"Others used the machine meanwhile: {', '.join(machine['doubtful'])}.")
    if figures.kept:
        lines.append(f"From an earlier bench: {', '.join(figures.kept)}.")
    return " ".join(lines)


def block_cost(figures):
    columns = {"who buys": tiers.bought(figures), "who leaves": tiers.left(figures),
               "an order": tiers.cost(figures), "at the goal": tiers.at_goal(figures)}
    words = (("CPU, ms", "cpu"), ("nginx", "nginx"), ("Till", "app"), ("MariaDB", "mariadb"),
             ("statements", "statements"), ("commits", "commits"), ("binary log, kB", "binlog_kb"))
    return markdown_table([["", *columns], *(
        [says, *(plain(getattr(one, word)) for one in columns.values())]
        for says, word in words)])


def block_breaks(figures):
    return markdown_table([["What", "orders/s", "from", "then"], *(
        [limit.what, plain(limit.rate), limit.why, limit.then]
        for limit in tiers.limits(figures))])


def block_needs(figures):
    now, goal = tiers.cost(figures), tiers.at_goal(figures)
    columns = [tiers.needs(rate, one) for one in (now, goal)
               for rate in (tiers.MEAN, tiers.PEAK)]
    head = ["", "116/s, measured", "1,000/s, measured", "116/s, goal", "1,000/s, goal"]
    return markdown_table([head, *(
        [row[0][0], *(" / ".join(map(plain, values)) for _, values in row)]
        for row in zip(*columns))])


def block_storage(figures):
    del figures
    tables, bodies = tiers.storage_gb()
    return (f"Tables {plain(tables)} GB a day, {plain(tables * 90 / 1000)} TB in 90 days; bodies of"
            f" gateway calls {plain(bodies)} GB a day, {plain(bodies * tiers.KEEP_DAYS / 1000)} TB"
            f" in the {tiers.KEEP_DAYS} days that they are kept.")


# ---- holds ----

def block_holds(figures):
    del figures
    rows = []
    for says, how, share in (("start", START, 1), ("payment", PAYMENT, REACH_PAYMENT)):
        rate = tiers.PEAK / tiers.BUYS * share
        mean = how.buys * how.pays_s + (1 - how.buys) * how.lasts_s
        live = queues.holds_at_once(rate / 500, how, 5 * how.lasts_s) * 500
        sold, _ = queues.sale(SALE_UNITS, SALE_STARTS * share, how, SALE_MARKS)
        rows.append([says, plain(closed_forms.at_once(rate, mean)), plain(live),
                     *(plain(n) for n in sold)])
    return markdown_table([["hold at", "live holds at 1,000 orders/s", "simulated",
                            *(f"sold after {mark // 60} min" for mark in SALE_MARKS)], *rows])


# ---- one hot SKU ----

def circle(before, span, buckets, clients=CONNECTIONS):
    return closed_forms.rate_of_circle(
        clients, [(before, 1), *[(span, 1 / buckets)] * buckets])


def solve(rate_at, wanted, low=1e-7, high=1.0):
    """The time at which a falling rate is as wanted."""
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if rate_at(middle) > wanted else (low, middle)
    return low


def calibrate(figures):
    """How long an order takes turns at the machine, and how long it keeps its row of stock,
    so that raw and raw_hot come out as measured."""
    raw, hot = figures["raw"].rate, figures["raw_hot"].rate
    before = span = 1 / raw
    for _ in range(3):
        before = solve(lambda time, span=span: circle(time, span, SPREAD), raw)
        span = solve(lambda time, before=before: circle(before, time, 1), hot)
    return before, span


def buckets_for(rate, span, clients=64):
    """The fewest buckets that take so many locks a second, were all else free."""
    return next(k for k in range(1, 1000) if circle(1e-7, span, k, clients) >= rate)


def block_hot(figures):
    before, span = calibrate(figures)
    each = before / RAW_STATEMENTS
    rows = [[f"{k}", plain(circle(before, span, k)),
             plain(queues.compete(CONNECTIONS, before, span, k, 40_000)),
             plain(figures["raw_hot"].rate) if k == 1 else "",
             plain(circle(before / 10, span, k, 64))] for k in BUCKETS]
    rows.append([f"{SPREAD} SKUs", plain(circle(before, span, SPREAD)),
                 plain(queues.compete(CONNECTIONS, before, span, SPREAD, 40_000)),
                 plain(figures["raw"].rate), plain(circle(before / 10, span, SPREAD, 64))])
    rows.append(["stock worker", "", plain(queues.stock_worker(
        CONNECTIONS, before, span, each, 50, 40_000)), "", plain(queues.stock_worker(
            64, before / 10, span, each, 50, 40_000))])
    return markdown_table([["Buckets of the SKU", "computed", "simulated", "measured",
                            "a machine ten times as fast, 64 connections"], *rows])


def block_hot_says(figures):
    _, span = calibrate(figures)
    measured, model = hot_share(figures, span)
    locks = tiers.PEAK * tiers.LOCKS_START
    return (f"An order keeps its row for {span * 1000:.2f} ms. Of whole purchases (`flash` by"
            f" `buy`) the model leaves {model:.0%}; measured: {measured:.0%}."
            f" 1,000 orders/s of one SKU, held at start, are {locks:,.0f} locks/s:"
            f" {buckets_for(locks, span)} buckets; held at payment"
            f" {buckets_for(tiers.PEAK * tiers.LOCKS_PAYMENT, span)}.")


def hot_share(figures, span):
    """Of buy's rate, when all want one SKU: measured, and by the model."""
    buy = figures["buy"].rate
    rest = solve(lambda time: circle(time, span, SPREAD), buy)
    return figures["flash"].rate / buy, circle(rest, span, 1) / buy


# ---- queues ----

def overload(figures, load, rules, seconds=20, name="cart3"):
    one, cores = figures[name], figures.machine["cores"]
    return queues.queue(cores, load * one.rate, queues.exponential(cores / one.rate),
                        int(load * one.rate * seconds), rules, ANSWER_WORTH_S)


def program_rules(figures, name="cart3"):
    """Those of the program; to send away costs what a hello costs."""
    one, cores = figures[name], figures.machine["cores"]
    return queues.Rules(QUEUE_MOST, QUEUE_S, cores / one.rate * refusal_share(figures, name))


def refusal_share(figures, name="cart3"):
    return figures["hello"].cpu / figures[name].cpu


def knee(figures, name="cart3"):
    """The last share of the peak whose p99 is within 100 ms, in steps of a tenth."""
    load = 0.5
    while overload(figures, load * 1.1, queues.Rules(), 20, name).stay_at(0.99) <= KNEE_S:
        load *= 1.1
    return load


def block_queue(figures):
    one, bounded = figures["cart3"], program_rules(figures)
    rows = []
    for load, rules, says in (
            (0.5, bounded, ""), (0.95, bounded, ""),
            (3, queues.Rules(), ", all let in"),
            (3, bounded._replace(queue_most=queues.FOREVER), ", waiting page after 3 s"),
            (3, bounded, f", and {QUEUE_MOST:,} in the queue at most")):
        served = overload(figures, load, rules)
        rows.append([f"{load:.0%}{says}", f"{served.rate / one.rate:.0%}",
                     plain(served.stay_at(0.5) * 1000), plain(served.stay_at(0.99) * 1000),
                     f"{served.refused:.0%}"])
    return markdown_table([["Load, of the peak", "served in 10 s, of the peak", "p50 ms",
                            "p99 ms", "sent away"], *rows])


def block_queue_says(figures):
    share = refusal_share(figures)
    return (
        f"Knee (p99 within 100 ms, steps of a tenth): {knee(figures):.0%} of the peak. Sending"
        f" one away costs {share:.0%} of an answer, so that at 300 %"
        f" {closed_forms.goodput_of_overload(3, share):.0%} of the peak can be left where Till"
        " itself sends all of them away (computed), and all of it where nginx does.")


def block_halves(figures):
    cores = figures.machine["cores"]
    rows = []
    for name in HALVES:
        peak, half = figures[name].rate, figures[f"{name}@half"]
        served = overload(figures, half.rate / peak, queues.Rules(), 20, name)
        rows.append([name, f"{half.rate / peak:.0%}", plain(served.mean_wait() * 1000), plain(
            closed_forms.wait_of_many(cores, half.rate, cores / peak) * 1000),
            plain(served.stay_at(0.99) * 1000), plain(half.p99)])
    return markdown_table([["`@half` of", "load, of the peak", "mean wait ms, simulated",
                            "computed", "p99 ms, simulated", "measured"], *rows])


# ---- the page ----

BLOCKS = {"source": block_source, "cost": block_cost, "breaks": block_breaks,
          "needs": block_needs, "storage": block_storage, "holds": block_holds,
          "hot": block_hot, "hot_says": block_hot_says, "queue": block_queue,
          "queue_says": block_queue_says, "halves": block_halves}


def blocks(figures):
    return {name: make(figures) for name, make in BLOCKS.items()}


def renewed(page, made):
    """The page with each made part in its place: below its name, to the next blank line."""
    for name, text in made.items():
        head = f"<!-- made by simulate.py: {name} -->\n"
        page, n = re.subn(rf"{re.escape(head)}(.+\n)*",
                          lambda _, t=f"{head}{text}\n": t, page)
        if n != 1:
            raise ValueError(f"{n} places for {name}")
    return page


def renew(results, folder):
    """Keeps a bench's figures, and writes what follows from them into the page."""
    kept, page = folder / scale_figures.KEPT.name, folder / PAGE
    scale_figures.save(scale_figures.from_results(
        json.loads(pathlib.Path(results).read_text()), scale_figures.load(kept)), kept)
    made = blocks(scale_figures.load(kept))
    page.write_text(renewed(page.read_text(), made))
    return made


def main():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--from", dest="results", metavar="FILE",
                       help="a bench's results.json; its figures are kept")
    words.add_argument("--into", default=pathlib.Path(__file__).parent, type=pathlib.Path,
                       help="folder of SCALE.md and scale_figures.json")
    options = words.parse_args()
    made = renew(options.results, options.into) if options.results else blocks(
        scale_figures.load(options.into / scale_figures.KEPT.name))
    print("\n\n".join(f"## {name}\n\n{text}" for name, text in made.items()))


if __name__ == "__main__":
    main()
