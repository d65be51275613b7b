"""checker.py - what clients were told, what the gateway took and what the shop's books say
is one story (reliability.md I08, I14, I18, I19, I22 to I24, from outside; F-152)."""
import collections
import email
import json
import pathlib
import time
import urllib.request

import house  # noqa: F401, shows the way to tests/http
import effects

CAUGHT_UP_S = 60
LEAVES_S = 10
LIVE = ("confirmed", "shipped", "delivered")


def wait_for_quiet(house, say=lambda what: None, seconds=180):
    """Until nothing is under way any more; what still is, in words. Time is turned on, so
    that what was walked away from ends."""
    end = time.monotonic() + seconds
    turn = 0
    while True:
        left = under_way(house)
        if not left or time.monotonic() > end:
            return left
        if time.monotonic() > turn:
            say(f"still {', '.join(left)}")
            house.advance(41 * 60)
            turn = time.monotonic() + 8
        time.sleep(0.5)


def under_way(house):
    """What jobs still have to do."""
    return [f"{what}: {n}" for what, n in (
        (row[0], int(row[1])) for row in house.rows("""
            SELECT 'orders that wait', COUNT(*) FROM orders
             WHERE state IN ('pending', 'review') UNION ALL
            SELECT 'attempts without an answer', COUNT(*) FROM payment_attempt
             WHERE state IN ('sent', 'unknown', 'requires_action') UNION ALL
            SELECT 'mails and events to send', COUNT(*) FROM outbox
             WHERE state NOT IN ('done', 'dead') UNION ALL
            SELECT 'webhooks to apply', COUNT(*) FROM webhook_in
             WHERE applied_at IS NULL AND state NOT IN ('parked', 'dead', 'ignored')
            UNION ALL
            SELECT 'refunds to send', COUNT(*) FROM refund
             WHERE state NOT IN ('done', 'failed') UNION ALL
            SELECT 'holds', COUNT(*) FROM reservation WHERE state = 'held' UNION ALL
            SELECT 'orders without an invoice', COUNT(*) FROM orders o
              LEFT JOIN invoice i ON i.order_id = o.id
             WHERE o.confirmed_at IS NOT NULL AND i.order_id IS NULL""")) if n]


class Findings:
    """Named lists of what is wrong; figures beside them."""

    def __init__(self):
        self.wrong = collections.defaultdict(list)
        self.figures = {}

    def note(self, what, which):
        self.wrong[what].append(which)

    def n(self, what):
        return len(self.wrong[what])


def check(house, acks):
    """Everything from outside and, by till verify, from inside."""
    found = Findings()
    books = {}
    for uid, number, state, total, payable, confirmed, key in house.rows(
            "SELECT uid, number, state, total, payable, confirmed_at IS NOT NULL, idem_key"
            " FROM orders"):
        books[uid] = {"number": number, "state": state, "total": int(total), "key": key,
                      "payable": int(payable), "confirmed": confirmed == "1"}
    check_told(found, books, acks)
    check_keys(found, books)
    kept = {number: int(net) for number, net in house.rows(
        "SELECT o.number, SUM(a.captured - a.refunded) FROM orders o"
        "  JOIN payment_attempt a ON a.order_id = o.id GROUP BY o.number")}
    check_charges(found, books, house.sandbox("GET", "ledger"), kept)
    check_units(found, house, books, acks)
    check_mails(found, house)
    check_events(found, house)
    check_inside(found, house, acks)
    return found


def check_told(found, books, acks):
    for line in acks.told:
        order = books.get(line["order"])
        if order is None or order["total"] != line["total"]:
            found.note("lost", line)
        elif line["told"] == "confirmed" and not order["confirmed"]:
            found.note("lost", line)
        elif line["told"] == "cancelled" and order["state"] != "cancelled":
            found.note("cancelled in vain", {**line, "now": order["state"]})
    found.figures["orders acknowledged"] = len({line["order"] for line in acks.told})
    found.figures["confirmations acknowledged"] = len(
        {line["order"] for line in acks.of("confirmed")})


def check_keys(found, books):
    for key, n in collections.Counter(order["key"] for order in books.values()).items():
        if n > 1:
            found.note("one key, several orders", key)


def check_charges(found, books, ledger, kept):
    """At most one charge stands for an order, of just what it costs, and only if it lives;
    what of it went back is what the books say."""
    by_number = {order["number"]: order for order in books.values()}
    standing = collections.defaultdict(list)
    for row in ledger:
        net = row["captured"] - row["refunded"]
        if net and row["ref"] not in by_number:
            found.note("charged for nothing", row)
        elif net:
            standing[row["ref"]].append((row["captured"], net))
    for number, sums in standing.items():
        order = by_number[number]
        if len(sums) > 1:
            found.note("charged twice", {"order": order, "charges": sums})
        elif order["state"] not in LIVE:
            found.note("charged for a dead order", {"order": order, "charges": sums})
        elif sums != [(order["payable"], kept[number])]:
            found.note("charged another amount", {"order": order, "charges": sums})
    for number, order in by_number.items():
        if order["state"] in LIVE and number not in standing:
            found.note("confirmed but not paid", order)
    found.figures["charges that stand"] = len(standing)


