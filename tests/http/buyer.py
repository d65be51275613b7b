"""buyer.py - a visitor who buys over JSON and keeps one connection; and what stands
around the shop: the sandbox's books, the database as its reader, the caught mail."""
import base64
import contextlib
import email
import email.policy
import hashlib
import hmac
import http.client
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

import shop
import visitor

_serial = itertools.count(time.time_ns())

ADDRESS = {"full_name": "Ada Example", "line1": "1 Dock Street", "city": "Portland",
           "region": "OR", "postal_code": "97201", "country": "US"}


def new_key():
    return f"key-{next(_serial)}"


class Buyer(visitor.Visitor):
    """Keeps its connection open, as a browser does."""

    def __init__(self, till):
        super().__init__(till)
        self.connection = None

    def send(self, method, path, headers=None, body=None):
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        answer = self._ask(method, path, headers, body)
        for line in answer.all_of("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.header("connection") == "close":
            self.close()
        return answer

    def _ask(self, method, path, headers, body):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                self.shop.address.hostname, self.shop.address.port,
                context=self.shop.trust, timeout=40)
        try:
            self.connection.request(method, path, body=body, headers=headers)
            return shop.Answer(self.connection.getresponse())
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- buying ----

    def must(self, method, path, value=None, status=(200, 201), **headers):
        got, body = self.call(method, path, value, **headers)
        if got not in status:
            raise AssertionError(f"{method} {path}: {got} {body}")
        return body

    def put(self, sku="HG-MUG", quantity=1):
        return self.must("POST", "/api/v1/cart/items", {"sku": sku, "quantity": quantity})

    def start(self):
        return self.must("POST", "/api/v1/checkout/start", {})

    def details(self, **over):
        return {"contact": {"email": "ada@example.com"}, "shipping_address": ADDRESS,
                "shipping_option": "pickup", "payment_method": "stripe", **over}

    def offer(self, **over):
        """The body of a payment for what is in the started checkout."""
        wanted = self.details(**over)
        quote = self.must("POST", "/api/v1/checkout/validate", wanted)["quote"]
        total = quote["due"]
        return {**wanted, "accept_total": {"amount": total["amount"],
                                           "currency": total["currency"]}}

    def pay(self, offer=None, key=None, status=(200, 201)):
        return self.must("POST", "/api/v1/checkout/payment", offer or self.offer(), status,
                         Idempotency_Key=key or new_key())

    def place(self, sku="HG-MUG", quantity=1, **over):
        """From an empty cart to an order whose page at the gateway is open."""
        self.put(sku, quantity)
        self.start()
        return self.pay(self.offer(**over))

    def status(self, order):
        return self.must("GET", f"/api/v1/checkout/status/{order['id']}")

    def wait_for(self, order, *states, seconds=15):
        """The order's status, once it is one of the states."""
        last = {}

        def there():
            last.update(self.status(order))
            return last["status"] in states

        try:
            shop.wait_until(there, "the order", seconds)
        except AssertionError as late:
            raise AssertionError(
                f"{order['number']} is not {' or '.join(states)} but {last}") from late
        return last

    def buy(self, sku="HG-MUG", quantity=1, **over):
        """A whole purchase, paid and confirmed."""
        order = self.place(sku, quantity, **over)["order"]
        press(self.shop, order)
        self.wait_for(order, "confirmed")
        return order


# ---- the gateway ----

def sandbox(till, method, path, value=None):
    request = urllib.request.Request(
        f"{till.env['TILL_SANDBOX_URL']}/_sandbox/{path}", method=method,
        data=None if value is None else json.dumps(value).encode(),
        headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{path} {value}: {refused.read().decode()}") from refused


def press(till, order, outcome="approve"):
    """Presses a button of the hosted page."""
    return sandbox(till, "POST", "pay", {"gateway": "stripe", "ref": order["number"],
                                         "outcome": outcome})


def ledger(till, order=None):
    rows = sandbox(till, "GET", "ledger")
    return [row for row in rows if order is None or row["ref"] == order["number"]]


def webhook_secret(till):
    return (till.var / "keys" / "stripe-webhooks").read_text().split()[0]


def signature(secret, body, at=None):
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


# ---- the shop from inside ----

def rows(till, sql):
    """What the reader sees: a list of lists of texts."""
    env = till.env
    done = subprocess.run(
        ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--socket",
         env["TILL_DB_SOCKET"], "--user", env["TILL_DB_READER"], env["TILL_DB_NAME"],
         "-e", sql], capture_output=True, text=True, timeout=30, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def write(till, sql):
    """What no shop would do by itself, as the database's owner."""
    subprocess.run(["mariadb", "--no-defaults", "--socket", till.env["TILL_DB_SOCKET"],
                    till.env["TILL_DB_NAME"], "-e", sql], timeout=30, check=True)


def number(till, sql):
    return int(rows(till, sql)[0][0])


def command(till, *words):
    return subprocess.run([till.env["TILL_BIN"], *words, "--config", till.env["TILL_CONF"]],
                          capture_output=True, text=True, timeout=60, check=False)


def own(till, sku, stock, per_order=10, price="20.00"):
    """A product that nobody else buys; sku in capitals."""
    path = till.var / f"{sku}.csv"
    path.write_text(
        "sku,slug,title,kind,price,currency,tax_class,weight_g,per_order,stock,picture,"
        f"summary,description,position\n{sku},{sku.lower()},Only for {sku},ship,{price},"
        f"USD,standard,10,{per_order},{stock},mug,A test,A test,900\n", encoding="utf-8")
    for words in (("product", "import", str(path)), ("stock", "set", sku, str(stock))):
        done = command(till, *words)
        if done.returncode:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
    return sku


def wake(till):
    """Wakes the jobs as a request does: they look by themselves only each second."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as nudge:
        nudge.setblocking(False)
        for lane in pathlib.Path(till.env["TILL_DB_SOCKET"]).parent.glob("work-*.sock"):
            with contextlib.suppress(OSError):  # it is full, or its lane is gone
                nudge.sendto(b"w", str(lane))


def verify(test, till, wait=0):
    """The books are true; with wait, once the background work has come to rest."""
    end = time.monotonic() + wait
    while True:
        if wait:
            wake(till)
        done = command(till, "verify")
        if done.returncode == 0 or time.monotonic() > end:
            break
        time.sleep(0.05)
    test.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def mails(till, order):
    """The caught mails that name an order."""
    found = []
    for path in pathlib.Path(till.env["TILL_MAIL_DIR"]).glob("*.eml"):
        data = path.read_bytes()
        mail = email.message_from_bytes(data, policy=email.policy.default)
        if order["number"] in mail["subject"]:
            found.append(mail)
    return found


def token_of(till, order):
    """The token of the order's page, as its mail tells it."""
    for mail in mails(till, order):
        link = re.search(r"/orders/[A-Za-z0-9-]+\?t=([A-Za-z0-9_-]+)",
                         mail.get_body(("plain",)).get_content())
        if link:
            return link.group(1)
    return None
