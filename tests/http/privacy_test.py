#!/usr/bin/python3
"""privacy_test.py - who buys is written nowhere in clear: not in the database, not in a log;
neither is any secret. Without their key a person is forgotten, and the order stays
(design.md 8, gateways.md 14 row 8)."""
import json
import pathlib
import re
import subprocess
import unittest
import urllib.parse

import buyer
import shop

# Each part is found nowhere else, as it is, folded, escaped or encoded.
PERSON = {"contact": {"email": "Canary.Wren-7319@zugvogel-mail.example",
                      "phone": "+4915207319842"},
          "shipping_address": {"full_name": "Zaunkönig Ωmega-7319 🦩", "line1": "Kanarienweg 7319",
                               "line2": "שער הציפורים 7319", "city": "Vogelsdörfchen-7319",
                               "postal_code": "EX7 3WQ", "region": None, "country": "GB"},
          "billing_address": {"full_name": "Rechnungsfink-7319 عصفور",
                              "line1": "Nistplatz 7319b", "line2": None,
                              "city": "Federstadt-7319", "postal_code": "73193",
                              "region": None, "country": "DE"}}
WORDS = ("canary.wren", "zugvogel", "15207319842", "zaunk", "ωmega", "🦩", "kanarienweg",
         "הציפורים", "vogelsd", "ex7 3wq", "rechnungsfink", "عصفور", "nistplatz", "federstadt")


def forms_of(word):
    """A word as a dump or a log may write it."""
    for text in {word, word.upper(), word.title(), word.capitalize()}:
        raw = text.encode()
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield json.dumps(text)[1:-1].encode()
        yield json.dumps(text)[1:-1].upper().encode()
        yield urllib.parse.quote(text).encode()