def check_units(found, house, books, acks):
    """Units that clients hold a confirmation for, against all there ever were."""
    there = dict((sku, int(n)) for sku, n in house.rows(
        "SELECT sku, SUM(qty) FROM stock_move WHERE kind IN ('receive', 'adjust')"
        " GROUP BY sku"))
    told = {line["order"] for line in acks.of("confirmed")}
    sold = collections.Counter()
    seen = collections.Counter()
    for uid, sku, qty in house.rows(
            "SELECT o.uid, l.sku, l.qty FROM order_line l JOIN orders o ON o.id = l.order_id"
            " WHERE l.kind <> 'digital'"):
        if books[uid]["state"] in LIVE:
            sold[sku] += int(qty)
            seen[sku] += int(qty) if uid in told else 0
    for sku, n in sold.items():
        if n > there.get(sku, 0) or seen[sku] > there.get(sku, 0):
            found.note("oversold", f"{n} of {there.get(sku, 0)} {sku}")
    for sku, on_hand, reserved in house.rows("SELECT sku, on_hand, reserved FROM stock"):
        if int(on_hand) != there.get(sku, 0) - sold[sku] or int(reserved):
            found.note("units astray", f"{sku}: {on_hand} on hand, {reserved} reserved, of"
                       f" {there.get(sku, 0)} {sold[sku]} are sold")


def check_mails(found, house):
    """A mail may come twice when its sender died, but it is the same one then."""
    by_order = collections.defaultdict(set)
    for path in pathlib.Path(house.till.env["TILL_MAIL_DIR"]).glob("*.eml"):
        with open(path, "rb") as file:
            mail = email.message_from_binary_file(file)
        if "is confirmed" in mail["Subject"]:
            by_order[mail["Subject"]].add(mail["Message-ID"])
    for subject, ids in by_order.items():
        if len(ids) > 1:
            found.note("two letters", f"{subject}: {ids}")
    confirmed = house.number("SELECT COUNT(*) FROM orders WHERE confirmed_at IS NOT NULL")
    found.figures["orders confirmed"] = confirmed
    if len(by_order) != confirmed:
        found.note("letters", f"{len(by_order)} of {confirmed} confirmations")


def check_events(found, house):
    """Each event that the gateway lists, of the kinds that are applied, came in at last
    (F-152). Kinds that are ignored whenever they come are not asked for either."""
    def missing():
        kinds = {kind for kind, in house.rows(
            "SELECT DISTINCT type FROM webhook_in WHERE state <> 'ignored'")}
        known = {event for event, in house.rows("SELECT event_id FROM webhook_in")}
        return [event for event in listed
                if event["type"] in kinds and event["id"] not in known]

    listed = list(gateway_events(house))
    end = time.monotonic() + CAUGHT_UP_S
    while missing() and time.monotonic() < end:
        house.advance(11 * 60)
        time.sleep(1)
    for event in missing():
        found.note("events that never came", event)
    found.figures["events of the gateway"] = len(listed)


def gateway_events(house):
    """Id, type and moment of each, the newest first."""
    after = ""
    while True:
        page = stripe(house, "/v1/events?limit=100" + (f"&starting_after={after}" if after
                                                       else ""))
        yield from ({name: event[name] for name in ("id", "type", "created")}
                    for event in page["data"])
        if not page["has_more"]:
            return
        after = page["data"][-1]["id"]


def stripe(house, path):
    request = urllib.request.Request(f"{house.till.env['TILL_SANDBOX_URL']}/stripe{path}",
                                     headers={"Authorization": "Bearer sk_test_sandbox"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def check_connections(house, found):
    """Lanes and pools shrink while we look: the server lets go of a connection a moment after
    its process is gone."""
    deadline = time.monotonic() + LEAVES_S
    while True:
        wanted = sum(len(house.children(unit)) for unit in ("shop", "pay", "hook", "work"))
        connections = len(house.threads())
        if connections <= wanted:
            return
        if time.monotonic() > deadline:
            found.note("leaked connections", f"{connections} of {wanted} processes")
            return
        time.sleep(0.2)


def check_inside(found, house, acks):
    """The shop's own look at its books, with all that others saw."""
    seen = house.folder / "effects.jsonl"
    seen.write_text("".join(json.dumps(one) + "\n" for one in effects.effects(
        house.till.env["TILL_MAIL_DIR"])))
    done = house.verify(90, "--acks", str(acks.path), "--effects", str(seen), "--gateways",
                        "--settling", "0")
    found.figures["till verify"] = (done.stdout.strip().splitlines() or ["silent"])[-1]
    if done.returncode != 0:
        for line in done.stdout.splitlines():
            if "BROKEN" in line or line.startswith("   "):
                found.note("broken invariants", line.strip())
        if not found.n("broken invariants"):
            found.note("broken invariants", done.stdout[-500:] + done.stderr[-500:])
    for line in house.crashes():
        found.note("crashes", line)
    check_connections(house, found)
