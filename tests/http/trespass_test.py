#!/usr/bin/python3
"""trespass_test.py - nobody reads or changes what is not theirs, takes a step before its
time, names a price, or acts through somebody else's browser (reliability.md 4.1, rows 9,
13, 17, 22)."""
import json
import os
import re
import subprocess
import unittest
import uuid

import buyer
import shop
import visitor

ITEMS = "/api/v1/cart/items"
PAYMENT = "/api/v1/checkout/payment"
TABLES = ("cart", "cart_line", "checkout", "contact", "orders", "order_event", "reservation",
          "payment_attempt", "refund", "idem", "outbox", "webhook_in", "event")


class Trespass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def visitor(self):
        someone = buyer.Buyer(self.till)
        self.addCleanup(someone.close)
        return someone

    def refused(self, answer, status, code, what=""):
        self.assertEqual(answer.status, status, f"{what}: {answer.text[:300]}")
        if code and answer.header("content-type") == "application/problem+json":
            self.assertEqual(json.loads(answer.body)["code"], code, what)


class Foreign(Trespass):
    def test_what_is_anothers_looks_like_what_is_not_there(self):
        alice, mallory = self.visitor(), self.visitor()
        order = alice.buy()
        mallory.put()
        nobody = {"number": "AAAAA-AAAAA", "id": str(uuid.uuid4())}
        token = "A" * 22
        csrf = mallory.csrf()
        for method, path in (
                ("GET", "/api/v1/orders/%s"), ("GET", "/api/v1/orders/%s?t=" + token),
                ("GET", "/api/v1/checkout/status/%s"), ("GET", "/orders/%s"),
                ("GET", "/orders/%s?t=" + token), ("GET", "/checkout/status/%s"),
                ("POST", "/api/v1/orders/%s/cancel"), ("POST", "/api/v1/orders/%s/payment"),
                ("POST", "/orders/%s/cancel"), ("POST", "/orders/%s/payment?t=" + token)):
            for member in ("number", "id"):
                there, missing = (
                    self.ask(mallory, method, path % name[member], csrf)
                    for name in (order, nobody))
                self.assertEqual(there.status, 404, f"{method} {path}")
                self.assertEqual(self.blank(there, order), self.blank(missing, nobody), path)
        self.assertEqual(alice.status(order)["status"], "confirmed")

    @staticmethod
    def ask(someone, method, path, csrf):
        headers = {"Idempotency-Key": buyer.new_key()}
        if method == "GET":
            return someone.send("GET", path)
        if path.startswith("/api/"):
            headers["Content-Type"] = "application/json"
            body = {} if "/cancel" in path else {
                "payment_method": "stripe", "accept_total": {"amount": 1, "currency": "USD"}}
            return someone.send("POST", path, headers, json.dumps(body))
        return someone.post(path, {
            "csrf": csrf, "idempotency_key": buyer.new_key(), "payment_method": "stripe",
            "accept_total.amount": "1", "accept_total.currency": "USD"})

    @staticmethod
    def blank(answer, order):
        """The answer without what differs from one request to the next."""
        text = answer.text.replace(order["number"], "N").replace(order["id"], "I")
        if answer.header("content-type") == "application/problem+json":
            problem = json.loads(text)
            del problem["trace_id"]
            return problem
        return re.sub(r"<code>[0-9a-f]{32}</code>", "", text)

    def test_a_line_of_anothers_cart_cannot_be_touched(self):
        alice, mallory = self.visitor(), self.visitor()
        line = alice.put(quantity=2)["items"][0]["id"]
        mallory.put("HG-SOAP")
        for name in (line, str(uuid.uuid4())):
            answer = mallory.send("PATCH", f"{ITEMS}/{name}", {
                "Content-Type": "application/json"}, '{"quantity": 9}')
            self.refused(answer, 404, "not_found")
            mallory.send("DELETE", f"{ITEMS}/{name}")
            answer = mallory.post(f"/cart/items/{name}", {"quantity": "0",
                                                          "csrf": mallory.csrf()})
            self.assertEqual(answer.status, 404)
        self.assertEqual(alice.must("GET", "/api/v1/cart")["items"][0]["quantity"], 2)

    def test_a_key_of_another_visitor_answers_nothing(self):
        alice, mallory = self.visitor(), self.visitor()
        key = buyer.new_key()
        alice.put()
        alice.start()
        offer = alice.offer()
        made = alice.pay(offer, key)
        mallory.put()
        mallory.start()
        answer = mallory.call_raw("POST", PAYMENT, json.dumps(offer), Idempotency_Key=key)
        self.refused(answer, 422, "key_reused")
        self.assertNotIn(made["order"]["number"], answer.text)
        answer = mallory.get(f"/checkout/waiting?key={key}")
        self.assertEqual(answer.header("location"), "/checkout")

    def test_a_token_of_another_order_opens_nothing(self):
        alice = self.visitor()
        one, other = alice.buy(), alice.buy("HG-SOAP")
        shop.wait_until(lambda: buyer.token_of(self.till, one), "a mail with a link")
        token = buyer.token_of(self.till, one)
        stranger = self.visitor()
        self.assertEqual(stranger.get(f"/orders/{one['number']}?t={token}").status, 200)
        for wrong in (token[:-1], token + "A", token.lower(), token[::-1], "", "A" * 64,
                      token.replace(token[0], "_" if token[0] != "_" else "-", 1)):
            answer = stranger.get(f"/orders/{one['number']}?t={wrong}")
            self.assertEqual(answer.status, 404, wrong)
        self.assertEqual(stranger.get(f"/orders/{other['number']}?t={token}").status, 404)


