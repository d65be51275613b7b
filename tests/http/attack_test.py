#!/usr/bin/python3
"""attack_test.py - requests that no honest client sends are refused, in the shop's own
words, and change nothing (reliability.md 4.1, rows 6 to 8, 11, 12, 24, 32, 33, 35, 36, 44
to 50)."""
import json
import re
import secrets
import socket
import unittest
import urllib.parse

import buyer
import shop

ITEMS = "/api/v1/cart/items"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class AttackTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def setUp(self):
        self.mallory = buyer.Buyer(self.till)
        self.addCleanup(self.mallory.close)

    def post(self, path, text, content_type=JSON, **headers):
        return self.mallory.send("POST", path, {
            "Content-Type": content_type,
            **{name.replace("_", "-"): value for name, value in headers.items()}}, text)

    def check_problem(self, answer, what, statuses):
        self.assertIn(answer.status, statuses, f"{what}: {answer.body[:200]}")
        self.assertEqual(answer.header("content-type"), "application/problem+json", what)
        problem = json.loads(answer.body)
        self.assertEqual(problem["status"], answer.status, what)
        self.assertTrue(problem["code"] and problem["detail"] and problem["trace_id"], what)
        return problem

    def pieces(self):
        status, cart = self.mallory.call("GET", "/api/v1/cart")
        return sum(item["quantity"] for item in cart["items"]) if status == 200 else 0


