#!/usr/bin/python3
"""points_test.py - a process is killed at each of the fault points once, and every purchase
ends in confirmed or cleanly ended: our books, the gateway's and the clients' agree
(reliability.md 3, rows 1 to 11).

One shop lives through all of them. Clients are honest: without a final answer they ask
again with the same key. The clock is turned where somebody would have to wait. A process
that hangs goes on when others have done its work. TILL_FAULT_ACTIONS="hang error delay"
does these at every point."""
import collections
import contextlib
import email
import email.policy
import http.client
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from armed import LOCK, MINUTE, House

import buyer  # armed.py shows the way to tests/http
import effects
import points
import shop
import shopper

ACTIONS = os.environ.get("TILL_FAULT_ACTIONS", "").split()

STOCK = 2000

PAYMENT = """handler_begin place_begin place_uncommitted place_committed session_unasked
    call_begin call_written call_answered session_answered
    answer_unkept answer_kept answer_half answer_sent""".split()
NOTHING_YET = "handler_begin", "place_begin", "place_uncommitted"
RETRY = "retry_claimed retry_closed retry_placed".split()
CANCEL = "close_answered cancel_closed cancel_committed".split()
RETURN = "return_begin return_noted return_nudged".split()
WEBHOOK = """webhook_verified webhook_stored webhook_claimed webhook_begin webhook_settled
    webhook_ended""".split()
CATCH_UP = "catch_up_told catch_up_stored".split()
POLL = """poll_claimed ask_begin ask_answered settle_uncommitted settle_committed
    poll_settled""".split()
EXPIRE = "expire_begin expire_closed expire_uncommitted expire_committed".split()
REFUND = "refund_claimed refund_begin refund_answered refund_noted".split()
MAIL = "outbox_claimed outbox_written outbox_sent outbox_marked".split()
REPORT = """invoice_numbered audit_linked journal_added batch_uncommitted
    batch_committed""".split()
SWEEP = ("stock_expire_half", "cart_sweep_half", "idem_purge_half")
PROCESS = "child_born master_check master_execute".split()

# Where a process that comes too late is worse than one that is dead.
HANG_TOO = {"call_answered", "session_answered", "retry_closed", "ask_answered",
            "refund_answered"}


def actions(site):
    return ACTIONS or (["kill", "hang"] if site in HANG_TOO else ["kill"])


class Client(buyer.Buyer):
    """Asks again with the same key until the answer is final."""

    def __init__(self, house):
        super().__init__(house.till)
        self.house, self.patience = house, 20

    def once(self, method, path, text, headers):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                self.shop.address.hostname, self.shop.address.port,
                context=self.shop.trust, timeout=self.patience)
        try:
            answer = self.call_raw(method, path, text, **headers)
            return answer.status, answer
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, None

    def lose_patience(self):
        self.close()
        self.patience = 2

    def ask(self, method, path, value=None, **headers):
        text = None if value is None else json.dumps(value)
        until = time.monotonic() + 25
        while True:
            status, answer = self.once(method, path, text, headers)
            if 200 <= status < 400:
                return answer
            if status == 409 and json.loads(answer.body)["code"] == "key_in_use":
                self.house.advance(LOCK)
            elif status not in (0, 500, 502, 503, 504):
                raise AssertionError(f"{method} {path}: {status} {answer.text}")
            if time.monotonic() > until:
                raise AssertionError(f"{method} {path}: {status} at last")
            time.sleep(0.05)

    def told(self, method, path, value, key):
        """The final answer, which the same key gets again byte for byte."""
        answer = self.ask(method, path, value, Idempotency_Key=key)
        again = self.ask(method, path, value, Idempotency_Key=key)
        if (again.status, again.body) != (answer.status, answer.body):
            raise AssertionError(f"{key}: {answer.status} {answer.text}\nand then "
                                 f"{again.status} {again.text}")
        said = json.loads(answer.body)
        if "order" in said:
            self.house.acks.note("placed", said["order"]["id"],
                                 said["order"]["total"]["amount"], key, confirmed=False)
        return said


