#!/usr/bin/python3
"""openapi_test.py - what the program says of its JSON face is what it does: every operation
is called with good and with bad input, and each answer is held against the file."""
import copy
import json
import re
import time
import unittest

import jsonschema

import buyer
import openapi_lint
import shop

V1 = "/api/v1"
ABSENT = (("POST", V1 + "/cart/discount"), ("DELETE", V1 + "/cart/discount"),
          ("POST", V1 + "/cart/discount/validate"), ("POST", V1 + "/cart/discount/apply"),
          ("POST", "/cart/discount"), ("POST", "/cart/discount/remove"),
          ("POST", "/webhooks/paypal"), ("POST", "/webhooks/razorpay"))
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

formats = jsonschema.FormatChecker(formats=())
formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(TIME.fullmatch(value)))
formats.checks("uuid")(lambda value: not isinstance(value, str) or bool(UUID.fullmatch(value)))


def close(node):
    """What an object may hold is what is described: a member more is a leak."""
    if isinstance(node, dict):
        if "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
        for child in node.values():
            close(child)
    elif isinstance(node, list):
        for child in node:
            close(child)


class Contract:
    def __init__(self, document):
        self.document = document
        closed = copy.deepcopy(document)
        close(closed)
        self.resolver = jsonschema.RefResolver("", closed)
        self.closed = closed
        self.seen = {}  # (method, path): statuses

    def problems(self, value, schema):
        check = jsonschema.Draft202012Validator(schema, resolver=self.resolver,
                                                format_checker=formats)
        return [f"{error.json_path}: {error.message}" for error in check.iter_errors(value)]

    def wrong(self, method, path, answer):
        """What of an answer is not as described."""
        described = self.closed["paths"][path][method.lower()]["responses"]
        if str(answer.status) not in described:
            return [f"{answer.status} is not described: {answer.text[:300]}"]
        content = described[str(answer.status)]["content"]
        kind = answer.header("content-type")
        if kind not in content:
            return [f"{kind} is not {list(content)}"]
        self.seen.setdefault((method, path), set()).add(answer.status)
        return self.problems(json.loads(answer.body), content[kind]["schema"])


class Client(buyer.Buyer):
    """Holds every answer against the file."""

    def __init__(self, test, till):
        super().__init__(till)
        self.test = test

    def ask(self, status, method, path, value=None, of=None, query="", text=None, **headers):
        if text is None and value is not None:
            text = json.dumps(value)
        answer = self.call_raw(method, path.format(**of or {}) + query, text, **headers)
        said = self.test.contract.wrong(method, path, answer)
        self.test.assertEqual(said, [], f"{method} {path}")
        self.test.assertEqual(answer.status, status, f"{method} {path}: {answer.text[:300]}")
        return json.loads(answer.body)


