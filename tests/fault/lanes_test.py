#!/usr/bin/python3
"""lanes_test.py - a lane grows while what it has to do waits, and shrinks when that is done
(F-253): a gateway or a mail server that takes its time keeps nobody waiting for long."""
import asyncio
import concurrent.futures
import json
import pathlib
import re
import sys
import time
import unittest

from aiosmtpd.controller import Controller

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))

import buyer  # noqa: E402
import shop  # noqa: E402
from between import Between  # noqa: E402
from webhook_test import PATH, event, intent  # noqa: E402

ORDERS, EVENTS, A_SECOND, TAKES_S = 20, 80, 20, 0.3
LEAST, MOST, LATE_S = 2, 8, 5
MAILS_MOST = 4


class Slow(Between):
    seconds = 0

    def meet(self, call, body):
        time.sleep(self.seconds)
        super().meet(call, body)


class SlowMail:
    def __init__(self):
        self.got = 0

    async def handle_DATA(self, _server, _session, _envelope):
        await asyncio.sleep(TAKES_S)
        self.got += 1
        return "250 kept"


class Lanes(unittest.TestCase):
    def setUp(self):
        self.gateway = Slow()
        self.addCleanup(self.gateway.stop)
        self.mails = SlowMail()
        server = Controller(self.mails, hostname="127.0.0.1", port=int(shop.free_ports(1)[0]))
        server.start()
        self.addCleanup(server.stop)
        own = shop.OwnShop(TILL_STRIPE_API_BASE=self.gateway.api, TILL_WORK_IDLE_SECONDS="1",
                           TILL_WORK_HOOK_CHILDREN=str(LEAST),
                           TILL_WORK_MAIL_CHILDREN_MAX=str(MAILS_MOST),
                           TILL_MAIL_URL=f"smtp://127.0.0.1:{server.port}",
                           TILL_WORK_HOOK_CHILDREN_MAX=str(MOST))
        own.__enter__()
        self.addCleanup(own.__exit__)
        self.gateway.stand_before(own.environ["TILL_SANDBOX_PORT"])
        self.till = own.shop
        self.secret = buyer.webhook_secret(self.till)

    def gauges(self, lane="hook", queue="webhooks"):
        """How many processes the lane has, and for how long its first event has waited."""
        told = self.till.send("GET", "/metrics").text
        processes = re.findall(rf'till_processes\{{role="work-{lane}",state="\w+"\}} (\d+)', told)
        late = re.search(rf'till_queue_late_seconds\{{queue="{queue}"\}} ([\d.]+)', told)
        return sum(map(int, processes)), float(late[1])

    def place(self):
        with buyer.Buyer(self.till) as one:
            return one.place()

    def tell(self, made):
        body = json.dumps(event("payment_intent.processing",
                                     intent(made, status="processing"))).encode()
        answer = self.till.send("POST", PATH, {
            "Content-Type": "application/json",
            "Stripe-Signature": buyer.signature(self.secret, body)}, body)
        self.assertEqual(answer.status, 200, answer.text)

    def tell_many(self, orders):
        """So many a second, about one order after another; the most of both gauges."""
        begun, seen = time.monotonic(), []
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for i in range(EVENTS):
                time.sleep(max(0, begun + i / A_SECOND - time.monotonic()))
                pool.submit(self.tell, orders[i % ORDERS])
                if i % (A_SECOND // 4) == 0:
                    seen.append(self.gauges())
        return tuple(map(max, zip(*seen)))

    def test_a_lane_grows_while_events_wait_and_shrinks_when_they_are_done(self):
        orders = [self.place() for _ in range(ORDERS)]
        self.assertEqual(self.gauges()[0], LEAST)
        self.gateway.seconds = TAKES_S
        processes, late = self.tell_many(orders)
        print(f"{processes} processes; an event waited for {late} s")
        self.assertGreater(processes, LEAST)
        self.assertLessEqual(processes, MOST)
        self.assertLess(late, LATE_S)
        shop.wait_until(lambda: buyer.rows(
            self.till, "SELECT COUNT(*), MAX(TIMESTAMPDIFF(SECOND, received_at, applied_at))"
            f" < {LATE_S} FROM webhook_in WHERE state = 'applied'") == [[str(EVENTS), "1"]],
            "all events are applied, and none late", LATE_S)
        shop.wait_until(lambda: self.gauges() == (LEAST, 0), "the lane has shrunk", 10)
        self.mail_lane_grows()

    def write_mails(self):
        """One for each order; how many there are."""
        buyer.write(self.till, "INSERT INTO outbox (kind, agg_id, dedup) SELECT 'mail.link', id,"
                    " CONCAT('test:', uid) FROM orders")
        return ORDERS

    def mail_lane_grows(self):
        wanted, seen = self.write_mails(), []

        def all_sent():
            seen.append(self.gauges("mail", "mails")[0])
            return self.mails.got == wanted
        self.assertEqual(self.gauges("mail", "mails")[0], 1)
        shop.wait_until(all_sent, "all mails are sent", wanted * TAKES_S)
        print(f"{max(seen)} processes send mails")
        self.assertGreater(max(seen), 1)
        self.assertLessEqual(max(seen), MAILS_MOST)
        self.assertEqual(buyer.rows(self.till, "SELECT COUNT(*) FROM outbox WHERE attempts > 1"),
                         [["0"]], "none twice")
        shop.wait_until(lambda: self.gauges("mail", "mails") == (1, 0), "the lane has shrunk", 10)


if __name__ == "__main__":
    unittest.main()
