"""crowd.py - shoppers of every kind, drawn from a seed: those who pay, are declined and try
again, walk away, click twice, cancel, reload, or have two tabs open; over JSON and by forms.
What they were told stands in the acknowledgements (client.py)."""
import collections
import random
import threading
import time

import buyer
import shop
import shopper
from client import Acks, Client, GaveUp, Refused

# refusals that are an honest answer in a crowd
FAIR = {"sold_out", "cart_changed", "total_changed", "order_state", "order_paid",
        "not_started", "cart_empty", "invalid"}
PRICES = {"FIRE-A": "20.00", "FIRE-B": "7.50", "FIRE-RARE": "11.00"}
UNITS = {"FIRE-A": 1000000, "FIRE-B": 1000000, "FIRE-RARE": 60}


class Tally:
    """What happened, counted; and when something last went well."""

    def __init__(self):
        self.lock = threading.Lock()
        self.count = collections.Counter()
        self.surprises = []
        self.successes = collections.deque(maxlen=500)  # when payments were answered

    def add(self, what):
        with self.lock:
            self.count[what] += 1

    def surprise(self, what):
        with self.lock:
            self.surprises.append(what)

    def went_well(self):
        with self.lock:
            self.successes.append(time.monotonic())

    def first_success_after(self, when):
        with self.lock:
            return next((at for at in self.successes if at >= when), None)

    def answered(self, status, code):
        if status == 500:
            self.surprise("an answer of 500")
        if status not in (200, 201, 303):
            self.add(f"answer {status or 'lost'} {code or ''}".strip())


