"""scenarios.py - the table of what is measured, in its order: with what the client is
called, for how long, what it is compared with and what the goal is."""
import typing

from knee import Search

WHOLE, QUICK, SMOKE = "whole", "quick", "smoke"


class Size(typing.NamedTuple):
    """How much of everything."""
    seconds: float  # of one measurement
    warmup: float
    skus: int
    orders: int  # that the shop has before
    sessions: int  # that live at once
    patience: float  # seconds that work of the background may take afterwards
    sell_out: int  # units of the sale that ends sold out
    prepare: int  # carts that are ready before the first is paid for
    search: Search
    connections: int = 100_000  # at most


SIZES = {
    WHOLE: Size(5, 1, 100_000, 1_000_000, 10_000, 180, 2_000, 4_000, Search(2, 0.5, 1.1)),
    QUICK: Size(1.5, 0, 5_000, 20_000, 500, 10, 60, 400, Search(0.4, 0.1, 1.25), 128),
    SMOKE: Size(0.3, 0, 100, 200, 20, 5, 10, 12, Search(0.2, 0, 2), 4),
}
# Ten thousand who think for 50 s place 1,000 orders a minute: both are goals, of one shop.
THINK_MS = {WHOLE: "20000:80000", QUICK: "300:900", SMOKE: "0:10"}
# They come within the time that a journey takes, not all of them at its first step.
SPREAD_S = {WHOLE: 600, QUICK: 7, SMOKE: 0.1}


class Goal(typing.NamedTuple):
    """kind: "share" of the control's rate, "rate" in units a second, "p99" and "p999" in
    milliseconds, "cpu" in milliseconds a unit, "errors" and "left" of a sale as numbers,
    "recovery" in seconds; of a soak "growth" in kB a minute, "child" in kB, "product" in
    MB."""
    kind: str
    limit: float
    source: str  # where it is demanded

    @property
    def is_floor(self):
        return self.kind in ("share", "rate")


class Scenario(typing.NamedTuple):
    name: str
    says: str
    client: str  # the client's scenario; "raw" and "raw_hot" are programs of their own
    connections: int = 32
    control: str = None  # whose rate its own is compared with
    goals: tuple = ()
    knee_of: str = None  # open loop at so many times the knee of this one
    times: float = None
    rate: float = None  # or at so many units a second
    seconds: dict = {}  # per size where it is not the size's own
    warmup: dict = {}  # the same
    crowds: bool = False  # by as many at a time as still bring more; connections: smoke's
    more: tuple = ()  # arguments of the client; {skus} and the like are filled in
    sizes: tuple = (WHOLE, QUICK, SMOKE)
    expects: tuple = ()  # words of the errors that belong to it
    grows: bool = False  # measured in an almost empty shop as well
    repeats: bool = True  # in every round, not in the first alone
    # orders that nobody pays, which are ended then, or events that are asked about again and
    # again: after all others
    leaves: bool = False
    prepares: float = 0  # seconds before a whole run's measurement begins, as it is planned
    recovers: bool = False  # measured until half of the knee is served as before

    @property
    def is_raw(self):
        return self.client.startswith("raw")


SKUS = ("--skus", "{skus}")
ACKS = ("--acks", "{acks}")
SECRET = ("--secret", "{secret}")
FAST = (Goal("p99", 10, "issue 4"), Goal("p999", 50, "issue 4"))


def around_knee(name, says, client, more=SKUS, crowd=1500, sizes=(WHOLE,), prepares=0.5):
    """A page below its knee and far above: how long it takes, counted from the intended
    start. The crowd is what the shop can have at its doors at once: beyond 1,024 it turns
    away; where preparing is dear, fewer come and wait in the client. Its handshakes are
    over when it is measured."""
    rest = tuple(size for size in sizes if size == WHOLE or name == "cart3")
    return (
        Scenario(f"{name}@half", f"{says} at half of its knee", client, 64, knee_of=name,
                 times=0.5, goals=FAST, more=more, sizes=sizes, seconds={WHOLE: 8},
                 prepares=prepares),
        Scenario(f"{name}@near", f"{says} at 80% of its knee", client, 64, knee_of=name,
                 times=0.8, more=more, sizes=rest, repeats=False, prepares=prepares),
        Scenario(f"{name}@over", f"{says} at three times its knee", client, crowd,
                 knee_of=name, times=3, control=name, recovers=True, more=more, sizes=rest,
                 repeats=False, prepares=0 if client.startswith("get:") else 8,
                 warmup={WHOLE: 3}, expects=("timeout", "status 502"), goals=(
                     Goal("share", 0.80, "row 69"), Goal("recovery", 30, "F-250"))))


# Those that a whole run measures again before each scenario are not repeated for themselves.
CONTROLS = (
    Scenario("static", "nginx: a file of 1 KB over TLS", "get:/bench/1k"),
    Scenario("hello", "FastCGI hello behind the same nginx", "get:/bench/hello",
             repeats=False),
    Scenario("select1", "FastCGI with a prepared SELECT 1", "get:/bench/select1",
             repeats=False),
    Scenario("raw", "the order's transaction alone, stock spread", "raw", 16,
             repeats=False),
    Scenario("raw_hot", "the order's transaction alone, one row of stock", "raw_hot", 16),
)

