#!/usr/bin/python3
"""noise_test.py - 20,000 random posts at every route that writes: none is answered with a
5xx, and the books are true afterwards. TILL_NOISE_SEED repeats a run."""
import collections
import concurrent.futures
import json
import os
import random
import re
import socket
import subprocess
import unittest

import buyer
import shop

POSTS = 20000
LINES = 8
WINDOW = 25  # requests under way on a connection
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WORDS = ["HG-MUG", "HG-SOAP", "quantity", "stripe", "pickup", "standard", "US", "NO", "OR",
         "97201", "ada@example.com", "1800", "USD", "payment", "<b>", "{{csrf}}", "null", "",
         "\U0001f99c", "عربى", "a" * 300, "-1", "1e9", "0x10", "9223372036854775808", "%",
         "\x00", "\r\n", "\u202e", "\ud800", "..", "//", "'", "\\", "#", "?a=b"]
FIELDS = ["sku", "quantity", "metadata", "cart_version", "contact.email", "contact.phone",
          "shipping_address.full_name", "shipping_address.country", "shipping_option",
          "shipping_address.postal_code", "shipping_address.region", "payment_method",
          "billing_address.country", "billing_same", "accept_total.amount", "number", "email",
          "accept_total.currency", "csrf", "idempotency_key", "reason", "back", "extra"]


class Noise:
    def __init__(self, seed, routes, csrf):
        self.random = random.Random(seed)
        self.routes, self.csrf = routes, csrf

    def word(self):
        return self.random.choice(WORDS)

    def value(self, depth=0):
        kind = self.random.randrange(9 if depth < 3 else 6)
        if kind < 3:
            return self.word()
        if kind == 3:
            return self.random.choice([0, 1, 2, -1, 2**31, 2**63, 1.5, 1e300])
        if kind == 4:
            return self.random.choice([None, True, False])
        if kind == 5:
            return self.random.randrange(1, 9)
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return self.members(depth + 1)

    def members(self, depth=0):
        names = self.random.sample(FIELDS, self.random.randrange(6))
        out = {}
        for name in names:
            group, _, member = name.partition(".")
            if member and isinstance(out.setdefault(group, {}), dict):
                out[group][member] = self.value(depth + 1)
            elif not member:
                out[name] = self.value(depth + 1)
        return out

    def form(self):
        def escape(text):
            return "".join(c if c.isalnum() else "+" if c == " " else "".join(
                f"%{byte:02x}" for byte in c.encode("utf-8", "surrogatepass"))
                for c in text)
        pairs = [("csrf", self.csrf)] if self.random.random() < 0.8 else []
        pairs += [(name, self.word()) for name in self.random.sample(FIELDS[:-5], 5)]
        return "&".join(f"{escape(name)}={escape(value)}" for name, value in pairs).encode()

    def damage(self, body):
        for _ in range(self.random.randrange(1, 5)):
            at = self.random.randrange(len(body) + 1)
            body = self.random.choice([
                body[:at], body[:at] + self.random.randbytes(3) + body[at:],
                body[:at] + body[at + 1:], body + body[at:]])
        return body

    def path(self, path):
        def part(_):
            return self.random.choice([
                "enamel-mug", "AAAAA-AAAAA", "A" * 22, "%00", "a%20b", "%F0%9F%A6%9C", "-1",
                "018f2c1e-0000-7000-8000-000000000000", "..%2f", "x" * 60])
        return re.sub(r"\{[a-z_]+\}", part, path)

    def request(self, cookie):
        method, path = self.random.choice(self.routes)
        path = self.path(path)
        json_face = path.startswith(("/api/", "/webhooks/")) or self.random.random() < 0.1
        body = json.dumps(self.members()).encode() if json_face else self.form()
        if self.random.random() < 0.2:
            body = self.damage(body)
        head = [f"{method} {path} HTTP/1.1", "Host: a", f"Content-Length: {len(body)}",
                f"Cookie: __Host-till={cookie}",
                f"Content-Type: {JSON if json_face else FORM}"]
        if self.random.random() < 0.7:
            head.append(f"Idempotency-Key: noise-{self.random.randrange(2000)}")
        if path.startswith("/webhooks/"):
            head.append(f"Stripe-Signature: t={self.random.randrange(2**33)},v1=00")
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Line:
    """A connection that has several requests under way."""

    def __init__(self, till):
        raw = socket.create_connection((till.address.hostname, till.address.port), 30)
        self.tls = till.trust.wrap_socket(raw, server_hostname=till.address.hostname)
        self.got = b""

    def status(self):
        while b"\r\n\r\n" not in self.got:
            self.more()
        head, _, self.got = self.got.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length: (\d+)", head)
        if length:
            while len(self.got) < int(length[1]):
                self.more()
            self.got = self.got[int(length[1]):]
        return int(head[9:12]), b"connection: close" in head.lower()

    def more(self):
        piece = self.tls.recv(65536)
        if not piece:
            raise ConnectionError("it was closed")
        self.got += piece


class RandomPosts(unittest.TestCase):
    def test_twenty_thousand_random_posts_are_never_our_error(self):
        till = shop.shared()
        seed = int(os.environ.get("TILL_NOISE_SEED") or random.randrange(2**32))
        printed = subprocess.run([os.environ.get("TILL_BIN") or till.env["TILL_BIN"],
                                  "routes", "--json"], check=True, capture_output=True)
        routes = [row["route"].split() for row in json.loads(printed.stdout)]
        writing = [route for route in routes if route[0] != "GET"]
        with concurrent.futures.ThreadPoolExecutor(LINES) as pool:
            statuses = sum(pool.map(lambda n: post_some(till, seed + n, writing),
                                    range(LINES)), collections.Counter())
        self.assertEqual(sum(statuses.values()), POSTS)
        bad = {status: n for status, n in statuses.items() if status >= 500}
        self.assertEqual(bad, {}, f"seed {seed}: {statuses}")
        for status in (200, 303, 400, 404, 409, 422):
            self.assertGreater(statuses[status], 0, f"seed {seed}: {statuses}")
        buyer.verify(self, till, wait=5)


def post_some(till, seed, routes):
    """One visitor's share of the posts; how often which status came."""
    with buyer.Buyer(till) as visitor:
        noise = Noise(seed, routes, visitor.csrf())
        visitor.put()
        visitor.start()
        cookie = visitor.cookies["__Host-till"]
    statuses = collections.Counter()
    line, waiting, sent = Line(till), collections.deque(), 0
    while sum(statuses.values()) < POSTS // LINES:
        while len(waiting) < WINDOW and sent < POSTS // LINES:
            waiting.append(noise.request(cookie))
            line.tls.sendall(waiting[-1])
            sent += 1
        status, last = line.status()
        waiting.popleft()
        statuses[status] += 1
        if last:  # what came after it was not read: sent again
            line.tls.close()
            line = Line(till)
            for request in waiting:
                line.tls.sendall(request)
    line.tls.close()
    return statuses


if __name__ == "__main__":
    unittest.main()
