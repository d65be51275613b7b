#!/usr/bin/python3
"""headers_test.py - every answer of any status carries the security headers, once each; and
what nginx itself refuses has the face of the program's own errors."""
import json
import unittest

import shop

LONG = "a" * 9000


class Headers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def check(self, answer, what):
        for name, begins in shop.SECURITY_HEADERS.items():
            values = answer.all_of(name)
            self.assertEqual(len(values), 1, f"{name} of {what}: {values}")
            self.assertIn(begins, values[0], f"{name} of {what}")
        policy = answer.header("content-security-policy")
        self.assertNotIn("unsafe-", policy)
        for rule in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            self.assertIn(rule, policy, what)

    def test_good_pages_have_them(self):
        for path in ("/", "/cart", "/orders/find", "/health/live", "/health/ready",
                     "/api/v1/openapi.json", "/static/till.css"):
            answer = self.till.get(path)
            self.assertEqual(answer.status, 200, path)
            self.check(answer, path)

    def test_redirects_have_them(self):
        answer = self.till.get("/checkout")
        self.assertEqual(answer.status, 303)
        self.check(answer, "/checkout without lines")

    def test_refusals_of_the_program_have_them(self):
        for method, path, status in (
                ("GET", "/no/such/page", 404), ("GET", "/api/v1/nothing", 404),
                ("DELETE", "/cart", 405), ("POST", "/webhooks/stripe", 400)):
            answer = self.till.send(method, path)
            self.assertEqual(answer.status, status, path)
            self.check(answer, f"{method} {path}")

    def test_a_cross_site_post_is_refused_with_them(self):
        answer = self.till.send("POST", "/cart/items", {
            "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example",
            "Content-Type": "application/x-www-form-urlencoded"}, "sku=x&quantity=1")
        self.assertEqual(answer.status, 403)
        self.check(answer, "cross-site POST")

    def test_refusals_of_nginx_have_them(self):
        large = {"Content-Type": "application/json"}
        for status, answer in (
                (413, self.till.send("POST", "/cart/items", large, "x" * 17000)),
                (413, self.till.send("POST", "/api/v1/cart/items", large, "x" * 70000)),
                (413, self.till.send("POST", "/webhooks/stripe", large, "x" * 270000)),
                (414, self.till.get(f"/{LONG}")),
                (431, self.till.get("/", X_Long=LONG)),
                (405, self.till.send("TRACE", "/")),
                (404, self.till.get("/static/none.css"))):
            self.assertEqual(answer.status, status)
            self.check(answer, f"nginx's {status}")

    def test_a_body_within_its_limit_reaches_the_program(self):
        for path, size in (("/cart/items", 15000), ("/api/v1/cart/items", 64000),
                           ("/checkout/validate", 64000), ("/webhooks/stripe", 250000)):
            answer = self.till.send(
                "POST", path, {"Content-Type": "application/json"}, "x" * size)
            self.assertNotEqual(answer.status, 413, path)

    def test_a_malformed_request_is_refused_with_them(self):
        answer = self.till.send_bytes(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").lower()
        self.assertTrue(answer.startswith(b"http/1.1 400"), answer[:80])
        for name in shop.SECURITY_HEADERS:
            self.assertEqual(answer.count(f"\r\n{name}:".encode()), 1, name)

    def test_machines_get_a_problem_document_from_nginx(self):
        for path, accept in (("/api/v1/cart/items", "*/*"), ("/webhooks/stripe", "*/*"),
                             ("/cart/items", "application/json")):
            answer = self.till.send("POST", path, {"Accept": accept}, "x" * 270000)
            self.assertEqual(answer.header("content-type"), "application/problem+json")
            problem = json.loads(answer.body)
            self.assertEqual(problem["status"], 413)
            self.assertEqual(problem["code"], "too_large")
            for member in ("type", "title", "detail", "trace_id"):
                self.assertTrue(problem[member], member)

    def test_people_get_a_small_page_from_nginx(self):
        answer = self.till.send("POST", "/cart/items", {"Accept": "text/html"}, "x" * 70000)
        self.assertEqual(answer.header("content-type"), "text/html; charset=utf-8")
        self.assertLessEqual(len(answer.body), 1024)
        self.assertIn("<h1>Too large</h1>", answer.text)

    def test_an_answer_says_nothing_about_the_server(self):
        for path in ("/", "/static/none.css"):
            self.assertEqual(self.till.get(path).header("server"), "nginx")


if __name__ == "__main__":
    unittest.main()
