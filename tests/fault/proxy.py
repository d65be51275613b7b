#!/usr/bin/python3
"""proxy.py - a bad line between two programs: it hands bytes on and, when asked, delays
them, swallows them, cuts them off at a byte or resets the connection, in one direction or
both. Between the shop and MariaDB it knows a COMMIT when it sees one.

    with Proxy("/tmp/bad.sock", "/run/mariadb.sock") as line:
        line.fault("delay", way="down", ms=200)
        line.fault("reset", commit="reply", touching="INSERT INTO orders", times=1)
        line.heal()

An address with a slash is a Unix socket, else host:port; port 0 takes a free one. The
proxy is a process of its own that ends with whoever started it.
"""
import asyncio
import dataclasses
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading

COM_QUERY, COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_BULK = 0x03, 0x16, 0x17, 0xfa
OTHER = {"up": "down", "down": "up"}


@dataclasses.dataclass(eq=False)
class Rule:
    """kind: delay, drop, reset, cut or refuse. Without commit it holds for all that passes
    in its direction until healed; with commit ("request" or "reply") for the next `times`
    COMMITs of transactions in which a statement fits `touching`, or writing statements
    that fit it and commit by themselves."""
    kind: str
    way: str = "both"
    ms: int = 0
    at: int = 0
    commit: str | None = None
    touching: str = ""
    times: int = 1

    def on(self, way):
        return self.commit is None and self.way in (way, "both")


class Statements:
    """What a client of MariaDB says: which texts its transaction has run so far."""

    def __init__(self):
        self.data = b""
        self.texts = {}  # of prepared statements by their number
        self.preparing = None
        self.open = False  # a transaction
        self.ran = []

    def said(self, data):
        """True when these bytes end in what commits."""
        self.data += data
        is_commit = False
        while len(self.data) >= 4:
            end = 4 + int.from_bytes(self.data[:3], "little")
            if len(self.data) < end:
                break
            if self.data[3] == 0 and end > 4:
                is_commit = self.command(self.data[4], self.data[5:end])
            self.data = self.data[end:]
        return is_commit

    def command(self, kind, rest):
        if kind == COM_STMT_PREPARE:
            self.preparing = rest.decode("utf-8", "replace")
        elif kind in (COM_STMT_EXECUTE, COM_STMT_BULK):
            text = self.texts.get(struct.unpack("<I", rest[:4])[0], "")
            self.ran = [*self.ran, text] if self.open else [text]
            return not self.open and not text.lstrip().upper().startswith("SELECT")
        elif kind == COM_QUERY:
            text = rest.decode("utf-8", "replace").strip().upper()
            if text == "COMMIT":
                self.open = False
                return True
            if text.startswith(("START", "ROLLBACK")):
                self.open = text.startswith("START")
                self.ran = []
        return False

    def answered(self, data):
        """The first bytes of an answer tell the number of a prepared statement."""
        if self.preparing is not None and len(data) >= 9:
            if data[4] == 0:
                self.texts[struct.unpack("<I", data[5:9])[0]] = self.preparing
            self.preparing = None

    def touched(self, pattern):
        return any(re.search(pattern, text) for text in self.ran)


class Side(asyncio.Protocol):
    def __init__(self, link, way):
        self.link, self.way, self.transport = link, way, None

    def connection_made(self, transport):
        self.transport = transport
        if self.link.dark:
            self.link.abort()

    def data_received(self, data):
        self.link.received(self.way, data)

    def connection_lost(self, _):
        self.link.ended(self.way)


