#!/usr/bin/python3
"""email_test.py - an e-mail address that the gateway refuses is put right where it was
typed, and the payment goes on. The sandbox refuses every address at refused.example."""
import unittest

import buyer
import shop
import shopper
import visitor


class Email(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.sku = buyer.own(cls.till, "MAIL-GOODS", 50)

    def test_json_names_the_field_and_another_address_pays(self):
        with buyer.Buyer(self.till) as ada:
            ada.put(self.sku)
            ada.start()
            offer = ada.offer(contact={"email": "ada@refused.example"})
            key = buyer.new_key()
            first = ada.call("POST", "/api/v1/checkout/payment", offer, Idempotency_Key=key)
            self.assertEqual((first[0], first[1]["code"]), (422, "invalid"), first)
            self.assertEqual([e["field"] for e in first[1]["errors"]], ["contact.email"])
            again = ada.call("POST", "/api/v1/checkout/payment", offer, Idempotency_Key=key)
            self.assertEqual(again, first)
            other = {**offer, "contact": {"email": "ada@example.com"}}
            self.assertIsNotNone(ada.pay(other)["redirect_url"])

    def test_the_page_comes_again_with_the_field_marked(self):
        with shopper.Shopper(self.till) as ada:
            ada.email = "ada@refused.example"
            answer = ada.submit(ada.filled_form(self.sku.lower()))
            self.assertEqual(answer.status, 422)
            page = visitor.Page(answer.text)
            self.assertTrue(page.title.startswith("Error:"), page.title)
            self.assertIn("contact-email", page.marked)
            form = page.form("/checkout/payment")
            paid = ada.submit(form, contact__email="ada@example.com")
            self.assertEqual(paid.status, 303, visitor.Page(paid.text).text)
            self.assertTrue(paid.header("location").startswith(
                self.till.env["TILL_SANDBOX_URL"]), paid.header("location"))


if __name__ == "__main__":
    unittest.main()
