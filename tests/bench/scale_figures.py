"""scale_figures.py - the measured figures that SCALE.md stands on: what of a bench's
results.json is kept in scale_figures.json, and how it is read again."""
import dataclasses
import json
import pathlib
import typing

import report

KEPT = pathlib.Path(__file__).with_name("scale_figures.json")
NEEDED = ("hello", "raw", "raw_hot", "shelf", "product", "cart3", "checkout", "add", "status",
          "buy", "flash", "journey", "product@half", "cart3@half", "status@half")
COUNTS = ("statements", "commits", "fsyncs", "binlog bytes")
APP = ("shop", "pay", "hook", "work")


class One(typing.NamedTuple):
    """One scenario: units a second; milliseconds; CPU in milliseconds a unit."""
    rate: float
    p99: float
    nginx: float
    app: float
    mariadb: float
    statements: float
    commits: float
    fsyncs: float
    binlog_kb: float

    @property
    def cpu(self):
        return self.nginx + self.app + self.mariadb


@dataclasses.dataclass
class Figures:
    machine: dict  # date, commit, cpu, cores, size, sync_ms
    by_name: dict  # scenario: One
    kept: list  # scenarios that this bench has no figure for: theirs are older

    def __getitem__(self, name):
        return self.by_name[name]


def one_of(figure):
    counts = [figure.per_unit(word) or 0 for word in COUNTS]
    return One(figure.rate, figure.ms("p99_us") or 0, figure.cpu_ms("nginx"),
               figure.cpu_ms(*APP), figure.cpu_ms("mariadb"), *counts[:3], counts[3] / 1000)


def has_figure(figure):
    return bool(figure.rate and figure.unit.get("n"))


def from_results(results, before):
    """A bench's figures; where it has none, those of before."""
    machine = results["machine"]
    found = {figure.name: one_of(figure) for figure in report.figures(results)
             if figure.name in NEEDED and has_figure(figure)}
    doubtful = sorted(figure.name for figure in report.figures(results)
                      if figure.name in found and figure.doubtful)
    return Figures({"date": machine["date"], "commit": machine["commit"],
                    "changed": machine["changed"], "cpu": machine["cpu"],
                    "cores": machine["cores"], "sync_ms": machine["sync_ms"],
                    "size": results["size"], "doubtful": doubtful},
                   {name: found.get(name) or before[name] for name in NEEDED},
                   [name for name in NEEDED if name not in found])


def load(path=KEPT):
    kept = json.loads(pathlib.Path(path).read_text())
    return Figures(kept["machine"], {name: One(**one) for name, one in kept["by_name"].items()},
                   kept["kept"])


def save(figures, path=KEPT):
    rounded = {name: {field: float(f"{value:.4g}") for field, value in one._asdict().items()}
               for name, one in figures.by_name.items()}
    pathlib.Path(path).write_text(json.dumps(
        {"machine": figures.machine, "kept": figures.kept, "by_name": rounded}, indent=1) + "\n")