class Steps(Trespass):
    def pay(self, someone, offer):
        return someone.call_raw("POST", PAYMENT, json.dumps(offer),
                                Idempotency_Key=buyer.new_key())

    def test_no_step_is_left_out(self):
        someone = self.visitor()
        offer = {**someone.details(), "accept_total": {"amount": 1800, "currency": "USD"}}
        start = ("POST", "/api/v1/checkout/start", {"Content-Type": "application/json"}, "{}")
        self.refused(someone.send(*start), 409, "cart_empty")
        self.refused(self.pay(someone, offer), 409, None, "payment without a cart")
        someone.put()
        self.refused(self.pay(someone, offer), 409, "not_started")
        self.refused(someone.get("/api/v1/checkout"), 409, "not_started")
        someone.start()
        for left_out in ("contact", "shipping_address", "shipping_option", "payment_method"):
            less = {name: value for name, value in offer.items() if name != left_out}
            self.refused(self.pay(someone, less), 422, "invalid", left_out)
        self.assertEqual(buyer.number(
            self.till, "SELECT COUNT(*) FROM orders o JOIN cart c ON c.id = o.cart_id WHERE"
            f" c.uid = '{someone.must('GET', '/api/v1/cart')['id']}'"), 0)

    def test_only_the_total_that_was_shown_is_charged(self):
        someone = self.visitor()
        someone.put()
        someone.start()
        offer = someone.offer()
        for amount in (1, 1799, 1801, 0, -1800, 10**12):
            answer = self.pay(someone, {**offer, "accept_total": {
                "amount": amount, "currency": "USD"}})
            self.assertIn(answer.status, (409, 422), amount)
        for currency in ("EUR", "JPY", "usd", "US"):
            answer = self.pay(someone, {**offer, "accept_total": {
                "amount": 1800, "currency": currency}})
            self.assertIn(answer.status, (409, 422), currency)
        order = someone.pay(offer)["order"]
        self.assertEqual(order["total"]["amount"], 1800)

    def test_a_cart_that_another_tab_changed_is_not_paid(self):
        someone = self.visitor()
        cart = someone.put()
        someone.start()
        offer = {**someone.offer(), "cart_version": cart["version"]}
        someone.put(quantity=2)
        self.refused(self.pay(someone, offer), 409, "cart_changed")

    def test_prices_of_a_client_are_never_read(self):
        someone = self.visitor()
        answer = someone.post("/cart/items", {
            "sku": "HG-LANTERN", "quantity": "1", "csrf": someone.csrf(), "price": "1",
            "unit_price": "1", "total": "1", "currency": "JPY", "discount": "4600",
            "tax": "-1", "title": "Mine"})
        self.assertEqual(answer.status, 303)
        line = someone.must("GET", "/api/v1/cart")["items"][0]
        self.assertEqual((line["unit_price"]["amount"], line["title"]),
                         (4600, "Storm lantern"))
        for path in ("/api/v1/checkout/start", "/api/v1/checkout/validate"):
            answer = someone.call_raw("POST", path, '{"shipping": {"amount": 0}}')
            self.refused(answer, 400, "bad_request")


