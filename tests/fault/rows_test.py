#!/usr/bin/python3
"""rows_test.py - the fault matrix row by row (reliability.md 3), in short: what happens to
the database, the way to it and the gateway while people buy. `make fault MINUTES=n` does
the same at random and for long. Where the other rows are tested stands in ../README.md."""
import concurrent.futures
import contextlib
import http.client
import json
import signal
import subprocess
import sys
import threading
import time
import unittest

import checker
import house
import nemesis
from client import Acks
from crowd import Crowd
from proxy import Proxy

import buyer  # house.py shows the way to tests/http
import shop
import shopper
from between import Liar

T1, OUTCOME, T3 = "INSERT INTO orders", "UPDATE payment_attempt a RIGHT JOIN idem", (
    "INSERT INTO stock_move")
HANG_S = 3
PRICE = 2000


class QuietLiar(Liar):
    """Tells nobody of lines that broke."""

    def handle_error(self, *_):
        pass


class Rows(unittest.TestCase):
    """One shop for all of them: 20 children that pay at most, and a gateway that can lie."""

    @classmethod
    def setUpClass(cls):
        cls.between = QuietLiar()
        cls.addClassCleanup(cls.between.stop)
        cls.house = house.House(TILL_STRIPE_API_BASE=cls.between.api,
                                TILL_RUN_PAY_CHILDREN_MAX="20")
        cls.between.stand_before(cls.house.environ["TILL_SANDBOX_PORT"])
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.till = cls.house.till
        cls.house.sandbox("PUT", "config", {
            "hold_ms": HANG_S * 1000, "retry_schedule_ms": [0, 500, 1000, 5000]})
        cls.acks = Acks(cls.house.folder / "acks.jsonl")
        cls.addClassCleanup(cls.acks.close)
        buyer.own(cls.till, "ROW", 100000, price="20.00")

    def setUp(self):
        self.addCleanup(self.house.line.heal)

    # ---- shoppers who ask once ----

    def shopper(self, sku="ROW"):
        """Somebody whose checkout is started."""
        one = shopper.Shopper(self.till)
        self.addCleanup(one.close)
        one.put(sku)
        one.start()
        return one

    def placed(self, order, key=None):
        self.acks.note("placed", order["id"], order["total"]["amount"], key)
        return order

    def confirmed(self, one, order, seconds=15):
        one.wait_for(order, "confirmed", seconds=seconds)
        self.acks.note("confirmed", order["id"], order["total"]["amount"])

    def charges(self, order):
        return [row["captured"] - row["refunded"] for row in buyer.ledger(self.till, order)
                if row["captured"] != row["refunded"]]

    def orders_of(self, key):
        return self.house.number(f"SELECT COUNT(*) FROM orders WHERE idem_key = '{key}'")

    def pay_until_final(self, one, offer, key, seconds=30):
        """As an honest shopper: the same key until the answer is final; all statuses."""
        statuses = []

        def final():
            status, self.last = one.call("POST", "/api/v1/checkout/payment", offer,
                                         Idempotency_Key=key)
            statuses.append((status, self.last.get("code")))
            return status in (200, 201, 202)

        shop.wait_until(final, f"the payment, {statuses}", seconds)
        return statuses

    # ---- row 23: the COMMIT ----

    def lose_commit_of_payment(self, kind, commit, touching, **how):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        before = self.house.line.hits
        self.house.line.fault(kind, commit=commit, touching=touching, **how)
        statuses = self.pay_until_final(one, offer, key)
        self.assertEqual(self.house.line.hits, before + 1, "the fault met its COMMIT")
        for status, code in statuses[:-1]:
            self.assertIn((status, code), ((503, "uncertain"), (503, "unavailable"),
                                           (409, "key_in_use")))
        self.assertEqual(self.orders_of(key), 1)
        order = self.placed(self.last["order"], key)
        self.house.press(order)
        self.confirmed(one, order)
        self.assertEqual(self.charges(order), [PRICE])
        return statuses

    def test_23_a_lost_answer_to_the_commit_of_an_order_is_looked_up(self):
        for kind in ("reset", "cut"):
            with self.subTest(kind):
                statuses = self.lose_commit_of_payment(kind, "reply", T1, at=5)
                self.assertEqual(statuses, [(201, None)], "the shopper notices nothing")

    def test_23_an_answer_to_the_commit_of_an_order_that_never_comes_is_looked_up(self):
        self.lose_commit_of_payment("drop", "reply", T1)

    def test_23_a_commit_that_never_arrived_is_done_again(self):
        self.assertEqual(self.lose_commit_of_payment("reset", "request", T1),
                         [(201, None)])

    def test_23_a_lost_answer_to_the_commit_of_the_gateways_outcome_changes_nothing(self):
        for commit in ("reply", "request"):
            with self.subTest(commit):
                self.lose_commit_of_payment("reset", commit, OUTCOME)

    def test_23_a_lost_answer_to_the_commit_of_a_confirmation_confirms_once(self):
        for kind, commit in (("reset", "reply"), ("cut", "reply"), ("reset", "request")):
            with self.subTest(f"{kind} {commit}"):
                one = self.shopper()
                order = self.placed(one.pay()["order"])
                before = self.house.line.hits
                self.house.line.fault(kind, commit=commit, touching=T3, at=5)
                self.house.press(order)
                self.confirmed(one, order)
                self.assertEqual(self.house.line.hits, before + 1)
                self.assertEqual(self.charges(order), [PRICE])

    def test_23_a_lost_answer_to_the_commit_of_a_refund_gives_the_money_back_once(self):
        one = self.shopper()
        order = self.placed(one.pay()["order"])
        self.house.press(order)
        self.confirmed(one, order)
        before = self.house.line.hits
        self.house.line.fault("reset", commit="reply", touching="INSERT INTO refund")
        done = subprocess.run(  # by the bad line, as the shopkeeper
            [self.till.env["TILL_BIN"], "order", "refund", order["number"], "--amount",
             "100", "--config", self.till.env["TILL_CONF"]],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(self.house.line.hits, before + 1, "the fault met its COMMIT")
        self.assertEqual(done.returncode, 0, done.stderr)
        shop.wait_until(lambda: self.charges(order) == [PRICE - 100], "the refund", 15)

    # ---- row 25: what the database refuses ----

    def test_25_a_lock_that_somebody_holds_is_waited_for(self):
        one = self.shopper()
        holder = subprocess.Popen(
            ["mariadb", "--no-defaults", "--unbuffered", "--socket",
             self.till.env["TILL_DB_SOCKET"], "till", "-N", "-e",
             "BEGIN; SELECT on_hand FROM stock WHERE sku = 'ROW' FOR UPDATE;"
             " DO SLEEP(3.5); COMMIT"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.wait)
        self.assertTrue(holder.stdout.readline(), "the lock is held")
        began = time.monotonic()
        order = self.placed(one.pay()["order"])
        self.house.press(order)
        self.confirmed(one, order)
        self.assertGreater(time.monotonic() - began, 2, "somebody waited")

    def refused_and_sold_after(self, begin, end):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        self.addCleanup(end)
        begin()
        status, said = one.call("POST", "/api/v1/checkout/payment", offer,
                                Idempotency_Key=key)
        self.assertEqual(status, 503, said)
        page = one.get("/cart")
        self.assertIn(page.status, (200, 503))
        self.assertTrue(page.status == 200 or page.header("retry-after"))
        end()
        self.assertEqual(self.orders_of(key), 0, "nothing in part")
        self.pay_until_final(one, offer, key)
        self.placed(self.last["order"], key)

    def test_25_a_server_that_may_only_be_read_sells_nothing_and_says_so(self):
        self.refused_and_sold_after(
            lambda: self.house.as_admin("SET GLOBAL read_only = 1"),
            lambda: self.house.surely("SET GLOBAL read_only = 0"))

    def idle(self, *user):
        client = self.house.client(*user)
        self.addCleanup(client.communicate)
        return client

    def test_25_a_server_with_too_many_clients_sells_nothing_and_says_so(self):
        admin = self.idle()  # comes in before the door is shut
        clients = []

        def say(sql):
            admin.stdin.write(sql + ";\n")
            admin.stdin.flush()

        def is_full():
            """Ten places, the administrator's among them."""
            clients.append(self.idle("--user", "till_reader"))
            say("SELECT COUNT(*) FROM information_schema.processlist"
                " WHERE user = 'till_reader'")
            return int(admin.stdout.readline()) == 9

        def begin():
            """While the shop stands still, others take its places."""
            self.house.stop_children()
            try:
                threads = self.house.threads()
                say("SET GLOBAL max_connections = 10")
                for thread in threads:
                    say(f"KILL CONNECTION {thread}")
                shop.wait_until(is_full, "no place is left", 20)
            finally:
                self.house.cont()

        def end():
            for client in clients:
                client.kill()
            say(f"SET GLOBAL max_connections = {house.CONNECTIONS}")
            shop.wait_until(self.house.database_answers, "there is room again")

        shop.wait_until(lambda: len(self.house.as_admin(
            "SELECT 1 FROM information_schema.processlist WHERE user = 'root'")) > 1, "in")
        self.refused_and_sold_after(begin, end)

    # ---- rows 33 to 37: the gateway ----

    def in_parallel(self, work, items):
        with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
            for done in [pool.submit(work, item) for item in items]:
                done.result()

    def test_33_to_36_a_gateway_in_trouble_charges_once(self):
        """9001 9003 9007: before it did anything; 9002 9004 9008 9009 9011: after; 9005,
        9010: later; 9006: slow."""
        self.in_parallel(self.pay_in_trouble, (
            "9001", "9002", "9003", "9004", "9005", "9006", "9007", "9008", "9009", "9010",
            "9011"))

    def pay_in_trouble(self, code):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        one.fault(code)
        statuses = []
        made = {}

        def has_page():
            """What the shopper sees: an order that is kept, in the end with a page."""
            status, said = one.call("POST", "/api/v1/checkout/payment", offer,
                                    Idempotency_Key=key)
            statuses.append(status)
            self.assertIn(status, (201, 202, 409, 503), f"{code}: {said}")
            made.update(said if status in (201, 202) else {})
            if len(statuses) > 20:  # the next look at the gateway is minutes away
                statuses.clear()
                self.house.advance(60)
            time.sleep(0.1)
            return made and one.status(made["order"])["next_action"]["kind"] == "redirect"

        try:
            shop.wait_until(has_page, "a page to pay on", 30)
        except AssertionError:
            self.fail(f"{code}: no page to pay on; {statuses}")
        order = self.placed(made["order"], key)
        self.assertTrue(self.house.press(order), code)
        self.confirmed(one, order)
        self.assertEqual(self.charges(order), [PRICE], code)
        self.assertEqual(self.orders_of(key), 1)

    def test_37_what_the_bank_asks_or_refuses_is_tried_again_on_the_same_page(self):
        one = self.shopper()
        order = self.placed(one.pay()["order"])
        for outcome in ("decline", "require_3ds", "decline"):
            self.assertTrue(self.house.press(order, outcome))
        self.assertEqual(one.status(order)["status"], "pending")
        self.assertEqual(self.charges(order), [])
        self.house.press(order)
        self.confirmed(one, order)
        self.assertEqual(self.charges(order), [PRICE])

    def test_43_of_two_payments_that_both_succeed_one_goes_back(self):
        one = self.shopper()
        first = one.pay()
        order = self.placed(first["order"])
        session = first["redirect_url"].rpartition("/")[2]
        self.between.lies.add(session)
        try:
            again = one.must("POST", f"/api/v1/orders/{order['id']}/payment", {
                "payment_method": "stripe", "accept_total": {
                    "amount": order["total"]["amount"], "currency": "USD"}},
                Idempotency_Key=buyer.new_key())
        finally:
            self.between.lies.clear()
        for page in (first["redirect_url"], again["redirect_url"]):
            self.assertTrue(self.house.press({"number": page.rpartition("/")[2]}))
        self.assertEqual(self.charges(order), [PRICE, PRICE], "both succeeded")
        shop.wait_until(lambda: self.charges(order) == [PRICE], "one went back", 30)
        self.confirmed(one, order)

    def test_44_a_refund_whose_answer_is_lost_is_made_once(self):
        self.in_parallel(self.refund_in_trouble, ("9002", "9004", "9008", "9009"))

    def refund_in_trouble(self, code):
        one = self.shopper()
        order = one.pay()["order"]
        self.house.press(order)
        self.confirmed(one, order)
        self.house.gateway_fault(code, path="/v1/refunds")
        one.must("POST", f"/api/v1/orders/{order['id']}/cancel", {},
                 Idempotency_Key=buyer.new_key())
        self.acks.note("cancelled", order["id"], order["total"]["amount"])
        shop.wait_until(lambda: self.charges(order) == [], f"{code}: it went back", 45)
        self.assertEqual([row["refunded"] for row in buyer.ledger(self.till, order)
                          if row["captured"]], [PRICE])

    # ---- row 36, bulkheads: everybody waits for the gateway ----

    def cart_times(self, one, seconds):
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            self.assertEqual(one.get("/cart").status, 200)
            times.append(time.monotonic() - began)
        return sorted(times)

    def test_36_a_gateway_that_hangs_for_everybody_leaves_the_cart_as_fast(self):
        """More payments hang than there are children to pay: the cart has its own."""
        one = self.shopper()
        usual = self.cart_times(one, 1)
        waiting = [self.shopper() for _ in range(26)]
        offers = [each.offer() for each in waiting]
        for each in waiting:
            each.fault("9001")
        threads = [threading.Thread(target=self.ask_to_pay, args=both)
                   for both in zip(waiting, offers)]
        for thread in threads:
            thread.start()
        shop.wait_until(lambda: self.house.number(
            "SELECT COUNT(*) FROM payment_attempt WHERE state = 'sent' AND gw_id IS NULL")
            >= 4, "they hang")
        hanging = self.cart_times(one, HANG_S / 2)
        self.assertTrue(any(thread.is_alive() for thread in threads), "they hung all the while")
        p99 = [times[int(len(times) * 0.99)] for times in (usual, hanging)]
        self.assertLess(p99[1], 2 * p99[0] + 0.1, "seconds for a cart")
        for thread in threads:
            thread.join()

    def ask_to_pay(self, one, offer):
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, said = one.call("POST", "/api/v1/checkout/payment", offer,
                                    Idempotency_Key=buyer.new_key())
            if status in (201, 202):
                self.placed(said["order"])

    # ---- row 53: the shopper's own line ----

    def test_53_a_shopper_who_is_cut_off_at_any_byte_has_all_of_an_order_or_nothing(self):
        with Proxy("127.0.0.1:0", f"127.0.0.1:{self.till.address.port}") as line:
            port = int(line.at.rpartition(":")[2])
            self.in_parallel(lambda cut: self.pay_cut_off(line, port, *cut), (
                ("up", 300), ("up", 1400), ("up", 2000), ("down", 1), ("down", 900),
                ("down", 1500), ("down", 2500)))

    def pay_cut_off(self, line, port, way, at):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        with self.cutting:
            line.fault("cut", way=way, at=at)
            cut = http.client.HTTPSConnection("127.0.0.1", port, context=self.till.trust,
                                              timeout=30)
            with contextlib.suppress(OSError, http.client.HTTPException), \
                    contextlib.closing(cut):
                cut.request("POST", "/api/v1/checkout/payment", json.dumps(offer), {
                    "Content-Type": "application/json", "Idempotency-Key": key,
                    "Cookie": "; ".join(f"{k}={v}" for k, v in one.cookies.items())})
                cut.getresponse().read()
            line.heal()
        self.assertLessEqual(self.orders_of(key), 1)
        self.pay_until_final(one, offer, key)
        order = self.placed(self.last["order"], key)
        self.assertEqual(self.orders_of(key), 1)
        self.house.press(order)
        self.confirmed(one, order)
        self.assertEqual(self.charges(order), [PRICE])

    cutting = threading.Lock()

    # ---- row 54: one of two wins ----

    def side_by_side(self, *calls):
        start = threading.Barrier(len(calls))

        def run(call):
            start.wait(10)
            return call()

        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return [done.result() for done in [pool.submit(run, call) for call in calls]]

    def cancel(self, one, order):
        return one.call("POST", f"/api/v1/orders/{order['id']}/cancel", {},
                        Idempotency_Key=buyer.new_key())

    def test_54_paying_while_cancelling_ends_in_one_of_both_and_the_money_follows(self):
        for _ in range(4):
            one = self.shopper()
            order = one.pay()["order"]
            _, (status, said) = self.side_by_side(
                lambda o=order: self.house.press(o), lambda o=order: self.cancel(one, o))
            self.assertIn(status, (200, 503), said)
            if status == 503:  # the gateway would not close the page just then
                shop.wait_until(lambda o=order: self.cancel(one, o)[0] == 200, "cancelled")
            self.acks.note("cancelled", order["id"], order["total"]["amount"])
            shop.wait_until(lambda o=order: self.charges(o) == [], "nothing is kept", 20)

    def test_54_an_order_is_sent_or_cancelled_never_both(self):
        ends = set()
        for _ in range(3):
            one = self.shopper()
            order = one.pay()["order"]
            self.house.press(order)
            self.confirmed(one, order)
            sent, (status, said) = self.side_by_side(
                lambda o=order: self.house.command("order", "ship", o["number"]).returncode,
                lambda o=order: self.cancel(one, o))
            state = one.status(order)["status"]
            ends.add(state)
            self.assertEqual((sent == 0, status == 200, state), (
                (True, False, "shipped") if sent == 0 else (False, True, "cancelled")), said)
            shop.wait_until(lambda o=order, s=state: self.charges(o) == (
                [PRICE] if s == "shipped" else []), "the money follows", 20)
        self.assertLessEqual(ends, {"shipped", "cancelled"})

    # ---- rows 20 to 24: the database, under load ----

    def test_60_under_load_the_database_dies_and_stalls_and_nobody_is_told_wrong(self):
        crowd = Crowd(self.house, "rows", 4, self.acks)
        crowd.start()
        self.addCleanup(crowd.leaving.set)
        rows = {"20 kill -9": (nemesis.kill_database, 0), "20 again": (nemesis.kill_database, 0),
                "21 a clean restart": (nemesis.restart_database, 0),
                "22 connections and queries are killed": (nemesis.kill_connections, 2),
                "24 it pauses": (nemesis.pause_database, 5),
                "24 black hole": (nemesis.bad_line, 1)}
        for row, (deed, seconds) in rows.items():
            with self.subTest(row):
                deed(self.house, nemesis.Deed(row, 0.9, seconds, 1, "drop-down"))
                healed = time.monotonic()
                shop.wait_until(lambda h=healed: crowd.tally.first_success_after(h),
                                f"somebody buys after {row}", 20)
        self.assertTrue(crowd.leave(30, patience=5), "everybody has left")
        self.assertEqual(crowd.tally.surprises, [])
        self.assertGreater(crowd.tally.count["visit buys"], 3)

    def test_90_clients_gateway_and_books_tell_one_story(self):
        """Of all the tests above."""
        self.assertEqual(checker.wait_for_quiet(self.house, seconds=60), [])
        found = checker.check(self.house, self.acks)
        self.assertEqual({what: which for what, which in found.wrong.items() if which}, {})
        self.assertGreater(found.figures["orders acknowledged"], 20)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the shop is closed then
    unittest.main()
