#!/usr/bin/python3
"""guards_test.py - what the guards of the program keep out, through the real nginx."""
import json
import unittest

import shop

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def status(self, method, path, headers=None, body=None):
        answer = self.till.send(method, path, headers, body)
        for name in shop.SECURITY_HEADERS:
            self.assertEqual(len(answer.all_of(name)), 1, f"{method} {path}: {name}")
        self.assertNotIn("root:x:", answer.text)
        return answer.status


class Paths(Case):
    def test_a_personal_page_has_no_other_name(self):
        for path in ("/cart/x.css", "/cart.css", "/checkout/a.js", "/orders/find/x.png",
                     "/api/v1/cart/x.css"):
            with self.subTest(path=path):
                self.assertEqual(self.status("GET", path), 404)
        self.assertEqual(self.till.get("/cart").header("cache-control"), "no-store")

    def test_bytes_that_are_no_text_are_refused(self):
        for path in ("/%00", "/cart%00", "/%0d%0aX-Evil:%20a", "/a%0aSet-Cookie:x=y", "/%80",
                     "/%c0%af", "/%ed%a0%80", "/%01", "/%7f"):
            with self.subTest(path=path):
                self.assertEqual(self.status("GET", path), 400)

    def test_nothing_of_a_path_or_query_comes_back(self):
        for path in ("/%3Cscript%3Ealert(1)%3C/script%3E",
                     "/cart?x=%3Cscript%3Ealert(1)%3C/script%3E",
                     "/orders/%22%3E%3Cimg%20src=x%3E"):
            answer = self.till.get(path)
            self.assertNotIn("<script>alert", answer.text)
            self.assertNotIn("<img src=x", answer.text)


class Methods(Case):
    def test_a_method_in_a_header_or_field_changes_nothing(self):
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            self.assertEqual(self.status("GET", "/cart/items", {name: "POST"}), 405)
        self.assertEqual(self.status("POST", "/api/v1/cart/items/x?_method=DELETE", JSON,
                                     "{}"), 405)



class Bodies(Case):
    def test_a_packed_body_is_refused_unopened(self):
        self.assertEqual(self.status("POST", "/api/v1/cart", {**JSON,
                                     "Content-Encoding": "gzip"}, b"\x1f\x8b\x08" * 99), 415)

    def test_a_body_above_its_limit_is_refused(self):
        self.assertEqual(self.status("POST", "/cart/items", FORM, "a" * 20000), 413)
        self.assertEqual(self.status("POST", "/api/v1/cart", JSON, "[" * 70000), 413)

    def test_many_fields_are_refused(self):
        many = "&".join(f"a{i}=1" for i in range(1000))
        self.assertEqual(self.status("POST", "/cart/items", FORM, many), 400)


class Headers(Case):
    def test_headers_of_a_proxy_are_not_believed(self):
        answer = self.till.send("GET", "/api/v1/cart", {
            "Proxy": "http://evil.example", "X-Forwarded-For": "1.2.3.4",
            "X-Real-IP": "1.2.3.4", "X_Forwarded_Host": "evil.example",
            "Forwarded": "for=1.2.3.4;host=evil.example", "Host": "evil.example"})
        self.assertEqual(answer.status, 404)
        self.assertNotIn("evil.example", answer.text + str(answer.headers))

    def test_a_flood_of_ranges_gets_the_page(self):
        ranges = "bytes=" + ",".join(f"{i}-{i + 1}" for i in range(400))
        self.assertEqual(self.status("GET", "/", {"Range": ranges}), 200)


class Sites(Case):
    def test_a_page_of_another_site_changes_nothing(self):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                        {"Origin": "https://evil.example"}, {"Origin": "null"},
                        {"Origin": self.till.url.replace("https", "http")},
                        {"Sec-Fetch-Site": "cross-site", "Origin": self.till.url}):
            for path, kind in (("/api/v1/cart", JSON), ("/cart/items", FORM),
                               ("/checkout/start", FORM)):
                with self.subTest(path=path, **headers):
                    self.assertEqual(self.status("POST", path, {**kind, **headers}, "{}"), 403)

    def test_a_cookie_from_elsewhere_becomes_no_visitor_of_ours(self):
        fixed = "__Host-till=" + "f" * 43
        answer = self.till.send("POST", "/cart/items", {**FORM, "Cookie": fixed},
                                "sku=HG-MUG&quantity=1&csrf=" + "f" * 43)
        self.assertEqual(answer.status, 403)


class Logs(Case):
    def test_no_request_forges_a_line_of_the_log(self):
        evil = 'x"} \x1b[31m{"level":"error","event":"forged"'
        self.till.send("GET", "/none?a=%0a%7b%22event%22:%22forged%22%7d",
                       {"User-Agent": evil.encode("latin-1"), "Referer": "a\tb"})
        self.till.send("POST", "/api/v1/cart/items", JSON, json.dumps(
            {"sku": "a\n{\"event\":\"forged\"}", "quantity": 1, "x\u2028\n": 1}))
        for name in ("shop.log", "access.log"):
            for line in (self.till.var / "log" / name).read_bytes().splitlines():
                if line.startswith(b"{"):
                    self.assertNotEqual(json.loads(line).get("event"), "forged")
                self.assertNotIn(b"\x1b", line)


if __name__ == "__main__":
    unittest.main()
