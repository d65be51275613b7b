#!/usr/bin/python3
"""doctor_test.py - the doctor compares the host's clock with the gateway's, and says when no
webhook can be checked."""
import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest

import shop


@contextlib.contextmanager
def gateway(ahead):
    """A server whose clock is so many seconds ahead; its address."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404)
            self.end_headers()

        def date_time_string(self, timestamp=None):
            del timestamp
            return super().date_time_string(time.time() + ahead)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Doctor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def check(self, name, **settings):
        env = {**os.environ, **settings, "TILL_CONF": self.till.env["TILL_CONF"]}
        for taken in ("TILL_DB_SOCKET", "TILL_DB_NAME"):
            env.pop(taken, None)
        done = subprocess.run([self.till.env["TILL_BIN"], "doctor", "--json"], env=env,
                              timeout=60, capture_output=True, text=True, check=False)
        return {one["name"]: one for one in json.loads(done.stdout)["checks"]}[name]

    def test_the_gateways_clock_is_compared_with_the_hosts(self):
        told = self.check("gateway")
        self.assertTrue(told["ok"], told)
        for ahead, well, side in ((15, True, "behind"), (-15, True, "ahead of"),
                                  (40, False, "behind"), (-40, False, "ahead of")):
            with self.subTest(ahead=ahead), gateway(ahead) as address:
                told = self.check("gateway", TILL_STRIPE_API_BASE=address)
                self.assertEqual(told["ok"], well, told)
                self.assertRegex(told["found"], rf"is (1[456]|39|40|41) s {side} it")
                self.assertEqual(told["remedy"] is None, well)

    def test_a_gateway_that_does_not_answer_is_named(self):
        told = self.check("gateway", TILL_STRIPE_API_BASE="http://127.0.0.1:1")
        self.assertFalse(told["ok"])
        self.assertIn("http://127.0.0.1:1", told["found"])

    def test_secrets_that_hold_nothing_are_told(self):
        for text in ("", "\n", " \n\n"):
            with self.subTest(text=text), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "hooks")
                path.write_text(text, encoding="ascii")
                path.chmod(0o600)
                told = self.check("webhooks", TILL_STRIPE_WEBHOOK_SECRETS_FILE=str(path))
                self.assertFalse(told["ok"])
                self.assertIn("empty", told["found"])
                self.assertIn("one secret a line", told["remedy"])


if __name__ == "__main__":
    unittest.main()