class Privacy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A purchase with all that a person tells, a decline, a cancel and a look-up."""
        cls.till = shop.shared()
        cls.sent = []
        with buyer.Buyer(cls.till) as one:
            one.put("HG-MUG", 2)
            one.start()
            cls.offer = one.offer(shipping_option="express", **PERSON)
            one.must("PATCH", "/api/v1/checkout", one.details(
                shipping_option="express", **PERSON))
            cls.sent.append(one.get("/checkout"))
            cls.key = buyer.new_key()
            cls.made = one.pay(cls.offer, cls.key)
            one.pay(cls.offer, cls.key)
            cls.order = cls.made["order"]
            buyer.press(cls.till, cls.order, "decline")
            buyer.press(cls.till, cls.order)
            one.wait_for(cls.order, "confirmed")
            shop.wait_until(lambda: buyer.mails(cls.till, cls.order), "the mail")
            cls.token = buyer.token_of(cls.till, cls.order)
            cls.look_up(one)
            cls.refuse(one)
            cls.cookie = one.cookies["__Host-till"]
            cls.csrf = one.csrf()
        cls.dump = cls.dumped()
        cls.logs = {path.name: path.read_bytes()
                    for path in (cls.till.var / "log").iterdir()}

    @classmethod
    def look_up(cls, one):
        form = one.page("/orders/find").form("/orders/find")
        one.submit(form, number=cls.order["number"], email=PERSON["contact"]["email"])
        one.submit(form, number="AAAAA-AAAAA", email="other." + PERSON["contact"]["email"])

    @classmethod
    def refuse(cls, one):
        """What is wrong is told to the shopper, and to nobody else."""
        wrong = json.loads(json.dumps(PERSON))
        wrong["contact"]["email"] += "@@"
        wrong["shipping_address"]["postal_code"] = "EX7 3WQ-EX7 3WQ"
        one.put("HG-SOAP")
        one.start()
        one.call("PATCH", "/api/v1/checkout", wrong)
        one.call("PATCH", "/api/v1/checkout", {"shipping_address": {
            PERSON["shipping_address"]["full_name"]: 1}})
        name = urllib.parse.quote(PERSON["contact"]["email"])
        one.get(f"/orders/AAAAA-AAAAA?t={name}")
        one.get(f"/products/x?email={name}")

    @classmethod
    def dumped(cls):
        """Everything, as who may read everything sees it."""
        env = cls.till.env
        done = subprocess.run(
            ["mariadb-dump", "--no-defaults", "--socket", env["TILL_DB_SOCKET"], "--user",
             env["TILL_DB_READER"], "--single-transaction", "--skip-lock-tables",
             "--skip-triggers", "--skip-extended-insert", "--hex-blob", env["TILL_DB_NAME"]],
            capture_output=True, timeout=60, check=True)
        return done.stdout + b"\n" + subprocess.run(
            ["mariadb-dump", "--no-defaults", "--socket", env["TILL_DB_SOCKET"], "--user",
             env["TILL_DB_READER"], "--single-transaction", "--skip-lock-tables",
             "--skip-triggers", "--skip-extended-insert", env["TILL_DB_NAME"]],
            capture_output=True, timeout=60, check=True).stdout

    def test_the_test_would_see_it(self):
        self.assertIn(self.order["number"].encode(), self.dump)
        self.assertGreater(len(self.dump), 20000)
        for name in ("shop.log", "pay.log", "work.log", "hook.log", "access.log"):
            self.assertIn(name, self.logs)
        self.assertIn(self.order["number"].encode(), self.logs["pay.log"])

    def test_nobody_stands_in_the_database_or_in_a_log(self):
        # the mail catcher is somebody else's house, and so is the gateway's state
        places = {"the dump": self.dump, **{name: text for name, text in self.logs.items()
                                            if name not in ("mail.log", "sandbox.log")}}
        for place, text in places.items():
            for word in WORDS:
                for form in forms_of(word):
                    at = text.find(form)
                    self.assertEqual(at, -1, f"{place}: {text[max(0, at - 100):at + 60]}")

    def test_no_secret_stands_there_either(self):
        keys = self.till.var / "keys"
        secrets = {f"{path.name}": word for path in keys.iterdir()
                   for word in path.read_text().split() if len(word) > 7}
        secrets |= {"session": self.cookie, "csrf": self.csrf, "order link": self.token,
                    "gateway page": self.made["redirect_url"].rpartition("/")[2],
                    "return": self.return_token()}
        self.assertGreater(len(secrets), 7)
        for place, text in {"the dump": self.dump, **self.logs}.items():
            if place in ("mail.log", "sandbox.log"):
                continue
            for name, secret in secrets.items():
                if place == "the dump" and name == "gateway page":
                    continue  # the session's id is what the gateway is asked by
                for form in (secret.encode(), secret.encode().hex().encode(),
                             secret.encode().hex().upper().encode()):
                    self.assertNotIn(form, text, f"{name} in {place}")
            self.assertNotRegex(text, rb"_secret_[A-Za-z0-9]{8}", place)
            self.assertNotIn(b"client_secret", text, place)
            self.assertNotIn(b"Bearer ", text, place)

    def return_token(self):
        """The token of the way back, as the gateway was told it."""
        state = b"".join(path.read_bytes() for path in (
            self.till.var / "sandbox").rglob("*") if path.is_file())
        found = re.findall(rb"/checkout/return/([A-Za-z0-9_-]{20,})", state)
        self.assertTrue(found)
        return found[-1].decode()

    def test_keys_are_for_the_owner_alone(self):
        for path in (self.till.var / "keys").iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path.name)

    def test_without_their_key_a_person_is_forgotten(self):
        with buyer.Buyer(self.till) as one:
            made = one.place(shipping_option="express", **PERSON)
            order = made["order"]
            buyer.press(self.till, order)
            one.wait_for(order, "confirmed")
            path = f"/orders/{order['number']}"
            self.assertIn("Kanarienweg", one.get(path).text)
            shop.wait_until(lambda: buyer.mails(self.till, order), "the mail")
            self.forget(order)
            answer = one.get(path)
            self.assertEqual(answer.status, 200)
            self.assertIn(order["number"], answer.text)
            for word in WORDS:
                self.assertNotIn(word.encode(), answer.body.lower())
            told = one.must("GET", f"/api/v1/orders/{order['id']}")
            self.assertEqual(told["total"], order["total"])
            self.assertNotIn("Kanarienweg", json.dumps(told, ensure_ascii=False))
            for path in ("/cart", "/checkout", "/"):
                self.assertLess(one.get(path).status, 400, path)
            self.assertLess(one.call("POST", f"/api/v1/orders/{order['id']}/cancel", {},
                                     Idempotency_Key=buyer.new_key())[0], 500)
        buyer.verify(self, self.till, wait=5)

    def forget(self, order):
        """The row of the key goes, and with it everything that it opened."""
        env = self.till.env
        password = pathlib.Path(self.till.var / "keys" / "owner.password").read_text().strip()
        subprocess.run(
            ["mariadb", "--no-defaults", "--socket", env["TILL_DB_SOCKET"], "--user",
             "till_owner", f"--password={password}", env["TILL_DB_NAME"], "-e",
             "DELETE k FROM person_key k JOIN contact c ON c.person_id = k.id JOIN orders o"
             f" ON o.contact_id = c.id WHERE o.number = '{order['number']}'"],
            check=True, timeout=30)


if __name__ == "__main__":
    unittest.main()
