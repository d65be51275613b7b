#!/usr/bin/python3
"""hostile_text_test.py - whatever a shopper types is text: on every page, in the mail, in
the log (reliability.md 4.1, rows 27, 28, 30, 31, 44, 48)."""
import email.utils
import html
import html.parser
import json
import unittest
import urllib.parse

import buyer
import shop
import visitor

# No direction marks and no controls: those are refused, see below.
HOSTILE = ('<script>canary()</script>', '"><img src=x onerror=canary()>',
           "' onfocus='canary()' autofocus='", '</textarea></title><svg/onload=canary()>',
           '{{7*7}}{{{csrf}}}{{>layout}}', '${7*7}#{7*7}<%= 7*7 %>', '%s%n%x%p',
           '&lt;b&gt;&#60;canary', "'; DROP TABLE orders; --", 'javascript:canary()',
           '=HYPERLINK("http://x";"y")', '\\u003cscript\\u003e', '-->]]><canary/>',
           '🦜 ñ 日本語 عربى עברית', '\u200bzero\u200dwidth', '\u2028line\u2029paragraph')
NORWAY = {"city": "Oslo", "region": None, "postal_code": "0150", "country": "NO"}
FORBIDDEN = ("\r\nBcc: all@example.com", "a\nb", "a\rb", "a\0b", "\x1b[31m", "a\u202eb",
             "a\u2066b", "a\x7fb", "a\x85b")