PEAKS = (
    Scenario("shelf", "GET / (the shelf)", "get:/", control="hello"),
    Scenario("product", "GET a product's page", "get:/products/<slug>",
             control="hello", goals=(Goal("share", 0.50, "issue 4"),), more=SKUS),
    Scenario("cart3", "GET the cart page, 3 lines", "cart3", control="hello",
             goals=(Goal("share", 0.35, "issue 4"),), more=SKUS, grows=True),
    Scenario("cart50", "GET the cart page, 50 lines", "cart50", control="hello", more=SKUS,
             prepares=3),
    Scenario("checkout", "GET the checkout page, 3 lines", "checkout", control="hello",
             goals=(Goal("share", 0.35, "issue 4"),), more=SKUS),
    Scenario("add", "POST add to cart (JSON)", "add", control="select1", more=SKUS,
             grows=True),
    Scenario("quote", "POST validate (JSON): the quote", "quote", control="select1",
             more=SKUS),
    Scenario("status", "GET the status of a paid order", "status", control="select1",
             more=SKUS),
    # who is not confirmed at once looks half a second later: a fast shop needs hundreds at
    # a time to be busy, in a slow one so many would not end within the measured time
    Scenario("journey", "a whole guest purchase, every request", "journey", 4, crowds=True,
             goals=(Goal("rate", 400, "issue 4"), Goal("cpu", 3.5, "issue 4")),
             seconds={WHOLE: 10, QUICK: 4, SMOKE: 2}, warmup={WHOLE: 3, QUICK: 2},
             more=SKUS + ACKS, grows=True),
)

KNEES = (
    *around_knee("shelf", "the shelf", "get:/", ()),
    *around_knee("product", "the product's page", "get:/products/<slug>",
                 sizes=(WHOLE, QUICK, SMOKE)),
    *around_knee("cart3", "the cart page", "cart3", sizes=(WHOLE, QUICK)),
    *around_knee("cart50", "the cart page of 50 lines", "cart50", crowd=128, prepares=3),
    *around_knee("checkout", "the checkout page", "checkout"),
    *around_knee("add", "add to cart", "add", sizes=(WHOLE, QUICK)),
    *around_knee("quote", "the quote", "quote"),
    *around_knee("status", "the order's status", "status", crowd=256, prepares=1),
)

CROWDS = (
    Scenario("buy", "add, start and payment (JSON), goods spread", "buy", 16,
             more=SKUS + ACKS, leaves=True),
    Scenario("flash", "add, start and payment (JSON), all one SKU", "buy", 16, control="buy",
             goals=(Goal("share", 0.70, "F-041"),), more=("--skus", "{hot}", *ACKS), leaves=True),
    Scenario("sell_out", "a sale of less than is asked for, all at once", "buy", 50,
             goals=(Goal("left", 0, "F-041"),), expects=("sold_out",), repeats=False,
             seconds={WHOLE: 40},
             more=("--skus", "{scarce}", "--barrier", *ACKS), leaves=True),
    Scenario("live", "sessions that think between their requests", "journey", None,
             goals=(Goal("errors", 0, "F-243"),), seconds={WHOLE: 780, QUICK: 15, SMOKE: 2},
             more=("--think", "{think}", "--spread", "{spread}", *SKUS, *ACKS),
             repeats=False),
    Scenario("minute", "1,000 orders a minute", "journey", 256, rate=1000 / 60,
             goals=(Goal("errors", 0, "F-245"), Goal("rate", 16, "F-245")),
             seconds={WHOLE: 600, QUICK: 5, SMOKE: 1}, warmup={WHOLE: 4, QUICK: 3},
             more=SKUS + ACKS, repeats=False),
    # as many at a time as the raw transaction has; ends when what was prepared is used up
    Scenario("place", "POST payment (JSON): the order", "place", 16, control="raw",
             seconds={WHOLE: 8, QUICK: 10, SMOKE: 10}, grows=True, prepares=12,
             goals=(Goal("share", 0.50, "issue 4"),),
             more=("--prepare", "{prepare}", *SKUS, *ACKS), leaves=True),
    Scenario("webhook", "POST a signed event", "webhook", control="select1", more=SECRET,
             leaves=True),
)

# Of no size: bench.py --soak. 20 kB a minute are 30 MB a day.
SOAK = Scenario("soak", "1,000 orders a minute, for as long as is asked", "journey", 256,
                rate=1000 / 60, warmup={WHOLE: 4, QUICK: 4}, more=SKUS + ACKS, sizes=(),
                goals=(
                    Goal("errors", 0, "F-247"), Goal("rate", 16, "F-245"),
                    Goal("growth", 20, "F-247"), Goal("child", 2048, "issue 4"),
                    Goal("product", 150, "issue 4")))

SCENARIOS = CONTROLS + PEAKS + KNEES + CROWDS
BY_NAME = {one.name: one for one in (*SCENARIOS, SOAK)}


def of_size(size):
    return [one for one in SCENARIOS if size in one.sizes]


def seconds_of(scenario, size):
    return scenario.seconds.get(size, SIZES[size].seconds)


def warmup_of(scenario, size):
    return scenario.warmup.get(size, SIZES[size].warmup)


def connections_of(scenario, size):
    if scenario.connections is None:
        return SIZES[size].sessions
    if scenario.crowds:
        return scenario.connections
    return min(scenario.connections, SIZES[size].connections)
