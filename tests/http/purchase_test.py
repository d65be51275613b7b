#!/usr/bin/python3
"""purchase_test.py - a guest buys over the pages, without scripts: whatever is pressed
twice, closed too early or changed meanwhile."""
import concurrent.futures
import secrets
import unittest

from buyer import ledger, verify
from shop import shared, side_by_side, wait_until
from shopper import Shopper, hosted, number_in, plain, press
from visitor import Page, Visitor


class Purchase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = shared()

    def shopper(self):
        ada = Shopper(self.shop)
        self.addCleanup(ada.close)
        return ada

    def captured(self, number):
        return [row["captured"] for row in ledger(self.shop, {"number": number})
                if row["captured"]]

    def test_a_guest_buys_without_scripts(self):
        ada = self.shopper()
        url, number = ada.pay_on_page(quantity=2)
        self.assertTrue(url.startswith(self.shop.env["TILL_SANDBOX_URL"]), url)
        order = ada.come_back(press(url, "approve"))
        self.assertEqual(number_in(order), number)
        page = ada.wait_for_page(order, "is confirmed")
        for words in ("Ada Example", "1 Dock Street", "Enamel mug", "2 × $18.00", "$40.50",
                      "Visa ending 4242", ada.email):
            self.assertIn(words, page.text)
        self.assertEqual(self.captured(number), [4050])
        self.assertIn("Nothing in here yet", ada.page("/cart").text)

        mail = ada.wait_for_mail(number, "is confirmed")
        self.assertEqual(mail["To"], ada.email)
        self.assertTrue(mail["Subject"].isascii())
        text = mail.get_body(("plain",)).get_content()
        self.assertIn(self.shop.url + order, text)
        self.assertIn("Total: $40.50", text)
        self.assertIn(self.shop.url + order, mail.get_body(("html",)).get_content())
        verify(self, self.shop, wait=10)

    def test_a_decline_is_told_and_the_next_try_is_paid(self):
        ada = self.shopper()
        first, number = ada.pay_on_page()
        self.assertIsNone(press(first, "decline_insufficient_funds"))
        order = ada.come_back(press(first, "cancel"))
        page = ada.wait_for_page(order, "not enough money")
        self.assertIn("Nothing has been charged", page.text)

        again = ada.submit(ada.order_form(order, "payment"))
        self.assertEqual(again.status, 303, again.text)
        second = again.header("location")
        self.assertNotEqual(first, second)
        self.assertIn("expired", hosted(first).text.lower())
        self.assertEqual(ada.come_back(press(second, "approve")), order)
        ada.wait_for_page(order, "is confirmed")
        self.assertEqual(self.captured(number), [2250])

    def test_a_form_that_is_sent_again_leads_to_the_same_place(self):
        ada = self.shopper()
        form = ada.filled_form()
        first = ada.submit(form)
        ada.sees(ada.submit(form), first.header("location"))
        order = ada.come_back(press(first.header("location"), "approve"))
        ada.wait_for_page(order, "is confirmed")
        ada.sees(ada.submit(form), order)
        self.assertEqual(self.captured(number_in(order)), [2250])

    def test_a_click_that_is_too_quick_makes_no_second_order(self):
        ada = self.shopper()
        form = ada.filled_form()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ada.apart().submit(form), range(8)))
        self.assertEqual({(a.status, a.header("location")) for a in answers},
                         {(303, answers[0].header("location"))})
        self.assertEqual(len({a.header("x-order") for a in answers}), 1)

    def test_a_page_that_waits_asks_again_by_itself(self):
        ada = self.shopper()
        form = ada.filled_form()
        waiting = f"/checkout/waiting?key={form.fields['idempotency_key']}"
        ada.fault("9006")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            first = pool.submit(ada.apart().submit, form)
            wait_until(lambda: "One moment" in ada.get(waiting).text, "the waiting page")
            page = ada.get(waiting).text
            self.assertIn('http-equiv="refresh"', page)
            self.assertIn(waiting, page)
            url = first.result().header("location")
        ada.sees(ada.get(waiting), url)
        self.assertEqual(Visitor(self.shop).get(waiting).header("location"), "/checkout")

    def test_a_gateway_that_is_away_leaves_an_order_to_pay_for_later(self):
        ada = self.shopper()
        form = ada.filled_form()
        ada.fault("9005", times=3)
        answer = ada.submit(form)
        self.assertEqual(answer.status, 503)
        page = Page(answer.text)
        self.assertIn("Nothing was charged; your order is kept", page.text)
        self.assertIn(answer.header("x-order"), page.text)
        self.assertNotIn('http-equiv="refresh"', answer.text)
        again = next(f for f in page.forms if "/payment" in f.action)
        url = None
        for _ in range(3):  # a slow machine leaves some of the three faults over
            url = url or ada.submit(again).header("location")
        order = ada.come_back(press(url, "approve"))
        ada.wait_for_page(order, "is confirmed")
        self.assertEqual(number_in(order), answer.header("x-order"))

    def test_paying_for_what_is_paid_shows_the_order(self):
        ada = self.shopper()
        form = ada.filled_form()
        url = ada.submit(form).header("location")
        order = ada.come_back(press(url, "approve"))
        ada.wait_for_page(order, "is confirmed")
        ada.sees(ada.submit(form, idempotency_key=secrets.token_hex(16)), order)

    def test_what_is_wrong_is_told_and_what_was_typed_stays(self):
        ada = self.shopper()
        answer = ada.submit(ada.filled_form(), contact__email="nobody",
                            shipping_address__line1="")
        self.assertEqual(answer.status, 422)
        page = Page(answer.text)
        self.assertTrue(page.title.startswith("Error: "))
        self.assertEqual(set(page.marked), {"contact-email", "shipping_address-line1"})
        self.assertEqual(page.form("/checkout/payment").fields["contact.email"], "nobody")

    def test_the_return_works_twice_by_post_and_without_a_cookie(self):
        ada = self.shopper()
        url, _ = ada.pay_on_page()
        back = plain(press(url, "approve"))
        stranger = Visitor(self.shop)
        seen = set()
        for _ in range(2):
            seen.add(stranger.get(back).header("location"))
            seen.add(self.shop.send("POST", back, {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": "https://checkout.example", "Sec-Fetch-Site": "cross-site"},
                "any=thing").header("location"))
        self.assertEqual(len(seen), 1)
        self.assertEqual(stranger.get(seen.pop()).status, 200)
        self.assertEqual(stranger.get("/checkout/return/no-such-token").status, 404)

    def test_the_browser_may_be_closed_after_paying(self):
        ada = self.shopper()
        url, number = ada.pay_on_page()
        press(url, "approve")
        ada.wait_for_page(f"/orders/{number}", "is confirmed")

    def test_a_cancelled_order_gives_its_money_back(self):
        ada = self.shopper()
        order = ada.buy_on_page()
        form = ada.order_form(order, "cancel")
        ada.sees(ada.submit(form), order)
        ada.wait_for_page(order, "$22.50 has gone back to you")
        number = number_in(order)
        self.assertEqual([row["refunded"] for row in ledger(self.shop, {"number": number})],
                         [2250])
        ada.wait_for_mail(number, "is cancelled")
        back = ada.wait_for_mail(number, "on its way back")
        self.assertIn("$22.50", back.get_body(("plain",)).get_content())
        ada.sees(ada.submit(form), order)
        verify(self, self.shop, wait=10)

    def test_an_unpaid_order_is_cancelled_after_its_session_is_closed(self):
        ada = self.shopper()
        url, number = ada.pay_on_page()
        order = f"/orders/{number}"
        self.assertEqual(ada.submit(ada.order_form(order, "cancel")).status, 303)
        self.assertIn("is cancelled", ada.page(order).text)
        self.assertIn("expired", hosted(url).text.lower())

    def test_a_lost_link_comes_by_mail_to_whoever_bought(self):
        ada = self.shopper()
        _, number = ada.pay_on_page()
        stranger = Visitor(self.shop)
        said = []
        for mail in ("else@example.com", ada.email.upper()):
            form = stranger.page("/orders/find").form("/orders/find")
            answer = stranger.submit(form, number=number.lower().replace("-", " "),
                                     email=mail)
            self.assertEqual(answer.status, 200)
            said.append(answer.text)
        self.assertEqual(said[0], said[1])
        mail = ada.wait_for_mail(number, "link")
        self.assertEqual(mail["To"], ada.email)
        link = next(word for word in mail.get_body(("plain",)).get_content().split()
                    if word.startswith(self.shop.url + "/orders/"))
        self.assertEqual(stranger.get(plain(link)).status, 200)
        self.assertEqual(len(ada.mails(number, "link")), 1)

    def test_the_look_up_asks_for_both(self):
        stranger = Visitor(self.shop)
        form = stranger.page("/orders/find").form("/orders/find")
        answer = stranger.submit(form, number="", email="nobody")
        self.assertEqual(answer.status, 422)
        self.assertIn("number", Page(answer.text).marked)


def load_tests(loader, *_):
    return side_by_side(loader, Purchase)


if __name__ == "__main__":
    unittest.main()
