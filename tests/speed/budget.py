"""budget.py - tables of what things may cost: lines "name number...", compared and renewed."""


def read(path):
    """{name: [number, ...]} of a table; lines that begin with # are comments."""
    rows = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, *numbers = line.split()
            if name in rows:
                raise ValueError(f"{path}: {name} stands there twice")
            rows[name] = [int(number) for number in numbers]
    return rows


def renew(path, costs):
    """Writes what was counted under the comments of the table."""
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    rows = [" ".join([name, *map(str, numbers)]) for name, numbers in costs.items()]
    path.write_text("\n".join([*head, *rows]) + "\n")


def compare(rows, costs, units, most, least):
    """What is wrong, a sentence each. Costs may be `most` percent of their row; below
    `least` percent the row is no longer true (0: that is never said)."""
    wrong = [f"{name} stands in the table, but nothing of that name was counted"
             for name in rows if name not in costs]
    for name, numbers in costs.items():
        if name not in rows:
            wrong.append(f"{name} was counted, but does not stand in the table")
            continue
        for unit, budget, cost in zip(units, rows[name], numbers, strict=True):
            if cost * 100 > budget * most:
                wrong.append(f"{name} takes {cost} {unit}: over {most} % of its {budget}")
            elif cost * 100 < budget * least:
                wrong.append(f"{name} takes {cost} {unit}: under {least} % of its {budget}, "
                             "which is good, but lets it grow again unseen")
    return wrong
