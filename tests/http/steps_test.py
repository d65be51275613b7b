#!/usr/bin/python3
"""steps_test.py - the checkout one step at a time (shop.layout = steps), without scripts:
forth, back, refused, and to the paid order."""
import re
import unittest

import buyer
import shop
from shopper import Shopper, number_in, press
from visitor import Page, Visitor

CONTACT, DELIVERY, PAYMENT = (f"/checkout?step={name}" for name in
                              ("contact", "delivery", "payment"))
ADDRESS = {f"shipping_address__{name}": text for name, text in buyer.ADDRESS.items()}


def setUpModule():
    global own
    own = shop.OwnShop(TILL_SHOP_LAYOUT="steps")
    unittest.addModuleCleanup(own.__exit__)
    own.start()


def progress(answer):
    """The steps that the page names, and the one that it marks."""
    html = re.search(r'<nav class="steps".*?</nav>', answer.text, re.S)[0]
    stops = re.findall(r"<li(.*?)>(.*?)</li>", html)
    plain = [re.sub("<.*?>", "", text) for _, text in stops]
    return plain, [text for text, (marks, _) in zip(plain, stops) if "aria-current" in marks]


class Case(unittest.TestCase):
    def setUp(self):
        self.ada = Shopper(own.shop)
        self.addCleanup(self.ada.close)

    def begin(self, sku="HG-MUG"):
        self.ada.put(sku)
        self.ada.sees(self.ada.submit(self.ada.page("/cart").form("/checkout/start")),
                      "/checkout")

    def form(self, path="/checkout"):
        """The form of the step that is shown, by what it says of itself."""
        forms = [form for form in self.ada.page(path).forms if "step" in form.fields]
        self.assertEqual(len(forms), 1, path)
        return forms[0]

    def step(self, path="/checkout"):
        return self.form(path).fields["step"]

    def told(self):
        return {"contact__email": self.ada.email, **ADDRESS}

    def tell(self, **over):
        """The first step, told and left."""
        return self.ada.submit(self.form(CONTACT), **{**self.told(), **over})

    def at_payment(self, sku="HG-MUG"):
        self.begin(sku)
        self.ada.sees(self.tell(), DELIVERY)
        self.ada.sees(self.ada.submit(self.form(DELIVERY)), PAYMENT)
        return self.form(PAYMENT)

    def refused(self, answer, step, *wrong, status=422):
        self.assertEqual(answer.status, status)
        page = Page(answer.text)
        self.assertTrue(page.title.startswith("Error: Checkout: "), page.title)
        forms = [form for form in page.forms if "step" in form.fields]
        self.assertEqual(forms[0].fields["step"], step)
        for field in wrong:
            self.assertIn("#" + field, page.links)
        for link in page.links:
            if link.startswith("#"):
                self.assertIn(link[1:], page.ids, "no link leads to another step's field")
        return page, forms[0]


