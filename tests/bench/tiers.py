"""tiers.py - from what an order costs to what a rate of orders needs, and what of it gives way
first. Arithmetic alone: measured figures come from scale_figures.py, all others stand here
with where they come from."""
import math
import typing

DAY_S = 86_400
DAY_ORDERS = 10_000_000  # F-248
PEAK = 1_000  # F-246: 10 M a day, tenfold, is 1,157/s, called 1,000
MEAN = DAY_ORDERS / DAY_S
GOAL_CPU_MS = 3.5  # issue 4

# ---- measured once, 2026-11-21, f3688d5: 76 journeys of 3 lines, sandbox gateway ----
REQUESTS = 25  # that nginx answered for one; 4 of them files
PAGE_KB = 40  # bodies of all those
ASKED = 1  # session.get for a payment that is made: two events and the shopper's return
#             take turns, the first asks and the others find it booked (flow.webhook_known)
CREATE_KB, GET_KB = 2.6, 5.0  # bodies of session.create and session.get in gateway_call
ROWS = 29  # in all tables, but for audit
MAILS = 1
TABLE_KB = 10.1  # a row of every table but gateway_call: load.py, 300,000 orders

# ---- the program, 2026-11-21 ----
HOOK_WORKERS, PAY_WORKERS, MAIL_WORKERS = 8, 8, 8  # work.*_children_max; at most 64
PAY_CHILDREN, PAY_SHARE = 128, 0.75  # run.pay_children_max, pay.calls_max
OTHER_CHILDREN = 8 + 2 + 9  # hook, admin, lanes
CONNECTIONS = 500  # design.md 3
LADDER, LOOK_S = (2, 10, 30, 120, 600, 3600), 50  # payment.c, PAYMENT_LOOK_SECONDS
KEEP_DAYS = 400  # journal.keep_days

# ---- assumed ----
BUYS = 0.30  # of those who start a checkout (reliability.md, fact 11)
LEAVES = (1 - BUYS) / BUYS  # for each who buys
LEFT_PATH = ("shelf", "product", "add", "cart3", "add", "checkout")  # their pages; a start
#                                                                     costs what an add does
BUSY = 0.6  # share of a core that is planned with (reliability.md 5.3)
APP_CORES, DATABASE_CORES = 16, 32  # as fast as those of the bench
GET_S, CREATE_S = 0.3, 0.6  # a gateway's answers
MAIL_S = 0.05  # a relay's
HANDSHAKE_MS = 0.25  # full TLS 1.3, P-256; signature and X25519 are 0.08 (openssl speed)
ENDPOINT_CALLS, ACCOUNT_CALLS = 25, 100  # a second: Stripe's documented limits
REPLICA_MBIT = 1_000
PAYS = 0.85  # of those who reach the gateway's page (reliability.md, fact 11)
UNPAID = (1 - PAYS) / PAYS
PAYS_S, SESSION_S = 120, 31 * 60  # at the gateway's page: who pays, and who leaves
LOCKS_START = 1 / BUYS + 1  # of a hot row for one order: each start, and T3
LOCKS_PAYMENT = 1 / PAYS + 1  # hold_at = payment: each T1, and T3


def looks(seconds):
    """How often the poll asks about a page that is open for so long."""
    n, at = 0, LOOK_S
    while at < seconds:
        n += 1
        at += min(LADDER[min(n, len(LADDER) - 1)], LOOK_S)
    return n


# of one order, with those who leave the gateway's page: asked by the lane pay, and in all
LOOKS = looks(PAYS_S) + UNPAID * looks(SESSION_S)
GETS = ASKED + LOOKS
CALLS = GETS + (1 + UNPAID) + UNPAID  # with session.create, and the closing of the unpaid
CALL_KB = GETS * GET_KB + (1 + 2 * UNPAID) * CREATE_KB


class Cost(typing.NamedTuple):
    """Of one order: CPU in milliseconds, with those who left."""
    nginx: float
    app: float
    mariadb: float
    statements: float
    commits: float
    binlog_kb: float

    @property
    def cpu(self):
        return self.nginx + self.app + self.mariadb

    @property
    def web(self):
        """Of an order: with a handshake of each who starts."""
        return self.nginx + self.app + HANDSHAKE_MS / BUYS


def left(figures):
    """What one costs who starts a checkout and goes away."""
    path = [figures[name] for name in LEFT_PATH]
    return Cost(*(sum(getattr(one, word) for one in path) for word in Cost._fields))


def bought(figures):
    return Cost(*(getattr(figures["journey"], word) for word in Cost._fields))


def cost(figures):
    return Cost(*(one + LEAVES * other for one, other in zip(bought(figures), left(figures))))


def at_goal(figures):
    """The same, had the journey its goal and the CPU of all else fallen in proportion;
    statements, commits and bytes as measured."""
    share, one = min(1, GOAL_CPU_MS / bought(figures).cpu), cost(figures)
    return one._replace(nginx=one.nginx * share, app=one.app * share,
                        mariadb=one.mariadb * share)


# ---- what gives way, and when ----

class Limit(typing.NamedTuple):
    what: str
    rate: float  # orders a second that it carries
    why: str
    then: str


def span_of_hot_row(figures):
    """Seconds that an order keeps a row of stock: all of raw_hot waits for one."""
    return 1 / figures["raw_hot"].rate


