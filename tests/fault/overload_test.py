#!/usr/bin/python3
"""overload_test.py - within a second ten times as many people come as the shop can serve
(F-250): who only looks around waits or gets a small page that asks again by itself, who
checks out or pays is served, and soon after the rush all is as before
(reliability.md 3, rows 69 and 70)."""
import collections
import pathlib
import re
import selectors
import socket
import ssl
import statistics
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
import buyer  # noqa: E402
import shop  # noqa: E402
from house import House  # noqa: E402

CHILDREN = 1
DATABASE_MS = 10  # it is slow, so that ten times what can be served is within reach
TIMES = 10
QUEUE_MS = 100
CROWD = 400
RUSH_S = 5
CALM_S = 0.5  # between two looks of those who watch how the shop recovers
CHECKOUTS = 6
PAGE = "/cart"  # the shelf and its goods are remembered: they ask no database

WHOLE = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)\r\n")


class Seat:
    """One connection of the crowd, kept open, and the answer that is on its way."""

    def __init__(self, till):
        raw = socket.create_connection((till.address.hostname, till.address.port), 10)
        self.tls = till.trust.wrap_socket(raw, server_hostname=till.address.hostname)
        self.tls.setblocking(False)
        self.received, self.sent_at = b"", 0.0

    def ask(self, request):
        self.received, self.sent_at = b"", time.monotonic()
        self.tls.send(request)

    def answer(self):
        """(status, head, body) once all of it is there, else None."""
        try:
            while piece := self.tls.recv(65536):
                self.received += piece
            raise ConnectionError("closed by the shop")
        except ssl.SSLWantReadError:
            pass
        head, found, body = self.received.partition(b"\r\n\r\n")
        length = WHOLE.search(head + b"\r\n")
        if not found or length is None or len(body) < int(length.group(1)):
            return None
        return int(head[9:12]), head.decode("latin-1"), body


class Crowd(threading.Thread):
    """Asks for the cart by many connections at once, each as soon as it was answered."""

    def __init__(self, till):
        super().__init__()
        self.request = (f"GET {PAGE} HTTP/1.1\r\nHost: {till.address.netloc}\r\n"
                        "Accept: text/html\r\nUser-Agent: crowd\r\n\r\n").encode()
        self.seats = [Seat(till) for _ in range(CROWD)]
        self.statuses = collections.Counter()
        self.slowest, self.waiting_pages = 0.0, []
        self.going_on = True

    def run(self):
        watch = selectors.DefaultSelector()
        for seat in self.seats:
            seat.ask(self.request)
            watch.register(seat.tls, selectors.EVENT_READ, seat)
        while self.going_on:
            for key, _ in watch.select(0.1):
                self.take(key.data)
        for seat in self.seats:
            self.slowest = max(self.slowest, time.monotonic() - seat.sent_at)
            seat.tls.close()

    def take(self, seat):
        answer = seat.answer()
        if answer is None:
            return
        status, head, body = answer
        self.slowest = max(self.slowest, time.monotonic() - seat.sent_at)
        self.statuses[status] += 1
        if status != 200:
            self.waiting_pages.append((status, head, body))
        seat.ask(self.request)


class Overload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.own = House(TILL_RUN_SHOP_CHILDREN=str(CHILDREN), TILL_RUN_QUEUE_MS=str(QUEUE_MS))
        cls.addClassCleanup(cls.own.__exit__)
        cls.own.start()
        cls.own.line.fault("delay", way="down", ms=DATABASE_MS)
        cls.till = cls.own.shop

    def serve_alone(self, seconds=2):
        """How many pages a second there are for one who asks one after the other."""
        with buyer.Buyer(self.till) as somebody:
            somebody.get(PAGE)
            until, count = time.monotonic() + seconds, 0
            while time.monotonic() < until:
                self.assertEqual(somebody.get(PAGE).status, 200)
                count += 1
        return count / seconds

    def checkouts(self):
        """People who have gone as far as the payment."""
        people = []
        for _ in range(CHECKOUTS):
            somebody = buyer.Buyer(self.till)
            self.addCleanup(somebody.close)
            somebody.put()
            somebody.start()
            people.append(somebody)
        return people

    def pay_in_the_rush(self, people):
        """Each looks at the checkout, pays, and sees the order confirmed: the times."""
        times, orders = [], []

        def timed(what, *args):
            began = time.monotonic()
            got = what(*args)
            times.append(time.monotonic() - began)
            return got

        for somebody in people:
            self.assertEqual(timed(somebody.get, "/checkout").status, 200)
            offer = timed(somebody.offer)
            order = timed(somebody.pay, offer)["order"]
            buyer.press(self.till, order)
            somebody.wait_for(order, "confirmed")
            timed(somebody.status, order)
            orders.append(order)
        return times, orders

    def recover(self):
        """Seconds until a newcomer is served at once, ten times in a row."""
        ended, in_a_row = time.monotonic(), 0
        while in_a_row < 10:
            began = time.monotonic()
            with buyer.Buyer(self.till) as newcomer:
                good = newcomer.get(PAGE).status == 200
            in_a_row = in_a_row + 1 if good and time.monotonic() - began < CALM_S else 0
            self.assertLess(time.monotonic() - ended, 30, "it has recovered")
        return time.monotonic() - ended

    def check_waiting_page(self, status, head, body):
        self.assertEqual(status, 503, head)
        self.assertLessEqual(len(body), 1024)
        self.assertRegex(head, r"(?im)^retry-after: [1-9]\d*\r$")
        self.assertIn(b'<meta http-equiv="refresh" content="', body)

    def test_a_crowd_asks_for_ten_times_what_can_be_served(self):
        people = self.checkouts()
        capacity = self.serve_alone()
        crowd = Crowd(self.till)
        began = time.monotonic()
        crowd.start()
        try:
            shop.wait_until(lambda: crowd.statuses[503] > 100, "there is an excess", 10)
            times, orders = self.pay_in_the_rush(people)
            shop.wait_until(lambda: time.monotonic() - began >= RUSH_S, "the rush", RUSH_S + 1)
        finally:
            crowd.going_on = False
            crowd.join()
        lasted = time.monotonic() - began
        recovered = self.recover()
        asked = sum(crowd.statuses.values())
        print(f"alone {capacity:.0f}/s; the crowd asked {asked / lasted:.0f}/s for"
              f" {lasted:.1f} s: {dict(crowd.statuses)}, slowest {crowd.slowest:.2f} s;"
              f" checkouts median {statistics.median(times):.3f} s, slowest"
              f" {max(times):.3f} s; recovered in {recovered:.2f} s", file=sys.stderr)
        for page in crowd.waiting_pages:
            self.check_waiting_page(*page)
        self.assertEqual(set(crowd.statuses), {200, 503})
        self.assertGreater(asked / lasted, TIMES * capacity, "an excess")
        self.assertLess(crowd.slowest, 5)
        self.assertEqual(len(orders), CHECKOUTS)
        self.assertLess(statistics.median(times), 0.5)
        self.assertLess(max(times), 3)
        self.assertGreater(crowd.statuses[200] / lasted, 0.2 * capacity, "some are served")
        log = (self.till.var / "log" / "shop.log").read_text()
        self.assertEqual(log.count('"event":"shop.overloaded"'), 1)
        self.assertIn("till_turned_away_total", self.till.get("/metrics").text)
        buyer.verify(self, self.till, wait=10)


if __name__ == "__main__":
    unittest.main()
