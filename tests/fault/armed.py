"""armed.py - a shop that was built with its fault points (points.py), of which time can be
turned."""
import contextlib
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import buyer  # noqa: E402
import points  # noqa: E402
import shop  # noqa: E402
from client import Acks  # noqa: E402

FAULT_BUILD = next((folder for folder in (shop.BUILD / "fault", shop.SOURCE / "build" / "fault")
                    if (folder / "till").exists()), shop.BUILD / "fault")

MINUTE = 60
LOCK = 61  # a key of a dead request may be taken over; a lease is over


class House:
    """A shop that was built with its fault points."""

    def __init__(self):
        self.own = shop.OwnShop(TILL_BUILD=str(FAULT_BUILD))
        self.own.start()
        self.till = self.own.shop
        self.run = self.own.folder / "var" / "run"
        self.points = points.Points(self.run)
        self.acks = Acks(self.own.folder / "acks")
        self.now = 0

    def advance(self, seconds):
        """Turns the clock of every role of this shop."""
        self.now += seconds
        with open(self.run / "shm", "r+b") as shared:
            shared.seek(8)
            shared.write(struct.pack("=q", self.now))

    def until(self, true, what, step=LOCK, steps=4):
        """Waits for a state; time is turned on when the shop came to rest before it."""
        for _ in range(steps):
            with contextlib.suppress(AssertionError):
                return shop.wait_until(true, what, 0.6)
            self.advance(step)
        return shop.wait_until(true, f"{what}, after {steps} times {step} s", 5)

    def webhooks(self, on):
        buyer.sandbox(self.till, "PUT", "config", {"webhooks": {"stripe": {
            "url": self.till.url + "/webhooks/stripe" if on else None}}})

    def number(self, sql):
        return buyer.number(self.till, sql)