class Bodies(AttackTest):
    def test_json_that_is_no_json_is_refused(self):
        good = '{"sku": "HG-MUG", "quantity": 1}'
        deep = "[" * 30000 + "]" * 30000
        for what, text in {
                "depth": '{"sku": "HG-MUG", "quantity": 1, "metadata": %s}' % deep,
                "depth 33": '{"metadata": %s}' % ("[" * 33 + "]" * 33),
                "1e999": '{"sku": "HG-MUG", "quantity": 1e999}',
                "NaN": '{"sku": "HG-MUG", "quantity": NaN}',
                "Infinity": '{"sku": "HG-MUG", "quantity": Infinity}',
                "duplicate": '{"sku": "HG-MUG", "quantity": 1, "quantity": 2}',
                "duplicate by escape": '{"sku": "HG-MUG", "quantity": 1, "quantit\\u0079": 2}',
                "trailing": good + "x", "two documents": good + good,
                "BOM": "\ufeff" + good,
                "lone surrogate": '{"sku": "\\ud800", "quantity": 1}',
                "NUL": '{"sku": "HG-MUG\\u0000", "quantity": 1}',
                "single quotes": "{'sku': 'HG-MUG', 'quantity': 1}",
                "comment": good + "/* */", "trailing comma": good[:-1] + ",}",
                "raw tab": '{"sku": "HG-MUG\t", "quantity": 1}',
                "hex": '{"sku": "HG-MUG", "quantity": 0x1}',
                "leading zero": '{"sku": "HG-MUG", "quantity": 01}',
                "no object": "[]", "a number": "1", "cut": good[:-1]}.items():
            self.check_problem(self.post(ITEMS, text.encode()), what, (400,))
        for what, data in {"raw NUL": b'{"sku": "HG-\0MUG", "quantity": 1}',
                           "latin-1": b'{"sku": "HG-M\xdcG", "quantity": 1}',
                           "overlong": b'{"sku": "HG-\xc0\xaf", "quantity": 1}',
                           "surrogate": b'{"sku": "\xed\xa0\x80", "quantity": 1}',
                           "UTF-16": good.encode("utf-16")}.items():
            self.check_problem(self.post(ITEMS, data), what, (400,))
        self.check_problem(self.post(ITEMS, '{"sku": "%s"}' % ("x" * 10_000_000)),
                           "10 MB", (413,))
        self.assertEqual(self.pieces(), 0)

    def test_a_quantity_is_a_whole_number_in_digits(self):
        for quantity in ("-1", "0", "-0", "1.5", "1e3", "1.0", "2147483648", "2147483647",
                         "9223372036854775807", "9223372036854775808", "1" * 400,
                         '"1"', '" 1"', "true", "null", "[1]", "{}"):
            answer = self.post(ITEMS, '{"sku": "HG-MUG", "quantity": %s}' % quantity)
            self.check_problem(answer, quantity, (400, 422))
        csrf = self.mallory.csrf()
        for quantity in ("-1", "0", "1.5", "1e3", " 1", "1 ", "+1", "0x1", "1,0", "٣", "１",
                         "2147483648", "9223372036854775808", "", "1\r\n", "one"):
            answer = self.mallory.post("/cart/items", {
                "sku": "HG-MUG", "quantity": quantity, "csrf": csrf})
            self.assertEqual(answer.status, 422, repr(quantity))
        self.assertEqual(self.pieces(), 0)

    def test_large_sums_are_exact_and_never_wrap(self):
        for price, most in (("10000000000.00", 9999), ("5000.51", 9999), ("50000000.01", 1)):
            with self.assertRaisesRegex(AssertionError, "price is out of range"):
                buyer.own(self.till, "ATK-BEYOND", 20000, most, price)
        buyer.own(self.till, "ATK-DEAR", 20000, per_order=9999, price="5000.50")
        buyer.own(self.till, "ATK-DEAREST", 20000, per_order=1, price="50000000.00")
        for sku, quantity in (("ATK-DEAREST", 2), ("ATK-DEAREST", 9000), ("ATK-DEAREST", 9998),
                              ("ATK-DEAR", 10000), ("ATK-DEAR", 1844674407)):
            answer = self.post(ITEMS, json.dumps({"sku": sku, "quantity": quantity}))
            problem = self.check_problem(answer, quantity, (422,))
            self.assertEqual(problem["errors"][0]["field"], "quantity")
        self.mallory.put("ATK-DEAREST", 1)
        cart = self.mallory.put("ATK-DEAR", 9999)
        self.assertEqual(cart["total"]["amount"], 5 * 10**9 + 9999 * 500050)
        self.assertEqual(cart["total"]["formatted"], "$99,999,999.50")
        self.mallory.start()
        status, said = self.mallory.call(
            "POST", "/api/v1/checkout/payment", self.mallory.offer(),
            Idempotency_Key=buyer.new_key())
        self.assertEqual(status, 201, said)  # ten digits; gateways take up to twelve
        self.assertEqual(said["order"]["due"]["amount"], cart["total"]["amount"])

    def test_members_and_names_that_nobody_asked_for_are_refused(self):
        for member in ("price", "unit_price", "total", "status", "paid", "is_admin", "id",
                       "user_id", "cart_id", "gift", "__proto__", "constructor", "SKU"):
            answer = self.post(ITEMS, json.dumps(
                {"sku": "HG-MUG", "quantity": 1, member: 1}))
            problem = self.check_problem(answer, member, (400,))
            self.assertEqual(problem["errors"][0]["field"], member)
        for path in ("contact.role", "shipping_address.id", "billing_address.paid"):
            group, name = path.split(".")
            answer = self.mallory.send("PATCH", "/api/v1/checkout", {"Content-Type": JSON},
                                       json.dumps({group: {name: "x"}}))
            self.check_problem(answer, path, (400,))
        self.assertEqual(self.pieces(), 0)

    def test_a_name_that_comes_twice_is_refused(self):
        csrf = self.mallory.csrf()
        answer = self.post("/cart/items",
                           f"sku=HG-MUG&quantity=1&quantity=5&csrf={csrf}", FORM)
        self.assertEqual(answer.status, 400)
        answer = self.mallory.get("/api/v1/stock?sku=HG-MUG&sku=HG-CAP-NAVY")
        self.check_problem(answer, "query twice", (400,))
        # the body alone is read, whatever the query or a cookie says
        answer = self.mallory.send("POST", "/cart/items?quantity=5", {
            "Content-Type": FORM}, f"sku=HG-MUG&quantity=1&csrf={csrf}")
        self.assertEqual(answer.status, 303)
        self.mallory.cookies["quantity"] = "7"
        self.assertEqual(self.pieces(), 1)

    def test_broken_escapes_and_bytes_in_a_form_are_refused(self):
        csrf = self.mallory.csrf()
        for what in ("sku=%", "sku=%4", "sku=%zz", "sku=%00", "sku=%C0%AF", "sku=%ED%A0%80",
                     "sku=%FF", "%00=1", "&".join(
                         f"n{i}=1" for i in range(2000))):
            answer = self.post("/cart/items", f"{what}&quantity=1&csrf={csrf}", FORM)
            self.assertEqual(answer.status, 400, what[:40])

    def test_a_body_of_another_kind_is_refused(self):
        good = '{"sku": "HG-MUG", "quantity": 1}'
        for kind in ("text/plain", "application/xml", "text/json", FORM, "", "*/*",
                     "multipart/form-data; boundary=x", "application/json; charset=utf-7",
                     "application/json; charset=iso-8859-1", "application/jsonp"):
            self.check_problem(self.post(ITEMS, good, kind), kind, (415,))
        for encoding in ("gzip", "deflate", "br", "compress, identity"):
            answer = self.post(ITEMS, good, JSON, Content_Encoding=encoding)
            self.check_problem(answer, encoding, (415,))
        answer = self.post("/cart/items", "<?xml version='1.0'?><a/>", "text/xml")
        self.assertEqual(answer.status, 415)
        self.assertEqual(self.pieces(), 0)

    def test_codes_are_compared_byte_by_byte(self):
        for sku in ("hg-mug", "HG-MÜG", "HG-MUG\u200b", "ΗG-MUG", "HG-MUG%"):
            answer = self.post(ITEMS, json.dumps({"sku": sku, "quantity": 1}))
            self.check_problem(answer, sku, (422,))
        for slug in ("Enamel-Mug", "enamel-mu%67%20", "enámel-mug", "enamel_mug", "%"):
            self.assertIn(self.till.get("/products/" + urllib.parse.quote(slug)).status,
                          (400, 404), slug)