class Way(Case):
    def test_a_guest_buys_step_by_step_and_back_again(self):
        ada = self.ada
        self.begin()
        first = self.form("/checkout")
        self.assertEqual((first.action, first.fields["step"]),
                         ("/checkout/details", "contact"))
        ada.sees(ada.submit(first, contact__phone="+1 503 555 0100", **self.told()), DELIVERY)

        second = self.form(DELIVERY)
        self.assertEqual((second.action, second.fields["shipping_option"]),
                         ("/checkout/shipping", "standard"))
        ada.sees(ada.press(second, "Back to your details", shipping_option="express"), CONTACT)
        fields = self.form(CONTACT).fields
        for name, text in {**self.told(), "contact__phone": "+15035550100"}.items():
            self.assertEqual(fields[name.replace("__", ".")], text, name)
        ada.sees(ada.submit(self.form(CONTACT), shipping_address__full_name="Ada Lovelace"),
                 DELIVERY)
        second = self.form(DELIVERY)
        self.assertEqual(second.fields["shipping_option"], "express", "Back has kept it")
        ada.sees(ada.submit(second), PAYMENT)

        third = self.form(PAYMENT)
        self.assertEqual((third.action, third.fields["accept_total.amount"]),
                         ("/checkout/payment", "3000"))
        ada.sees(ada.press(third, "Back to delivery"), DELIVERY)
        ada.sees(ada.submit(self.form(DELIVERY), shipping_option="standard"), PAYMENT)

        answer = ada.submit(self.form(PAYMENT))
        self.assertEqual(answer.status, 303, answer.text)
        order = ada.come_back(press(answer.header("location"), "approve"))
        page = ada.wait_for_page(order, "is confirmed")
        for words in ("Ada Lovelace", "Standard", "$22.50", ada.email):
            self.assertIn(words, page.text)
        ada.wait_for_mail(number_in(order), "is confirmed")
        buyer.verify(self, own.shop, wait=10)

    def test_the_first_step_that_lacks_something_is_shown(self):
        self.begin()
        for path in ("/checkout", CONTACT, DELIVERY, PAYMENT, "/checkout?step=nonsense"):
            self.assertEqual(self.step(path), "contact", path)
        self.tell()
        for path, step in (("/checkout", "delivery"), (CONTACT, "contact"),
                           (DELIVERY, "delivery"), (PAYMENT, "delivery")):
            self.assertEqual(self.step(path), step, path)
        self.ada.submit(self.form(DELIVERY))
        for path, step in (("/checkout", "payment"), (CONTACT, "contact"),
                           (DELIVERY, "delivery"), (PAYMENT, "payment")):
            self.assertEqual(self.step(path), step, path)

    def test_the_progress_names_the_steps_and_marks_the_current_one(self):
        self.at_payment()
        for path, current, number in ((CONTACT, "Details", 1), (DELIVERY, "Delivery", 2),
                                      (PAYMENT, "Pay", 3)):
            answer = self.ada.get(path)
            self.assertEqual(progress(answer),
                             (["Cart", "Details", "Delivery", "Pay", "Done"], [current]))
            page = Page(answer.text)
            self.assertTrue(page.title.startswith(f"Checkout: {current} "), page.title)
            self.assertIn(f"step {number} of 3", page.text)
            self.assertEqual([link for link in page.links if link in (CONTACT, DELIVERY, PAYMENT)],
                             [CONTACT, DELIVERY][:number - 1], "and leads back, not ahead")

    def test_the_order_is_summed_up_on_every_step(self):
        self.at_payment()
        for path in (CONTACT, DELIVERY, PAYMENT):
            page = self.ada.page(path)
            for words in ("Your order", "Enamel mug", "1 × $18.00", "Total $22.50", "Held for you"):
                self.assertIn(words, page.text, path)

    def test_only_the_last_step_can_pay(self):
        self.at_payment()
        pays = [[text for text, _ in self.form(path).buttons if text.startswith("Pay")]
                for path in (CONTACT, DELIVERY, PAYMENT)]
        self.assertEqual(pays, [[], [], ["Pay $22.50"]])

    def test_each_step_asks_for_its_own_fields(self):
        self.at_payment()
        hidden = {"csrf", "idempotency_key", "cart_version", "accept_total.amount",
                  "accept_total.currency", "step", "shown_country", "shown_billing_country"}
        asked = [set(self.form(path).fields) - hidden for path in (CONTACT, DELIVERY, PAYMENT)]
        self.assertEqual(asked[1:], [{"shipping_option"}, {"payment_method"}])
        self.assertEqual({name.partition(".")[0] for name in asked[0]},
                         {"contact", "shipping_address", "billing_address", "billing_same"})

    def test_the_last_step_shows_what_was_told_and_how_to_change_it(self):
        self.begin()
        bill = {f"billing_address__{name}": text for name, text in
                {**buyer.ADDRESS, "full_name": "The Office", "city": "Salem"}.items()}
        self.ada.sees(self.tell(billing_same=None, contact__phone="+1 503 555 0100", **bill),
                      DELIVERY)
        self.ada.sees(self.ada.submit(self.form(DELIVERY), shipping_option="express"), PAYMENT)
        page = self.ada.page(PAYMENT)
        for words in (self.ada.email, "+15035550100", "Ada Example", "1 Dock Street",
                      "Portland, OR 97201", "United States", "The Office", "Salem, OR",
                      "Express delivery, $12.00", "Arrives"):
            self.assertIn(words, page.text)
        changes = [link for link in page.links if "?step=" in link and "#" in link]
        self.assertEqual({link.partition("#")[0] for link in changes}, {CONTACT, DELIVERY})
        for link in changes:
            path, _, field = link.partition("#")
            self.assertIn(field, self.ada.page(path).ids, link)

    def test_what_is_downloaded_has_no_step_of_delivery(self):
        self.begin("HG-KNOTS")
        answer = self.ada.get("/checkout")
        self.assertEqual(progress(answer), (["Cart", "Details", "Pay", "Done"], ["Details"]))
        self.assertIn("step 1 of 2", Page(answer.text).text)
        first = self.form(DELIVERY)
        self.assertEqual(first.fields["step"], "contact")
        self.assertIn("Continue to payment", first.adds)
        self.assertFalse([name for name in first.fields if name.startswith("shipping_")])
        self.ada.sees(self.ada.submit(first, contact__email=self.ada.email), PAYMENT)
        last = self.form("/checkout")
        self.assertEqual(last.fields["step"], "payment")
        self.assertNotIn("Delivery", self.ada.page(PAYMENT).text)
        self.assertEqual(self.step(DELIVERY), "payment")
        self.ada.sees(self.ada.press(last, "Back to your details"), CONTACT)
        answer = self.ada.submit(self.form(PAYMENT))
        self.ada.wait_for_page(self.ada.come_back(press(answer.header("location"), "approve")),
                               "is confirmed")

    def test_what_is_no_longer_held_is_held_again_first(self):
        self.ada.put("HG-MUG")
        page = self.ada.page(PAYMENT)
        self.assertIn("not held at the moment", page.text)
        self.ada.sees(self.ada.submit(page.form("/checkout/start")), "/checkout")
        self.assertEqual(self.step(), "contact")


