#!/usr/bin/python3
"""sandbox_test.py - the sandbox gateway keeps what it said through kills, is steered by its
tests, speaks HTTP, and does not start beside live keys."""
import json
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest
from email.utils import parsedate_to_datetime

from sandbox import (
    TILL, Receiver, Sandbox, SandboxTest, intent_params, main, session_params, until)


class Durability(SandboxTest):
    def test_a_kill_loses_nothing_that_was_answered(self):
        params = session_params(ref="kept")
        session = self.box.post("/v1/checkout/sessions", params, key="kept")
        other = self.session()
        self.box.press(session.json, "approve")
        self.box.control("PUT", "config", {"late_delay_ms": 1234})
        self.box.control("POST", "clock", {"advance_s": 100})
        self.box.kill()
        self.box.start()
        replay = self.box.post("/v1/checkout/sessions", params, key="kept")
        self.assertEqual(replay.header("idempotent-replayed"), "true")
        self.assertEqual(replay.body, session.body)
        self.assertEqual(self.box.ledger("kept")[0]["captured"], 2500)
        self.assertEqual(self.box.control("GET", "config")["late_delay_ms"], 1234)
        self.assertGreater(self.box.now(), time.time() + 90)
        self.assertEqual(self.box.press(other, "approve").status, 303)

    def test_a_restart_goes_on_with_what_was_due(self):
        hook = Receiver()
        self.addCleanup(hook.server_close)
        self.addCleanup(hook.shutdown)
        hook.statuses = [500]
        self.box.control("PUT", "config", {
            "webhooks": {"stripe": {"url": hook.url}},
            "retry_schedule_ms": [0, 600000], "late_delay_ms": 60000})
        session = self.session()
        self.box.press(session, "cancel")
        self.box.post(f"/v1/checkout/sessions/{session['id']}/expire")
        first = hook.next()[1]
        until(lambda: [row for row in self.box.control("GET", "deliveries")
                       if row["status"] == 500])
        open_one = self.session()
        self.box.kill()
        self.box.start()
        self.box.control("POST", "clock", {"advance_s": 601})
        self.assertEqual(hook.next()[1], first)
        self.box.control("POST", "clock", {"advance_s": 86400})
        self.assertEqual(json.loads(hook.next()[1])["data"]["object"]["id"],
                         open_one["id"])

    def test_a_torn_last_line_is_dropped_and_a_torn_middle_is_not(self):
        session = self.session()
        self.box.kill()
        log = pathlib.Path(self.box.folder, "state", "state.log")
        whole = log.read_bytes()
        for torn in (b'{"kind":"session","id":"cs_te', b'{"kind":"session","id"\n'):
            log.write_bytes(whole + torn)
            self.box.start()
            self.assertEqual(self.again(session)["status"], "open")
            self.box.kill()
        log.write_bytes(whole[:200] + b"\x00" + whole[200:])
        with self.assertRaises(AssertionError):
            self.box.start()
        self.box.process.wait(10)
        self.box.process.stdout.close()
        log.write_bytes(whole)
        self.box.start()

    def test_one_folder_serves_one_sandbox(self):
        second = subprocess.run(
            [TILL, "sandbox", "--port", "0", "--dir", self.box.folder + "/state"],
            capture_output=True, timeout=10)
        self.assertEqual(second.returncode, 1)

    def test_state_is_for_its_owner_alone(self):
        log = pathlib.Path(self.box.folder, "state", "state.log")
        self.assertEqual(log.stat().st_mode & 0o077, 0)


