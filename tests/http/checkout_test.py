#!/usr/bin/python3
"""checkout_test.py - from the cart to the payment as JSON; goods that are scarce, and limits, on
both faces."""
import json
import random
import secrets
import unittest

import buyer
import shop
import visitor
from checkout_case import ADDRESS, DETAILS, MUG, Case, typed

CHECKOUT = {"id", "cart_id", "cart_version", "status", "hold_expires_at", "missing", "lines",
            "shipping_options", "payment_methods", "quote"}


class CheckoutAsJson(Case):
    def test_it_has_to_be_started(self):
        for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/validate")):
            for _ in range(2):
                self.refused(self.ada.call(method, "/api/v1/checkout" + path,
                                           None if method == "GET" else {}), 409, "not_started")
            self.add()
        visitor_without_cart = visitor.Visitor(self.till)
        self.refused(visitor_without_cart.call("POST", "/api/v1/checkout/start", {}),
                     409, "cart_empty")

    def test_it_has_the_members_of_the_design_and_no_others(self):
        checkout = self.start(quantity=3)
        self.assertEqual(set(checkout), CHECKOUT)
        self.assertEqual(set(checkout["lines"][0]),
                         {"item_id", "sku", "requested", "held", "available"})
        self.assertEqual({tuple(sorted(o)) for o in checkout["shipping_options"]},
                         {("earliest", "id", "latest", "price", "title")})
        self.assertEqual([set(m) for m in checkout["payment_methods"]],
                         [{"id", "title", "gateway"}])
        self.assertEqual(set(checkout["quote"]),
                         {"subtotal", "discount_amount", "shipping", "tax", "total", "due"})
        self.assertEqual((checkout["lines"][0]["requested"], checkout["lines"][0]["held"]), (3, 3))
        self.assertEqual(checkout["status"], "open")
        prices = [o["price"]["amount"] for o in checkout["shipping_options"]]
        self.assertEqual(prices, sorted(prices), "cheapest first")
        self.assertEqual(self.ada.call("GET", "/api/v1/checkout"), (200, checkout))

    def test_starting_twice_holds_once(self):
        def free():
            _, told = self.ada.call("GET", "/api/v1/stock?sku=CHECKOUT-TWICE")
            return told["items"][0]["available"]
        buyer.own(self.till, "CHECKOUT-TWICE", 9)
        before = free()
        first = self.start("CHECKOUT-TWICE", 2)
        second = self.ada.call("POST", "/api/v1/checkout/start", {})[1]
        self.assertEqual(free(), before - 2)
        self.assertEqual(first["id"], second["id"])
        self.assertGreaterEqual(second["hold_expires_at"], first["hold_expires_at"])
        item = second["lines"][0]["item_id"]
        self.ada.call("PATCH", f"/api/v1/cart/items/{item}", {"quantity": 1})
        self.assertEqual(free(), before - 1, "what is given back is free at once")
        self.ada.call("DELETE", f"/api/v1/cart/items/{item}")
        self.assertEqual(free(), before)

    def test_a_version_that_is_not_the_carts_is_refused(self):
        cart = self.add()
        self.add("HG-TOTE")
        self.refused(self.ada.call("POST", "/api/v1/checkout/start",
                                   {"cart_version": cart["version"]}), 409, "cart_changed")
        status, _ = self.ada.call("POST", "/api/v1/checkout/start",
                                  {"cart_version": cart["version"] + 1})
        self.assertEqual(status, 200)
        for wrong in (0, -1, "1", 1.5):
            self.refused(self.ada.call("POST", "/api/v1/checkout/start", {"cart_version": wrong}),
                         422, "invalid", ["cart_version"])

    def test_what_is_absent_is_missing_and_no_error(self):
        self.start()
        status, checkout = self.ada.call("POST", "/api/v1/checkout/validate", {})
        self.assertEqual(status, 200)
        self.assertEqual(checkout["missing"], [
            "contact.email", "shipping_address.country", "shipping_address.full_name",
            "shipping_address.line1", "shipping_address.city", "shipping_option",
            "payment_method"])
        status, checkout = self.ada.call("POST", "/api/v1/checkout/validate", DETAILS)
        self.assertEqual((status, checkout["missing"]), (200, []))

    def test_validating_stores_nothing(self):
        before = self.start()
        self.ada.call("POST", "/api/v1/checkout/validate",
                      {**DETAILS, "shipping_option": "express"})
        self.assertEqual(self.ada.call("GET", "/api/v1/checkout"), (200, before))

    def test_everything_wrong_is_named_at_once(self):
        self.start()
        sent = {"contact": {"email": "nobody", "phone": "call me"},
                "shipping_address": {**ADDRESS, "postal_code": "9", "region": "Atlantis",
                                     "full_name": "x" * 101, "line1": "4242 4242 4242 4242"},
                "billing_address": {**ADDRESS, "country": "XX"},
                "shipping_option": "rocket", "payment_method": "shells"}
        named = ["contact.email", "contact.phone", "shipping_address.full_name",
                 "shipping_address.line1", "shipping_address.region",
                 "shipping_address.postal_code", "billing_address.country",
                 "shipping_option", "payment_method"]
        for method, path in (("POST", "/api/v1/checkout/validate"),
                             ("PATCH", "/api/v1/checkout")):
            problem = self.refused(self.ada.call(method, path, sent), 422, "invalid", named)
            self.assertTrue(all(e["message"] for e in problem["errors"]))
        status, checkout = self.ada.call("GET", "/api/v1/checkout")
        self.assertIn("contact.email", checkout["missing"], "and nothing of it was stored")

    def test_details_are_stored_group_by_group(self):
        self.start()
        for name, value in DETAILS.items():
            status, checkout = self.ada.call("PATCH", "/api/v1/checkout", {name: value})
            self.assertEqual(status, 200)
            self.assertFalse([m for m in checkout["missing"] if m.startswith(name)], name)
        self.assertEqual(checkout["missing"], [])
        self.assertEqual(self.ada.call("GET", "/api/v1/checkout"), (200, checkout))

    def test_a_bill_goes_elsewhere_or_with_the_goods(self):
        self.start()
        self.ada.call("PATCH", "/api/v1/checkout", DETAILS)
        _, checkout = self.ada.call("PATCH", "/api/v1/checkout",
                                    {"billing_address": {"country": "DE"}})
        self.assertIn("billing_address.full_name", checkout["missing"])
        for same in ({"billing_address": ADDRESS}, {"billing_address": None}):
            _, checkout = self.ada.call("PATCH", "/api/v1/checkout", same)
            self.assertEqual(checkout["missing"], [])

    def test_the_quote_follows_country_and_option(self):
        self.start()
        for option, price in (("pickup", 0), ("standard", 450), ("express", 1200)):
            _, checkout = self.ada.call("PATCH", "/api/v1/checkout", {"shipping_option": option})
            quote = checkout["quote"]
            self.assertEqual(quote["shipping"]["amount"], price)
            self.assertEqual(quote["total"]["amount"], 1800 + price)
            self.assertEqual(quote["due"], quote["total"])

    def test_unknown_members_are_bad_requests(self):
        self.start()
        for method, path, sent in (
                ("POST", "/start", {"version": 1}),
                ("POST", "/validate", {"billing_same": True}),
                ("PATCH", "", {"contact": {"email": "a@example.com", "name": "A"}}),
                ("PATCH", "", {"shipping_address": {**ADDRESS, "company": "B"}}),
                ("PATCH", "", {"shipping_address.city": "Portland"}),
                ("PATCH", "", {"quote": {"total": {"amount": 1}}}),
                ("PATCH", "", {"cart_version": 1})):
            self.refused(self.ada.call(method, "/api/v1/checkout" + path, sent),
                         400, "bad_request")

    def test_members_of_the_wrong_kind_are_named(self):
        self.start()
        for sent, field in (({"contact": "me"}, "contact"),
                            ({"contact": {"email": 1}}, "contact.email"),
                            ({"shipping_address": [ADDRESS]}, "shipping_address"),
                            ({"shipping_option": {}}, "shipping_option"),
                            ({"shipping_address": {**ADDRESS, "city": "a\nb"}},
                             "shipping_address.city")):
            self.refused(self.ada.call("PATCH", "/api/v1/checkout", sent),
                         422, "invalid", [field])

    def test_a_digital_cart_needs_no_address(self):
        checkout = self.start("HG-KNOTS")
        self.assertEqual(checkout["shipping_options"], [])
        self.assertEqual(checkout["lines"][0]["available"], None)
        self.assertEqual(checkout["missing"], ["contact.email", "payment_method"])
        status, checkout = self.ada.call("POST", "/api/v1/checkout/validate", DETAILS)
        self.assertEqual((status, checkout["missing"]), (200, []), "what is not needed is ignored")
        for ignored in ({"shipping_option": "é" * 99},
                        {"shipping_address": {"country": "ZZZZ", "full_name": "x" * 3000}}):
            status, checkout = self.ada.call("PATCH", "/api/v1/checkout", ignored)
            self.assertEqual((status, checkout["missing"]),
                             (200, ["contact.email", "payment_method"]))

    def test_whatever_is_typed_is_never_our_error(self):
        dice = random.Random(20261121)
        self.start()
        token = self.ada.csrf()
        alphabet = "aZ09 .,@'\"<>&%\\/\t\né漢😀\u202e\u0301-+()"
        for _ in range(300):
            fields = {name: "".join(dice.choices(alphabet, k=dice.choice((0, 1, 5, 40, 300))))
                      for name in typed({**DETAILS, "billing_address": ADDRESS})
                      if dice.random() < 0.8}
            for name in ("shipping_address.country", "billing_address.country"):
                if name in fields and dice.random() < 0.7:
                    fields[name] = dice.choice(("US", "DE", "JP", "gb", "XX", "AQ"))
            answer = self.ada.post("/checkout/details", {"csrf": token, **fields})
            self.assertIn(answer.status, (303, 400, 422), fields)
            shown = answer.text
            for text in fields.values():
                self.assertFalse("<" in text and len(text) > 4 and text in shown, text)

    def test_the_pages_addresses_answer_json_too(self):
        self.add()
        status, checkout = self.ada.call("POST", "/checkout/start", {})
        self.assertEqual((status, set(checkout)), (200, CHECKOUT))
        status, checkout = self.ada.call("POST", "/checkout/validate", {})
        self.assertEqual((status, set(checkout)), (200, CHECKOUT))
        self.refused(self.ada.call("POST", "/checkout/validate", {"contact": {"email": "x"}}),
                     422, "invalid", ["contact.email"])
        answer = self.ada.call_raw("POST", "/checkout/validate", "{}")
        self.assertIn("Accept", answer.header("vary"))
        form = {"csrf": self.ada.csrf()}
        answer = self.ada.post("/checkout/start", form, Accept="application/json")
        self.assertEqual((answer.status, answer.header("content-type")),
                         (200, "application/json"))

    def test_the_budgets_of_statements_hold(self):
        agent = secrets.token_hex(8)
        self.add()
        self.ada.call("POST", "/api/v1/checkout/start", {}, User_Agent=f"{agent}-start")
        self.assertEqual(self.till.facts(f"{agent}-start")["statements"], "7")
        self.ada.call("PATCH", "/api/v1/checkout", DETAILS)
        self.ada.get("/checkout", User_Agent=f"{agent}-page")
        self.assertEqual(self.till.facts(f"{agent}-page")["statements"], "2")