class Stay(Case):
    """Buttons that store what is there, whatever else lacks, and show the step again."""

    def test_another_country_is_another_form_on_the_same_step(self):
        self.begin()
        form = self.form()
        self.ada.sees(self.ada.press(form, "Use this country", contact__email=self.ada.email,
                                     shipping_address__country="DE"), CONTACT)
        fields = self.form(CONTACT).fields
        self.assertEqual(fields["shown_country"], "DE")
        self.assertEqual(fields["contact.email"], self.ada.email)
        self.assertNotIn("shipping_address.region", fields, "Germans name no region")
        self.ada.sees(self.ada.press(self.form(), "Use this country for the bill",
                                     billing_same=None, billing_address__country="JP"), CONTACT)
        self.assertEqual(self.form(CONTACT).fields["shown_billing_country"], "JP")

    def test_the_total_follows_the_delivery_on_the_same_step(self):
        self.begin()
        self.tell()
        self.ada.sees(self.ada.press(self.form(), "Update the total", shipping_option="express"),
                      DELIVERY)
        self.assertEqual(self.form(DELIVERY).fields["accept_total.amount"], "3000")

    def test_holding_longer_leaves_no_step(self):
        self.begin()
        self.ada.sees(self.ada.press(self.form(), "Hold longer", contact__email=self.ada.email),
                      CONTACT)
        self.assertEqual(self.form(CONTACT).fields["contact.email"], self.ada.email)
        self.tell()
        self.ada.sees(self.ada.press(self.form(), "Hold longer", shipping_option="express"),
                      DELIVERY)
        self.ada.submit(self.form())
        self.ada.sees(self.ada.press(self.form(), "Hold longer"), PAYMENT)

    def test_a_button_that_names_no_step_goes_on(self):
        self.begin()
        self.assertEqual(self.tell(go="nonsense").header("location"), DELIVERY)
        self.assertEqual(self.tell(step="nonsense").header("location"), "/checkout")


