"""house.py - a shop of one's own to do harm to: its parts are killed, stopped and started
again, its clock is turned, and a bad line (proxy.py) stands before its database."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import urllib.error

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import buyer  # noqa: E402
import shop  # noqa: E402
from proxy import Proxy  # noqa: E402

POOLS = ("shop", "pay", "hook")
UNITS = ("mariadb", "mail", "sandbox", *POOLS, "work", "nginx")
CONNECTIONS = 500  # that the server allows (tests/shop/database.sh)
BOOT = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def stat_of(pid):
    """State, parent and birth of a process; None when it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (fields[0], int(fields[1]), fields[19])


def children_of(pid):
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        stat = stat_of(folder.name)
        if stat and stat[1] == pid:
            found.append(int(folder.name))
    return sorted(found)


class House(shop.OwnShop):
    """line=True: the shop reaches its database through the bad line self.line."""

    def __init__(self, line=True, **settings):
        super().__init__(**settings)
        self.line, self.wants_line = None, line
        self.lines, self.started = {}, []
        self.now = 0

    # ---- start and end ----

    def start(self):
        said = super().start()
        self.run_dir = self.folder / "var" / "run"
        self.till = self.shop
        self.lines = {unit: self.line_of(unit) for unit in UNITS}
        # what looks from outside looks past the bad line
        self.direct = self.folder / "var" / "direct.conf"
        shutil.copy(self.till.env["TILL_CONF"], self.direct)
        if self.wants_line:
            self.put_line()
        return said

    def put_line(self):
        at = str(self.run_dir / "line.sock")
        self.line = Proxy(at, self.till.env["TILL_DB_SOCKET"])
        conf = pathlib.Path(self.till.env["TILL_CONF"])
        conf.write_text(conf.read_text().replace(
            f"socket = {self.till.env['TILL_DB_SOCKET']}", f"socket = {at}"))
        before = {unit: children_of(self.pid(unit)) for unit in (*POOLS, "work")}
        for unit in before:
            self.signal(unit, signal.SIGHUP)
        for unit, old in before.items():
            shop.wait_until(lambda u=unit, o=old: set(children_of(self.pid(u))) - set(o)
                            and not set(children_of(self.pid(u))) & set(o),
                            f"{unit} uses the line", 30)

    def __exit__(self, *what):
        if self.line is not None:
            self.line.heal()
        self.cont()
        super().__exit__(*what)
        for process in self.started:
            process.wait()
        if self.line is not None:
            self.line.path = None  # went with the folder
            self.line.__exit__()

    # ---- parts ----

    def line_of(self, unit):
        process = pathlib.Path(f"/proc/{self.pid(unit)}")
        words = (process / "cmdline").read_bytes().split(b"\0")[:-1]
        if unit == "nginx":  # it rewrites its own name
            words = [b"nginx", b"-e", b"stderr", b"-p", bytes(self.folder / "var/nginx"),
                     b"-c", bytes(self.folder / "var/nginx/nginx.conf")]
        if unit == "mail":
            return words
        return [os.readlink(process / "exe"), *words[1:]]

    def is_there(self, unit):
        try:
            pid, born = (self.run_dir / f"{unit}.pid").read_text().split()[:2]
        except OSError:
            return False
        stat = stat_of(pid)
        return stat is not None and born in ("0", stat[2])

    def signal(self, unit, number):
        """Nothing when it has just been killed."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid(unit), number)

    def children(self, unit):
        return children_of(self.pid(unit)) if self.is_there(unit) else []

    def kill(self, unit):
        """kill -9 of a part's first process."""
        if not self.is_there(unit):
            return
        # a supervisor ends what a dead nginx leaves, since that keeps its ports
        gone = [self.pid(unit), *(self.children(unit) if unit == "nginx" else [])]
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):  # somebody else was quicker
                os.kill(pid, signal.SIGKILL)
        for pid in gone:
            self.wait_gone(pid)

    def wait_gone(self, pid, seconds=30):
        def gone():
            for process in self.started:
                process.poll()
            return stat_of(pid) is None

        shop.wait_until(gone, f"{pid} has ended", seconds)

    def revive(self, unit):
        """As a supervisor would: the same line once more."""
        if self.is_there(unit):
            return
        with open(self.folder / "var" / "log" / f"{unit}.log", "ab") as log:
            process = subprocess.Popen(self.lines[unit], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, start_new_session=True)
        self.started.append(process)
        stat = stat_of(process.pid)
        new = self.run_dir / f"{unit}.pid.new"
        new.write_text(f"{process.pid} {stat[2] if stat else 0} {BOOT}\n")
        new.rename(self.run_dir / f"{unit}.pid")

    def revive_all(self):
        for unit in UNITS:
            self.revive(unit)
        self.wait_database()

    def stop_children(self):
        """Whoever answers or works stands still."""
        for unit in (*POOLS, "work"):
            for child in self.children(unit):
                os.kill(child, signal.SIGSTOP)

    def cont(self):
        """Whatever was stopped goes on."""
        for unit in UNITS:
            for pid in [*self.children(unit), *([self.pid(unit)] if self.is_there(unit)
                                                else [])]:
                stat = stat_of(pid)
                if stat and stat[0] in "Tt":
                    os.kill(pid, signal.SIGCONT)

    # ---- database ----

    def wait_database(self, seconds=60):
        shop.wait_until(self.database_answers, "the database answers", seconds)

    def database_answers(self):
        try:
            return self.rows("SELECT 1") == [["1"]]
        except subprocess.SubprocessError:
            return False

    def rows(self, sql):
        return buyer.rows(self.till, sql)

    def number(self, sql):
        return int(self.rows(sql)[0][0] or 0)

    def client(self, *user):
        """A client that stays connected; by default the administrator's."""
        return subprocess.Popen(
            ["mariadb", "--no-defaults", "--unbuffered", "--batch", "--force",
             "--skip-column-names", "--socket", self.till.env["TILL_DB_SOCKET"],
             self.till.env["TILL_DB_NAME"], *user], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def surely(self, sql):
        """As administrator, again until it is done."""
        shop.wait_until(lambda: self.as_admin(f"{sql}; SELECT 'done'")[-1:] == ["done"], sql,
                        30)

    def as_admin(self, sql):
        """The server's administrator; the answer's lines, none when there is no answer."""
        try:
            done = subprocess.run(
                ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--force",
                 "--socket", self.till.env["TILL_DB_SOCKET"], "-e", sql],
                capture_output=True, text=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            return []
        return done.stdout.splitlines()

    def dump(self, file):
        subprocess.run(["mariadb-dump", "--no-defaults", "--single-transaction", "--socket",
                        self.till.env["TILL_DB_SOCKET"], self.till.env["TILL_DB_NAME"]],
                       stdout=file, check=False)

    def threads(self):
        """The shop's connections, by their numbers at the server."""
        return [int(one) for one in self.as_admin(
            "SELECT id FROM information_schema.processlist WHERE user = 'till' ORDER BY id")]

    # ---- clock, gateway, commands ----

    def advance(self, seconds):
        self.now += seconds
        with open(self.run_dir / "shm", "r+b") as shared:
            shared.seek(8)
            shared.write(struct.pack("=q", self.now))

    def sandbox(self, method, path, value=None, seconds=20):
        """Asks the sandbox, which may just be starting again."""
        end = time.monotonic() + seconds
        while True:
            try:
                return buyer.sandbox(self.till, method, path, value)
            except (urllib.error.URLError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def webhooks(self, on):
        self.sandbox("PUT", "config", {"webhooks": {"stripe": {
            "url": self.till.url + "/webhooks/stripe" if on else None}}})

    def gateway_fault(self, code, times=1, method="POST", path="/v1/checkout/sessions"):
        self.sandbox("POST", "faults", {"gateway": "stripe", "method": method, "path": path,
                                        "fault": str(code), "times": times})

    def press(self, order, outcome="approve"):
        """Presses a button of the hosted page; False when that page is closed."""
        try:
            self.sandbox("POST", "pay", {"gateway": "stripe", "ref": order["number"],
                                         "outcome": outcome})
        except AssertionError as refused:
            if "closed" in str(refused) or "names no payment" in str(refused):
                return False
            raise
        return True

    def command(self, *words, seconds=300):
        return subprocess.run([self.till.env["TILL_BIN"], *words, "--config",
                               str(self.direct)], capture_output=True, text=True,
                              timeout=seconds, check=False)

    def verify(self, wait=0, *words):
        """What till verify says once it is content, or when the wait is over."""
        end = time.monotonic() + wait
        while True:
            done = self.command("verify", *words)
            if done.returncode == 0 or time.monotonic() > end:
                return done
            time.sleep(0.5)

    def ready(self):
        with contextlib.suppress(Exception):
            return self.till.get("/health/ready").status == 200
        return False

    def crashes(self):
        """Children that ended by neither kill -9 nor a wish: log lines."""
        found = []
        for unit in (*POOLS, "work"):
            log = self.folder / "var" / "log" / f"{unit}.log"
            for line in log.read_text(errors="replace").splitlines():
                if ('"child.died"' in line
                        and not re.search(r'"signal": ?"?(9|15)"?[,}]', line)
                        or "Assertion" in line or "Sanitizer" in line
                        or '"child.stuck"' in line):
                    found.append(line)
        return found
