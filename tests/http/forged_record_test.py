#!/usr/bin/python3
"""forged_record_test.py - a body that holds FastCGI records is a body: whatever route it
is sent to, and however that route refuses it, no second request comes out of it.

libfcgi forgets what it had read ahead when a request ends. On a connection that is kept,
bytes of a body that nobody read would be taken for the next record, with any parameter
that their author likes (ecosystem.md, finding 1)."""
import http.client
import json
import os
import pathlib
import secrets
import socket
import struct
import subprocess
import unittest

import shop

BEGIN, PARAMS, STDIN, UNKNOWN = 1, 4, 5, 99
KEEP = 1
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
POOLS = ("shop", "pay", "hook")


def record(kind, content=b"", request=1):
    return struct.pack(">BBHHBB", 1, kind, request, len(content), 0, 0) + content


def pair(name, value):
    def length(text):
        return bytes([len(text)]) if len(text) < 128 else struct.pack(
            ">I", len(text) | 0x80000000)
    return length(name) + length(value) + name + value


def request(trace, method=b"GET", path=b"/health/live", keep=0, body=b"", length=None):
    """The records of one request; its trace is what the log would know it by."""
    params = b"".join(pair(name, value) for name, value in (
        (b"REQUEST_METHOD", method), (b"DOCUMENT_URI", path), (b"QUERY_STRING", b""),
        (b"CONTENT_TYPE", JSON.encode()), (b"REMOTE_ADDR", b"127.0.0.1"),
        (b"CONTENT_LENGTH", str(len(body) if length is None else length).encode()),
        (b"REQUEST_ID", trace)))
    data = record(BEGIN, struct.pack(">HB5x", 1, keep)) + record(PARAMS, params)
    data += record(PARAMS)
    for at in range(0, len(body), 32768):
        data += record(STDIN, body[at:at + 32768])
    return data + record(STDIN)


def poison(trace, size, shift):
    """Slides of empty management records, each into the forged request: wherever a reader
    that lost its place begins (at one of eight shifts), it slides into one."""
    forged = request(trace)
    forged += b"\0" * (-len(forged) % 8)
    piece = record(UNKNOWN, request=0) * 500 + forged
    return (b"\0" * shift + piece * (size // len(piece) + 1))[:size]


class ForgedRecord(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.trace = secrets.token_hex(16).encode()
        printed = subprocess.run([os.environ.get("TILL_BIN") or cls.till.env["TILL_BIN"],
                                  "routes", "--json"], check=True, capture_output=True)
        cls.routes = [row["route"].split() for row in json.loads(printed.stdout)]
        cls.marks = {pool: cls.log(pool).stat().st_size for pool in POOLS}

    @classmethod
    def log(cls, pool):
        return cls.till.var / "log" / f"{pool}.log"

    def heard(self, trace):
        """The pools whose log knows a request of that trace."""
        found = []
        for pool in POOLS:
            with open(self.log(pool), "rb") as lines:
                lines.seek(self.marks[pool])
                if trace in lines.read():
                    found.append(pool)
        return found

    def check_nothing_ran(self):
        """Every child has ended what it was at when the next one answers; the log line
        of a forged request would stand before that answer's."""
        for path in ("/health/live", "/api/v1/orders/none/cancel", "/webhooks/none"):
            for _ in range(8):
                self.till.get(path)
        self.assertEqual(self.heard(self.trace), [])

    def ask(self, pool, data):
        """Bytes to a pool's socket, as nginx would send them; all that comes back."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(3)
            peer.connect(str(pathlib.Path(self.till.var / "run" / f"{pool}.sock").resolve()))
            got = b""
            try:
                peer.sendall(data)
                while piece := peer.recv(65536):
                    got += piece
            except (ConnectionError, TimeoutError):
                pass
            return got

    def test_a_forged_request_would_be_seen(self):
        for pool in POOLS:
            trace = secrets.token_hex(16).encode()
            answer = self.ask(pool, request(trace))
            self.assertIn(b"Status: 200", answer)
            shop.wait_until(lambda t=trace: self.heard(t), f"{pool} logs its requests")

    def test_a_kept_connection_does_not_reach_a_second_request(self):
        for pool in POOLS:
            for method, path in ((b"POST", b"/cart/items"), (b"POST", b"/no/such/page"),
                                 (b"PUT", b"/cart"), (b"GET", b"/health/live"),
                                 (b"POST", b"/api/v1/checkout/payment"),
                                 (b"POST", b"/webhooks/stripe")):
                for shift in range(8):
                    body = poison(self.trace, 60000, shift)
                    outer = secrets.token_hex(16).encode()
                    answer = self.ask(pool, request(outer, method, path, KEEP, body)
                                      + request(self.trace))
                    self.assertLessEqual(answer.count(b"Status: "), 1, (pool, path))
        self.check_nothing_ran()

    def test_an_announced_length_that_is_wrong_runs_nothing_else(self):
        for pool in POOLS:
            for length in (0, 1, 8192, 1000000, 2**31 - 1):
                body = poison(self.trace, 20000, length % 8)
                outer = secrets.token_hex(16).encode()
                answer = self.ask(pool, request(outer, b"POST", b"/cart/items", KEEP,
                                                body, length))
                self.assertNotIn(b"Status: 200", answer)
        self.check_nothing_ran()

    def test_no_route_and_no_refusal_runs_what_a_body_holds(self):
        sent = 0
        connection = self.connect()
        for method, path in self.routes:
            path = (path.replace("{slug}", "enamel-mug").replace("{order}", "AAAAA-AAAAA")
                    .replace("{token}", "A" * 22).replace("{", "").replace("}", ""))
            for headers in self.ways(method, path):
                kind = headers.pop("method", method)
                size = 60000 if path.startswith(("/api/", "/checkout/", "/webh")) else 16000
                body = poison(self.trace, size, sent % 8)
                connection = self.post(connection, kind, path, headers, body)
                sent += 1
        connection.close()
        self.assertGreater(sent, 6 * len(self.routes))
        self.check_nothing_ran()

    @staticmethod
    def ways(method, path):
        """As the route wants it, and so that each guard in turn refuses."""
        kind = JSON if path.startswith(("/api/", "/webhooks/")) else FORM
        key = {"Idempotency-Key": "forged"}
        for extra in ({}, {"method": "POST" if method == "GET" else "PUT"},
                      {"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"},
                      {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"},
                      {"Content-Type": FORM if kind == JSON else JSON, **key}, key):
            yield {"Content-Type": kind, **extra}

    def connect(self):
        return http.client.HTTPSConnection(self.till.address.hostname,
                                           self.till.address.port,
                                           context=self.till.trust, timeout=30)

    def post(self, connection, method, path, headers, body):
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
        except (ConnectionError, http.client.HTTPException):
            connection.close()
            return self.connect()
        self.assertLess(answer.status, 500, f"{method} {path} {headers}")
        if answer.will_close:
            connection.close()
            return self.connect()
        return connection

    def test_a_body_above_the_limit_is_not_handed_on(self):
        for path in ("/cart/items", "/api/v1/cart/items", "/checkout/payment",
                     "/webhooks/stripe"):
            answer = self.till.send("POST", path, {"Content-Type": JSON},
                                    poison(self.trace, 300000, 0))
            self.assertEqual(answer.status, 413, path)
        self.check_nothing_ran()


if __name__ == "__main__":
    unittest.main()
