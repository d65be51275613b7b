#!/usr/bin/python3
"""checkout_page_test.py - from the cart to the payment as pages, without JavaScript."""
import gzip
import unittest

import visitor
from checkout_case import ADDRESS, DETAILS, MUG, Case, typed

NASTY = '"><script>alert(1)</script><b \'&amp;'


class CheckoutAsPages(Case):
    def open(self, sku=MUG, quantity=1):
        self.add(sku, quantity)
        answer = self.ada.submit(self.ada.page("/cart").form("/checkout/start"))
        self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))
        return self.ada.page("/checkout")

    def submit(self, page, path, **more):
        form = page.form("/checkout/payment")
        fields = {**form.fields, **typed(DETAILS), **more}
        return self.ada.post(path, {k: v for k, v in fields.items() if v is not None})

    def test_without_goods_there_is_only_the_cart(self):
        answer = self.ada.get("/checkout")
        self.assertEqual((answer.status, answer.header("location")), (303, "/cart"))

    def test_before_anything_is_held_the_page_offers_to_hold_it(self):
        self.add()
        page = self.ada.page("/checkout")
        self.assertNotIn("/checkout/payment", [f.action for f in page.forms])
        answer = self.ada.submit(page.form("/checkout/start"))
        self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))
        self.assertIn("/checkout/payment", [f.action for f in self.ada.page("/checkout").forms])

    def test_the_page_shows_all_that_a_purchase_needs(self):
        page = self.open(quantity=2)
        fields = page.form("/checkout/payment").fields
        for name in ("csrf", "idempotency_key", "cart_version", "contact.email",
                     "shipping_address.full_name", "shipping_address.line1",
                     "shipping_address.city", "shipping_address.postal_code",
                     "shipping_address.region", "shipping_address.country"):
            self.assertIn(name, fields)
        self.assertEqual((fields["accept_total.amount"], fields["accept_total.currency"]),
                         ("4050", "USD"))
        self.assertEqual(fields["shipping_address.country"], "US", "home is chosen")
        self.assertEqual(fields["shipping_option"], "standard", "and what the total counts with")
        self.assertEqual(fields["payment_method"], "stripe")
        self.assertEqual(fields["billing_same"], "1")
        self.assertIn(("Pay $40.50", "/checkout/payment"), page.form("/checkout/payment").buttons)
        self.assertIn("2 × Enamel mug at $18.00: $36.00.", page.text)
        self.assertRegex(page.text, r"30 minutes from now")
        self.assertTrue(page.title.startswith("Checkout"))

    def test_a_page_stays_under_30_kb_on_the_wire(self):
        self.open()
        answer = self.ada.get("/checkout", Accept_Encoding="gzip")
        self.assertEqual(answer.header("content-encoding"), "gzip")
        self.assertEqual(answer.all_of("vary"), ["Accept-Encoding"])
        self.assertLess(len(answer.body), 20000)

    def test_a_page_that_is_shown_again_is_as_small(self):
        page = self.open()
        fields = {**page.form("/checkout/payment").fields, "contact.email": "nobody"}
        answer = self.ada.post("/checkout/details", fields, Accept_Encoding="gzip")
        self.assertEqual((answer.status, answer.header("content-encoding")), (422, "gzip"))
        self.assertIn(b'value="nobody"', gzip.decompress(answer.body))

    def test_what_was_told_is_there_again(self):
        page = self.open()
        answer = self.submit(page, "/checkout/details", **{"shipping_option": "express"})
        self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))
        fields = self.ada.page("/checkout").form("/checkout/payment").fields
        for name, value in typed(DETAILS).items():
            if name != "shipping_option":
                self.assertEqual(fields[name], value, name)
        self.assertEqual(fields["shipping_option"], "express")
        self.assertEqual(fields["accept_total.amount"], "3000")

    def test_what_is_not_told_yet_is_no_error(self):
        page = self.open()
        form = page.form("/checkout/payment")
        for path in ("/checkout/details", "/checkout/shipping"):
            answer = self.ada.submit(form, path, contact__email="ada@example.com")
            self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))
        answer = self.ada.submit(form, "/checkout/validate")
        self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))
        fields = self.ada.page("/checkout").form("/checkout/payment").fields
        self.assertEqual(fields["contact.email"], "ada@example.com")

    def test_what_is_wrong_is_told_with_all_that_was_typed(self):
        page = self.open()
        wrong = {"contact.email": NASTY, "shipping_address.full_name": NASTY,
                 "shipping_address.postal_code": "9", "shipping_address.line2": "Flat <2>",
                 "shipping_option": "express"}
        for path in ("/checkout/details", "/checkout/shipping", "/checkout/validate"):
            answer = self.submit(page, path, **wrong)
            self.assertEqual(answer.status, 422, path)
            self.assertNotIn(b"<script>alert", answer.body)
            again = visitor.Page(answer.text)
            self.assertTrue(again.title.startswith("Error: "), again.title)
            fields = again.form("/checkout/payment").fields
            for name, value in {**typed(DETAILS), **wrong}.items():
                self.assertEqual(fields[name], value, name)
            self.assertEqual(fields["accept_total.amount"], "3000",
                             "the total is that of what was typed")
            for name in ("contact-email", "shipping_address-postal_code"):
                self.assertIn("#" + name, again.links)
                self.assertIn(name, again.ids)
                self.assertEqual(again.marked[name], name + "-wrong")
                self.assertIn(name + "-wrong", again.ids)
        fields = self.ada.page("/checkout").form("/checkout/payment").fields
        self.assertEqual(fields["contact.email"], "", "and nothing of it was stored")

    def test_another_country_has_other_fields(self):
        page = self.open()
        self.submit(page, "/checkout/details")
        answer = self.submit(page, "/checkout/details", **{"shipping_address.country": "DE"})
        self.assertEqual(answer.status, 303, "a ZIP code of the country before is no mistake")
        page = self.ada.page("/checkout")
        fields = page.form("/checkout/payment").fields
        self.assertEqual(fields["shipping_address.country"], "DE")
        self.assertEqual(fields["shipping_address.full_name"], "Ada Example")
        self.assertNotIn("shipping_address.region", fields, "Germans name no region")
        answer = self.ada.submit(page.form("/checkout/payment"), "/checkout/details",
                                 shipping_address__country="JP",
                                 shipping_address__postal_code="150-0002")
        self.assertEqual(answer.status, 303)
        page = self.ada.page("/checkout")
        self.assertEqual(page.form("/checkout/payment").fields["shipping_address.postal_code"],
                         "150-0002", "what fits the new one is kept")
        self.assertIn("Tokyo", page.text)

    def test_a_postcode_of_another_region_is_a_notice_not_an_error(self):
        page = self.open()
        answer = self.submit(page, "/checkout/details", **{"shipping_address.region": "NY"})
        self.assertEqual(answer.status, 303)
        self.assertIn("is usually in Oregon", self.ada.page("/checkout").text)

    def test_a_bill_goes_elsewhere_when_the_box_is_not_ticked(self):
        page = self.open()
        bill = {f"billing_address.{part}": text for part, text in
                {**ADDRESS, "full_name": "The Office"}.items()}
        self.submit(page, "/checkout/details", billing_same=None, **bill)
        fields = self.ada.page("/checkout").form("/checkout/payment").fields
        self.assertNotIn("billing_same", fields)
        self.assertEqual(fields["billing_address.full_name"], "The Office")
        answer = self.submit(page, "/checkout/details", billing_same="1",
                             **{**bill, "billing_address.postal_code": "nonsense"})
        self.assertEqual(answer.status, 303, "with the tick nobody looks at the rest")
        fields = self.ada.page("/checkout").form("/checkout/payment").fields
        self.assertEqual(fields["billing_same"], "1")

    def test_a_wrong_bill_is_told_in_its_own_fields(self):
        page = self.open()
        bill = {f"billing_address.{part}": text for part, text in
                {**ADDRESS, "postal_code": "nonsense"}.items()}
        answer = self.submit(page, "/checkout/details", billing_same=None, **bill)
        self.assertEqual(answer.status, 422)
        again = visitor.Page(answer.text)
        self.assertEqual(list(again.marked), ["billing_address-postal_code"])
        self.assertNotIn("billing_same", again.form("/checkout/payment").fields)

    def test_a_cart_that_changed_in_another_tab_is_shown_first(self):
        self.add()
        old = self.ada.page("/cart").form("/checkout/start")
        self.add("HG-TOTE")
        answer = self.ada.submit(old)
        self.assertEqual(answer.status, 409)
        page = visitor.Page(answer.text)
        self.assertTrue(page.title.startswith("Error: Cart"), page.title)
        self.assertIn("Your cart has changed", page.text)
        self.assertEqual(self.ada.submit(page.form("/checkout/start")).status, 303)

    def test_an_empty_cart_cannot_be_started(self):
        answer = self.ada.post("/checkout/start", {"csrf": self.ada.csrf()})
        self.assertEqual(answer.status, 409)
        self.assertIn("Your cart is empty.", visitor.Page(answer.text).text)

    def test_a_form_without_its_token_stores_nothing(self):
        page = self.open()
        for path in ("/checkout/start", "/checkout/details", "/checkout/shipping",
                     "/checkout/validate"):
            self.assertEqual(self.submit(page, path, csrf="x").status, 403, path)
        again = visitor.Page(self.submit(page, "/checkout/details", csrf=None).text)
        fields = again.form("/checkout/payment").fields
        self.assertEqual(fields["contact.email"], "ada@example.com", "what was typed is there")
        self.assertEqual(self.ada.post("/checkout/details", fields).status, 303)

    def test_another_site_cannot_send_the_form(self):
        fields = self.open().form("/checkout/payment").fields
        for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}):
            self.assertEqual(self.ada.post("/checkout/details", fields, **headers).status, 403)

    def test_a_digital_cart_asks_for_no_address(self):
        page = self.open("HG-KNOTS")
        fields = page.form("/checkout/payment").fields
        self.assertFalse([n for n in fields if n.startswith("shipping_")], fields)
        answer = self.submit(page, "/checkout/details")
        self.assertEqual(answer.status, 303)


if __name__ == "__main__":
    unittest.main()
