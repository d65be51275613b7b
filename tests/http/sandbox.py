"""What the tests of the sandbox gateway share. Each class runs a sandbox of its own
(TILL_BIN) on a free port and in a temporary folder; and a receiver for its webhooks."""
import concurrent.futures
import hashlib
import hmac
import http.client
import http.server
import io
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

SOURCE = pathlib.Path(os.environ.get("TILL_SOURCE") or pathlib.Path(__file__).parents[2])
TILL = os.environ.get("TILL_BIN") or str(SOURCE / "build" / "till")
KEY = "Bearer sk_test_sandbox"
FORM = "application/x-www-form-urlencoded"


def until(true, seconds=10):
    """Waits for a state, never for a time; answers what made it true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = true()
        if got:
            return got
        time.sleep(0.01)
    raise AssertionError("the state never came")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.header = response.getheader
        self.body = response.read()
        self.text = self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]


class Sandbox:
    """A running sandbox; kill() and start() may follow each other."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="till-sandbox-")
        self.log = open(self.folder + "/log", "ab")
        self.serial = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [TILL, "sandbox", "--port", "0", "--dir", self.folder + "/state"],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={k: v for k, v in os.environ.items() if k != "TILL_CONF"})
        line = self.process.stdout.readline()
        if not line.startswith("http://127.0.0.1:"):
            raise AssertionError(f"no address but {line!r}")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(10)
        self.process.stdout.close()
        return self.process.returncode

    def stop(self):
        code = self.kill(signal.SIGTERM)
        self.log.close()
        text = pathlib.Path(self.folder, "log").read_text(encoding="utf-8")
        shutil.rmtree(self.folder)
        if code:
            raise AssertionError(f"the sandbox ended with {code}:\n{text[-3000:]}")

    def send(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def call(self, method, path, params=None, key=None, version=None, timeout=20):
        """One API call; params are pairs or a dict of bracketed names."""
        headers = {"Authorization": KEY}
        body = None
        if method == "POST":
            headers["Content-Type"] = FORM
            body = params if isinstance(params, str) else urllib.parse.urlencode(
                params or {})
            if key is not False:
                self.serial += 1
                headers["Idempotency-Key"] = key or f"key-{self.serial}"
        elif params:
            path += "?" + urllib.parse.urlencode(params)
        if version:
            headers["Stripe-Version"] = version
        return self.send(method, "/stripe" + path, body, headers, timeout)

    def post(self, path, params=None, **options):
        return self.call("POST", path, params, **options)

    def get(self, path, params=None, **options):
        return self.call("GET", path, params, **options)

    def control(self, method, path, body=None):
        answer = self.send(method, "/_sandbox/" + path,
                           None if body is None else json.dumps(body),
                           {"Content-Type": "application/json"})
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.text}")
        return answer.json

    def ledger(self, ref):
        return [row for row in self.control("GET", "ledger") if row["ref"] == ref]

    def press(self, session, outcome):
        return self.send("POST", f"/stripe/checkout/{session['id']}",
                         "outcome=" + outcome, {"Content-Type": FORM})

    def now(self):
        return self.control("POST", "clock", {"advance_s": 0})["now"]


def session_params(amount=2500, ref="A-1", **more):
    params = {
        "mode": "payment",
        "success_url": "https://shop.test/back?sid={CHECKOUT_SESSION_ID}&again={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/checkout",
        "client_reference_id": ref,
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": amount,
        "line_items[0][price_data][product_data][name]": "Mug",
        "metadata[order_ref]": ref,
        "metadata[attempt_ref]": ref + "-1",
        "payment_intent_data[metadata][order_ref]": ref,
        "payment_intent_data[metadata][attempt_ref]": ref + "-1",
    }
    params.update(more)
    return params


def intent_params(amount=2500, **more):
    params = {"amount": amount, "currency": "usd", "confirm": "true",
              "payment_method": "pm_card_visa", "return_url": "https://shop.test/back?o=1",
              "metadata[order_ref]": "I-1", "metadata[attempt_ref]": "I-1-1"}
    params.update(more)
    return {name: value for name, value in params.items() if value is not None}


class SandboxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.refs = 0

    def ref(self):
        type(self).refs += 1
        return f"{type(self).__name__}-{self.refs}"

    def session(self, amount=2500, **more):
        answer = self.box.post("/v1/checkout/sessions",
                               session_params(amount, self.ref(), **more))
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def again(self, session):
        return self.box.get("/v1/checkout/sessions/" + session["id"]).json

    def row(self, session):
        rows = self.box.ledger(session["client_reference_id"])
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def assertRefused(self, answer, status, code=None, param=None):
        self.assertEqual(answer.status, status, answer.text)
        if code:
            self.assertEqual(answer.error["code"], code)
        if param:
            self.assertEqual(answer.error["param"], param)


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks; what it answers is set by the test."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.got = queue.Queue()
        self.statuses = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/webhooks/stripe"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            status = self.server.statuses.pop(0) if self.server.statuses else 200
            self.server.got.put((time.monotonic(), body,
                                 self.headers["stripe-signature"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    def next(self, seconds=10):
        return self.got.get(timeout=seconds)

    def nothing_comes(self, seconds=0.7):
        try:
            raise AssertionError(f"came: {self.got.get(timeout=seconds)[1]}")
        except queue.Empty:
            return True


def verifies(body, header, secret="whsec_sandbox", now=None):
    """What the official client checks: a v1 of t.body, at most 300 s old."""
    parts = [part.split("=", 1) for part in header.split(",")]
    t = next(value for name, value in parts if name == "t")
    want = hmac.new(secret.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = (now or time.time()) - int(t) <= 300
    return fresh and any(name == "v1" and hmac.compare_digest(value, want)
                         for name, value in parts)


class HookTest(SandboxTest):
    def setUp(self):
        self.hook = Receiver()
        self.addCleanup(self.hook.server_close)
        self.addCleanup(self.hook.shutdown)
        self.box.control("PUT", "config", {
            "webhooks": {"stripe": {"url": self.hook.url}},
            "retry_schedule_ms": [0, 50, 50], "late_delay_ms": 60000})

    def events(self, n):
        got = [self.hook.next() for _ in range(n)]
        for _, body, header in got:
            self.assertTrue(verifies(body, header))
        return [json.loads(body) for _, body, _ in got]

    def by_type(self, n):
        return {event["type"]: event for event in self.events(n)}

    def paid(self, amount):
        session = self.session(amount)
        self.box.press(session, "approve")
        return session


def run(suite):
    """One class; what it has to say comes out in one piece."""
    told = io.StringIO()
    passed = unittest.TextTestRunner(stream=told, verbosity=1).run(suite).wasSuccessful()
    print(told.getvalue(), flush=True)
    return passed


def main():
    """A file's classes side by side: most of the time is waiting, and each has a sandbox of
    its own. Words on the command line choose tests, as with unittest."""
    module = sys.modules["__main__"]
    if len(sys.argv) > 1:
        unittest.main(module)
    classes = unittest.defaultTestLoader.loadTestsFromModule(module)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sys.exit(0 if all(list(pool.map(run, classes))) else 1)