class OtherSites(Trespass):
    def test_a_page_of_another_site_can_change_nothing(self):
        alice = self.visitor()
        alice.put()
        csrf = alice.csrf()
        form = f"sku=HG-MUG&quantity=3&csrf={csrf}"
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                        {"Sec-Fetch-Site": "none, cross-site"}, {"Origin": "null"},
                        {"Origin": "https://evil.example"},
                        {"Origin": self.till.url + ".evil.example"},
                        {"Origin": self.till.url.replace("https:", "http:")}):
            for path, kind, body in (
                    ("/cart/items", "application/x-www-form-urlencoded", form),
                    (ITEMS, "application/json", '{"sku": "HG-MUG", "quantity": 3}'),
                    ("/checkout/start", "application/json", "{}")):
                answer = alice.send("POST", path, {"Content-Type": kind, **headers}, body)
                self.refused(answer, 403, "forbidden_origin", f"{path} {headers}")
        # what a form of another site can send without being asked first
        for kind in ("text/plain", "multipart/form-data; boundary=x",
                     "application/x-www-form-urlencoded"):
            answer = alice.send("POST", ITEMS, {"Content-Type": kind},
                                '{"sku": "HG-MUG", "quantity": 3}')
            self.refused(answer, 415, None, kind)
        self.assertEqual(alice.must("GET", "/api/v1/cart")["items"][0]["quantity"], 1)

    def test_a_form_needs_its_own_visitors_token(self):
        alice, mallory = self.visitor(), self.visitor()
        alice.put()
        alice.start()
        for token in ("", "x", mallory.csrf(), alice.csrf()[:-1], alice.csrf().swapcase()):
            answer = alice.post("/checkout/details", {
                "csrf": token, "contact.email": "typed@example.com",
                "shipping_address.full_name": "Typed & Kept", "billing_same": "1"})
            self.assertEqual(answer.status, 403, token)
            self.assertIn('value="typed@example.com"', answer.text)
            self.assertIn('value="Typed &amp; Kept"', answer.text)
        self.assertIn("contact.email", alice.must("GET", "/api/v1/checkout")["missing"])
        form = visitor.Page(answer.text).form("/checkout/payment")
        answer = alice.submit(form, "/checkout/details", shipping_address__country="US")
        self.assertEqual(answer.status, 303, "the page that was shown again can be sent")
        self.assertNotIn("contact.email", alice.must("GET", "/api/v1/checkout")["missing"])

    def test_reading_writes_no_row(self):
        alice = self.visitor()
        order = alice.place()["order"]
        alice.put("HG-SOAP")
        shop.wait_until(lambda: buyer.number(
            self.till, "SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'leased')") == 0,
            "no mail waits")
        printed = subprocess.run([os.environ.get("TILL_BIN") or self.till.env["TILL_BIN"],
                                  "routes", "--json"], check=True, capture_output=True)
        paths = [row["route"].split()[1] for row in json.loads(printed.stdout)
                 if row["route"].startswith("GET ")]
        self.assertGreater(len(paths), 15)
        before = self.count()
        for path in paths:
            path = path.replace("{slug}", "enamel-mug").replace("{order}", order["number"])
            for someone in (alice, self.visitor()):
                answer = someone.get(path.replace("{token}", "A" * 22)
                                     + "?sku=HG-MUG&key=none&action=delete")
                self.assertLess(answer.status, 500, path)
        self.assertEqual(self.count(), before)

    def count(self):
        return dict(buyer.rows(self.till, " UNION ALL ".join(
            f"SELECT '{table}', COUNT(*) FROM {table}" for table in TABLES)))


def tearDownModule():
    buyer.verify(unittest.TestCase(), shop.shared(), wait=5)


if __name__ == "__main__":
    unittest.main()