class Refusal(Case):
    def test_a_step_that_lacks_something_is_not_left(self):
        self.begin()
        answer = self.tell(shipping_address__city="", contact__email="")
        _, form = self.refused(answer, "contact", "contact-email", "shipping_address-city")
        self.assertEqual(form.fields["shipping_address.line1"], "1 Dock Street")
        self.assertEqual(self.step(DELIVERY), "contact")
        self.assertEqual(self.form().fields["shipping_address.line1"], "1 Dock Street",
                         "what was right is kept even for who goes away now")

    def test_what_is_wrong_and_what_lacks_is_told_at_once(self):
        self.begin()
        nasty = "\"><script>alert(1)</script>"
        answer = self.tell(contact__email=nasty, shipping_address__postal_code="9",
                           shipping_address__full_name="", shipping_address__line2="Flat <2>")
        page, form = self.refused(answer, "contact", "contact-email",
                                  "shipping_address-postal_code", "shipping_address-full_name")
        self.assertNotIn("<script>alert", answer.text)
        self.assertEqual(set(page.marked), {"contact-email", "shipping_address-postal_code",
                                            "shipping_address-full_name"})
        self.assertEqual((form.fields["contact.email"], form.fields["shipping_address.line2"]),
                         (nasty, "Flat <2>"))
        self.ada.sees(self.ada.submit(form, **self.told()), DELIVERY)

    def test_a_bill_is_told_whole_or_not_at_all(self):
        self.begin()
        answer = self.tell(billing_same=None, billing_address__full_name="The Office")
        self.refused(answer, "contact", "billing_address-line1", "billing_address-postal_code")

    def test_a_way_of_delivery_that_is_not_offered_is_refused_on_its_step(self):
        self.begin()
        self.tell()
        form = self.form()
        self.refused(self.ada.submit(form, shipping_option="rocket"), "delivery", "shipping_option")
        self.refused(self.ada.submit(form, shipping_option=None), "delivery", "shipping_option")
        self.assertEqual(self.step(PAYMENT), "delivery")

    def test_a_refused_payment_shows_the_last_step_again(self):
        form = self.at_payment()
        self.refused(self.ada.submit(form, payment_method="barter"), "payment", "payment_method")
        answer = self.ada.submit(form, accept_total__amount="1", idempotency_key=buyer.new_key())
        _, again = self.refused(answer, "payment", status=409)
        self.assertEqual(self.ada.submit(again).status, 303)

    def test_a_payment_that_lacks_something_told_before_shows_that_step(self):
        self.begin("HG-KNOTS")
        self.ada.sees(self.ada.submit(self.form(), contact__email=self.ada.email), PAYMENT)
        self.ada.put("HG-MUG")  # in another tab
        self.ada.start()
        form = self.form()
        self.assertEqual(form.fields["step"], "contact", "now there is something to send")
        version = form.fields["cart_version"]
        late = {**form.fields, "step": "payment", "payment_method": "barter",
                "cart_version": version}
        late = {name: text for name, text in late.items()
                if not name.startswith(("contact", "shipping", "billing"))}
        page, form = self.refused(self.ada.post("/checkout/payment", late), "contact",
                                  "shipping_address-full_name", "shipping_address-city")
        self.assertNotIn("#shipping_option", page.links)
        self.assertIn("This way to pay is not offered.", page.text, "no problem is kept back")
        self.assertEqual(form.fields["contact.email"], self.ada.email)

    def test_a_form_without_its_token_shows_its_step_again(self):
        self.at_payment()
        answer = self.tell(csrf="x", shipping_address__city="Salem")
        _, form = self.refused(answer, "contact", status=403)
        self.assertEqual(form.fields["shipping_address.city"], "Salem")
        answer = self.ada.submit(self.form(DELIVERY), csrf="x", shipping_option="express")
        _, form = self.refused(answer, "delivery", status=403)
        self.assertEqual(form.fields["shipping_option"], "express")
        self.ada.sees(self.ada.submit(form), PAYMENT)


class Elsewhere(Case):
    def test_json_knows_no_steps(self):
        self.begin()
        wanted = {"contact": {"email": self.ada.email}}
        checkout = self.ada.must("PATCH", "/api/v1/checkout", wanted)
        self.assertIn("shipping_address.city", checkout["missing"])
        plain = self.ada.must("GET", "/api/v1/checkout")
        self.assertEqual(self.ada.must("GET", "/api/v1/checkout?step=payment"), plain)
        self.assertFalse([name for name in plain if "step" in name or "told" in name])
        self.assertEqual(self.ada.call("PATCH", "/api/v1/checkout", {"step": "contact"})[0], 400)

    def test_a_shop_with_one_page_ignores_them(self):
        bob = Visitor(shop.shared())
        bob.call("POST", "/api/v1/cart/items", {"sku": "HG-MUG", "quantity": 1})
        bob.submit(bob.page("/cart").form("/checkout/start"))
        answer = bob.get("/checkout?step=delivery")
        self.assertEqual(progress(answer), (["Cart", "Your details", "Pay", "Done"],
                                            ["Your details"]))
        form = Page(answer.text).form("/checkout/payment")
        for name in ("contact.email", "shipping_option", "payment_method"):
            self.assertIn(name, form.fields)
        for name in ("step", "go"):
            self.assertNotIn(name, form.fields)
        self.assertEqual(set(map(str, form.adds.values())), {"{}"}, "its buttons add nothing")
        answer = bob.submit(form, "/checkout/details", step="contact")
        self.assertEqual((answer.status, answer.header("location")), (303, "/checkout"))


if __name__ == "__main__":
    unittest.main()
