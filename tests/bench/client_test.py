#!/usr/bin/python3
"""client_test.py - the load client says what happened to it: against a server that does what
the test wants. TILL_BUILD names the build (build/)."""
import collections
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

BUILD = pathlib.Path(os.environ.get("TILL_BUILD")
                     or pathlib.Path(__file__).parents[2] / "build")
CLIENT = BUILD / "tests" / "bench" / "till_bench_client"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Asked(http.server.BaseHTTPRequestHandler):
    """Hands every request to the test's own function, which returns bytes of an answer or a
    (status, JSON, headers); None closes the connection."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.answer(self)
        if answer is None:
            self.close_connection = True
        elif isinstance(answer, bytes):
            self.wfile.write(answer)
            self.close_connection = self.server.closes
        else:
            status, value, headers = answer
            text = json.dumps(value, separators=(",", ":")).encode()
            self.send_response(status)
            for name, said in {**headers, "Content-Length": len(text)}.items():
                self.send_header(name, str(said))
            self.end_headers()
            self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *_):
        """Says nothing."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, *_):
        """A client that is gone is no news."""


class Client(unittest.TestCase):
    @contextlib.contextmanager
    def server(self, answer, closes=False):
        server = Server(("127.0.0.1", 0), Asked)
        server.answer, server.closes = answer, closes
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def run_client(self, answer, *words, scenario="get:/", seconds=0.3, closes=False):
        """What the client found out."""
        with self.server(answer, closes) as url, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "figures.json"
            done = subprocess.run(
                [CLIENT, "--url", url, "--scenario", scenario, "--seconds", str(seconds),
                 "--json", path, *map(str, words)], capture_output=True, text=True,
                timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.split()[:2], ["measuring", "measured"])
            return json.loads(path.read_text())

    def check_kind(self, answer, kind, closes=False):
        found = self.run_client(answer, closes=closes)
        self.assertEqual(list(found["errors"]), [f"get: {kind}"])
        self.assertEqual((found["units"], found["unit"]["n"]), (0, 0))

    def test_those_who_think_come_within_the_time_that_is_given(self):
        came = []

        def answer(_):
            came.append(time.monotonic())
            return 200, {}, {}

        self.run_client(answer, "--connections", 40, "--think", "60000:60000", "--spread", 0.8,
                        seconds=1)
        self.assertEqual(len(came), 40)
        self.assertGreater(max(came) - min(came), 0.6)
        self.assertLess(max(came) - min(came), 0.9)
        first_half = sum(at - min(came) < 0.4 for at in came)
        self.assertTrue(8 < first_half < 32, first_half)

    # ---- one answer ----

    def test_an_answer_that_is_cut_is_an_error(self):
        self.check_kind(lambda _: OK[:-1], "cut", closes=True)
        self.check_kind(lambda _: None, "cut")

    def test_what_is_no_answer_is_an_error(self):
        self.check_kind(lambda _: b"SSH-2.0-hello\r\n", "not HTTP", closes=True)
        self.check_kind(lambda _: OK + b"and more", "not HTTP")

    def test_another_status_is_an_error_and_says_why(self):
        self.check_kind(lambda _: (404, {"code": "not_found"}, {}), "status 404 not_found")

    def test_a_waiting_page_is_counted_apart(self):
        found = self.run_client(lambda _: (503, {}, {"Retry-After": 1}), "--connections", 3)
        self.assertEqual((found["errors"], found["waiting_pages"]), ({}, 3))

    def test_who_is_turned_away_at_a_rate_prepares_nothing_again(self):
        for status, what in ((503, {}), (502, {"cart: status 502"})):
            paths, cookies = collections.Counter(), set()

            def answer(asked):
                paths[asked.path] += 1
                if asked.path == "/cart":
                    cookies.add(asked.headers.get("Cookie"))
                    return status, {}, {"Retry-After": 4}
                return 200, {}, {"Set-Cookie": f"__Host-till={asked.client_address[1]}"}

            found = self.run_client(answer, "--rate", 60, "--connections", 2, "--skus",
                                    self.three_skus(), scenario="cart3", seconds=0.5)
            self.assertEqual(set(found["errors"]), set(what))
            self.assertGreater(paths["/cart"], 5)
            self.assertEqual(paths["/api/v1/cart/items"], 6)
            self.assertEqual(len(cookies), 2)

    def three_skus(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".skus")
        self.addCleanup(file.close)
        file.write("A a\nB b\nC c\n")
        file.flush()
        return file.name

    # ---- who asks ----

    def test_a_visitor_keeps_the_cookie_and_the_next_one_has_none(self):
        seen = []

        def answer(asked):
            seen.append(asked.headers.get("Cookie"))
            return 200, {}, {"Set-Cookie": "__Host-till=abc; Path=/; Secure"}

        found = self.run_client(answer, scenario="add")
        self.assertGreater(found["units"], 3)
        self.assertEqual(seen[:4], [None, "__Host-till=abc", "__Host-till=abc", None])

    def test_a_connection_is_kept_until_the_server_closes_it(self):
        connections = collections.Counter()

        def answer(asked):
            connections[asked.client_address] += 1
            last = connections[asked.client_address] == 5
            asked.close_connection = last
            return 200, {}, {"Connection": "close"} if last else {}

        self.assertEqual(self.run_client(answer)["errors"], {})
        self.assertGreater(len(connections), 1)
        self.assertEqual(set(list(connections.values())[:-1]), {5})

    def test_a_crowd_prepares_itself_a_few_at_a_time(self):
        lock, now, most, ready = threading.Lock(), [0], [0], set()

        def answer(asked):
            if asked.path == "/cart":
                return 200, {}, {}
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
                ready.add(asked.client_address)
            time.sleep(0.002)
            with lock:
                now[0] -= 1
            return 200, {}, {}

        found = self.run_client(answer, "--rate", 50, "--connections", 90, "--skus",
                                self.three_skus(), scenario="cart3")
        self.assertEqual(found["errors"], {})
        self.assertEqual(len(ready), 90)
        self.assertLessEqual(most[0], 32)

    # ---- the clock ----

    def test_latency_counts_from_the_start_that_was_meant(self):
        def slow(_):
            time.sleep(0.05)
            return OK

        found = self.run_client(slow, "--rate", 40, seconds=0.6)
        self.assertEqual(found["errors"], {})
        self.assertLess(found["requests"]["get"]["p50_us"], 150_000)
        self.assertGreater(found["unit"]["p95_us"], 300_000)
        self.assertGreater(found["late"]["p99_us"], 300_000)

    def test_it_sleeps_while_it_waits(self):
        """For an answer, for the next start, and after the last one."""
        def slow(_):
            time.sleep(1)
            return OK

        found = self.run_client(slow, "--rate", 20, "--connections", 20)
        self.assertGreater(found["unit"]["n"], 0)
        self.assertLess(found["client_cpu_s"], 0.1)

    def test_warming_up_is_not_measured(self):
        began = time.monotonic()
        found = self.run_client(
            lambda _: OK if time.monotonic() > began + 0.6 else time.sleep(0.2) or OK,
            "--warmup", 1)
        self.assertGreater(found["unit"]["n"], 0)
        self.assertLess(found["unit"]["max_us"], 200_000)

    # ---- orders ----

    def shop(self, seen):
        """Answers a purchase over JSON; seen takes (path, serial of the order or None)."""
        numbers = iter(range(10_000))
        lock = threading.Lock()

        def answer(asked):
            path, number = asked.path.rsplit("/", 1)[1], None
            status, value, headers = 200, {}, {}
            if path == "validate":
                value = {"quote": {"due": {"amount": 1800, "currency": "USD"}}}
            elif path == "payment":
                with lock:
                    number = f"N-{next(numbers)}"
                status, headers = 201, {"X-Order": number}
                value = {"order": {"id": "u", "number": number}, "attempt": {"id": "a"},
                         "redirect_url": "http://127.0.0.1:1/pay"}
            seen(path, number)
            return status, value, headers

        return answer

    def test_an_order_is_on_disk_before_its_visitor_asks_again(self):
        with tempfile.TemporaryDirectory() as folder:
            acks = pathlib.Path(folder) / "acks"
            told, missing = [], []

            def seen(_, number):
                lines = acks.read_text().splitlines()
                if len(lines) != len(told):
                    missing.append((len(lines), len(told)))
                if number:
                    told.append(number)

            self.run_client(self.shop(seen), "--acks", acks, scenario="place")
            lines = [json.loads(line) for line in acks.read_text().splitlines()]
        self.assertGreater(len(told), 2)
        self.assertEqual(missing, [])
        self.assertEqual([line["order"] for line in lines], told)
        self.assertEqual({(line["told"], line["total"]) for line in lines}, {("placed", 1800)})
        self.assertEqual(len({line["key"] for line in lines}), len(lines))

    def test_what_was_prepared_is_used_up_without_a_pause(self):
        paths = []
        found = self.run_client(self.shop(lambda path, _: paths.append(path)), "--prepare", 20,
                                "--connections", 4, scenario="place", seconds=30)
        first = paths.index("payment")
        self.assertEqual(found["errors"], {})
        self.assertGreaterEqual(paths[:first].count("validate"), 20)
        self.assertEqual(set(paths[first:]), {"payment"})
        self.assertEqual(paths.count("payment"), paths.count("validate"))
        self.assertGreater(found["units"], 15)
        self.assertLess(found["seconds"], 10)

    def test_behind_a_barrier_all_fire_at_once_and_only_that_is_timed(self):
        paths = []

        def seen(path, _):
            if path != "payment":
                time.sleep(0.03)
            paths.append(path)

        found = self.run_client(self.shop(seen), "--barrier", "--connections", 5,
                                scenario="place", seconds=0.5)
        self.assertEqual(found["errors"], {})
        self.assertGreater(found["rounds"], 1)
        self.assertEqual(found["units"], 5 * found["rounds"])
        self.assertLess(found["seconds"], 0.4)
        fired = [n for n, path in enumerate(paths) if path == "payment"]
        self.assertEqual(fired[:10], [*range(15, 20), *range(35, 40)])


if __name__ == "__main__":
    unittest.main()