class Heads(AttackTest):
    def test_a_header_that_is_meant_once_is_refused_twice(self):
        for name, first, second in (
                ("Idempotency-Key", "a", "b"), ("Content-Type", JSON, "text/plain"),
                ("Origin", self.till.url, "https://evil.example"),
                ("Sec-Fetch-Site", "same-origin", "cross-site"),
                ("Stripe-Signature", "t=1,v1=a", "t=2,v1=b")):
            other = "" if name == "Content-Type" else f"Content-Type: {JSON}\r\n"
            said = self.till.send_bytes(
                f"POST {ITEMS} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{other}"
                f"{name}: {first}\r\n{name}: {second}\r\nContent-Length: 2\r\n\r\n{{}}"
                .encode())
            self.assertTrue(said.startswith(b"HTTP/1.1 400"), f"{name}: {said[:60]}")

    def test_cookies_that_are_no_session_are_no_session(self):
        self.mallory.put()
        real = self.mallory.cookies["__Host-till"]
        for cookies in (f"__Host-till={'A' * 43}; __Host-till={real}",
                        f"__Host-till={real}; __Host-till={'A' * 43}"):
            answer = self.till.get("/api/v1/cart", Cookie=cookies)
            self.assertIn(answer.status, (200, 400, 404))  # one of the two, not both
        for value in ("", "x", real[:-1], real + "A", real.lower(), f'"{real}"', "%00" * 9,
                      "../" * 14, "A" * 3500, real[:-1] + "\x80"):
            answer = self.till.get("/api/v1/cart", Cookie=f"__Host-till={value}")
            self.assertIn(answer.status, (400, 404), value)
        answer = self.till.get("/", Cookie="a=" + "b" * 9000)
        self.assertEqual(answer.status, 431)
        for name in ("till", "__Host-Till", "__Secure-till", " __Host-till2"):
            self.assertEqual(self.till.get("/api/v1/cart", Cookie=f"{name}={real}").status,
                             404)

    def test_a_session_is_never_taken_from_the_client(self):
        planted = secrets.token_urlsafe(32)
        answer = self.till.get("/cart", Cookie=f"__Host-till={planted}")
        for cookie in answer.all_of("set-cookie"):
            self.assertNotIn(planted, cookie)
        answer = self.till.get("/cart")
        cookie = answer.header("set-cookie")
        for word in ("__Host-till=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(word, cookie)
        self.assertNotIn("Domain", cookie)

    def test_only_the_methods_of_a_route_are_answered(self):
        for method, path in (("PUT", "/cart"), ("DELETE", "/api/v1/cart"), ("PATCH", "/"),
                             ("POST", "/help"), ("OPTIONS", "/cart"), ("FOO", "/cart"),
                             ("GET", "/checkout/payment"), ("GET", "/webhooks/stripe")):
            answer = self.mallory.send(method, path)
            self.assertEqual(answer.status, 405, f"{method} {path}")
            self.assertTrue(answer.header("allow"), f"{method} {path}")
        for method in ("TRACE", "CONNECT"):
            self.assertIn(self.till.send(method, "/").status, (400, 405))
        self.mallory.put()
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            item = self.mallory.must("GET", "/api/v1/cart")["items"][0]["id"]
            answer = self.mallory.send("GET", f"{ITEMS}/{item}?_method=DELETE",
                                       {name: "DELETE"})
            self.assertEqual(answer.status, 405)
        self.assertEqual(self.pieces(), 1)

    def test_head_says_what_get_says_without_a_body(self):
        for path in ("/", "/cart", "/products/enamel-mug", "/help", "/api/v1/openapi.json"):
            whole, head = self.mallory.get(path), self.mallory.send("HEAD", path)
            self.assertEqual((head.status, head.body), (whole.status, b""), path)
            self.assertEqual(head.header("content-type"), whole.header("content-type"))

    def test_other_origins_are_told_nothing(self):
        for origin in ("https://evil.example", "null", self.till.url + ".evil.example",
                       self.till.url, "http://127.0.0.1"):
            for method in ("GET", "OPTIONS"):
                answer = self.mallory.send(method, "/api/v1/cart", {
                    "Origin": origin, "Access-Control-Request-Method": "POST"})
                for name, _ in answer.headers:
                    self.assertFalse(name.startswith("access-control-"), origin)

    def test_personal_answers_are_kept_by_no_cache(self):
        order = self.mallory.place()["order"]
        for path in ("/cart", "/api/v1/cart", f"/orders/{order['number']}",
                     f"/api/v1/orders/{order['id']}", "/orders/find", "/checkout/waiting",
                     f"/api/v1/checkout/status/{order['id']}", "/checkout"):
            answer = self.mallory.get(path)
            self.assertEqual(answer.header("cache-control"), "no-store", path)
        for path in ("/cart/x.css", f"/orders/{order['number']}/x.css", "/cart;x.css",
                     "/cart%2Fx.css", "/checkout/a.js", f"/orders/{order['number']}.css"):
            self.assertEqual(self.mallory.get(path).status, 404, path)

    def test_a_page_whose_address_holds_a_token_sends_no_referrer(self):
        order = self.mallory.place()["order"]
        answer = self.mallory.get(f"/orders/{order['number']}")
        self.assertEqual(answer.all_of("referrer-policy"), ["no-referrer"])
        self.assertEqual(answer.all_of("x-content-type-options"), ["nosniff"])


class Paths(AttackTest):
    def raw(self, target):
        return self.till.send_bytes(
            f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())

    def test_nothing_but_the_shop_is_served(self):
        for path in ("/.git/config", "/.env", "/till.conf", "/../till.conf", "/sql/",
                     "/static/../till.conf", "/static/..%2ftill.conf", "/static/.git",
                     "/static../till.conf", "/%2e%2e/%2e%2e/etc/passwd", "/admin", "/admin/",
                     "/index.php", "/cart.bak", "/cart~", "/backup.zip", "/server-status",
                     "/nginx_status", "/debug", "/api", "/api/v2/cart", "/static/",
                     "/.refused/page", "/products/../cart.json", "/..;/metrics",
                     "/products/..%252f..%252fetc%252fpasswd", "/products/%2e%2e%2fcart%00",
                     "/CART", "/cart/", "/products/", "/orders/", "/products/a%00b",
                     "/health/../till.conf", "/static/%00", "/products/%ff"):
            said = self.raw(path)
            self.assertRegex(said[:12], rb"^HTTP/1.1 (40[0345]|301)", path)
            self.assertNotIn(b"\r\nLocation: http", said)
            self.assertNotIn(b"root:", said)
            self.assertNotIn(b"password_file", said)

    def test_no_answer_takes_a_line_from_its_request(self):
        evil = "%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a"
        for path in (f"/products/a{evil}", f"/checkout/return/a{evil}",
                     f"/orders/a{evil}?t=a{evil}", f"/checkout/status/a{evil}",
                     f"/checkout/waiting?key=a{evil}", f"/{evil}", f"/cart?a={evil}",
                     f"/checkout/go/{evil}"):
            said = self.raw(path)
            self.assertNotIn(b"\r\nSet-Cookie: evil", said, path)
            self.assertNotIn(b"\r\nSet-Cookie:%20evil", said, path)

    def test_http_leads_to_the_shop_and_nowhere_else(self):
        port = int(re.search(r"listen 127\.0\.0\.1:(\d+) default_server",
                             (self.till.var / "nginx" / "till.conf").read_text())[1])
        for target, host in (("/cart", "evil.example"), ("//evil.example/", "a"),
                             ("http://evil.example/", "evil.example"), ("/\\evil", "a"),
                             ("/%0d%0aSet-Cookie:%20evil=1", "a"), ("/..//evil.example", "a")):
            with socket.create_connection(("127.0.0.1", port), 10) as plain:
                plain.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n"
                              "Connection: close\r\n\r\n".encode())
                said = b""
                while piece := plain.recv(65536):
                    said += piece
            if said.startswith(b"HTTP/1.1 400"):
                continue
            self.assertTrue(said.startswith(b"HTTP/1.1 308"), said[:80])
            to = re.search(rb"\r\nLocation: ([^\r]*)\r\n", said)[1].decode()
            self.assertTrue(to.startswith(self.till.url + "/"), to)
            self.assertNotIn(b"\r\nSet-Cookie", said)

    def test_no_parameter_sends_anyone_elsewhere(self):
        self.mallory.put()
        cart = self.mallory.must("GET", "/api/v1/cart")
        csrf = self.mallory.csrf()
        for place in ("//evil.example", "https://evil.example", "/\\evil.example", "@evil",
                      "javascript:alert(1)", "\\\\evil", "/%2f%2fevil", "．evil"):
            answers = [self.mallory.post(f"/cart/items/{cart['items'][0]['id']}", {
                "quantity": "1", "csrf": csrf, "back": place, "next": place, "url": place})]
            for name in ("next", "url", "return", "redirect", "back", "to"):
                answers.append(self.mallory.get(
                    "/checkout/status/AAAAA-AAAAA?" + urllib.parse.urlencode({name: place})))
            answers.append(self.mallory.get(
                "/checkout/waiting?key=" + urllib.parse.quote(place, safe="")))
            for answer in answers:
                to = answer.header("location")
                self.assertTrue(to is None or re.match(r"/[a-z]", to), to)


