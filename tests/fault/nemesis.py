"""nemesis.py - what is done to a shop, drawn from a seed: the sequence of deeds is a pure
function of the seed, when they happen is the machine's. A deed begins, lasts and is healed
before the next one; one in four has company."""
import contextlib
import dataclasses
import os
import random
import signal
import threading
import time

import house as house_of


@dataclasses.dataclass(frozen=True)
class Deed:
    name: str
    pick: float  # which of those that are there
    seconds: float
    times: int
    word: str = ""

    def __str__(self):
        return f"{self.name} {self.word}".strip() + f" ({self.seconds:.1f} s)"


def victim(there, pick):
    return there[int(pick * len(there))] if there else None


# ---- processes ----

def kill_child(house, deed):
    child = victim(house.children(deed.word), deed.pick)
    if child is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def kill_master(house, deed):
    house.kill(deed.word)
    time.sleep(deed.seconds / 8)
    house.revive(deed.word)


def kill_database(house, deed):
    house.kill("mariadb")
    time.sleep(deed.seconds / 4 if deed.pick < 0.5 else 0)
    house.revive("mariadb")
    house.wait_database()


def restart_database(house, _):
    if house.is_there("mariadb"):
        pid = house.pid("mariadb")
        house.signal("mariadb", signal.SIGTERM)
        house.wait_gone(pid, 60)
    house.revive("mariadb")
    house.wait_database()


def pause(pid, seconds):
    """One that is killed meanwhile stays dead."""
    with contextlib.suppress(ProcessLookupError, TypeError):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)


def pause_child(house, deed):
    pause(victim(house.children(deed.word), deed.pick), deed.seconds)


def pause_database(house, deed):
    pause(house.pid("mariadb"), deed.seconds)


def pause_mail(house, deed):
    pause(house.pid("mail"), deed.seconds)


def hup(house, deed):
    if house.is_there(deed.word):  # company may just be killing it
        house.signal(deed.word, signal.SIGHUP)
    time.sleep(deed.seconds / 4)


# ---- the database and the way to it ----

def kill_connections(house, deed):
    rng = random.Random(deed.pick)
    end = time.monotonic() + deed.seconds
    while time.monotonic() < end:
        there = house.threads()
        house.as_admin(";".join(f"KILL {rng.choice(('CONNECTION', 'QUERY'))} {thread}"
                                for thread in rng.sample(there, min(4, len(there)))))
        time.sleep(0.2)


def refuse_connections(house, deed):
    """The administrator is in before, as those outside crowd the door."""
    threads = house.threads()
    # the pipe of one who was thrown out breaks at its closing, too
    with contextlib.suppress(BrokenPipeError), house.client() as admin:
        admin.stdin.write("SET GLOBAL max_connections = 10; SELECT 'in';\n")
        admin.stdin.flush()
        admin.stdout.readline()
        for thread in threads:
            admin.stdin.write(f"KILL CONNECTION {thread};\n")
        admin.stdin.flush()
        time.sleep(deed.seconds)
    house.surely(f"SET GLOBAL max_connections = {house_of.CONNECTIONS}")


def read_only(house, deed):
    house.as_admin("SET GLOBAL read_only = 1")
    time.sleep(deed.seconds)
    house.surely("SET GLOBAL read_only = 0")


def lose_commits(house, deed):
    kind, _, commit = deed.word.partition("-")
    house.line.fault(kind, commit=commit, times=deed.times * 3, ms=1000,
                     at=1 + int(deed.pick * 10))
    time.sleep(deed.seconds)
    house.line.heal()


def bad_line(house, deed):
    kind, _, way = deed.word.partition("-")
    house.line.fault(kind, way=way or "both", ms=20 + int(deed.pick * 180),
                     at=int(deed.pick * 3000))
    time.sleep(deed.seconds)
    house.line.heal()


def reset_line(house, _):
    house.line.reset()


# ---- the gateway ----

def gateway(house, deed):
    for method in ("POST", "GET"):
        house.gateway_fault(deed.word, deed.times, method,
                            "/v1/checkout/sessions" + ("/*" if method == "GET" else ""))
    time.sleep(deed.seconds)


def webhooks(house, deed):
    house.gateway_fault(deed.word, deed.times * 3, "POST", "/checkout/")
    time.sleep(deed.seconds)


def webhooks_off(house, deed):
    house.webhooks(False)
    time.sleep(deed.seconds)
    house.webhooks(True)


def time_passes(house, deed):
    house.advance(40 * 60)
    time.sleep(deed.seconds / 4)


UNITS = ("shop", "pay", "hook", "work")
DEEDS = {  # deed: weight, words, seconds from and to
    kill_child: (10, UNITS, 0, 1),
    kill_master: (3, (*UNITS, "sandbox", "nginx"), 1, 4),
    kill_database: (4, ("",), 0, 4),
    restart_database: (1, ("",), 0, 1),
    kill_connections: (3, ("",), 1, 4),
    refuse_connections: (1, ("",), 1, 3),
    read_only: (1, ("",), 1, 3),
    pause_child: (3, UNITS, 1, 8),
    pause_database: (2, ("",), 1, 7),
    pause_mail: (1, ("",), 1, 5),
    hup: (3, (*UNITS, "nginx"), 1, 3),
    lose_commits: (5, ("reset-reply", "drop-reply", "delay-reply", "cut-reply",
                       "reset-request", "drop-request"), 1, 6),
    bad_line: (3, ("delay-both", "delay-down", "drop-up", "drop-down", "cut-up", "cut-down",
                   "refuse"), 1, 5),
    reset_line: (1, ("",), 0, 1),
    gateway: (5, ("9001", "9002", "9003", "9004", "9005", "9006", "9007", "9008", "9009",
                  "9010", "9011"), 0.5, 3),
    webhooks: (4, ("9201", "9202", "9203", "9204", "9205", "9206", "9207"), 0.5, 3),
    webhooks_off: (1, ("",), 1, 6),
    time_passes: (1, ("",), 0.5, 2),
}
ONLY = {"db-kill": kill_database, "worker-kill": kill_child}


def draw(rng, only=None):
    deed = only or rng.choices(list(DEEDS), [row[0] for row in DEEDS.values()])[0]
    _, words, least, most = DEEDS[deed]
    return deed, Deed(deed.__name__, rng.random(), rng.uniform(least, most),
                      rng.randint(1, 3), rng.choice(words))


def deeds(seed, only=None):
    """Without end: lists of one deed or two, each (function, Deed)."""
    rng = random.Random(f"deeds {seed}")
    while True:
        company = only is None and rng.random() < 0.25
        yield [draw(rng, only) for _ in range(1 + company)]


def commit(house, group):
    """Does them side by side; what failed of it."""
    failures = []

    def run(deed, how):
        try:
            deed(house, how)
        except Exception as failed:  # the nemesis itself must not be what fails
            failures.append(f"{how}: {type(failed).__name__} {failed}")

    threads = [threading.Thread(target=run, args=one) for one in group]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def heal(house):
    """Everything is as it should be, whatever was done."""
    if house.line is not None:
        house.line.heal()
    house.cont()
    house.revive_all()
    house.webhooks(True)
    house.surely("SET GLOBAL read_only = 0;"
                 f"SET GLOBAL max_connections = {house_of.CONNECTIONS}")
