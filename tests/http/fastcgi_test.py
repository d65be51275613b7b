#!/usr/bin/python3
"""fastcgi_test.py - a pool of one's own: what it refuses, how it grows, drains, comes back."""
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import time
import unittest

import fastcgi
import shop
from pool import Pool, pool, wait_until

JSON = {"CONTENT_TYPE": "application/json"}


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = Pool()

    @classmethod
    def tearDownClass(cls):
        cls.pool.stop()

    def test_a_body_that_is_short_or_long_is_refused(self):
        for length in ("5", "1", "0"):
            connection = fastcgi.Connection(self.pool.socket)
            connection.send(fastcgi.begin() + fastcgi.params("POST", "/api/v1/cart", length,
                                                             **JSON) + fastcgi.body(b"{}"))
            self.assertIn("Status: 400", connection.answer())

    def test_a_broken_record_ends_its_connection_alone(self):
        for broken in (b"\0" * 8, b"GET / HTTP/1.1\r\n\r\n", fastcgi.record(99, b"x"),
                       fastcgi.begin() + b"\1\4\0\1"):
            connection = fastcgi.Connection(self.pool.socket)
            connection.send(broken)
            connection.socket.shutdown(1)
            connection.read_all()
        self.assertTrue(self.pool.live())

    def test_a_child_does_not_wait_until_its_visitor_hangs_up(self):
        asked = fastcgi.begin() + fastcgi.params("GET", "/health/live") + fastcgi.body(b"")
        left_open = []
        began = time.monotonic()
        for _ in range(60):
            left_open.append(fastcgi.Connection(self.pool.socket))
            left_open[-1].send(asked)
            answer = b""
            while piece := left_open[-1].socket.recv(65536):
                answer += piece
            self.assertIn(b"live", answer)
        # libfcgi would wait for 50 ms each time
        self.assertLess(time.monotonic() - began, 60 * 0.05 / len(self.pool.children()) * 0.8)
        for connection in left_open:
            connection.socket.close()

    def test_who_is_refused_unread_gets_the_answer_whole(self):
        connection = fastcgi.Connection(self.pool.socket)
        connection.send(fastcgi.begin() + fastcgi.params(
            "POST", "/api/v1/cart/items", 60000, CONTENT_TYPE="text/plain")
            + fastcgi.body(b"x" * 60000))
        records = connection.read_all()
        said = b"".join(content for kind, content in records if kind == fastcgi.STDOUT)
        self.assertIn(b"Status: 415", said)
        self.assertTrue(said.endswith(b"}"), said[-100:])
        self.assertEqual(records[-1][0], fastcgi.END)

    def test_a_second_master_leaves_the_first_alone(self):
        second = subprocess.run(self.pool.command(), capture_output=True, text=True,
                                timeout=30, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another till", second.stderr)
        self.assertTrue(self.pool.live())

    def test_the_socket_is_closed_to_others(self):
        self.assertEqual(self.pool.socket.stat().st_mode & 0o777, 0o660)


class Life(unittest.TestCase):
    def test_a_child_that_dies_is_replaced_and_counted(self):
        with pool() as one:
            before = one.children()
            os.kill(before[0], signal.SIGKILL)
            self.assertTrue(wait_until(lambda: len(one.children()) == len(before)
                                       and before[0] not in one.children()))
            self.assertIn("till_child_deaths_total 1\n",
                          fastcgi.ask(one.socket, "GET", "/metrics"))

    def test_sigterm_lets_the_request_at_hand_finish(self):
        with pool() as one:
            connection = fastcgi.Connection(one.socket)
            connection.send(fastcgi.begin() + fastcgi.params("POST", "/api/v1/cart/items", 10,
                                                             **JSON)
                            + fastcgi.record(fastcgi.STDIN, b'{"sku'))
            self.assertTrue(wait_until(lambda: 'state="busy"} 2' in
                                       fastcgi.ask(one.socket, "GET", "/metrics")))
            one.process.terminate()
            self.assertTrue(wait_until(lambda: len(one.children()) == 1))
            connection.send(fastcgi.record(fastcgi.STDIN, b'":1}\n')
                            + fastcgi.record(fastcgi.STDIN, b""))
            self.assertIn("Status: 422", connection.answer())
            self.assertEqual(one.process.wait(20), 0)

    def test_sighup_refuses_no_request(self):
        with pool() as one, concurrent.futures.ThreadPoolExecutor(6) as crowd:
            before = one.children()
            going_on = True

            def keep_asking():
                answers = []
                while going_on:
                    answers.append("live\n" in fastcgi.ask(one.socket, "GET",
                                                           "/health/live"))
                return answers
            crowds = [crowd.submit(keep_asking) for _ in range(6)]
            one.process.send_signal(signal.SIGHUP)
            changed = wait_until(lambda: one.children()
                                 and not set(before) & set(one.children()), 30)
            going_on = False
            answers = [each for one_crowd in crowds for each in one_crowd.result()]
            self.assertTrue(changed)
            self.assertTrue(all(answers) and answers)
            self.assertIsNone(one.process.poll())

    def test_settings_that_do_not_hold_leave_what_runs(self):
        with pool() as one:
            before = one.children()
            one.conf.write_text(one.conf.read_text() + "\n[shop]\nnonsense = 1\n")
            one.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: "master.check_failed" in one.log.read_text()))
            self.assertEqual(one.children(), before)
            self.assertTrue(one.live())

    def test_a_killed_master_takes_its_children_along_and_can_start_again(self):
        with pool() as one:
            children = one.children()
            one.process.kill()
            one.process.wait()
            self.assertTrue(wait_until(lambda: not any(
                pathlib.Path(f"/proc/{pid}/cmdline").exists() for pid in children)))
            one.start()
            self.assertTrue(one.live())

    def test_a_pool_grows_while_all_are_busy(self):
        with pool("pay", pay_children=2, pay_children_max=12) as one:
            self.assertEqual(len(one.children()), 2)
            slow = [fastcgi.Connection(one.socket) for _ in range(9)]
            for each in slow:
                each.send(fastcgi.begin() + fastcgi.params("POST", "/api/v1/cart", 2, **JSON))
            self.assertTrue(wait_until(lambda: len(one.children()) >= 10))
            self.assertTrue(one.live())
            for each in slow:
                each.send(fastcgi.body(b"[]"))
            self.assertTrue(all("Status: 400" in each.answer() for each in slow))
            self.assertLessEqual(len(one.children()), 12)

    def test_a_child_is_replaced_after_its_number_of_requests(self):
        with pool(recycle_after=3, shop_children=1) as one:
            first = one.children()
            for _ in range(4):
                self.assertTrue(one.live())
            self.assertTrue(wait_until(lambda: one.children() != first))
            self.assertTrue(one.live())


if __name__ == "__main__":
    unittest.main()
