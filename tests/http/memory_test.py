#!/usr/bin/python3
"""memory_test.py - what a request asks malloc for, route by route, stays within its budget
(speed/memory.budget), and a child that has warmed up grows no more.

    ctest --test-dir build -R '^http.memory$'                   compares
    TILL_RENEW=1 ctest --test-dir build -R '^http.memory$'      writes the table anew
"""
import json
import os
import re
import sys
import unittest

import buyer
import fastcgi
import shop

SPEED = shop.SOURCE / "tests" / "speed"
sys.path.insert(0, str(SPEED))

import budget  # noqa: E402
from tally import Tallied  # noqa: E402

TABLE = SPEED / "memory.budget"
JSON = {"CONTENT_TYPE": "application/json"}
WARM, ROUNDS, MANY = 5, 5, 50
REQUESTS, PARTS = 1000, 4
ONCE = 64 * 1024  # bytes that may be made while a child warms up further
HELP = """
What to do: find out who asks (a breakpoint on malloc, valgrind --tool=dhat); what lives as
long as a request belongs into its arena, what lives as long as the child is made once. Where
the new cost is meant: TILL_RENEW=1 ctest --test-dir build -R '^http.memory$', and say why."""

KEPT = """
What to do: something is kept by each request. Leave one act alone in the
test to see which, and look for what it makes outside its arena."""


class Visitor(buyer.Buyer):
    """Shops over nginx; what is counted is asked of the counted pool itself."""

    def ask(self, tallied, method, path, body=b"", status=200, **more):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        said = fastcgi.ask(tallied.socket, method, path, body, HTTP_COOKIE=cookie, **more)
        if not re.search(rf"^Status: {status}\b", said, re.MULTILINE):
            raise AssertionError(f"{method} {path}: {said[:2000]}")
        return said

    def page(self, tallied, path):
        return self.ask(tallied, "GET", path)

    def add(self, tallied, sku):
        body = json.dumps({"sku": sku, "quantity": 1}).encode()
        return self.ask(tallied, "POST", "/api/v1/cart/items", body, **JSON)

    def pay(self, tallied):
        offer = json.dumps(self.offer()).encode()
        return tallied.counted(lambda: self.ask(
            tallied, "POST", "/api/v1/checkout/payment", offer, 201,
            HTTP_IDEMPOTENCY_KEY=buyer.new_key(), **JSON))


def goods(till, n):
    """So many products, imported at once."""
    path = till.var / "memory.csv"
    rows = [f"MEMORY-{i:02},memory-{i:02},Only for memory {i:02},ship,{20 + i}.00,USD,10000,9999"
            for i in range(n)]
    path.write_text("\n".join(["sku,slug,title,kind,price,currency,stock,per_order", *rows]) + "\n")
    done = buyer.command(till, "product", "import", str(path))
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return [f"MEMORY-{i:02}" for i in range(n)]


def least(counts):
    """Of several rounds: what came once (a log that was turned, a cache that was made) is
    not the request's own."""
    return [min(numbers) for numbers in zip(*counts)]


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = cls.enterClassContext(shop.OwnShop()).shop
        cls.goods = goods(cls.till, MANY)
        cls.few, cls.many = cls.with_cart(3), cls.with_cart(MANY)

    @classmethod
    def with_cart(cls, lines):
        visitor = Visitor(cls.till)
        cls.addClassCleanup(visitor.close)
        for sku in cls.goods[:lines]:
            visitor.put(sku)
        visitor.start()
        return visitor

    # ---- what a request asks for ----

    def test_every_route_stays_within_its_budget(self):
        with Tallied("shop", self.till) as looks, Tallied("pay", self.till) as pays:
            costs = {name: self.cost(looks, act) for name, act in self.acts(looks).items()}
            costs["payment"] = least([self.payment(pays) for _ in range(ROUNDS)])
        if os.environ.get("TILL_RENEW"):
            budget.renew(TABLE, costs)
        wrong = budget.compare(budget.read(TABLE), costs, ["calls of malloc", "bytes"], 110, 70)
        if wrong:
            self.fail("\n".join(["", *wrong, HELP]))

    def acts(self, tallied):
        return {
            "product_page": lambda: self.few.page(tallied, "/products/enamel-mug"),
            "cart_page_3": lambda: self.few.page(tallied, "/cart"),
            "cart_page_50": lambda: self.many.page(tallied, "/cart"),
            "checkout_page_3": lambda: self.few.page(tallied, "/checkout"),
            "checkout_page_50": lambda: self.many.page(tallied, "/checkout"),
            "add": lambda: self.few.add(tallied, self.goods[0]),
        }

    def cost(self, tallied, act):
        for _ in range(WARM):
            act()
        return least([tallied.counted(act) for _ in range(ROUNDS)])

    def payment(self, tallied):
        with Visitor(self.till) as ada:
            for sku in self.goods[:3]:
                ada.put(sku)
            ada.start()
            return ada.pay(tallied)

    # ---- what a child keeps ----

    def test_a_child_that_has_warmed_up_grows_no_more_in_a_thousand_requests(self):
        with Tallied("shop", self.till) as tallied:
            acts = [act for name, act in self.acts(tallied).items() if "50" not in name]

            def act(number):
                acts[number % len(acts)]()

            for number in range(WARM * len(acts)):
                act(number)
            self.grows_no_more([tallied.held, tallied.private], act, REQUESTS)

    def test_a_child_that_took_payments_holds_no_more_than_before(self):
        with Tallied("pay", self.till) as tallied:
            for _ in range(WARM):
                self.payment(tallied)
            self.grows_no_more([tallied.held], lambda _: self.payment(tallied), PARTS * 3)

    def grows_no_more(self, measures, act, rounds):
        """What is made once comes once: only what grows in every part of the rounds has no
        end."""
        values = [[measure() for measure in measures]]
        for _ in range(PARTS):
            for number in range(rounds // PARTS):
                act(number)
            values.append([measure() for measure in measures])
        for told in zip(*values):
            grown = [now - then for then, now in zip(told, told[1:])]
            self.assertLessEqual(min(grown), 0, f"bytes that came, part by part: {grown}{KEPT}")
            self.assertLessEqual(sum(grown), ONCE, f"bytes that came: {grown}{KEPT}")


if __name__ == "__main__":
    unittest.main()