class Smuggling(AttackTest):
    def test_a_message_has_one_end(self):
        """Whatever nginx makes of these, the request hidden in them is never run."""
        hidden = f"/smuggled-{secrets.token_hex(8)}"
        inner = f"GET {hidden} HTTP/1.1\r\nHost: a\r\n\r\n"
        head = f"POST {ITEMS} HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\n"
        empty = "0\r\n\r\n"
        for what, message in {
                "CL and TE": f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{empty}",
                "TE and CL": f"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{empty}",
                "TE twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
                "TE odd": "Transfer-Encoding: xchunked\r\n\r\n",
                "TE tab": "Transfer-Encoding:\tchunked\x0b\r\n\r\n",
                "TE blank": "Transfer-Encoding : chunked\r\n\r\n",
                "TE folded": "Transfer-Encoding:\r\n chunked\r\n\r\n",
                "CL twice": "Content-Length: 0\r\nContent-Length: 50\r\n\r\n",
                "CL list": "Content-Length: 0, 50\r\n\r\n",
                "CL plus": "Content-Length: +0\r\n\r\n",
                "CL hex": "Content-Length: 0x0\r\n\r\n",
                "CL minus": "Content-Length: -1\r\n\r\n",
                "CL large": "Content-Length: 99999999999999999999\r\n\r\n",
                "chunk size": "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n" + empty,
                "chunk overflow": "Transfer-Encoding: chunked\r\n\r\n"
                                  "fffffffffffffffff\r\n{}\r\n" + empty,
        }.items():
            said = self.till.send_bytes((head + message + inner).encode())
            self.assertRegex(said[:12], rb"^HTTP/1.1 (400|405|411|413|501)", what)
            self.assertEqual(said.count(b"HTTP/1.1 "), 1, f"{what}: {said}")
        log = (self.till.var / "log" / "access.log").read_text(errors="replace")
        self.assertNotIn(hidden, log)

    def test_chunks_are_one_body(self):
        said = self.till.send_bytes((
            f"POST {ITEMS} HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\n"
            "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            '8;a="b"\r\n{"sku": \r\n1c\r\n"HG-MUG", "quantity": "one"}\r\n0\r\n\r\n').encode())
        self.assertTrue(said.startswith(b"HTTP/1.1 422"), said[:200])

    def test_a_body_longer_than_announced_is_another_request(self):
        body = b'{"sku": "HG-MUG", "quantity": "one"}'
        said = self.till.send_bytes((
            f"POST {ITEMS} HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body + b"garbage\r\n\r\n")
        self.assertTrue(said.startswith(b"HTTP/1.1 422"), said[:80])
        self.assertIn(b"HTTP/1.1 400", said[80:])


if __name__ == "__main__":
    unittest.main()