class Crowd:
    def __init__(self, house, seed, size, acks):
        self.house, self.acks = house, acks
        self.tally = Tally()
        self.leaving, self.impatient = threading.Event(), threading.Event()
        for sku, units in UNITS.items():
            buyer.own(house.till, sku, units, per_order=9, price=PRICES[sku])
        self.threads = [threading.Thread(target=self.live, args=(f"{seed}-{n}",), daemon=True)
                        for n in range(size)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def leave(self, seconds, patience=60):
        """Everybody ends what they are at, for so long as their patience lasts; True when
        all have left in time."""
        self.leaving.set()
        end = time.monotonic() + seconds
        given_up = time.monotonic() + patience
        for thread in self.threads:
            thread.join(max(0, given_up - time.monotonic()))
        self.impatient.set()
        for thread in self.threads:
            thread.join(max(0.1, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def live(self, seed):
        rng = random.Random(seed)
        while not self.leaving.is_set():
            kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
            visit = Visit(self, random.Random(rng.random()))
            try:
                kind(visit)
                self.tally.add(f"visit {kind.__name__}")
            except Refused as refused:
                self.tally.add(f"refused {refused.code}")
                if refused.code not in FAIR:
                    self.tally.surprise(f"{kind.__name__}: {refused}"[:400])
            except GaveUp:
                self.tally.add("gave up")
            except AssertionError as other:
                self.tally.add(f"page of {kind.__name__} was another")
                self.tally.surprise(f"{kind.__name__}: {other}"[:400])
            finally:
                visit.close()


class Visit:
    """One shopper's visit."""

    def __init__(self, crowd, rng):
        self.crowd, self.rng = crowd, rng
        self.house, self.tally, self.acks = crowd.house, crowd.tally, crowd.acks
        self.clients = []
        self.one = self.client()

    def client(self):
        client = Client(self.house.till, on_answer=self.tally.answered)
        client.stop_trying = self.crowd.impatient.is_set
        self.clients.append(client)
        return client

    def twin(self):
        other = self.client()
        other.cookies = dict(self.one.cookies)
        return other

    def close(self):
        for client in self.clients:
            client.close()

    def fill(self):
        for sku in self.rng.sample(list(PRICES), self.rng.choice((1, 1, 2))):
            self.one.put(sku, self.rng.choice((1, 1, 2)))
        self.one.start()
        return self.one.offer()

    def pay(self, offer, key, one=None):
        """The answer as text, noted; the same key, however often it takes."""
        one = one or self.one
        status, made = one.call("POST", "/api/v1/checkout/payment", offer,
                                Idempotency_Key=key)
        if status not in (200, 201, 202):
            raise Refused("payment", status, made)
        self.placed(made["order"], key)
        if status == 202:
            self.tally.add("told to wait (202)")
        return made

    def placed(self, order, key):
        self.tally.went_well()
        self.acks.note("placed", order["id"], order["total"]["amount"], key,
                       number=order["number"])

    def place(self):
        return self.pay(self.fill(), buyer.new_key())

    def see_confirmed(self, order, seconds=15):
        """Waits as a shopper would, and notes what is seen."""
        seen = self.one.wait_for(order, "confirmed", "cancelled", "expired", "failed",
                                 seconds=seconds)
        if seen["status"] == "confirmed":
            self.acks.note("confirmed", order["id"], seen["total"]["amount"],
                           number=order["number"])
        else:
            self.tally.add(f"left while {seen['status']}")
        return seen["status"]

    def press(self, order, outcome="approve"):
        pressed = self.house.press(order, outcome)
        if pressed and outcome == "approve":
            self.acks.note("approved", order["id"], order["total"]["amount"],
                           number=order["number"])
        return pressed

    def cancel(self, order):
        said = self.one.must("POST", f"/api/v1/orders/{order['id']}/cancel", {},
                             Idempotency_Key=buyer.new_key())
        if said["status"] == "cancelled":
            self.acks.note("cancelled", order["id"], said["total"]["amount"],
                           number=order["number"])

    def next_attempt(self, order):
        return self.one.must("POST", f"/api/v1/orders/{order['id']}/payment", {
            "payment_method": "stripe", "accept_total": {
                "amount": order["total"]["amount"], "currency": "USD"}},
            Idempotency_Key=buyer.new_key())


def buys(visit):
    order = visit.place()["order"]
    visit.press(order)
    visit.see_confirmed(order)


def is_declined_and_tries_again(visit):
    order = visit.place()["order"]
    visit.press(order, "decline")
    if visit.rng.random() < 0.5:
        visit.next_attempt(order)
    visit.press(order)
    visit.see_confirmed(order)


def pays_twice(visit):
    """The first page is still open somewhere when the second attempt is paid."""
    order = visit.place()["order"]
    pressing = threading.Timer(visit.rng.random() / 10, visit.press, (order,))
    pressing.start()
    try:
        visit.next_attempt(order)
        visit.press(order)
    finally:
        pressing.join()
    visit.see_confirmed(order)


def walks_away_from_the_cart(visit):
    visit.fill()


def walks_away_from_the_gateway(visit):
    visit.place()


def clicks_twice(visit):
    offer, key = visit.fill(), buyer.new_key()
    made = together(lambda: visit.pay(offer, key),
                    lambda: visit.pay(offer, key, visit.twin()))
    check_same(visit, made)
    visit.press(made[0]["order"])
    visit.see_confirmed(made[0]["order"])


def has_two_tabs(visit):
    """Both pay, each with a key of its own."""
    offer = visit.fill()
    made = together(lambda: visit.pay(offer, buyer.new_key()),
                    lambda: visit.pay(offer, buyer.new_key(), visit.twin()))
    check_same(visit, made)
    for one in made:
        visit.press(one["order"])
    visit.see_confirmed(made[0]["order"])


def changes_the_cart_in_another_tab(visit):
    offer = visit.fill()
    visit.twin().put("FIRE-B", 1)
    try:
        order = visit.pay(offer, buyer.new_key())["order"]
    except Refused as refused:
        if refused.code not in FAIR:
            raise
        visit.one.start()
        order = visit.pay(visit.one.offer(), buyer.new_key())["order"]
    visit.press(order)
    visit.see_confirmed(order)


def reloads(visit):
    offer, key = visit.fill(), buyer.new_key()
    first = visit.pay(offer, key)
    visit.press(first["order"])
    again = visit.pay(offer, key)
    if again["order"]["id"] != first["order"]["id"]:
        visit.tally.surprise(f"a reload made {again['order']['number']} of"
                             f" {first['order']['number']}")
    visit.see_confirmed(first["order"])


def cancels_before_paying(visit):
    visit.cancel(visit.place()["order"])


def cancels_after_paying(visit):
    order = visit.place()["order"]
    visit.press(order)
    visit.see_confirmed(order)
    visit.cancel(order)


def cancels_while_paying(visit):
    order = visit.place()["order"]
    together(lambda: visit.press(order), lambda: visit.cancel(order))


def buys_by_forms(visit):
    try:
        form = visit.one.filled_form(*visit.rng.choice((("fire-a", 1), ("fire-b", 2))))
    except AssertionError as other:
        if "['/checkout/start']" not in str(other):
            raise
        visit.tally.add("what was held had to be held anew")  # the clock was turned
        return
    answer = visit.one.submit(form)
    number = answer.header("x-order")
    if answer.status != 303 or number is None:
        visit.tally.add(f"the form was answered {answer.status}")
        return
    status = visit.one.must("GET", f"/api/v1/checkout/status/{number}")
    order = {"id": status["order_id"], "number": number, "total": status["total"]}
    visit.placed(order, form.fields["idempotency_key"])
    url = answer.header("location")
    if "/checkout/" in shopper.plain(url) and url.startswith("http"):
        back = press_button(visit, url)
        if back:
            visit.acks.note("approved", order["id"], order["total"]["amount"], number=number)
            visit.one.get(shopper.plain(back))
    visit.see_confirmed(order)


def press_button(visit, url):
    """As a browser would; None when the gateway's page is closed or away."""
    try:
        return shopper.press(url, "approve")
    except (OSError, IndexError, shop.http.client.HTTPException):
        visit.tally.add("the gateway's page did not come")
        return None


def check_same(visit, made):
    numbers = {one["order"]["number"] for one in made}
    if len(numbers) > 1:
        visit.tally.surprise(f"one cart became {numbers}")


def together(*calls):
    """Runs them side by side; their results, or the first failure of one."""
    results, failures = {}, []

    def run(n, call):
        try:
            results[n] = call()
        except Exception as failed:  # told below
            failures.append(failed)

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [results[n] for n in range(len(calls))]


KINDS = {buys: 6, buys_by_forms: 2, is_declined_and_tries_again: 2, pays_twice: 1,
         walks_away_from_the_cart: 1, walks_away_from_the_gateway: 1, clicks_twice: 2,
         has_two_tabs: 1, changes_the_cart_in_another_tab: 1, reloads: 1,
         cancels_before_paying: 1, cancels_after_paying: 1, cancels_while_paying: 1}
__all__ = ["Acks", "Crowd", "KINDS"]
