"""samples.py - what a run cost and what else went on: CPU of each part of the shop, of the
bench and of everybody else, the counters of MariaDB, private memory, the machine."""
import os
import pathlib
import platform
import re
import shutil
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()

# What is counted per unit: our word, and the counters of MariaDB that it is the sum of.
COUNTERS = {
    "statements": ("Questions",),
    "commits": ("Binlog_commits",),  # what was written, in a transaction or by one statement
    "rollbacks": ("Com_rollback",),
    "fsyncs": ("Innodb_data_fsyncs", "Syncs"),  # InnoDB's own, and the binlog's
    "log bytes": ("Innodb_os_log_written",),
    "binlog bytes": ("Binlog_bytes_written",),
    "lock waits": ("Innodb_row_lock_waits",),
    "lock wait ms": ("Innodb_row_lock_time",),
    "deadlocks": ("Innodb_deadlocks",),
    "slow queries": ("Slow_queries",),
    "pages read": ("Innodb_buffer_pool_reads",),
}


KERNEL = 2  # the parent of its threads


def processes():
    """pid: (session, ticks), with those of children that have ended. The kernel's threads
    are of the session KERNEL."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        session = KERNEL if int(fields[1]) == KERNEL else int(fields[3])
        found[int(folder.name)] = (session, sum(int(one) for one in fields[11:15]))
    return found


def seconds_by_session(sessions, found):
    """{name: pid of the session's leader} and processes() -> {name: CPU seconds so far}."""
    names = {pid: name for name, pid in sessions.items()}
    ticks = dict.fromkeys(sessions, 0)
    for session, used in found.values():
        if session in names:
            ticks[names[session]] += used
    return {name: n / TICKS for name, n in ticks.items()}


def machine_seconds():
    """(all the time there was, what of it processes used, what the host gave to others).
    Interrupts are nobody's: on loopback they are mostly our own."""
    with open("/proc/stat", encoding="ascii") as lines:
        fields = [int(one) for one in lines.readline().split()[1:9]]
    user, nice, system, idle, waiting, irq, soft, steal = fields
    used = user + nice + system + steal
    return (used + irq + soft + idle + waiting) / TICKS, used / TICKS, steal / TICKS


def own_seconds():
    """This process and whatever it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def status(till):
    """SHOW GLOBAL STATUS, as numbers."""
    env = till.env
    said = subprocess.run(
        ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--socket",
         env["TILL_DB_SOCKET"], "--user", env["TILL_DB_READER"], "-e",
         "SHOW GLOBAL STATUS"], capture_output=True, text=True, timeout=60, check=True)
    pairs = (line.split("\t") for line in said.stdout.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def written_by(pid):
    """Bytes that a process has sent to the disk."""
    text = pathlib.Path(f"/proc/{pid}/io").read_text()
    return int(re.search(r"^write_bytes: (\d+)", text, re.M)[1])


class Sample:
    """Everything that grows, at one moment."""

    def __init__(self, till, sessions):
        self.at = time.monotonic()
        self.status = status(till)
        found = processes()
        self.cpu = seconds_by_session(sessions, found)
        self.kernel = {pid: used for pid, (session, used) in found.items()
                       if session == KERNEL}
        self.machine = machine_seconds()
        self.own = own_seconds()
        self.written = written_by(sessions["mariadb"])

    def since(self, before):
        """What went by between an earlier one and this one."""
        return {
            "seconds": self.at - before.at,
            "cpu_s": {name: round(used - before.cpu.get(name, 0), 2)
                      for name, used in self.cpu.items()},
            "counts": {"disk bytes": self.written - before.written,
                       **{word: sum(self.status.get(name, 0) - before.status.get(name, 0)
                                    for name in names)
                          for word, names in COUNTERS.items()}},
        }

    def foreign_since(self, before):
        """Shares of the machine that others had meanwhile: all of them, and the host's.
        What kernel threads did (they write and sync) counts as ours."""
        room = self.machine[0] - before.machine[0]
        if room <= 0:
            return 0.0, 0.0
        used = self.machine[1] - before.machine[1]
        ours = (sum(self.cpu.values()) - sum(before.cpu.values())
                + self.own - before.own + self.kernel_since(before))
        return (max(0.0, used - ours) / room,
                (self.machine[2] - before.machine[2]) / room)

    def kernel_since(self, before):
        """Its threads come and go, and take what they used with them."""
        return sum(used - before.kernel.get(pid, 0)
                   for pid, used in self.kernel.items()) / TICKS


def private_kb(pid):
    """Memory that a process shares with nobody; None when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    return sum(int(n) for n in re.findall(r"^Private_(?:Clean|Dirty): +(\d+)", text, re.M))


def memory(sessions):
    """{name: private kB of each process, largest first}."""
    found = {name: [] for name in sessions}
    names = {pid: name for name, pid in sessions.items()}
    for pid, (session, _) in processes().items():
        kb = private_kb(pid) if session in names else None
        if kb is not None:
            found[names[session]].append(kb)
    return {name: sorted(sizes, reverse=True) for name, sizes in found.items()}


class Minutes:
    """memory() of some sessions at regular times, from a thread of its own, while the block
    runs."""

    def __init__(self, sessions, every):
        self.sessions, self.every = sessions, every
        self.found = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        began = time.monotonic()
        while True:
            self.found.append({"minute": round((time.monotonic() - began) / 60, 3),
                               "kb": memory(self.sessions)})
            if self.ended.wait(self.every):
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


# ---- where it was measured ----

def said_by(*words, where=None):
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=where)
    return done.stdout.strip() if done.returncode == 0 else ""


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def disk_of(path):
    """What the database lies on: file system, device, size."""
    line = said_by("findmnt", "-n", "-o", "FSTYPE,SOURCE,SIZE", "-T", str(path))
    free = shutil.disk_usage(path).free / 2**30
    return f"{' '.join(line.split()) or 'unknown'}, {free:.0f} GB free"


def sync_ms(folder, times=200):
    """How long one small durable write takes there: the median."""
    path = pathlib.Path(folder) / "sync.probe"
    took = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(times):
            began = time.monotonic()
            file.write(b"x" * 512)
            os.fdatasync(file.fileno())
            took.append(time.monotonic() - began)
    path.unlink()
    return sorted(took)[times // 2] * 1000


def settings_of_database(file):
    """What my.cnf says about durability, memory and connections."""
    wanted = ("innodb_flush_log_at_trx_commit", "sync_binlog", "binlog_format",
              "innodb_buffer_pool_size", "innodb_log_file_size", "max_connections")
    lines = pathlib.Path(file).read_text().splitlines()
    return {name: value for name, _, value in (line.strip().partition("=") for line in lines)
            if name in wanted}


def memory_mb():
    told = pathlib.Path("/proc/meminfo").read_text()
    return int(re.search(r"MemTotal: +(\d+)", told)[1]) // 1024


def machine(till, source):
    return {
        "cpu": processor(), "cores": CORES, "memory_gb": round(memory_mb() / 1024, 1),
        "disk": disk_of(till.var), "sync_ms": round(sync_ms(till.var), 2),
        "kernel": platform.release(), "mariadb": said_by("mariadbd", "--version"),
        "database": settings_of_database(till.var / "my.cnf"),
        "nginx": subprocess.run(["nginx", "-v"], capture_output=True, text=True,
                                check=False).stderr.strip(),
        "commit": said_by("git", "-c", "safe.directory=*", "rev-parse", "--short", "HEAD",
                          where=source) or "unknown",
        "changed": bool(said_by("git", "-c", "safe.directory=*", "status", "--porcelain",
                                where=source)),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
