"""shop.py - what the HTTP tests share: the running shop, its answers, and shops of one's own.

The shop that ctest started is found by TILL_ENV, its till.env. Only Python's own library
is used.
"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse

SOURCE = pathlib.Path(os.environ.get("TILL_SOURCE") or pathlib.Path(__file__).parents[2])
SCRIPTS = SOURCE / "tests" / "shop"
BUILD = pathlib.Path(os.environ.get("TILL_BUILD") or SOURCE / "build")

SECURITY_HEADERS = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'none'",
    "permissions-policy": "camera=()",
}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.getheaders()]
        self.body = response.read()

    def all_of(self, name):
        return [value for key, value in self.headers if key == name]

    def header(self, name):
        values = self.all_of(name)
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")


class Shop:
    """A running shop, known by its till.env."""

    def __init__(self, env_file):
        self.env = {}
        with open(env_file, encoding="utf-8") as lines:
            for line in lines:
                name, _, value = line.rstrip("\n").partition("=")
                self.env[name] = value
        self.url = self.env["TILL_URL"]
        self.address = urllib.parse.urlsplit(self.url)
        self.trust = ssl.create_default_context(cafile=self.env["TILL_CA"])
        self.var = pathlib.Path(self.env["TILL_CONF"]).parent

    def send(self, method, path, headers=None, body=None):
        """One request over a connection of its own."""
        connection = http.client.HTTPSConnection(
            self.address.hostname, self.address.port, context=self.trust, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())

    def get(self, path, **headers):
        return self.send("GET", path, {k.replace("_", "-"): v for k, v in headers.items()})

    def facts(self, agent):
        """What pool shop logged of the one request with this User-Agent."""
        logs = self.var / "log"
        found = []

        def there():
            for line in (logs / "access.log").read_text(errors="replace").splitlines():
                if agent in line:
                    trace = json.loads(line)["request_id"]
                    found[:] = [one for one in (logs / "shop.log").read_text().splitlines()
                                if '"event":"request"' in one and trace in one]
            return found

        wait_until(there, f"the log tells of {agent}")
        return json.loads(found[0])

    def send_bytes(self, data):
        """Bytes as they are; the answer as bytes, to the end of the connection."""
        raw = socket.create_connection((self.address.hostname, self.address.port), 10)
        with self.trust.wrap_socket(raw, server_hostname=self.address.hostname) as tls:
            tls.sendall(data)
            received = b""
            with contextlib.suppress(ConnectionError):
                while piece := tls.recv(65536):
                    received += piece
            return received


def shared():
    """The shop that ctest started for all tests."""
    return Shop(os.environ["TILL_ENV"])


def free_ports(count):
    said = subprocess.run([SCRIPTS / "free_ports.py", str(count)], check=True,
                          capture_output=True, text=True)
    return said.stdout.split()


class OwnShop:
    """A shop under a folder of its own, with settings of its own; a context manager.
    Its database is a copy of an empty one (database.sh), but for TILL_DB_EMPTY=""."""

    def __init__(self, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="till-test."))
        port, http_port, sandbox_port = free_ports(3)
        self.http_port = int(http_port)
        self.environ = dict(
            os.environ, TILL_VAR=str(self.folder / "var"), TILL_PORT=port,
            TILL_HTTP_PORT=http_port, TILL_SANDBOX_PORT=sandbox_port,
            **{"TILL_DB_EMPTY": str(BUILD / "test" / "empty"), **settings})

    def run(self, script):
        return subprocess.run([SCRIPTS / script], env=self.environ, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def start(self):
        done = self.run("start.sh")
        if done.returncode != 0:
            raise AssertionError(f"the shop did not start:\n{done.stdout}")
        return done.stdout

    def stop(self):
        done = self.run("stop.sh")
        if done.returncode != 0:
            raise AssertionError(f"the shop did not stop:\n{done.stdout}")

    @property
    def shop(self):
        return Shop(self.folder / "var" / "till.env")

    def pid(self, unit):
        return int((self.folder / "var" / "run" / f"{unit}.pid").read_text().split()[0])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder)


class SideBySide(unittest.TestSuite):
    """Tests of one class that wait more than they work and leave each other alone."""

    def run(self, result, debug=False):
        tests = list(self)
        kind = type(tests[0])
        kind.setUpClass()
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for test, one in zip(tests, pool.map(lambda test: test.run(), tests)):
                result.startTest(test)
                result.failures += one.failures
                result.errors += one.errors
                result.skipped += one.skipped
                if one.wasSuccessful():
                    result.addSuccess(test)
        kind.tearDownClass()
        kind.doClassCleanups()
        return result


def side_by_side(loader, *kinds):
    """For a module's load_tests."""
    return unittest.TestSuite(SideBySide(loader.loadTestsFromTestCase(kind))
                              for kind in kinds)


def wait_until(true, what, seconds=10):
    """Waits for a state, not for a time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
