"""report.py - what the figures of a bench come to: medians and their spread, each beside
its control and its goal; as lines and as a table."""
import statistics

import scenarios
import soak
from scenarios import BY_NAME

PRODUCT = ("nginx", "shop", "pay", "hook", "work", "mariadb")
BARE = ("hello", "select1")  # the controls behind nginx
LITTLE = -1  # the round in a shop with next to no orders
BESIDE = -2  # what only warms a shop up
GROWTH_MIN = 0.90  # of the speed in a little shop
CHILD_KB, WHOLE_KB = 2 * 1024, 150 * 1024
LATENCIES = ("p50_us", "p95_us", "p99_us", "p999_us")
GOAL_WORDS = {"share": "of {control}", "rate": "/s", "p99": "ms p99", "p999": "ms p99.9",
              "cpu": "ms CPU", "errors": "errors", "left": "units left",
              "recovery": "s to recover", "growth": "kB a minute", "child": "kB, largest child",
              "product": "MB without MariaDB"}


class Figure:
    """What all accepted runs of one scenario say together."""

    def __init__(self, name, runs):
        self.scenario = BY_NAME[name]
        self.name = name
        accepted = [run for run in runs if not run["rejected"]]
        self.doubtful = not accepted  # others had too much of the machine each time
        # at a given rate runs differ by how long an answer takes
        self.told_by = p99_of if self.scenario.knee_of or self.scenario.rate else rate_of
        self.runs = sorted(accepted or runs, key=self.told_by)
        # percentiles are never averaged: those of the run in the middle stand for all
        self.middle = self.runs[len(self.runs) // 2]
        self.rate = rate_of(self.middle)
        self.unit = self.middle["client"]["unit"]

    @property
    def spread(self):
        """Between the best and the worst run, as a share of the median: of the rate, or of
        p99 where the rate was given."""
        of = self.told_by
        if len(self.runs) < 2 or not of(self.middle):
            return None
        return (of(self.runs[-1]) - of(self.runs[0])) / of(self.middle)

    @property
    def share(self):
        """Of the control's rate, each run's beside that which was measured last before."""
        shares = [rate_of(run) / run["control_rate"] for run in self.runs
                  if run.get("control_rate")]
        return statistics.median(shares) if shares else None

    @property
    def all_errors(self):
        """Kinds of error with their numbers."""
        found = {}
        for run in self.runs:
            for kind, n in run["client"].get("errors", {}).items():
                if n:
                    found[kind] = found.get(kind, 0) + n
        return found

    @property
    def errors(self):
        """Those that do not belong to the scenario."""
        return {kind: n for kind, n in self.all_errors.items()
                if not any(word in kind for word in self.scenario.expects)}

    @property
    def waiting(self):
        """Answers that were the waiting page, which is no error."""
        return sum(run["client"].get("waiting_pages", 0) for run in self.runs)

    def per_unit(self, word):
        return over_units(self.runs, lambda run: run["counts"].get(word, 0))

    def cpu_ms(self, *parts):
        value = over_units(self.runs, lambda run: sum(run["cpu_s"].get(part, 0)
                                                      for part in parts))
        return None if value is None else value * 1000

    def ms(self, name):
        value = self.unit.get(name)
        return None if value is None else value / 1000

    def value_of(self, goal):
        return {"share": lambda: self.share, "rate": lambda: self.rate,
                "p99": lambda: self.ms("p99_us"), "p999": lambda: self.ms("p999_us"),
                "cpu": lambda: self.cpu_ms(*PRODUCT),
                "errors": lambda: sum(self.errors.values()),
                "left": lambda: self.middle.get("left"),
                "recovery": lambda: self.middle.get("recovery_s"),
                "growth": lambda: soak.growth(self.middle["memory"]),
                "child": lambda: soak.largest_child(self.middle["memory"]),
                "product": lambda: soak.largest_product(self.middle["memory"]) / 1024,
                }[goal.kind]()


def rate_of(run):
    return run["client"]["units_per_s"]


def p99_of(run):
    return run["client"]["unit"].get("p99_us", 0)


def over_units(runs, number):
    """The median over runs of a number per unit. The units are those that began while it
    was measured: what they cost is counted to their end, and beyond."""
    each = [number(run) / n for run in runs if (n := run["client"]["unit"].get("n"))]
    return statistics.median(each) if each else None


def figures(results, little=False):
    """Figures in the order of the table."""
    by_name = {}
    for run in results["runs"]:
        if (run["round"] == LITTLE) == little and run["round"] != BESIDE:
            by_name.setdefault(run["scenario"], []).append(run)
    return [Figure(one.name, by_name[one.name]) for one in BY_NAME.values()
            if one.name in by_name]


# ---- goals ----

class Verdict:
    def __init__(self, what, limit, value, reached, source):
        self.what, self.limit, self.value = what, limit, value
        self.reached, self.source = reached, source

    @property
    def word(self):
        return {True: "reached", False: "MISSED", None: "not measured"}[self.reached]


def verdict_of(figure, goal):
    value = figure.value_of(goal)
    reached = None if value is None else (
        value >= goal.limit if goal.is_floor else value <= goal.limit)
    return Verdict(figure.scenario.says, goal_text(goal, goal.limit, figure.scenario, True),
                   "" if value is None else goal_text(goal, value, figure.scenario),
                   reached, goal.source)


def goal_text(goal, value, scenario, is_limit=False):
    sign = ("≥ " if goal.is_floor else "≤ ") if is_limit else ""
    words = GOAL_WORDS[goal.kind].format(control=scenario.control)
    number = f"{value:.0%}" if goal.kind == "share" else plain(value)
    return f"{sign}{number} {words}".replace(" /s", "/s")


def verdicts(results):
    found = [verdict_of(figure, goal) for figure in figures(results)
             for goal in figure.scenario.goals]
    return found + growth(results) + memory(results)


def growth(results):
    """Speed with all orders against that with next to none."""
    large = {figure.name: figure for figure in figures(results)}
    found = []
    for little in figures(results, little=True):
        if little.name in large and little.rate:
            share = large[little.name].rate / little.rate
            found.append(Verdict(
                f"{little.scenario.says}: with {results['orders_before']:,} orders",
                f"≥ {GROWTH_MIN:.0%} of a little shop's", f"{share:.0%}",
                share >= GROWTH_MIN, "issue 4"))
    return found


def memory(results):
    parts = results.get("crowded")
    if not parts:
        return []
    pools = [kb for name in ("shop", "pay", "hook") for kb in parts[name]]
    product = sum(sum(parts[name]) for name in PRODUCT if name != "mariadb")
    return [Verdict("private memory of the largest child", "≤ 2,048 kB",
                    f"{max(pools):,} kB", max(pools) <= CHILD_KB, "issue 4"),
            Verdict(f"the whole product without MariaDB, {len(pools)} processes in the pools",
                    "≤ 150 MB", f"{product / 1024:.0f} MB", product <= WHOLE_KB, "issue 4")]


def is_good(results):
    """No invariant is broken and every scenario came to a figure; where it only has to
    work, without an error as well."""
    if results["failed"] or not all(one["good"] for one in results["verify"]):
        return False
    if results["size"] != scenarios.SMOKE:
        return True
    return all(figure.unit["n"] > 0 and not figure.errors for figure in figures(results))


# ---- text ----

def plain(value, digits=3):
    """A number with three digits that count, as people write it."""
    if value is None:
        return ""
    if value and abs(value) < 10 ** (digits - 1):
        text = f"{value:.{digits}g}"
        return f"{value:.{digits}f}".rstrip("0").rstrip(".") if "e" in text else text
    return f"{value:,.0f}"


def line_of(run):
    """One measurement, as it is told while the bench runs."""
    client = run["client"]
    unit, units = client["unit"], client["unit"].get("n")
    cpu = sum(run["cpu_s"].get(part, 0) for part in PRODUCT)
    words = [f"{run['scenario']:14} {plain(client['units_per_s']):>8}/s",
             f"p50 {plain(unit.get('p50_us', 0) / 1000):>5} ms",
             f"p99 {plain(unit.get('p99_us', 0) / 1000):>5} ms"]
    if units:
        words.append(f"{plain(cpu * 1000 / units):>6} ms CPU")
        words.append(f"{plain(run['counts']['statements'] / units):>6} statements")
    errors = {kind: n for kind, n in client.get("errors", {}).items() if n}
    if client.get("waiting_pages"):
        words.append(f"{client['waiting_pages']} waiting pages")
    if errors:
        words.append(" ".join(f"{kind} {n}" for kind, n in errors.items()))
    if run["left_to_do"]:
        words.append(f"{run['left_to_do']} pieces of work left")
    return "  ".join(words)


def line_of_knee(name, found):
    """A search, as it is told while the bench runs."""
    last = found["steps"][-1]
    return (f"{name:14} {plain(found['rate']):>8}/s is the knee"
            f"{'' if found['found'] else ' at most'}; at {plain(last['rate'])}/s p99"
            f" {plain(last['p99_us'] / 1000)} ms, {len(found['steps'])} steps")


COLUMNS = (
    ("", lambda f: f.name), ("/s", lambda f: plain(f.rate)),
    ("spread", lambda f: "" if f.spread is None else f"{f.spread:.0%}"),
    ("control", lambda f: "" if f.share is None else f"{f.share:.0%} {f.scenario.control}"),
    *((name, lambda f, at=at: plain(f.ms(at))) for name, at in zip(
        ("p50 ms", "p95", "p99", "p99.9"), LATENCIES)),
    ("sent to wait", lambda f: plain(f.waiting)),
    ("errors", lambda f: plain(sum(f.errors.values()))),
)
COSTS = (
    ("per unit", lambda f: f.name), ("CPU ms", lambda f: plain(f.cpu_ms(*PRODUCT, *BARE))),
    ("control", lambda f: plain(f.cpu_ms(*BARE))),
    *((part, lambda f, part=part: plain(f.cpu_ms(part)))
      for part in (*PRODUCT, "sandbox", "mail", "client")),
    *((word, lambda f, word=word: plain(f.per_unit(word)))
      for word in ("statements", "commits", "fsyncs", "lock waits", "deadlocks")),
    *((head, lambda f, word=word: plain(over_thousand(f.per_unit(word))))
      for head, word in (("log kB", "log bytes"), ("binlog kB", "binlog bytes"),
                         ("disk kB", "disk bytes"))),
)


def over_thousand(value):
    return None if value is None else value / 1000


def rows_of(columns, found):
    return [[head for head, _ in columns],
            *([str(cell(figure)) for _, cell in columns] for figure in found)]


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def rows_of_knees(results):
    """Each page's knee, and what it is like below and beyond."""
    by_name = {figure.name: figure for figure in figures(results)}
    rows = [["knee", "closed loop", "knee /s", "half: p50 ms", "p99", "p99.9",
             "80%: p50 ms", "p99", "p99.9", "300%: served /s", "of closed loop",
             "sent to wait", "errors", "recovers in s"]]
    for name, found in results.get("knees", {}).items():
        row = [name, plain(found["peak"]), ("" if found["found"] else "< ")
               + plain(found["rate"])]
        for which in ("half", "near"):
            one = by_name.get(f"{name}@{which}")
            row += [plain(one.ms(at)) if one else ""
                    for at in ("p50_us", "p99_us", "p999_us")]
        over = by_name.get(f"{name}@over")
        rows.append(row + ([plain(over.rate), f"{over.share:.0%}", plain(over.waiting),
                            plain(sum(over.all_errors.values())),
                            plain(over.middle.get("recovery_s"))] if over else [""] * 5))
    return rows


def rows_of_goals(results):
    return [["goal", "limit", "measured", ""],
            *([one.what, one.limit, one.value, one.word] for one in verdicts(results))]


def told_of_books(results):
    return "; ".join(f"{one['shop']} shop: {' '.join(one['said'])}"
                     for one in results["verify"]) or "it did not come to its end"


def table(results):
    """What the terminal shows in the end."""
    found = figures(results)
    parts = ["", aligned(rows_of(COLUMNS, found)), "", aligned(rows_of(COSTS, found))]
    if results.get("knees"):
        parts += ["", aligned(rows_of_knees(results))]
    if results["size"] != scenarios.SMOKE:
        parts += ["", aligned(rows_of_goals(results))]
    for one in found:
        if one.name == scenarios.SOAK.name:
            parts += ["", aligned(soak.rows(one.middle["memory"]))]
    parts += ["", f"till verify: {told_of_books(results)}"]
    parts += [f"errors of {figure.name}: " + ", ".join(
        f"{n} {kind}" for kind, n in figure.errors.items())
              for figure in found if figure.errors]
    parts += [f"FAILED {name}: {why}" for name, why in results["failed"].items()]
    doubtful = [figure.name for figure in found if figure.doubtful]
    doubtful += [f"the knee of {name}" for name, one in results.get("knees", {}).items()
                 if one.get("foreign", 0) > results["foreign_max"]]
    if doubtful and results["size"] != scenarios.SMOKE:
        parts.append(f"others had more than {results['foreign_max']:.0%} of the machine"
                     f" while these were measured: {', '.join(doubtful)}")
    return "\n".join(parts)