class Described(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.text = cls.till.get(V1 + "/openapi.json").text
        cls.contract = Contract(json.loads(cls.text))

    def operations(self):
        return {(method.upper(), path): operation
                for path, methods in self.contract.document["paths"].items()
                for method, operation in methods.items()}

    def test_every_operation_answers_as_described_to_good_and_to_bad_input(self):
        self.contract.seen.clear()
        with Client(self, self.till) as ada, Client(self, self.till) as nobody:
            self.look_around(ada)
            self.fill_a_cart(ada)
            self.check_out(ada)
            self.pay(ada)
            self.ask_badly(nobody)
        self.webhook()
        for operation in self.operations():
            statuses = self.contract.seen.get(operation, set())
            with self.subTest(operation=operation):
                self.assertTrue(any(s < 300 for s in statuses), f"well: {statuses}")
                self.assertTrue(any(400 <= s < 500 for s in statuses), f"badly: {statuses}")

    def look_around(self, ada):
        ada.ask(200, "GET", V1 + "/openapi.json")
        ada.ask(200, "GET", V1 + "/stock", query="?sku=HG-MUG,HG-KNOTS,HG-BOTTLE")
        ada.ask(422, "GET", V1 + "/stock")
        for slug in ("enamel-mug", "forty-knots-book", "ship-in-a-bottle"):
            ada.ask(200, "GET", V1 + "/products/{slug}", of={"slug": slug})
        ada.ask(404, "GET", V1 + "/products/{slug}", of={"slug": "nothing"})

    def fill_a_cart(self, ada):
        ada.ask(404, "GET", V1 + "/cart")
        ada.ask(201, "POST", V1 + "/cart", {})
        ada.ask(200, "POST", V1 + "/cart", {})
        ada.ask(200, "GET", V1 + "/cart")
        items = V1 + "/cart/items"
        ada.ask(422, "POST", items, {"sku": "NOTHING", "quantity": 1})
        ada.ask(422, "POST", items, {"sku": "HG-MUG", "quantity": 0})
        ada.ask(422, "POST", items, {"sku": "HG-MUG"})
        ada.ask(409, "POST", items, {"sku": "HG-BOTTLE", "quantity": 1})
        ada.ask(200, "POST", items, {"sku": "HG-MUG", "quantity": 2,
                                     "metadata": {"engraving": "A"}})
        cart = ada.ask(200, "POST", items, {"sku": "HG-KNOTS", "quantity": 1})
        one = items + "/{item_id}"
        item = {"item_id": cart["items"][0]["id"]}
        ada.ask(200, "PATCH", one, {"quantity": 1}, of=item)
        ada.ask(422, "PATCH", one, {"quantity": 0.5}, of=item)
        ada.ask(422, "PATCH", one, {"quantity": 99}, of=item)
        last = {"item_id": cart["items"][1]["id"]}
        ada.ask(200, "DELETE", one, of=last)
        ada.ask(200, "DELETE", one, of=last)  # gone is gone
        ada.ask(404, "PATCH", one, {"quantity": 1}, of=last)

    def check_out(self, ada):
        checkout, start = V1 + "/checkout", V1 + "/checkout/start"
        validate, payment = V1 + "/checkout/validate", V1 + "/checkout/payment"
        ada.ask(409, "POST", start, {"cart_version": 99})
        ada.ask(200, "POST", start, {})
        ada.ask(200, "GET", checkout)
        ada.ask(422, "PATCH", checkout, {"contact": {"email": "nobody"}})
        ada.ask(200, "PATCH", checkout, {"contact": {"email": "ada@example.com"}})
        ada.ask(200, "POST", validate, {})
        ada.ask(422, "POST", validate, {"shipping_address": {"country": "XX"}})
        ada.ask(422, "POST", payment, {"accept_total": {"amount": 1, "currency": "USD"}},
                Idempotency_Key=buyer.new_key())
        offer = {**ada.offer(), "accept_total": {"amount": 1, "currency": "USD"}}
        ada.ask(409, "POST", payment, offer, Idempotency_Key=buyer.new_key())
        ada.ask(400, "POST", payment, ada.offer())

    def pay(self, ada):
        payment, again = V1 + "/checkout/payment", V1 + "/orders/{order}/payment"
        cancel, order_page = V1 + "/orders/{order}/cancel", V1 + "/orders/{order}"
        key, offer = buyer.new_key(), ada.offer()
        order = ada.ask(201, "POST", payment, offer, Idempotency_Key=key)["order"]
        ada.ask(201, "POST", payment, offer, Idempotency_Key=key)
        ada.ask(422, "POST", payment, {**offer, "payment_method": "other"}, Idempotency_Key=key)
        ada.ask(200, "POST", payment, offer, Idempotency_Key=buyer.new_key())
        of = {"order": order["number"]}
        retry = {"payment_method": "stripe", "accept_total": offer["accept_total"]}
        ada.ask(400, "POST", again, retry, of=of)
        ada.ask(422, "POST", again, {"payment_method": "stripe"}, of=of,
                Idempotency_Key=buyer.new_key())
        ada.ask(201, "POST", again, retry, of=of, Idempotency_Key=buyer.new_key())
        buyer.press(self.till, order)
        ada.wait_for(order, "confirmed")
        ada.ask(409, "POST", again, retry, of=of, Idempotency_Key=buyer.new_key())
        for path in (order_page, V1 + "/checkout/status/{order}"):
            for name in (order["number"], order["id"]):
                ada.ask(200, "GET", path, of={"order": name})
            ada.ask(404, "GET", path, of={"order": "AAAAA-22222"})
        ada.ask(400, "POST", cancel, {}, of=of)
        ada.ask(200, "POST", cancel, {}, of=of, Idempotency_Key=buyer.new_key())
        ada.ask(200, "GET", order_page, of=of)

    def ask_badly(self, nobody):
        """What is wrong for every question, and for every write, alike."""
        of = {"item_id": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "order": "AAAAA-22222",
              "slug": "enamel-mug"}
        for (method, path), operation in self.operations().items():
            if method == "GET":
                nobody.ask(400, method, path, of=of, query="?x=%00")
            if method == "GET" or path.startswith("/webhooks"):
                continue
            key = {"Idempotency_Key": buyer.new_key()}
            nobody.ask(403, method, path, {}, of=of, Sec_Fetch_Site="cross-site", **key)
            if "requestBody" not in operation:
                continue
            nobody.ask(400, method, path, of=of, text='{"a": 1, "a": 2}', **key)
            nobody.ask(400, method, path, {"nonsense": 1}, of=of, **key)
            nobody.ask(415, method, path, of=of, text="{}", Content_Type="text/plain", **key)
            nobody.ask(413, method, path, of=of, text='"' + "x" * 70000 + '"', **key)

    def webhook(self):
        body = json.dumps({"id": f"evt_{time.time_ns()}", "object": "event", "type": "ping",
                           "api_version": "2026-10-28.endive", "created": int(time.time()),
                           "livemode": False, "data": {"object": {"object": "nothing"}}}).encode()
        with Client(self, self.till) as stripe:
            signed = buyer.signature(buyer.webhook_secret(self.till), body)
            stripe.ask(200, "POST", "/webhooks/stripe", text=body, Stripe_Signature=signed)
            stripe.ask(400, "POST", "/webhooks/stripe", text=body, Stripe_Signature="t=1,v1=00")

    def test_every_example_is_accepted_by_its_own_schema(self):
        examples = 0
        for operation, described in self.operations().items():
            for content in described.get("requestBody", {}).get("content", {}).values():
                if "example" in content:
                    examples += 1
                    self.assertEqual(self.contract.problems(content["example"],
                                                            content["schema"]), [], operation)
        self.assertGreater(examples, 5)

    def test_every_schema_is_one(self):
        for schema in self.contract.document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_what_is_not_offered_yet_is_neither_there_nor_described(self):
        for method, path in ABSENT:
            with self.subTest(method=method, path=path):
                answer = self.till.send(method, path, {"Content-Type": "application/json"}, "{}")
                self.assertEqual(answer.status, 404)
                self.assertNotIn(path, self.contract.document["paths"])

    def test_spectral_and_redocly_find_nothing_but_what_is_wrong(self):
        """The second file is the twin that shows that they can find something."""
        bad = copy.deepcopy(self.contract.document)
        pay = bad["paths"][V1 + "/checkout/payment"]["post"]
        pay["parameters"] = []
        del bad["paths"][V1 + "/cart"]["get"]["operationId"]
        nothing, found = openapi_lint.findings(self.text, json.dumps(bad))
        self.assertEqual(nothing, [])
        for rule in ("money-takes-a-key", "operation-operationId"):
            self.assertIn(rule, "\n".join(found))


if __name__ == "__main__":
    unittest.main()
