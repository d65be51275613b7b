#!/usr/bin/python3
"""limits_test.py - one address cannot have all of the shop: past its share it hears 429."""
import collections
import http.client
import json
import unittest

import shop
import visitor


def many(till, count, method, path, headers, body=None):
    """Requests one after the other over one connection: how often which status came."""
    connection = http.client.HTTPSConnection(
        till.address.hostname, till.address.port, context=till.trust, timeout=30)
    statuses = collections.Counter()
    last = {}
    for _ in range(count):
        connection.request(method, path, body=body, headers=headers)
        answer = shop.Answer(connection.getresponse())
        statuses[answer.status] += 1
        last[answer.status] = answer
    connection.close()
    return statuses, last


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.own = shop.OwnShop(TILL_LIMITS_EXEMPT="")
        cls.own.start()
        cls.till = cls.own.shop

    @classmethod
    def tearDownClass(cls):
        cls.own.__exit__()

    def test_a_few_guesses_at_orders_are_enough(self):
        guest = visitor.Visitor(self.till)
        form = guest.page("/orders/find").form("/orders/find")
        answers = [guest.submit(form, number=f"ABCDE-2345{i}", email="eve@example.com")
                   for i in range(6)]
        self.assertEqual([a.status for a in answers], [200] * 5 + [429])
        self.assertIsNotNone(answers[5].header("retry-after"))
        page = visitor.Page(answers[5].text)
        self.assertEqual(page.form("/orders/find").fields["email"], "eve@example.com")

    def test_a_flood_of_pages_hears_429(self):
        statuses, last = many(self.till, 300, "GET", "/health-of-nothing",
                              {"Accept": "text/html"})
        self.assertGreater(statuses[429], 0, statuses)
        self.assertGreater(statuses[404], 80, statuses)
        self.assertEqual(last[429].header("retry-after"), "5")
        self.assertIn("<h1>Too many requests</h1>", last[429].text)

    def test_a_flood_of_payments_hears_429_as_a_problem(self):
        statuses, last = many(
            self.till, 60, "POST", "/api/v1/checkout/payment",
            {"Content-Type": "application/json"}, "{}")
        self.assertGreater(statuses[429], 0, statuses)
        problem = json.loads(last[429].body)
        self.assertEqual(problem["code"], "too_many_requests")
        self.assertEqual(problem["status"], 429)

    def test_headers_that_claim_another_address_change_nothing(self):
        statuses = collections.Counter()
        for i in range(60):
            claim = f"198.51.100.{i}"
            got, _ = many(self.till, 1, "POST", "/api/v1/checkout/payment", {
                "Content-Type": "application/json", "X-Forwarded-For": claim,
                "X-Real-IP": claim, "Forwarded": f"for={claim}"}, "{}")
            statuses += got
        self.assertGreater(statuses[429], 0, statuses)

    def test_webhooks_and_health_are_not_counted(self):
        for method, path in (("POST", "/webhooks/stripe"), ("GET", "/health/live")):
            statuses, _ = many(self.till, 200, method, path, {})
            self.assertEqual(statuses[429], 0, path)

    def test_exempt_addresses_are_not_counted(self):
        statuses, _ = many(shop.shared(), 200, "GET", "/health-of-nothing", {})
        self.assertEqual(statuses[429], 0, statuses)


if __name__ == "__main__":
    unittest.main()