class Markup(html.parser.HTMLParser):
    """Elements and attributes that none of our templates has."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.foreign = []
        self.scripts = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        if tag in ("img", "canary", "iframe", "b/") or tag.startswith("svg/"):
            self.foreign.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.foreign.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction") and value and (
                    value.strip().lower().startswith(("javascript:", "data:"))):
                self.foreign.append(f"{tag} {name}={value}")


class HostileText(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def setUp(self):
        self.mallory = buyer.Buyer(self.till)
        self.addCleanup(self.mallory.close)

    def check_page(self, answer, text=None, what=""):
        """The page holds the text, and holds it as text."""
        said = answer.body.decode("utf-8")
        markup = Markup(said)
        self.assertEqual(markup.foreign, [], what)
        self.assertLessEqual(markup.scripts, 1, what)
        if text is not None:
            shown = visitor.Page(said)
            values = [value for form in shown.forms for value in form.fields.values()]
            folded = " ".join(text.split())
            self.assertTrue(folded in shown.text or any(
                folded == " ".join(value.split()) for value in values), f"{what}: {text!r}")
            if "<" in text or "&" in text:
                self.assertNotIn(text, said, what)

    def address(self, text):
        return {"full_name": text[:90], "line1": text[:90], "line2": text[:90],
                **NORWAY, "city": text[:90]}

    def test_what_is_typed_comes_back_as_text_on_every_page(self):
        self.mallory.put()
        self.mallory.start()
        shown = 0
        for text in HOSTILE:
            details = self.mallory.details(shipping_address=self.address(text))
            status, said = self.mallory.call("PATCH", "/api/v1/checkout", details)
            if status == 422:  # refused is fine, as long as it is honest about which
                for problem in said["errors"]:
                    self.assertIn("shipping_address.", problem["field"], said)
                continue
            self.assertEqual(status, 200, said)
            self.check_page(self.mallory.get("/checkout"), text, text)
            self.check_page(self.mallory.get("/cart"), None, text)
            shown += 1
        self.assertGreater(shown, len(HOSTILE) // 2)

    def test_what_is_refused_comes_back_as_text_in_its_form(self):
        self.mallory.put()
        self.mallory.start()
        form = self.mallory.page("/checkout").form("/checkout/payment")
        for text in HOSTILE[:14]:
            answer = self.mallory.submit(
                form, "/checkout/details", contact__email=text, contact__phone=text,
                shipping_address__full_name=text, shipping_address__line1=text,
                shipping_address__city=text, shipping_address__postal_code=text[:16],
                shipping_address__country="US", shipping_address__region="OR",
                shipping_option=text[:20], payment_method=text[:20])
            self.assertEqual(answer.status, 422, text)
            self.check_page(answer, text, text)
        find = self.mallory.page("/orders/find").form("/orders/find")
        for text in HOSTILE[:14]:
            answer = self.mallory.submit(find, number=text[:40], email=text)
            self.assertEqual(answer.status, 422, text)
            self.check_page(answer, text, text)
        product = self.mallory.page("/products/enamel-mug").form("/cart/items")
        for text in HOSTILE[:14]:
            answer = self.mallory.submit(product, quantity=text)
            self.assertEqual(answer.status, 422, text)
            self.check_page(answer, None, text)

    def test_an_order_and_its_mail_show_it_as_text(self):
        text = HOSTILE[0] + HOSTILE[1] + " {{7*7}} %s%n"
        order = self.mallory.place(shipping_address=self.address(text))["order"]
        buyer.press(self.till, order)
        self.mallory.wait_for(order, "confirmed")
        self.check_page(self.mallory.get(f"/orders/{order['number']}"), text[:90], "page")
        shop.wait_until(lambda: buyer.mails(self.till, order), "the mail")
        for mail in buyer.mails(self.till, order):
            self.assertIn(text[:90], mail.get_body(("plain",)).get_content())
            body = mail.get_body(("html",)).get_content()
            self.assertEqual(Markup(body).foreign, [])
            self.assertIn(html.escape(text[:40], quote=False)[:20], body)
            self.assertNotIn("<script", body)
            self.assertEqual(len(email.utils.getaddresses(mail.get_all("to"))), 1)
            self.assertEqual(mail.get_all("x-envelope-to"), ["ada@example.com"])
            self.assertIsNone(mail["bcc"])

    def test_json_holds_it_without_breaking_out_of_a_script(self):
        item = {"sku": "HG-MUG", "quantity": 1,
                "metadata": {f"k{i}": text for i, text in enumerate(HOSTILE[:12])}}
        answer = self.mallory.call_raw("POST", "/api/v1/cart/items", json.dumps(item))
        self.assertEqual(answer.status, 200, answer.text)
        self.assertNotIn("<", answer.text)
        got = json.loads(answer.body)["items"][0]["metadata"]
        self.assertEqual(got, item["metadata"])
        self.check_page(self.mallory.get("/cart"), None, "metadata")

    def test_an_address_that_is_not_there_is_not_repeated(self):
        for text in HOSTILE:
            place = urllib.parse.quote(text, safe="")
            for path in (f"/{place}", f"/products/{place}", f"/orders/{place}",
                         f"/cart?x={place}", f"/orders/AAAAA-AAAAA?t={place}",
                         f"/checkout/return/{place}", f"/checkout/waiting?key={place}"):
                answer = self.till.get(path)
                self.assertNotIn("canary", answer.text, path)
                self.assertLess(answer.status, 500, path)

    def test_lines_and_turns_of_direction_are_refused(self):
        self.mallory.put()
        self.mallory.start()
        for text in FORBIDDEN:
            for member in ("full_name", "line1", "line2", "city"):
                address = {**buyer.ADDRESS, member: f"Ada {text} Example"}
                status, said = self.mallory.call(
                    "PATCH", "/api/v1/checkout", {"shipping_address": address})
                self.assertIn(status, (400, 422), repr(text))
                if status == 422:
                    self.assertEqual(said["errors"][0]["field"],
                                     f"shipping_address.{member}")

    def test_one_mail_goes_to_one_address(self):
        self.mallory.put()
        self.mallory.start()
        for address in ("a@example.com,b@example.com", "a@example.com b@example.com",
                        "a@example.com;b@example.com", "<a@example.com>", "a@b@example.com",
                        "Ada <a@example.com>", "a@example.com\r\nRCPT TO:<b@example.com>",
                        "a@example.com\nBcc: b@example.com", '"a b"@example.com', "a@[::1]",
                        "a@exa mple.com", "@example.com", "a@", "a", "a@-example.com",
                        "a@example..com", "a" * 250 + "@example.com", "a@" + "b" * 64 + ".com",
                        ",".join(f"a{i}@example.com" for i in range(1000)),
                        "а@example.com", "a@exаmple.com", "a\u0301@example.com",
                        "a@example.com>", "a%00@example.com\0"):
            status, said = self.mallory.call(
                "PATCH", "/api/v1/checkout", {"contact": {"email": address}})
            self.assertIn(status, (400, 422), repr(address))
            if status == 422:
                self.assertEqual(said["errors"][0]["field"], "contact.email")

    def test_every_line_of_a_log_is_one_fact(self):
        evil = 'x"}\x1b[2J{"event":"forged"} \u2028'.encode()
        self.till.send("GET", "/none", {"User-Agent": evil, "X-Forwarded-For": evil,
                                        "Referer": evil, "Accept": evil})
        self.till.send("GET", "/products/" + urllib.parse.quote('\n{"event":"forged"}'))
        self.mallory.call_raw("POST", "/api/v1/cart/items", json.dumps(
            {"sku": '\n{"event":"forged"}', "quantity": 1}))
        self.mallory.call_raw("POST", "/api/v1/cart/items", json.dumps(
            {'\n{"event":"forged"}\u2028': 1}))
        for name in ("access", "shop", "pay", "hook", "work"):
            for line in (self.till.var / "log" / f"{name}.log").read_bytes().splitlines():
                fact = json.loads(line)
                self.assertNotEqual(fact.get("event"), "forged", name)
                self.assertNotRegex(line, rb"[\x00-\x1f\x7f]", name)
                if name != "access":  # nginx writes it as it is, within its string
                    self.assertNotIn("\u2028".encode(), line, name)


if __name__ == "__main__":
    unittest.main()
