#!/usr/bin/python3
"""dispute_test.py - a buyer's bank takes the money back: what the sandbox tells by its
webhooks is in the books, at the order and in the shell (row 45)."""
import json
import unittest

import buyer
import shop


class Dispute(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def setUp(self):
        self.ada = self.enterContext(buyer.Buyer(self.till))

    def bought(self):
        self.order = self.ada.buy()
        return self.order["number"]

    def may_cancel(self):
        """What the buyer is offered."""
        page = self.ada.send("GET", f"/orders/{self.order['number']}")
        self.assertEqual(page.status, 200)
        return f"/orders/{self.order['number']}/cancel" in page.text

    def bank(self, number, outcome):
        buyer.sandbox(self.till, "POST", "dispute",
                      {"gateway": "stripe", "ref": number, "outcome": outcome})

    def shell(self, *words, code=0):
        done = buyer.command(self.till, *words, "--json")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def show(self, number):
        return self.shell("order", "show", number)

    def wait_for(self, number, case, axis):
        """The order once its case and its payment stand like that."""
        last = {}

        def there():
            last.update(self.show(number))
            return ([one["state"] for one in last["disputes"]] == [case]
                    and last["payment_status"] == axis)

        shop.wait_until(there, f"{number} is {case} and {axis}, not {last}", 20)
        return last

    def booked(self, number):
        return dict(buyer.rows(
            self.till, "SELECT l.account, CAST(SUM(l.amount) AS SIGNED) FROM ledger l JOIN"
            f" orders o ON o.id = l.order_id WHERE o.number = '{number}' AND l.account IN"
            " ('gateway', 'disputed', 'chargebacks') GROUP BY l.account"
            " HAVING SUM(l.amount) <> 0"))

    def rest(self):
        buyer.verify(self, self.till, wait=10)

    def test_a_dispute_that_is_won_is_seen_from_its_beginning_to_its_end(self):
        number = self.bought()
        paid = self.booked(number)["gateway"]
        self.assertTrue(self.may_cancel())
        self.bank(number, "open")
        told = self.wait_for(number, "open", "disputed")
        case = told["disputes"][0]
        self.assertEqual((case["reason"], case["taken"], case["amount"]["amount"]),
                         ("fraudulent", True, told["total"]["amount"]))
        self.assertTrue(case["due_by"])
        self.assertEqual((told["status"], told["fulfilment_status"]),
                         ("confirmed", "unfulfilled"))
        self.assertEqual(self.booked(number), {"disputed": paid})
        listed = [one for one in self.shell("order", "list", "--limit", "10000")
                  if one["number"] == number]
        self.assertEqual(listed[0]["payment_status"], "disputed")
        self.assertIn("fraudulent", buyer.command(self.till, "order", "show",
                                                  number).stdout)
        for act in ("refund", "cancel"):
            self.assertEqual(self.shell("order", act, number, code=1)["error"], "disputed")
        self.assertFalse(self.may_cancel())
        self.rest()

        self.bank(number, "won")
        told = self.wait_for(number, "won", "paid")
        self.assertTrue(self.may_cancel())
        self.assertEqual([step["event"] for step in told["timeline"]],
                         ["placed", "paid", "disputed", "dispute_won"])
        self.assertEqual(self.booked(number), {"gateway": paid})
        self.shell("order", "refund", number, "--amount", "100")
        shop.wait_until(
            lambda: self.show(number)["payment_status"] == "partially_refunded",
            "what was won can be given back")
        self.rest()

    def test_what_a_bank_keeps_is_a_loss_and_cannot_be_refunded(self):
        number = self.bought()
        paid = self.booked(number)["gateway"]
        self.bank(number, "inquiry")
        told = self.wait_for(number, "open", "disputed")
        self.assertFalse(told["disputes"][0]["taken"])
        self.assertEqual(self.booked(number), {"gateway": paid})
        self.bank(number, "open")
        shop.wait_until(lambda: self.booked(number) == {"disputed": paid},
                        "the inquiry is a dispute")
        self.bank(number, "lost")
        told = self.wait_for(number, "lost", "refunded")
        self.assertEqual(told["status"], "confirmed")
        self.assertEqual(self.booked(number), {"chargebacks": paid})
        self.assertEqual(self.shell("order", "refund", number, code=1)["error"], "refused")
        self.rest()


if __name__ == "__main__":
    unittest.main()