class Control(SandboxTest):
    def test_reset_forgets_all_but_the_configuration(self):
        box = Sandbox()
        self.addCleanup(box.stop)
        box.control("PUT", "config", {"hold_ms": 77})
        box.post("/v1/payment_intents", intent_params())
        box.control("POST", "clock", {"advance_s": 100})
        box.control("POST", "reset")
        self.assertEqual(box.control("GET", "ledger"), [])
        self.assertEqual(box.control("GET", "requests"), [])
        self.assertEqual(box.get("/v1/events").json["data"], [])
        self.assertLess(box.now(), time.time() + 60)
        box.kill()
        box.start()
        self.assertEqual(box.control("GET", "ledger"), [])
        self.assertEqual(box.control("GET", "config")["hold_ms"], 77)

    def test_the_configuration_merges_at_two_levels(self):
        first = self.box.control("GET", "config")
        got = self.box.control("PUT", "config", {"retry_schedule_ms": [0, 1]})
        self.assertEqual(got, {**first, "retry_schedule_ms": [0, 1]})
        for wrong in ({"webhooks": {"stripe": {"url": "ftp://x"}}}, {"colour": 1},
                      {"retry_schedule_ms": []}, {"webhooks": {"other": {}}},
                      {"hold_ms": -1}):
            answer = self.box.send("PUT", "/_sandbox/config", json.dumps(wrong))
            self.assertEqual(answer.status, 400, wrong)
        self.assertEqual(self.box.control("GET", "config"), got)

    def test_requests_are_listed_without_secrets(self):
        self.box.post("/v1/customers", {"name": "Ada"}, key="listed")
        row = self.box.control("GET", "requests")[-1]
        self.assertEqual((row["method"], row["path"], row["key"], row["status"]),
                         ("POST", "/v1/customers", "listed", 200))
        self.assertNotIn("sk_test", json.dumps(self.box.control("GET", "requests")))

    def test_pay_presses_a_button(self):
        session = self.session()
        ref = session["client_reference_id"]
        self.box.control("POST", "pay", {"gateway": "stripe", "ref": ref,
                                         "outcome": "decline"})
        self.assertEqual(self.row(session)["status"], "failed")
        self.box.control("POST", "pay", {"gateway": "stripe", "ref": ref,
                                         "outcome": "approve"})
        self.assertEqual(self.row(session)["captured"], 2500)
        for wrong in ({"ref": ref, "outcome": "approve"}, {"ref": "nobody"}):
            answer = self.box.send("POST", "/_sandbox/pay",
                                   json.dumps({"gateway": "stripe", **wrong}))
            self.assertEqual(answer.status, 400)

    def test_pages_of_other_sites_cannot_reach_it(self):
        for headers in ({"Host": "evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = self.box.send("GET", "/_sandbox/ledger", None, headers)
            self.assertEqual(answer.status, 403)

    def test_unknown_addresses_methods_and_bodies_are_refused(self):
        for method, path, body, status in (
                ("GET", "nothing", None, 404), ("DELETE", "ledger", None, 405),
                ("POST", "clock", "{", 400), ("POST", "clock", '{"advance_s":-1}', 400),
                ("POST", "deliveries/dlv_0/resend", None, 404)):
            self.assertEqual(self.box.send(method, "/_sandbox/" + path, body).status,
                             status)


class Http(SandboxTest):
    def raw(self, bytes_out):
        with socket.create_connection(("127.0.0.1", self.box.port), timeout=10) as wire:
            wire.sendall(bytes_out)
            got = b""
            while True:
                try:
                    part = wire.recv(65536)
                except ConnectionResetError:
                    return got
                if not part:
                    return got
                got += part

    def test_what_is_not_plain_http_is_refused_and_closed(self):
        cases = {
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"501",
            b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n": b"413",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx": b"400",
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n": b"400",
            b"GET http://x/ HTTP/1.1\r\n\r\n": b"400",
            b"GET / HTTP/2.0\r\n\r\n": b"505",
            b"nonsense\r\n\r\n": b"400",
            b"GET / HTTP/1.1\r\nbad header\r\n\r\n": b"400",
            b"GET / HTTP/1.1\r\nA: \0\r\n\r\n": b"400",
            b"GET / HTTP/1.1\r\nX: " + b"a" * 20000 + b"\r\n\r\n": b"431",
            b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 70 + b"\r\n": b"431",
        }
        for sent, status in cases.items():
            got = self.raw(sent)
            self.assertEqual(got[:12], b"HTTP/1.1 " + status, sent[:60])
            self.assertIn(b"Connection: close", got)

    def test_one_connection_serves_many_requests_even_at_once(self):
        one = (b"GET /stripe/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               b"Authorization: Bearer sk_test_sandbox\r\n\r\n")
        last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        got = self.raw(one * 5 + last)
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 6)

    def test_a_request_may_come_byte_by_byte(self):
        with socket.create_connection(("127.0.0.1", self.box.port), timeout=10) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /stripe/page.css HTTP/1.0\r\nA: b\r\n\r\n":
                wire.send(bytes([byte]))
            self.assertTrue(wire.recv(100).startswith(b"HTTP/1.1 200"))

    def test_a_long_body_is_taken_whole(self):
        params = {f"metadata[k{i}]": "ü" * 500 for i in range(40)}
        answer = self.box.post("/v1/customers", params)
        self.assertEqual(answer.json["metadata"]["k39"], "ü" * 500)

    def test_answers_are_dated_by_the_clock_of_the_sandbox(self):
        self.box.control("POST", "clock", {"advance_s": 86400})
        date = self.box.get("/v1/events").header("date")
        self.assertAlmostEqual(
            parsedate_to_datetime(date).timestamp(), time.time() + 86400, delta=60)

    def test_head_answers_without_a_body(self):
        got = self.raw(b"HEAD /stripe/page.css HTTP/1.1\r\nConnection: close\r\n\r\n")
        self.assertTrue(got.endswith(b"\r\n\r\n"))
        self.assertNotIn(b"Content-Length: 0", got)


class Start(unittest.TestCase):
    def start(self, config, key):
        with tempfile.TemporaryDirectory() as folder:
            keys = pathlib.Path(folder, "stripe")
            keys.write_text(key + "\n", encoding="ascii")
            keys.chmod(0o600)
            conf = pathlib.Path(folder, "till.conf")
            conf.write_text(config.format(keys=keys), encoding="ascii")
            process = subprocess.Popen(
                [TILL, "sandbox", "--port", "0", "--dir", folder + "/s", "--config", conf],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            started = process.stdout.readline() != ""
            process.terminate()
            process.communicate(timeout=10)
            return started

    def test_it_refuses_to_run_beside_live_settings_or_keys(self):
        config = "[gateway]\nmode = {{}}\n[stripe]\nkey_file = {keys}\n"
        self.assertTrue(self.start(config.replace("{{}}", "sandbox"), "sk_test_sandbox"))
        self.assertFalse(self.start(config.replace("{{}}", "live"), "sk_test_sandbox"))
        self.assertFalse(self.start(config.replace("{{}}", "sandbox"), "sk_live_1"))
        self.assertFalse(self.start(config.replace("{{}}", "sandbox"), "rzp_live_1"))

    def test_wrong_use_is_told_with_2(self):
        for words in (["--port", "1"], ["--dir"], ["--colour", "red"]):
            done = subprocess.run([TILL, "sandbox", *words], capture_output=True,
                                  timeout=10)
            self.assertEqual(done.returncode, 2, words)


if __name__ == "__main__":
    main()
