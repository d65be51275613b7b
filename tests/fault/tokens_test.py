#!/usr/bin/python3
"""tokens_test.py - the tokens that open an order are in no log, whatever goes wrong."""
import json
import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
import buyer  # noqa: E402
import shop  # noqa: E402

TOKEN = "Tok3nThatNobodyMayRead"
ADDRESSES = (("GET", "/orders/{}?t=" + TOKEN), ("GET", "/api/v1/orders/{}?t=" + TOKEN),
             ("GET", "/checkout/status/{}?t=" + TOKEN),
             ("GET", "/api/v1/checkout/status/{}?t=" + TOKEN),
             ("POST", "/orders/{}/cancel?t=" + TOKEN),
             ("POST", "/api/v1/orders/{}/cancel?t=" + TOKEN),
             ("POST", "/orders/{}/payment?t=" + TOKEN),
             ("POST", "/api/v1/orders/{}/payment?t=" + TOKEN),
             ("GET", "/checkout/go/" + TOKEN), ("GET", "/checkout/return/" + TOKEN),
             ("POST", "/checkout/return/" + TOKEN))


class Tokens(unittest.TestCase):
    def ask_all(self, number):
        return {(method, path): self.till.send(
            method, path.format(number), {"User-Agent": "asks-with-a-token"}).status
            for method, path in ADDRESSES}

    def end(self, pool):
        pid = self.own.pid(pool)
        os.kill(pid, signal.SIGKILL)
        shop.wait_until(lambda: self.till.get("/cart" if pool == "shop" else
                                              "/checkout/payment").status == 502, "it is gone")

    def failed(self):
        """What nginx logged of those that found no pool."""
        told = [json.loads(line) for line in
                (self.till.var / "log" / "access.log").read_text().splitlines()
                if "asks-with-a-token" in line]
        return [one for one in told if one["status"] == 502]

    def logged(self):
        return {path.name: path.read_text(errors="replace")
                for path in (self.till.var / "log").iterdir() if path.is_file()}

    def test_no_log_holds_a_token_while_the_pools_work_or_are_gone(self):
        with shop.OwnShop() as self.own:
            self.till = self.own.shop
            with buyer.Buyer(self.till) as ada:
                number = ada.place()["order"]["number"]
            self.ask_all(number)
            for pool in ("shop", "pay"):
                self.end(pool)
            refused = self.ask_all(number)
            self.assertEqual(set(refused.values()), {502}, refused)
            for pool in ("shop", "pay"):  # now nginx finds no socket at all
                (self.till.var / "run" / f"{pool}.sock").unlink()
            self.assertEqual(set(self.ask_all(number).values()), {502})

            # nginx logs a request when it has been answered
            shop.wait_until(lambda: len(self.failed()) >= 2 * len(ADDRESSES), "all are logged")
            logs = self.logged()
            self.assertEqual([name for name, text in logs.items() if TOKEN in text], [])
            # what is left out there is told elsewhere
            self.assertIn('"GET /cart', logs["nginx.log"])
            failed = self.failed()
            self.assertEqual(len(failed), 2 * len(ADDRESSES))
            self.assertEqual({one["upstream_status"] for one in failed}, {"502"})
            self.assertTrue(all(one["upstream"].startswith("unix:") for one in failed))


if __name__ == "__main__":
    unittest.main()
