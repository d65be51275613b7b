"""results_page.py - RESULTS.md: the figures of a bench beside goals, controls and machine, with
the profiles that people wrote (PROFILES.md) and the last soak."""
import pathlib

import soak
from report import (COLUMNS, COSTS, figures, rows_of, rows_of_goals, rows_of_knees,
                    told_of_books)

PROFILES = pathlib.Path(__file__).with_name("PROFILES.md")


def markdown_table(rows):
    head, *rest = rows
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join("---" if i == 0 else "---:" for i in range(len(head))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rest])


def markdown_of_machine(results):
    m = results["machine"]
    rounds = len({run["round"] for run in results["runs"] if run["round"] >= 0})
    settings = ", ".join(f"`{name}={value}`" for name, value in m["database"].items())
    rows = [["", ""], ["Measured", f"{m['date']}, commit {m['commit']}"
                       + (" and changes" if m["changed"] else "")],
            ["CPU", f"{m['cpu']}, {m['cores']} cores"], ["Memory", f"{m['memory_gb']} GB"],
            ["Disk", f"{m['disk']}; one durable write of 512 bytes {m['sync_ms']} ms"],
            ["Kernel", m["kernel"]], ["nginx", m["nginx"]], ["MariaDB", m["mariadb"]],
            ["Its settings", settings],
            ["Before", f"{results['orders_before']:,} orders"],
            ["Size", f"{results['size']}, {rounds} rounds, {results['took_s']} s"]]
    return markdown_table(rows).replace("|---:|", "|---|")


def markdown_of_memory(results):
    rows = [["Part", "processes", "largest kB", "together kB"]]
    for name, sizes in results["memory"].items():
        rows.append([name, str(len(sizes)), f"{max(sizes, default=0):,}",
                     f"{sum(sizes):,}"])
    return markdown_table(rows)


def markdown_of_errors(results):
    """What went wrong, by kind; nothing when nothing did."""
    rows = [[figure.name, kind, str(n)] for figure in figures(results)
            for kind, n in figure.errors.items()]
    rows += [[name, why, ""] for name, why in results["failed"].items()]
    if not rows:
        return []
    return ["## Errors", "", markdown_table([["Scenario", "What", "Times"], *rows]), ""]


def markdown_of_knees(results):
    if not results.get("knees"):
        return []
    return ["## Around the knee", "",
            "The knee is the highest rate, in open loop and in steps of a tenth, at which p99"
            " stays under 100 ms and nothing fails, in the first round; in the others it moves"
            " with what the closed loop reaches there. Beyond it those are errors who waited"
            " 10 s for a free visitor of the client, or were turned away by nginx (502).", "",
            markdown_table(rows_of_knees(results)), ""]


def markdown_of_soak(results):
    """The last one: it takes an hour, and is no part of a run."""
    told = results.get("soak")
    if not told:
        return []
    one = figures(told)[0]
    machine = told["machine"]
    return ["## Soak", "",
            f"{one.middle['client']['units']:,} orders in {one.middle['client']['seconds'] / 60:.0f}"
            f" minutes, 64 children, private memory sampled every minute; the slope is that of"
            f" the last four fifths. {machine['date']}, commit {machine['commit']}. `till verify`"
            f" in the end: {told_of_books(told)}.", "",
            markdown_table(rows_of_goals(told)), "",
            markdown_table(soak.rows(one.middle["memory"])), ""]


def markdown_of_profiles(path=PROFILES):
    """Written by people, and kept when this page is rendered again."""
    return [path.read_text().strip(), ""] if path.exists() else []


def markdown(results):
    found = figures(results)
    says = markdown_table([["Name", "What one unit is"],
                           *([figure.name, figure.scenario.says] for figure in found)])
    rejected = sum(run["rejected"] for run in results["runs"])
    return "\n".join([
        "# What the bench measured", "",
        "Made by `bench.py --write`; [README.md](README.md) says how a figure comes about."
        " Client, shop and database share the cores. `control` is the share of the rate"
        " that the named control reached in the same round.", "",
        markdown_of_machine(results), "",
        f"`till verify` in the end: {told_of_books(results)}. Measurements"
        f" during which others had more than {results['foreign_max']:.0%} of the machine:"
        f" {rejected}, left out where another was clean.", "",
        "## Goals", "", markdown_table(rows_of_goals(results)), "",
        "## Rate and latency", "", markdown_table(rows_of(COLUMNS, found)), "",
        *markdown_of_knees(results), *markdown_of_errors(results),
        "## Cost of one unit", "",
        "CPU in milliseconds of all parts and of each; work that an order leaves to the"
        " background is waited for and counted.", "",
        markdown_table(rows_of(COSTS, found)), "",
        "## Private memory", "", markdown_of_memory(results), "",
        *markdown_of_soak(results), *markdown_of_profiles(),
        "## Names", "", says, ""])