def limits_of_host(figures, one):
    cores = figures.machine["cores"]
    return [
        Limit("events applied, each host", HOOK_WORKERS / (ASKED * GET_S),
              f"{HOOK_WORKERS} workers, {ASKED} answer of {GET_S} s",
              "more workers (a setting)"),
        Limit("payments looked at, each host", PAY_WORKERS / (LOOKS * GET_S),
              f"{PAY_WORKERS} workers, {LOOKS:.3g} looks of {GET_S} s",
              "the ladder, not every 50 s, while events come in"),
        Limit("unpaid orders ended, all hosts", 1 / (UNPAID * CREATE_S),
              f"one at a time, {UNPAID:.2f} an order, {CREATE_S} s each",
              "items with a lease, so that hosts share them"),
        Limit("mails, each host", MAIL_WORKERS / (MAILS * MAIL_S),
              f"{MAIL_WORKERS} workers, {MAIL_S} s each", "more workers (a setting)"),
        Limit("pool pay, each host", PAY_CHILDREN * PAY_SHARE / CREATE_S,
              f"{PAY_CHILDREN * PAY_SHARE:.0f} calls at once, {CREATE_S} s each",
              "more hosts"),
        Limit(f"this machine's {cores} cores, all on one", cores * 1000 * BUSY / one.cpu,
              f"{cores} x 1000 x {BUSY} / {one.cpu:.3g} ms", "database on its own host"),
        Limit(f"a web host's {APP_CORES} cores", APP_CORES * 1000 * BUSY / one.web,
              f"{one.web:.3g} ms with TLS handshakes", "more hosts"),
    ]


def limits_of_database(figures, one):
    span = span_of_hot_row(figures)
    raw, sync_s = figures["raw"], figures.machine["sync_ms"] / 1000
    commits = raw.commits / max(raw.fsyncs, 0.01) / sync_s
    other = (OTHER_CHILDREN + 2 * APP_CORES) / (PAY_CHILDREN * PAY_SHARE / CREATE_S)
    return [
        Limit("database connections", CONNECTIONS / (CREATE_S / PAY_SHARE + other),
              f"{CONNECTIONS}; pool pay has most", "max_connections and a thread pool"),
        Limit("one hot SKU, held at start", 1 / span / LOCKS_START,
              f"{span * 1000:.3g} ms x {LOCKS_START:.3g} locks",
              f"hold at payment ({1 / span / LOCKS_PAYMENT:,.0f}); buckets"),
        Limit(f"the database's {DATABASE_CORES} cores",
              DATABASE_CORES * 1000 * BUSY / one.mariadb, f"{one.mariadb:.3g} ms",
              "fewer statements; shards"),
        Limit("durable commits, at least", commits / one.commits,
              f"{commits:,.0f}/s (sync {sync_s * 1000:.2g} ms) / {one.commits:.3g}",
              "larger groups under load, faster disk"),
        Limit("binary log to a replica by 1 Gbit/s", REPLICA_MBIT * 125 / one.binlog_kb,
              f"{one.binlog_kb:.3g} kB", "10 Gbit/s; smaller rows"),
    ]


def limits_outside():
    return [
        Limit("Stripe, one endpoint", ENDPOINT_CALLS / GETS,
              f"{ENDPOINT_CALLS}/s, {GETS:.3g} times session.get",
              "ask Stripe for more; look less"),
        Limit("Stripe, the account", ACCOUNT_CALLS / CALLS,
              f"{ACCOUNT_CALLS}/s, {CALLS:.3g} calls", "ask Stripe for more"),
    ]


def limits(figures):
    one = cost(figures)
    return sorted(limits_of_host(figures, one) + limits_of_database(figures, one)
                  + limits_outside(), key=lambda limit: limit.rate)


# ---- what a rate needs ----

def hosts(rate, one):
    """Web hosts: for their cores, or for the gateway calls that one may have."""
    return math.ceil(max(rate * one.web / (APP_CORES * 1000 * BUSY),
                         rate * CREATE_S / (PAY_CHILDREN * PAY_SHARE)))


def database_servers(rate, one):
    return math.ceil(rate * one.mariadb / (DATABASE_CORES * 1000 * BUSY))


def needs(rate, one):
    """(what, how much of each) for so many orders a second."""
    web = hosts(rate, one)
    pay = math.ceil(rate * CREATE_S / PAY_SHARE)
    pages = rate * (1 + LEAVES * len(LEFT_PATH) / REQUESTS)  # as many as of journeys
    return [
        ("starts of a checkout, TLS handshakes a second", [rate / BUYS]),
        ("requests a second, Mbit/s of them", [pages * REQUESTS, pages * PAGE_KB / 125]),
        (f"web hosts of {APP_CORES} cores (busy cores)", [web, rate * one.web / 1000]),
        (f"database servers of {DATABASE_CORES} cores: shards (busy cores)",
         [database_servers(rate, one), rate * one.mariadb / 1000]),
        ("database connections", [pay + web * (OTHER_CHILDREN + 2 * APP_CORES)]),
        ("commits a second, Mbit/s of binary log",
         [rate * one.commits, rate * one.binlog_kb / 125]),
        ("workers for events, looks, mails", [math.ceil(rate * seconds) for seconds in (
            ASKED * GET_S, LOOKS * GET_S, MAILS * MAIL_S)]),
        ("calls of the gateway a second", [rate * CALLS]),
    ]


def storage_gb(orders=DAY_ORDERS):
    """Of so many orders: all tables but one, and the bodies of gateway calls."""
    return orders * TABLE_KB / 1e6, orders * CALL_KB / 1e6
