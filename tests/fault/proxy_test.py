#!/usr/bin/python3
"""proxy_test.py - the bad line does what it is asked to, and nothing else."""
import concurrent.futures
import contextlib
import pathlib
import socket
import struct
import tempfile
import threading
import time
import unittest

from proxy import COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE, Proxy


class Echo:
    """Answers each piece with itself, or with what a script says; a Unix or TCP server."""

    def __init__(self, path=None, answer=lambda data: data):
        self.answer, self.heard, self.left = answer, [], 0
        self.server = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.server.bind(str(path) if path else ("127.0.0.1", 0))
        self.server.listen()
        self.at = str(path) if path else "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=self.server.accept()[:1],
                                 daemon=True).start()

    def serve(self, client):
        with client, contextlib.suppress(OSError):
            while data := client.recv(65536):
                self.heard.append(data)
                client.sendall(self.answer(data))
            self.left += 1


def packet(kind, rest):
    body = bytes([kind]) + rest
    return len(body).to_bytes(3, "little") + b"\0" + body


OK = b"\x07\0\0\1\0\0\0\2\0\0\0"


def database(data):
    """As much of MariaDB as the proxy looks at: the first statement is number 1."""
    if data[4] == COM_STMT_PREPARE:
        return b"\x0c\0\0\1\0" + struct.pack("<I", 1) + bytes(7)
    return OK


