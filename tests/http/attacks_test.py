#!/usr/bin/python3
"""attacks_test.py - requests that nobody sends by accident (reliability.md 4.1)."""
import json
import unittest

import shop
import visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def setUp(self):
        self.ada = visitor.Visitor(self.till)

    def status(self, method, path, headers=None, body=None):
        answer = self.till.send(method, path, headers, body)
        for name in shop.SECURITY_HEADERS:
            self.assertEqual(len(answer.all_of(name)), 1, f"{method} {path}: {name}")
        self.assertNotIn("root:x:", answer.text)
        return answer.status

    def raw(self, text):
        """The status lines of all answers to bytes as they are."""
        said = self.till.send_bytes(text.encode("latin-1"))
        return [line for line in said.decode("latin-1").split("\r\n")
                if line.startswith("HTTP/1.1 ")]


class Paths(Case):
    def test_a_path_leads_out_of_nowhere(self):
        for path in ("/../../etc/passwd", "/static/../../../etc/passwd",
                     "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fetc/passwd",
                     "/%252e%252e/%252e%252e/etc/passwd", "/static/..;/etc/passwd",
                     "/static/....//....//etc/passwd", "/.git/config", "/till.conf",
                     "/CART", "/cart/", "/cart;x=1",
                     "/orders/%2e%2e%2f%2e%2e", "/api/v1/cart/items/%2e%2e"):
            with self.subTest(path=path):
                self.assertIn(self.status("GET", path), (400, 404, 405))

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
    def test_other_methods_are_refused(self):
        for method in ("TRACE", "PUT", "DELETE", "OPTIONS", "PROPFIND", "LOCK"):
            with self.subTest(method=method):
                self.assertEqual(self.status(method, "/cart"), 405)

    def test_a_method_in_a_header_or_field_changes_nothing(self):
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            self.assertEqual(self.status("GET", "/cart/items", {name: "POST"}), 405)
        self.assertEqual(self.status("POST", "/api/v1/cart/items/x?_method=DELETE", JSON,
                                     "{}"), 405)

    def test_head_has_no_effect_and_no_body(self):
        answer = self.till.send("HEAD", "/")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertGreater(int(answer.header("content-length")), 1000)


class Bodies(Case):
    def test_other_types_are_refused(self):
        for kind in ("text/plain", "application/xml", "text/json", "multipart/form-data",
                     "application/json; charset=utf-7", "application/x-www-form-urlencoded"):
            with self.subTest(kind=kind):
                self.assertEqual(self.status("POST", "/api/v1/cart", {"Content-Type": kind},
                                             "{}"), 415)
        self.assertEqual(self.status("POST", "/api/v1/cart", {}, "{}"), 415)
        self.assertEqual(self.status("POST", "/cart/items", JSON, '{"sku":"a"}'), 415)

    def test_a_packed_body_is_refused_unopened(self):
        self.assertEqual(self.status("POST", "/api/v1/cart", {**JSON,
                                     "Content-Encoding": "gzip"}, b"\x1f\x8b\x08" * 99), 415)

    def test_a_body_above_its_limit_is_refused(self):
        self.assertEqual(self.status("POST", "/cart/items", FORM, "a" * 20000), 413)
        self.assertEqual(self.status("POST", "/api/v1/cart", JSON, "[" * 70000), 413)

    def test_json_that_is_not_strict_is_refused(self):
        for text in ("[" * 100 + "]" * 100, '{"a":NaN}', '{"a":1,"a":2}', "{'a':1}", "{}{}",
                     '\ufeff{}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"a":1e999999}x',
                     '{"a":01}', '{"a":"\t"}', '{"a":99999999999999999999}', "null", '"x"'):
            with self.subTest(text=text[:20]):
                self.assertEqual(self.status("POST", "/api/v1/cart/items", JSON,
                                             text.encode("utf-8")), 400)

    def test_a_name_twice_is_refused_wherever(self):
        self.assertEqual(self.status("GET", "/api/v1/stock?sku=a&sku=b"), 400)
        self.assertEqual(self.status("POST", "/cart/items", FORM, "sku=a&sku=b"), 400)
        self.assertEqual(self.status("POST", "/api/v1/cart/items", JSON,
                                     '{"sku":"a","sku":"b","quantity":1}'), 400)

    def test_many_fields_are_refused(self):
        many = "&".join(f"a{i}=1" for i in range(1000))
        self.assertEqual(self.status("POST", "/cart/items", FORM, many), 400)


class Headers(Case):
    def test_what_comes_twice_is_refused_or_counts_once(self):
        line = "GET /api/v1/cart HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        for more in ("Host: y\r\n", "Authorization: a\r\nAuthorization: b\r\n",
                     "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
                     "Origin: a\r\nOrigin: b\r\n"):
            with self.subTest(more=more):
                self.assertEqual([line[9:12] for line in self.raw(line + more + "\r\n")],
                                 ["400"])

    def test_two_ways_to_say_how_long_a_body_is_are_refused(self):
        line = "POST /api/v1/cart HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        hidden = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        for more in ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     "Content-Length: 2\r\nContent-Length: 44\r\n\r\n{}",
                     "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
                     "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                     "Content-Length: +2\r\n\r\n{}", "Content-Length: 0x2\r\n\r\n{}"):
            with self.subTest(more=more):
                statuses = [line[9:12] for line in self.raw(line + more + hidden)]
                self.assertEqual(len(statuses), 1, statuses)
                self.assertIn(statuses[0], ("400", "501"))

    def test_headers_of_a_proxy_are_not_believed(self):
        answer = self.till.send("GET", "/api/v1/cart", {
            "Proxy": "http://evil.example", "X-Forwarded-For": "1.2.3.4",
            "X-Real-IP": "1.2.3.4", "X_Forwarded_Host": "evil.example",
            "Forwarded": "for=1.2.3.4;host=evil.example", "Host": "evil.example"})
        self.assertEqual(answer.status, 404)
        self.assertNotIn("evil.example", answer.text + str(answer.headers))

    def test_odd_cookies_are_no_visitor(self):
        for cookie in ("__Host-till=", "__Host-till=short", "__Host-till=" + "a" * 44,
                       "__Host-till=" + "'" * 43, "x" * 4000, "; ;=; =a;__Host-till",
                       "__Host-till=" + "a" * 43 + "; __Host-till=" + "b" * 43):
            with self.subTest(cookie=cookie[:30]):
                self.assertEqual(self.status("GET", "/api/v1/cart", {"Cookie": cookie}), 404)
        self.assertIn(self.status("GET", "/cart", {"Cookie": "a=" + "b" * 9000}), (400, 431))

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

    def test_no_site_may_read_our_answers(self):
        for origin in ("https://evil.example", "null", self.till.url + ".evil.example"):
            answer = self.till.send("GET", "/api/v1/cart", {"Origin": origin})
            self.assertEqual(answer.all_of("access-control-allow-origin"), [])
            self.assertEqual(self.status("OPTIONS", "/api/v1/cart", {
                "Origin": origin, "Access-Control-Request-Method": "POST"}), 405)

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
