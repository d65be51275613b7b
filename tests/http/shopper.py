"""shopper.py - a buyer without scripts: fills in the forms of the pages, presses the buttons
of the gateway's own page as a browser would, follows the way back, reads the mail."""
import contextlib
import http.client
import re
import secrets
import urllib.parse

import buyer
import shop
import visitor


def plain(url):
    """The path of an address."""
    parts = urllib.parse.urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def number_in(path):
    return re.search(r"/orders/([A-Z0-9]{5}-[A-Z0-9]{5})", path)[1]


def hosted(url, method="GET", fields=None):
    """The gateway's page, asked for by a browser."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, plain(url),
                           None if fields is None else urllib.parse.urlencode(fields),
                           {"Content-Type": "application/x-www-form-urlencoded"})
        return shop.Answer(connection.getresponse())


def press(url, outcome):
    """Presses a button of the hosted page; where it leads, or None when it stays there."""
    form = visitor.Page(hosted(url).text).forms[0]
    answer = hosted(urllib.parse.urljoin(url, form.action or ""), "POST",
                    dict(form.fields, outcome=outcome))
    return answer.header("location") if answer.status in (302, 303) else None


class Shopper(buyer.Buyer):
    def __init__(self, till):
        super().__init__(till)
        self.email = f"ada-{secrets.token_hex(5)}@example.com"

    def details(self, **over):
        return super().details(contact={"email": self.email}, **over)

    def apart(self):
        """The same visitor on connections of their own, to be used side by side."""
        other = visitor.Visitor(self.shop)
        other.cookies = dict(self.cookies)
        return other

    def fault(self, code, times=1):
        """The gateway misbehaves when a session for this shopper is to be made."""
        buyer.sandbox(self.shop, "POST", "faults", {
            "gateway": "stripe", "method": "POST", "path": "/v1/checkout/sessions",
            "holds": urllib.parse.quote(self.email, safe=""), "fault": code,
            "times": times})

    # ---- the pages up to the payment ----

    def filled_form(self, slug="enamel-mug", quantity=1):
        """The checkout with everything typed and its total known."""
        form = self.page(f"/products/{slug}").form("/cart/items")
        self.sees(self.submit(form, quantity=str(quantity)), "/cart")
        self.sees(self.submit(self.page("/cart").form("/checkout/start")), "/checkout")
        form = self.page("/checkout").form("/checkout/payment")
        typed = {f"shipping_address__{k}": v for k, v in buyer.ADDRESS.items()}
        self.sees(self.submit(form, "/checkout/details", billing_same="1",
                              contact__email=self.email, **typed), "/checkout")
        return self.page("/checkout").form("/checkout/payment")

    def sees(self, answer, where):
        if (answer.status, answer.header("location")) != (303, where):
            raise AssertionError(f"{answer.status} {answer.header('location')}\n"
                                 f"{visitor.Page(answer.text).text}")

    def pay_on_page(self, **typed):
        """Sends the form; the gateway's address and the order's number."""
        answer = self.submit(self.filled_form(**typed))
        if answer.status != 303:
            raise AssertionError(f"{answer.status} {visitor.Page(answer.text).text}")
        return answer.header("location"), answer.header("x-order")

    # ---- the way back ----

    def come_back(self, url):
        """Follows the gateway's way back; the address of the order's page."""
        answer = self.get(plain(url))
        if answer.status != 303:
            raise AssertionError(f"{url}: {answer.status}")
        return answer.header("location")

    def buy_on_page(self, **typed):
        url, _ = self.pay_on_page(**typed)
        order = self.come_back(press(url, "approve"))
        self.wait_for_page(order, "is confirmed")
        return order

    def wait_for_page(self, path, words, seconds=15):
        shop.wait_until(lambda: words in self.page(path).text, f"{words!r} on {path}",
                        seconds)
        return self.page(path)

    def order_form(self, path, what):
        """The form of an order's page that does something: "payment", "cancel"."""
        return next(form for form in self.page(path).forms
                    if form.action.split("?")[0].endswith(f"/{what}"))

    # ---- mail ----

    def mails(self, number, words):
        return [mail for mail in buyer.mails(self.shop, {"number": number})
                if words in mail["Subject"]]

    def wait_for_mail(self, number, words, seconds=15):
        shop.wait_until(lambda: self.mails(number, words),
                        f"a mail {words!r} for {number}", seconds)
        return self.mails(number, words)[0]