class Link:
    """One client, one connection to the target."""

    def __init__(self, line):
        self.line = line
        self.sides = {"up": Side(self, "up"), "down": Side(self, "down")}
        self.early = []  # said before the target was reached
        self.passed = {}  # bytes since a rule was made, by rule and direction
        self.due = {"up": 0.0, "down": 0.0}
        self.statements = Statements() if line.sql else None
        self.awaited = None  # the rule for the answer to a COMMIT
        self.dark = False

    def accept(self):
        if any(rule.kind == "refuse" for rule in self.line.rules):
            self.line.hits += 1
            self.dark = True
        else:
            self.line.links.add(self)
            self.line.accepted += 1
            self.line.keep(self.connect())
        return self.sides["up"]

    async def connect(self):
        loop = asyncio.get_running_loop()
        make = lambda: self.sides["down"]  # noqa: E731
        try:
            if "/" in self.line.target:
                await loop.create_unix_connection(make, self.line.target)
            else:
                host, _, port = self.line.target.rpartition(":")
                await loop.create_connection(make, host, int(port))
        except OSError:
            self.abort()
            return
        for data in self.early:
            self.received("up", data)
        self.early = []

    def received(self, way, data):
        if self.sides["down"].transport is None:
            self.early.append(data)
            return
        if self.statements is not None and self.committing(way, data):
            return
        if self.dark:
            return
        for rule in self.line.rules:
            if rule.on(way) and not self.suffer(rule, way, data):
                return
        self.hand_on(way, data)

    def hand_on(self, way, data, after=0.0):
        """Later bytes never overtake earlier ones."""
        loop = asyncio.get_running_loop()
        to = self.sides[OTHER[way]].transport
        when = max(loop.time() + after, self.due[way])
        if when <= loop.time():
            to.write(data)
            return
        self.due[way] = when
        loop.call_at(when, to.write, data)

    def suffer(self, rule, way, data):
        """False when the bytes are taken care of."""
        if rule.kind == "delay":
            self.due[way] = max(self.due[way],
                                asyncio.get_running_loop().time() + rule.ms / 1000)
            return True
        if rule.kind == "cut":
            passed = self.passed.get((rule, way), 0)
            self.passed[rule, way] = passed + len(data)
            if passed + len(data) < rule.at:
                return True
            self.hand_on(way, data[:rule.at - passed])
        if rule.kind in ("cut", "reset"):
            self.line.hits += 1
            self.abort(rule.kind == "reset")
        return False

    # ---- COMMIT ----

    def committing(self, way, data):
        """True when the bytes are taken care of."""
        if way == "down":
            self.statements.answered(data)
            rule, self.awaited = self.awaited, None
            return rule is not None and self.lose(rule, data)
        if not self.statements.said(data):
            return False
        rule = next((rule for rule in self.line.rules if rule.commit and rule.times > 0
                     and self.statements.touched(rule.touching)), None)
        self.statements.ran = []
        if rule is None:
            return False
        rule.times -= 1
        if rule.commit == "request":
            return self.lose(rule, data, "up")
        self.awaited = rule
        return False

    def lose(self, rule, data, way="down"):
        self.line.hits += 1
        if rule.kind == "delay":
            self.hand_on(way, data, rule.ms / 1000)
        elif rule.kind == "drop":
            self.dark = True
        else:
            if rule.kind == "cut":
                self.hand_on(way, data[:rule.at])
            self.abort(rule.kind == "reset")
        return True

    # ---- the end ----

    def ended(self, way):
        """Through the dark nobody hears of it: the other end stays open until the line is
        healed."""
        if self.dark:
            return
        self.line.links.discard(self)
        to = self.sides[OTHER[way]].transport
        if to is not None:
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self.due[way]), to.close)

    def abort(self, hard=True):
        """Of a TCP connection a hard end is a reset, which may overtake what was sent."""
        self.dark = True
        self.line.links.discard(self)
        for side in self.sides.values():
            transport = side.transport
            if transport is None:
                continue
            end = transport.get_extra_info("socket")
            if hard and end.family != socket.AF_UNIX:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.close()


class Line:
    """The proxy as it runs."""

    def __init__(self, target, sql):
        self.target, self.sql = target, sql
        self.rules, self.links, self.tasks = [], set(), set()
        self.hits = self.accepted = 0

    def keep(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def listen(self, at):
        loop = asyncio.get_running_loop()
        make = lambda: Link(self).accept()  # noqa: E731
        if "/" in at:
            await loop.create_unix_server(make, at, backlog=1024)
            return at
        host, _, port = at.rpartition(":")
        server = await loop.create_server(make, host, int(port), backlog=1024)
        return f"{host}:{server.sockets[0].getsockname()[1]}"

    def do(self, order):
        if order["do"] == "fault":
            self.rules.append(Rule(**order["rule"]))
            if order["rule"]["kind"] == "reset" and not order["rule"].get("commit"):
                self.reset()
        elif order["do"] == "heal":
            self.rules.clear()
            for link in [link for link in self.links if link.dark]:
                link.abort()
        elif order["do"] == "reset":
            self.reset()
        return {"hits": self.hits, "accepted": self.accepted, "open": len(self.links)}

    def reset(self):
        for link in list(self.links):
            self.hits += 1
            link.abort()

    async def run(self, at):
        loop = asyncio.get_running_loop()
        print(json.dumps({"at": await self.listen(at)}), flush=True)
        orders = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        while line := await orders.readline():
            print(json.dumps(self.do(json.loads(line))), flush=True)


class Proxy:
    """Starts a proxy and tells it what to do; a context manager."""

    def __init__(self, at, target, sql=None):
        self.path = at if "/" in at else None
        sql = "/" in target if sql is None else sql
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), at, target, "sql" if sql else "bytes"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.at = json.loads(self.process.stdout.readline())["at"]
        self.talking = threading.Lock()

    def tell(self, what, **more):
        """Safe from several threads: each gets its own answer."""
        with self.talking:
            self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def fault(self, kind, **rule):
        """way=up|down|both, ms, at (byte), commit=request|reply, touching, times."""
        return self.tell("fault", rule={"kind": kind, **rule})

    def heal(self):
        return self.tell("heal")

    def reset(self):
        """Every connection that is open now, once."""
        return self.tell("reset")

    @property
    def hits(self):
        return self.tell("count")["hits"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        if self.path:
            os.unlink(self.path)


if __name__ == "__main__":
    asyncio.run(Line(sys.argv[2], sys.argv[3] == "sql").run(sys.argv[1]))
