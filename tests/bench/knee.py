"""knee.py - the highest rate that a page takes: asked in open loop, a tenth more each time,
until those who ask wait for too long (reliability.md 5.3)."""
import typing

P99_MAX_US = 100_000
FIRST = 0.5  # of what the closed loop reached
DOWN = 0.6  # when even that is too much
DOWN_MOST = 5
UP_MOST = 20


class Search(typing.NamedTuple):
    """How finely a size looks."""
    seconds: float  # of one step
    warmup: float  # seconds before each
    factor: float  # from one step to the next


def is_good(client):
    """Whether a client's report says that the shop kept up."""
    unit = client["unit"]
    return (unit["n"] > 0 and unit["p99_us"] <= P99_MAX_US and not client["waiting_pages"]
            and not any(client["errors"].values()))


def step_of(rate, client):
    return {"rate": rate, "good": is_good(client), "p99_us": client["unit"]["p99_us"],
            "n": client["unit"]["n"], "errors": sum(client["errors"].values()),
            "waiting_pages": client["waiting_pages"]}


def find(peak, ask, factor):
    """ask(rate) is a client's report. The knee is the last step before one that was too much
    twice: once may have been somebody else's doing."""
    steps = []

    def is_kept(rate):
        for _ in range(2):
            steps.append(step_of(rate, ask(rate)))
            if steps[-1]["good"]:
                return True
        return False

    rate, fell = peak * FIRST, 0
    while not is_kept(rate) and fell < DOWN_MOST:
        rate, fell = rate * DOWN, fell + 1
    found = steps[-1]["good"]
    for _ in range(UP_MOST if found else 0):
        if not is_kept(rate * factor):
            break
        rate *= factor
    return {"rate": rate, "found": found, "peak": peak, "steps": steps}