class Points(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.own.__exit__)
        cls.till, cls.points = cls.house.till, cls.house.points
        cls.sku = buyer.own(cls.till, "WALK", STOCK, per_order=9)
        cls.sold = 0
        cls.orders = []  # (client, order, state that it saw, mails that confirm it)

    def tearDown(self):
        for site in points.sites():
            self.points.disarm(site)
        self.house.webhooks(True)

    # ---- acting ----

    def visitor(self):
        someone = Client(self.house)
        self.addCleanup(someone.close)
        return someone

    def walk(self, sites, story):
        """The story once per point and action; the books are looked at after each."""
        for site in sites:
            for action in actions(site):
                with self.subTest(site=site, action=action):
                    story(site, action)
                    self.check_rest()
                    one, order, state, _ = self.orders[-1]
                    self.assertEqual(self.state(one, order), state)
                    self.check_gateway(order, state)

    @contextlib.contextmanager
    def armed(self, site, action):
        """What is begun inside meets the fault."""
        before = self.points.fired(site)
        self.points.arm(site, action, ms=20 if action == "delay" else 0)
        try:
            yield
            self.house.until(lambda: self.points.fired(site) > before, f"{site} fires")
        finally:
            self.points.disarm(site)

    def open_payment(self, one, quantity=1):
        one.put(self.sku, quantity)
        one.start()
        return one.offer()

    def place(self, one, quantity=1, key=None):
        return one.told("POST", "/api/v1/checkout/payment",
                        self.open_payment(one, quantity), key or buyer.new_key())

    def state(self, one, order):
        return json.loads(one.ask("GET", f"/api/v1/checkout/status/{order['id']}").body)[
            "status"]

    def settled(self, one, order, state, mails=None):
        mails = int(state == "confirmed") if mails is None else mails
        self.house.until(lambda: self.state(one, order) == state,
                         f"{order['number']} is {state}, not {self.state(one, order)}")
        self.orders.append((one, order, state, mails))
        if state == "confirmed":
            self.house.acks.note(state, order["id"], order["total"]["amount"])
            type(self).sold += order["items"][0]["quantity"]

    def approve(self, one, order):
        buyer.press(self.till, order)
        self.settled(one, order, "confirmed")

    # ---- looking ----

    def check_rest(self):
        """Nothing is on its way, nothing is held, and all that was sold is gone."""
        left = STOCK - self.sold
        wanted = [str(left), "0"]

        def stock():
            return buyer.rows(self.till, "SELECT on_hand, reserved FROM stock"
                              f" WHERE sku = '{self.sku}'")[0]

        self.house.until(lambda: stock() == wanted, f"stock is {wanted}, not {stock()}")
        self.house.until(lambda: self.house.number(
            "SELECT (SELECT COUNT(*) FROM webhook_in WHERE state NOT IN"
            " ('applied', 'ignored')) + (SELECT COUNT(*) FROM outbox WHERE kind LIKE"
            " 'mail.%' AND state <> 'done') + (SELECT COUNT(*) FROM refund"
            " WHERE state = 'pending') + (SELECT COUNT(*) FROM payment_attempt"
            " WHERE state IN ('sent', 'unknown', 'requires_action'))") == 0,
            "nothing is on its way", 181)
        buyer.verify(self, self.till, wait=10)

    def check_gateway(self, order, state, ledger=None):
        rows = ([row for row in ledger if row["ref"] == order["number"]] if ledger
                else buyer.ledger(self.till, order))
        live = [row for row in rows if row["captured"] > row["refunded"]]
        self.assertEqual(sum(row["captured"] - row["refunded"] for row in rows),
                         order["total"]["amount"] if state == "confirmed" else 0, rows)
        self.assertEqual(len(live), 1 if state == "confirmed" else 0, rows)

    def letters(self):
        """By their Message-ID, of which copies are the same letter: their Subject."""
        found = {}
        for path in pathlib.Path(self.till.env["TILL_MAIL_DIR"]).glob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found[mail["Message-ID"]] = mail["Subject"]
        return collections.Counter(found.values())

    # ---- the stories ----

    def test_1_a_payment_survives_at_each_step_of_its_opening(self):
        self.walk(PAYMENT, self.pay)

    def pay(self, site, action):
        one = self.visitor()
        offer, key = self.open_payment(one), buyer.new_key()
        if site == "answer_half" or action == "hang":
            one.lose_patience()  # nginx takes the end of a half for the end of all
        with self.armed(site, action):
            made = one.told("POST", "/api/v1/checkout/payment", offer, key)
        self.assertTrue(made["redirect_url"], made)
        self.approve(one, made["order"])

    def test_1_and_ends_cleanly_when_its_shopper_does_not_ask_again(self):
        keys = {site: self.leave(site) for site in PAYMENT}
        with self.armed("cart_sweep_half", "kill"):  # a new process does all its jobs at once
            self.house.advance(36 * MINUTE)
        for site, key in keys.items():
            with self.subTest(site=site):
                self.check_left(key, site not in NOTHING_YET)
        self.check_rest()

    def leave(self, site):
        one = self.visitor()
        offer, key = self.open_payment(one), buyer.new_key()
        if site == "answer_half":
            one.lose_patience()
        with self.armed(site, "kill"):
            one.once("POST", "/api/v1/checkout/payment", json.dumps(offer),
                     {"Idempotency_Key": key})
        return key

    def check_left(self, key, there):
        """What the key made is over, at the gateway too; nothing was charged."""
        def found():
            return buyer.rows(self.till, "SELECT number, state FROM orders"
                              f" WHERE idem_key = '{key}'")

        self.assertEqual(len(found()), int(there))
        if there:
            self.house.until(lambda: found()[0][1] == "expired",
                             f"{key} is expired, not {found()}")
            rows = buyer.ledger(self.till, {"number": found()[0][0]})
            self.assertEqual({row["status"] for row in rows} - {"expired"}, set(), rows)

    def test_1_and_on_a_page_the_form_that_is_sent_again_goes_on(self):
        self.walk(["place_committed", "answer_unkept", "answer_kept"], self.pay_on_page)

    def pay_on_page(self, site, action):
        one = shopper.Shopper(self.till)
        self.addCleanup(one.close)
        if action == "hang":
            self.skipTest("a browser would wait as long as nginx does")
        form = one.filled_form(self.sku.lower())
        with self.armed(site, action):
            status = one.submit(form).status
        if action == "kill" or status != 303:  # who is only late or repeats answers well
            self.assertGreaterEqual(status, 500)
        self.house.advance(LOCK)
        answer = one.submit(form)
        self.assertEqual(answer.status, 303, answer.text)
        number = answer.header("x-order")
        back = shopper.press(answer.header("location"), "approve")
        page = one.come_back(back)
        one.wait_for_page(page, "is confirmed")
        uid, total = buyer.rows(self.till, "SELECT uid, total FROM orders"
                                f" WHERE number = '{number}'")[0]
        self.settled(self.as_client(one), {
            "id": uid, "number": number, "items": [{"quantity": 1}],
            "total": {"amount": int(total)}}, "confirmed")

    def as_client(self, one):
        """The same visitor, patient."""
        client = self.visitor()
        client.cookies = dict(one.cookies)
        return client

    def test_2_a_second_attempt_survives(self):
        self.walk(RETRY, self.try_again)

    def try_again(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        buyer.press(self.till, order, "decline")
        if action == "hang":
            one.lose_patience()
        with self.armed(site, action):
            made = one.told("POST", f"/api/v1/orders/{order['id']}/payment", {
                "payment_method": "stripe", "accept_total": {
                    "amount": order["total"]["amount"], "currency": "USD"}},
                buyer.new_key())
        self.assertTrue(made["redirect_url"], made)
        self.approve(one, order)

    def test_3_a_cancellation_survives(self):
        self.walk(CANCEL, self.cancel)

    def cancel(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        if action == "hang":
            one.lose_patience()
        with self.armed(site, action):
            one.told("POST", f"/api/v1/orders/{order['id']}/cancel", {}, buyer.new_key())
        self.settled(one, order, "cancelled")

    def test_4_a_return_survives_and_is_enough_without_webhooks(self):
        self.walk(RETURN, self.come_back)

    def come_back(self, site, action):
        one = self.visitor()
        made = self.place(one)
        self.house.webhooks(False)
        back = shopper.plain(shopper.press(made["redirect_url"], "approve"))
        if action == "hang":
            one.lose_patience()
        with self.armed(site, action):
            self.assertEqual(one.ask("GET", back).status, 303)
        self.settled(one, made["order"], "confirmed")

    def test_5_a_webhook_survives(self):
        self.walk(WEBHOOK, self.be_told)

    def be_told(self, site, action):
        one = self.visitor()
        self.house.webhooks(True)
        order = self.place(one)["order"]
        with self.armed(site, action):
            buyer.press(self.till, order)
        self.settled(one, order, "confirmed")

    def test_6_asking_survives_when_no_webhook_comes(self):
        self.walk(POLL + CATCH_UP, self.find_out)

    def find_out(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        self.house.webhooks(False)
        buyer.press(self.till, order)
        with self.armed(site, action):
            self.house.advance(LOCK)
        self.settled(one, order, "confirmed")

    def test_6_a_worker_that_slept_past_an_order_s_time_changes_nothing(self):
        one = self.visitor()
        order = self.place(one)["order"]
        self.house.webhooks(False)
        buyer.press(self.till, order)
        with self.armed("ask_answered", "hang"):
            self.house.advance(LOCK)
            self.points.wait("ask_answered", self.points.fired("ask_answered") + 1)
            self.house.advance(36 * MINUTE)
            self.settled(one, order, "confirmed")
        self.check_rest()

    def test_7_an_expiry_survives(self):
        self.walk(EXPIRE, self.expire)

    def expire(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        with self.armed(site, action):
            self.house.advance(36 * MINUTE)
        self.settled(one, order, "expired")

    def test_8_a_refund_survives(self):
        self.walk(REFUND, self.refund)

    def refund(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        buyer.press(self.till, order)
        self.house.until(lambda: self.state(one, order) == "confirmed", "it is paid")
        with self.armed(site, action):
            one.told("POST", f"/api/v1/orders/{order['id']}/cancel", {}, buyer.new_key())
        self.settled(one, order, "cancelled", mails=1)

    def test_9_a_mail_survives_and_is_one_mail(self):
        self.walk(MAIL, self.write)

    def write(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        with self.armed(site, action):
            buyer.press(self.till, order)
        self.settled(one, order, "confirmed")
        self.house.until(lambda: buyer.mails(self.till, order), "its mail", 181)

    def test_a_numbers_and_the_chain_survive(self):
        self.walk(REPORT, self.report)

    def report(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        with self.armed(site, action):
            self.approve(one, order)
            buyer.own(self.till, "NOTED", 1)  # a shopkeeper's doing is audited
        self.house.until(lambda: self.house.number(
            "SELECT COUNT(*) FROM orders o LEFT JOIN invoice i ON i.order_id = o.id"
            " WHERE o.confirmed_at IS NOT NULL AND i.no IS NULL") == 0, "invoices")

    def test_b_a_sweep_survives(self):
        self.walk([SWEEP], self.sweep)

    def sweep(self, sites, action):
        """Some jobs run once in a minute, but at once where a process is new."""
        one, others = self.visitor(), [self.visitor(), self.visitor()]
        for other in others:
            other.put(self.sku, 2)
            other.start()
        before = {site: self.points.fired(site) for site in sites}
        for site in sites:
            self.points.arm(site, action, ms=20 if action == "delay" else 0)
        self.house.advance(31 * MINUTE)
        for site in sites:
            self.points.wait(site, before[site] + 1, seconds=80)
            self.points.disarm(site)
        order = self.place(one)["order"]
        self.approve(one, order)

    # ---- processes ----

    def test_c_a_child_that_dies_at_birth_is_replaced(self):
        self.walk(["child_born"], self.be_born)

    def be_born(self, site, action):
        one = self.visitor()
        order = self.place(one)["order"]
        child = self.children("pay")[0]
        with self.armed(site, action):
            os.kill(child, signal.SIGKILL)
        self.approve(one, order)
        shop.wait_until(lambda: len(self.children("pay")) >= 4, "all are there again")

    def test_d_a_pool_goes_on_when_its_new_program_dies_in_the_trial(self):
        self.walk(["master_check"], self.renew)

    def renew(self, site, action):
        one = self.visitor()
        offer = self.open_payment(one)
        with self.armed(site, action):
            os.kill(self.house.own.pid("pay"), signal.SIGHUP)
        order = one.told("POST", "/api/v1/checkout/payment", offer,
                         buyer.new_key())["order"]
        self.approve(one, order)

    def test_e_a_pool_whose_master_dies_is_started_anew(self):
        self.walk(["master_execute"], self.take_over)

    def take_over(self, site, action):
        one = self.visitor()
        offer = self.open_payment(one)
        pid = self.house.own.pid("pay")
        line = self.line_of(pid)
        with self.armed(site, action):
            os.kill(pid, signal.SIGHUP)
        if action == "kill":
            shop.wait_until(lambda: not pathlib.Path(f"/proc/{pid}/exe").exists(), "its end")
            self.start("pay", line)
        order = one.told("POST", "/api/v1/checkout/payment", offer,
                         buyer.new_key())["order"]
        self.approve(one, order)

    def children(self, unit):
        pid = self.house.own.pid(unit)
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as list_:
            return [int(word) for word in list_.read().split()]

    @staticmethod
    def line_of(pid):
        process = pathlib.Path(f"/proc/{pid}")
        words = (process / "cmdline").read_bytes().split(b"\0")[1:-1]
        return [os.readlink(process / "exe"), *words]

    def start(self, unit, line):
        with open(self.house.own.folder / "var" / "log" / f"{unit}.log", "ab") as log:
            again = subprocess.Popen(line, stdout=log, stderr=log)
        self.addClassCleanup(again.wait)
        self.addClassCleanup(again.terminate)

    # ---- the end ----

    def test_f_whoever_saw_a_confirmation_still_has_it_and_one_mail(self):
        self.assertGreater(len(self.orders), 0)
        letters, ledger = self.letters(), buyer.ledger(self.till)
        for one, order, state, mails in self.orders:
            with self.subTest(order=order["number"]):
                self.assertEqual(self.state(one, order), state)
                self.check_gateway(order, state, ledger)
                self.assertEqual(letters[f"Order {order['number']} is confirmed"], mails)

    def test_f_the_books_agree_with_clients_gateway_and_mailboxes(self):
        seen = self.house.own.folder / "effects"
        seen.write_text("".join(json.dumps(one) + "\n" for one in effects.effects(
            self.till.env["TILL_MAIL_DIR"])))
        done = buyer.command(self.till, "verify", "--json", "--gateways", "--settling", "0",
                             "--acks", str(self.house.acks.path), "--effects", str(seen))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual({one["verdict"] for one in json.loads(done.stdout)["invariants"]},
                         {"holds"}, done.stdout)
        self.assertGreater(len(self.house.acks.told), len(self.orders))

    def test_g_every_point_of_the_table_was_passed_and_fired(self):
        for site in points.sites():
            with self.subTest(site=site):
                self.assertGreater(self.points.passed(site), 0)
                self.assertGreaterEqual(self.points.fired(site), len(actions(site)))


if __name__ == "__main__":
    unittest.main()