class Lines(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def line(self, echo, unix=False):
        at = str(self.folder / "line") if unix else "127.0.0.1:0"
        return self.enterContext(Proxy(at, echo.at))

    def client(self, line):
        if "/" in line.at:
            client = socket.socket(socket.AF_UNIX)
            client.connect(line.at)
        else:
            host, _, port = line.at.rpartition(":")
            client = socket.create_connection((host, int(port)))
        client.settimeout(5)
        return self.enterContext(client)

    def wait_until(self, true):
        end = time.monotonic() + 5
        while not true():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def ask(self, client, data):
        client.sendall(data)
        return client.recv(65536)

    def test_what_is_well_passes_both_ways(self):
        for unix in (False, True):
            client = self.client(self.line(Echo(self.folder / "echo" if unix else None), unix))
            self.assertEqual(self.ask(client, b"hello"), b"hello")

    def test_it_is_told_by_several_at_once_and_answers_each(self):
        line = self.line(Echo())
        client = self.client(line)
        self.ask(client, b"one connection")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: line.heal()["accepted"], range(400), timeout=20))
        self.assertEqual(set(answers), {1})

    def test_a_delay_holds_one_direction(self):
        line = self.line(Echo())
        client = self.client(line)
        self.ask(client, b"warm")
        line.fault("delay", way="down", ms=300)
        began = time.monotonic()
        self.assertEqual(self.ask(client, b"slow"), b"slow")
        self.assertGreater(time.monotonic() - began, 0.25)
        line.heal()
        began = time.monotonic()
        self.assertEqual(self.ask(client, b"fast"), b"fast")
        self.assertLess(time.monotonic() - began, 0.25)

    def test_a_black_hole_takes_everything_and_closes_nothing(self):
        echo = Echo()
        line = self.line(echo)
        client = self.client(line)
        self.ask(client, b"warm")
        line.fault("drop", way="down")
        client.sendall(b"lost")
        client.settimeout(0.2)
        self.assertRaises(TimeoutError, client.recv, 1)
        self.assertEqual(echo.heard[-1], b"lost", "the other direction is well")
        line.heal()
        client.settimeout(5)
        self.assertEqual(self.ask(client, b"back"), b"back")

    def test_a_reset_is_one(self):
        line = self.line(Echo())
        client = self.client(line)
        self.ask(client, b"warm")
        line.reset()
        self.assertRaises(ConnectionResetError, self.ask, client, b"gone")
        self.assertEqual(line.hits, 1)

    def test_a_cut_lets_just_so_many_bytes_through(self):
        for way in ("down", "up"):
            echo = Echo()
            line = self.line(echo)
            line.fault("cut", way=way, at=4)
            client = self.client(line)
            client.sendall(b"0123456789")
            received = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := client.recv(100):
                    received += piece
            if way == "down":
                self.assertEqual(received, b"0123")
            else:
                self.wait_until(lambda e=echo: b"".join(e.heard) == b"0123")

    def test_who_is_refused_reaches_nobody(self):
        echo = Echo()
        line = self.line(echo)
        line.fault("refuse")
        client = self.client(line)
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(client.recv(1), b"")
        self.assertEqual(echo.heard, [])

    # ---- COMMIT ----

    def transaction(self, client, text):
        """Prepares and runs a statement, and commits; the answer to COMMIT."""
        self.ask(client, packet(COM_STMT_PREPARE, text))
        self.ask(client, packet(COM_QUERY, b"START TRANSACTION"))
        self.ask(client, packet(COM_STMT_EXECUTE, struct.pack("<IBI", 1, 0, 1)))
        return self.ask(client, packet(COM_QUERY, b"COMMIT"))

    def database(self):
        mariadb = Echo(self.folder / "database", database)
        return mariadb, self.line(mariadb, unix=True)

    def test_the_answer_to_a_commit_is_lost_when_its_transaction_fits(self):
        mariadb, line = self.database()
        line.fault("reset", commit="reply", touching="INSERT INTO orders")
        client = self.client(line)
        self.assertEqual(self.transaction(client, b"INSERT INTO cart VALUES (?)"), OK)
        with contextlib.suppress(ConnectionError):
            self.assertEqual(self.transaction(self.client(line), b"INSERT INTO orders V"), b"")
        self.assertIn(b"COMMIT", mariadb.heard[-1], "it got there")
        self.assertEqual(line.hits, 1)
        self.assertEqual(self.transaction(self.client(line), b"INSERT INTO orders V"), OK,
                         "once")

    def test_a_statement_that_writes_outside_a_transaction_commits_by_itself(self):
        _, line = self.database()
        line.fault("reset", commit="reply", touching="idem")
        run = packet(COM_STMT_EXECUTE, struct.pack("<IBI", 1, 0, 1))
        client = self.client(line)
        for text in (b"SELECT 1 FROM idem", b"UPDATE cart"):
            self.ask(client, packet(COM_STMT_PREPARE, text))
            self.assertEqual(self.ask(client, run), OK)
        self.ask(client, packet(COM_STMT_PREPARE, b"UPDATE idem"))
        with contextlib.suppress(ConnectionError):
            self.assertEqual(self.ask(client, run), b"")
        self.assertEqual(line.hits, 1)

    def test_a_commit_itself_is_lost_on_its_way(self):
        mariadb, line = self.database()
        line.fault("reset", commit="request")
        with contextlib.suppress(ConnectionError):
            self.assertEqual(self.transaction(self.client(line), b"UPDATE x"), b"")
        self.assertNotIn(b"COMMIT", b"".join(mariadb.heard))

    def test_the_answer_to_a_commit_never_comes_or_comes_late_or_in_part(self):
        _, line = self.database()
        line.fault("drop", commit="reply")
        client = self.client(line)
        client.settimeout(0.2)
        self.assertRaises(TimeoutError, self.transaction, client, b"UPDATE x")
        line.fault("delay", commit="reply", ms=300)
        began = time.monotonic()
        self.assertEqual(self.transaction(self.client(line), b"UPDATE x"), OK)
        self.assertGreater(time.monotonic() - began, 0.25)
        line.fault("cut", commit="reply", at=3)
        client = self.client(line)
        self.assertEqual(self.transaction(client, b"UPDATE x"), OK[:3])
        self.assertEqual(client.recv(1), b"")

    def test_who_left_in_the_dark_is_gone_for_the_other_side_when_all_is_well_again(self):
        mariadb, line = self.database()
        line.fault("drop", commit="reply")
        client = self.client(line)
        client.settimeout(0.2)
        self.assertRaises(TimeoutError, self.transaction, client, b"UPDATE x")
        client.close()
        self.wait_until(lambda: line.fault("delay", ms=0)["open"] == 1)
        self.assertEqual(mariadb.left, 0, "a dark line tells nobody")
        line.heal()
        self.wait_until(lambda: mariadb.left == 1)


if __name__ == "__main__":
    unittest.main()