class CheckoutOfScarceGoods(Case):
    """The demo has one lighthouse; each test gives back what it held."""

    def tearDown(self):
        for buyer in self.buyers:
            _, cart = buyer.call("GET", "/api/v1/cart")
            for item in cart["items"]:
                buyer.call("DELETE", f"/api/v1/cart/items/{item['id']}")

    def setUp(self):
        super().setUp()
        self.bob = visitor.Visitor(self.till)
        self.buyers = [self.ada, self.bob]
        for buyer in self.buyers:
            buyer.call("POST", "/api/v1/cart/items", {"sku": "HG-LIGHTHOUSE", "quantity": 1})

    def test_the_last_one_is_held_for_one_only(self):
        self.assertEqual(self.bob.call("POST", "/api/v1/checkout/start", {})[0], 200)
        problem = self.refused(self.ada.call("POST", "/api/v1/checkout/start", {}),
                               409, "sold_out")
        item = self.ada.call("GET", "/api/v1/cart")[1]["items"][0]
        self.assertEqual([e["field"] for e in problem["errors"]], [f"items.{item['id']}"])
        self.refused(self.ada.call("GET", "/api/v1/checkout"), 409, "not_started")

    def test_the_cart_page_says_which_line_is_sold_out(self):
        form = self.ada.page("/cart").form("/checkout/start")
        self.bob.call("POST", "/api/v1/checkout/start", {})
        answer = self.ada.submit(form)
        self.assertEqual(answer.status, 409)
        page = visitor.Page(answer.text)
        item = self.ada.call("GET", "/api/v1/cart")[1]["items"][0]["id"]
        self.assertIn(f"#quantity-{item}", page.links)
        self.assertEqual(list(page.marked), [f"quantity-{item}"])

    def test_what_is_there_is_held_and_the_page_tells_what_to_leave_out(self):
        self.add(MUG, 2)
        form = self.ada.page("/cart").form("/checkout/start")
        self.bob.call("POST", "/api/v1/checkout/start", {})
        self.assertEqual(self.ada.submit(form).status, 303)
        _, checkout = self.ada.call("GET", "/api/v1/checkout")
        held = {line["sku"]: line["held"] for line in checkout["lines"]}
        self.assertEqual(held, {"HG-LIGHTHOUSE": 0, MUG: 2})
        self.refused(self.ada.call("POST", "/api/v1/checkout/validate", {}), 409, "sold_out")
        page = self.ada.page("/checkout")
        self.assertIn("sold out while you were looking", page.text)
        lacking = [f for f in page.forms if f.action.startswith("/cart/items/")]
        answer = self.ada.submit(lacking[0])
        self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))
        self.assertEqual(self.ada.call("POST", "/api/v1/checkout/validate", {})[0], 200)
        self.assertNotIn("sold out", self.ada.page("/checkout").text)


class CheckoutUnderLimits(unittest.TestCase):
    def test_one_address_cannot_hold_everything(self):
        with shop.OwnShop(TILL_LIMITS_EXEMPT="", TILL_CHECKOUT_HOLD_CAP="2") as own:
            buyers = [visitor.Visitor(own.shop) for _ in range(3)]
            for buyer in buyers:
                buyer.call("POST", "/api/v1/cart/items", {"sku": MUG, "quantity": 1})
            said = [b.call_raw("POST", "/api/v1/checkout/start", "{}") for b in buyers]
            self.assertEqual([answer.status for answer in said], [200, 200, 429])
            self.assertGreater(int(said[2].header("retry-after")), 0)
            self.assertEqual(json.loads(said[2].body)["code"], "too_many_requests")
            answer = buyers[2].submit(buyers[2].page("/cart").form("/checkout/start"))
            self.assertEqual(answer.status, 429)
            self.assertGreater(int(answer.header("retry-after")), 0)
            self.assertTrue(visitor.Page(answer.text).title.startswith("Error: Cart"))
            again = buyers[0].call("POST", "/api/v1/checkout/start", {})
            self.assertEqual(again[0], 200, "one that is held already may be held longer")


if __name__ == "__main__":
    unittest.main()
