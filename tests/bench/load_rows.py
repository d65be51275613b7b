"""load_rows.py - the rows of orders that load.py makes, as statements: every table of a purchase
in the shape in which the program writes it, all drawn from an order's number alone, so that the
same load makes the same shop. What needs the shop's keys comes from seal.c.

Order n was placed at CREATED(n), evenly spread over two years that ended ten days ago: its
cart is swept by now, its holds are over, nothing of it is under way.
"""
import math

DAYS, AGO_DAYS = 720, 10
LINES_MOST = 4
RATE_PPM = 190000  # contained in the prices
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # of an order's number (base/token.c)
NUMBERS = len(LETTERS) ** 10
SCATTER = 500000003771  # orders that follow each other have numbers far apart
assert math.gcd(SCATTER, NUMBERS) == 1

DAY = 86400
PLACED = ("placed", "new", "pending", None, "shopper", 0)
PAID = ("paid", "pending", "confirmed", None, "gateway", 45)
SHIPPED = ("shipped", "confirmed", "shipped", None, "shell:ada", DAY)
DELIVERED = ("delivered", "shipped", "delivered", None, "shell:ada", 3 * DAY)


class Fate:
    """What became of an order: of so many in a hundred, by these steps."""

    def __init__(self, share, payment, fulfilment, attempt, steps, mails, audits=(),
                 refund=None):
        self.share, self.payment, self.fulfilment = share, payment, fulfilment
        self.attempt, self.steps, self.mails = attempt, (PLACED, *steps), mails
        self.audits, self.refund = audits, refund
        self.state = self.steps[-1][2]
        self.confirmed = PAID in self.steps
        self.ended_s = self.steps[-1][5]


CONFIRMATION = ("mail.confirmation", 45)
SHIPPED_MAIL, DELIVERED_MAIL = ("mail.shipped", DAY), ("mail.delivered", 3 * DAY)
SHIP, DELIVER = ("order.ship", "DHL", DAY), ("order.deliver", "", 3 * DAY)

FATES = (
    Fate(70, "paid", "delivered", "captured", (PAID, SHIPPED, DELIVERED),
         (CONFIRMATION, SHIPPED_MAIL, DELIVERED_MAIL), (SHIP, DELIVER)),
    Fate(15, "paid", "shipped", "captured", (PAID, SHIPPED), (CONFIRMATION, SHIPPED_MAIL),
         (SHIP,)),
    Fate(5, "paid", "unfulfilled", "captured", (PAID,), (CONFIRMATION,)),
    Fate(3, "partially_refunded", "delivered", "captured",
         (PAID, SHIPPED, DELIVERED,
          ("refund", "delivered", "delivered", "goodwill", "shell:ada", 5 * DAY),
          ("refunded", "delivered", "delivered", "goodwill", "till", 5 * DAY + 5)),
         (CONFIRMATION, SHIPPED_MAIL, DELIVERED_MAIL), (SHIP, DELIVER), "goodwill"),
    Fate(2, "refunded", "unfulfilled", "captured",
         (PAID, ("cancelled", "confirmed", "cancelled", "shopper", "shopper", 600),
          ("refunded", "cancelled", "cancelled", "cancel", "till", 605)),
         (CONFIRMATION, ("mail.cancelled", 600)), (("order.cancel", "shopper", 600),),
         "cancel"),
    Fate(3, "expired", "unfulfilled", "expired",
         (("expired", "pending", "expired", "not_paid_in_time", "till", 2100),), ()),
    Fate(1, "failed", "unfulfilled", "failed",
         (("declined", "pending", "pending", "card_declined", "gateway", 50),
          ("failed", "pending", "failed", "payment_failed", "till", 2100)),
         (("mail.payment_failed", 2100),)),
    Fate(1, "pending", "unfulfilled", "cancelled",
         (("cancelled", "pending", "cancelled", "shopper", "shopper", 300),),
         (("mail.cancelled", 300),), (("order.cancel", "shopper", 300),)),
)
assert sum(fate.share for fate in FATES) == 100

# ---- words of SQL ----


def created(n):
    return f"(@newest - INTERVAL (@orders - {n}) * @step MICROSECOND)"


def drawn(what, n):
    """A number below 2^32 that looks random and is the same each time."""
    return f"CRC32(CONCAT('{what}', {n}))"


def uid(what, n, order):
    """A UUID of version 7 made when that order was placed."""
    return (f"CONCAT(LPAD(HEX(@newest_ms - (@orders - {order}) * @step DIV 1000), 12, '0'),"
            f" '70008', LEFT(MD5(CONCAT('{what}', {n})), 15))")


def number(n):
    scattered = f"({n} * {SCATTER} MOD {NUMBERS})"
    letters = [f"MID('{LETTERS}', 1 + {scattered} DIV {len(LETTERS) ** k} MOD {len(LETTERS)}, 1)"
               for k in range(10)]
    return f"CONCAT({', '.join(letters[:5])}, '-', {', '.join(letters[5:])})"


def text(value):
    return "NULL" if value is None else f"'{value}'"


def rows(values):
    return ",\n".join("(" + ", ".join(str(one) if isinstance(one, (int, bool)) else text(one)
                                      for one in row) + ")" for row in values)


FATE_OF = "bench_fate f ON f.n = " + drawn("fate", "o.id") + " MOD 100"
QTY = "(1 + " + drawn("qty", "s.seq, '.', l.seq") + " MOD 3)"
DOLLARS = "CONCAT('$', FORMAT({} / 100, 2))"
TAX = "ROUND({} * " + f"{RATE_PPM} / {1000000 + RATE_PPM})"
SHIPPING = "IF(SUM(l.qty * l.unit_price) >= 10000, 0, 450)"
SUBTOTAL = "SUM(l.qty * l.unit_price)"


def step(rule, says, amount):
    return (f"'{{\"rule\":\"{rule}\",\"text\":', JSON_QUOTE({says}), ',\"amount\":', {amount},"
            f" '}}'")


DERIVATION = (
    "CONCAT('{\"version\":1,\"currency\":\"USD\",\"tax_included\":true,"
    "\"rounding\":\"line_half_up\",\"steps\":[', GROUP_CONCAT(" + step(
        "line", "CONCAT(l.qty, ' × ', l.title, ' at ', " + DOLLARS.format("l.unit_price") + ")",
        "l.qty * l.unit_price") + " ORDER BY l.line_no SEPARATOR ','), ',', " +
    step("subtotal", "'Items together'", SUBTOTAL) + ", ',', " +
    step("shipping", "'Standard delivery'", SHIPPING) + ", ',', " +
    step("tax", "CONCAT('Tax of 19% contained in ', " +
         DOLLARS.format(f"({SUBTOTAL} + {SHIPPING})") + ")",
         f"SUM(l.tax) + {TAX.format(SHIPPING)}") + ", ',', " +
    step("total", "'Total'", f"{SUBTOTAL} + {SHIPPING}") + ", ']}')")
LINES_HASH = ("UNHEX(SHA2(GROUP_CONCAT(l.line_no, ':', l.sku, ':', l.qty, ':', l.unit_price, ':',"
              " l.discount, ':', l.tax ORDER BY l.line_no SEPARATOR ';'), 256))")

# ---- the statements, in the order in which they run ----


def small_tables():
    fates = [fate for fate in FATES for _ in range(fate.share)]
    return f"""
CREATE TEMPORARY TABLE bench_fate (n INT PRIMARY KEY, fate INT, state VARCHAR(10), payment VARCHAR(20),
	fulfilment VARCHAR(12), attempt VARCHAR(16), confirmed BOOLEAN, ended_s INT,
	refund VARCHAR(10));
INSERT INTO bench_fate VALUES {rows(
    (n, FATES.index(f), f.state, f.payment, f.fulfilment, f.attempt, int(f.confirmed), f.ended_s,
     f.refund) for n, f in enumerate(fates))};
CREATE TEMPORARY TABLE bench_step (fate INT, seq INT, event VARCHAR(30), before_it VARCHAR(10),
	after_it VARCHAR(10), reason VARCHAR(60), actor VARCHAR(40), after_s INT,
	PRIMARY KEY (fate, seq));
INSERT INTO bench_step VALUES {rows(
    (i, seq, *one) for i, f in enumerate(FATES) for seq, one in enumerate(f.steps, 1))};
CREATE TEMPORARY TABLE bench_mail (fate INT, nth INT, kind VARCHAR(40), after_s INT,
	PRIMARY KEY (fate, nth));
INSERT INTO bench_mail VALUES {rows(
    (i, nth, *one) for i, f in enumerate(FATES) for nth, one in enumerate(f.mails))};
CREATE TEMPORARY TABLE bench_audit (fate INT, nth INT, action VARCHAR(40), why VARCHAR(40),
	after_s INT, PRIMARY KEY (fate, nth));
INSERT INTO bench_audit VALUES {rows(
    (i, nth, *one) for i, f in enumerate(FATES) for nth, one in enumerate(f.audits))};
CREATE TEMPORARY TABLE bench_product (n INT AUTO_INCREMENT PRIMARY KEY, sku VARCHAR(64)
	CHARACTER SET ascii COLLATE ascii_bin, title VARCHAR(200), price BIGINT,
	tax_class VARCHAR(20), weight_g INT, picture VARCHAR(60));
INSERT INTO bench_product (sku, title, price, tax_class, weight_g, picture)
	SELECT sku, title, price, tax_class, weight_g, picture FROM product
	 WHERE kind = 'ship' AND active AND price > 0 AND currency = 'USD' ORDER BY id;
SET @products = (SELECT COUNT(*) FROM bench_product);
"""


def order_line(orders):
    """Some goods are wanted far more often than others."""
    nth = (f"1 + (CAST(FLOOR(@products * POW({drawn('sku', 's.seq')} / 4294967296, 3)) AS SIGNED)"
           f" + (l.seq - 1) * 7919) MOD @products")
    return f"""
INSERT INTO order_line (order_id, line_no, uid, sku, title, kind, qty, unit_price, tax,
	tax_class, tax_rate_ppm, line_total, weight_g, picture)
SELECT STRAIGHT_JOIN s.seq, l.seq, {uid("line", "s.seq, '.', l.seq", "s.seq")}, p.sku,
	p.title, 'ship', {QTY}, p.price, {TAX.format(f"{QTY} * p.price")}, p.tax_class, {RATE_PPM},
	{QTY} * p.price, p.weight_g, p.picture
  FROM seq_1_to_{orders} s JOIN seq_1_to_{LINES_MOST} l JOIN bench_product p ON p.n = {nth}
 WHERE l.seq <= 1 + {drawn("lines", "s.seq")} MOD {LINES_MOST};
"""


def orders_():
    n, at = "l.order_id", created("l.order_id")
    return f"""
INSERT INTO orders (id, uid, number, cart_id, cart_uid, cart_version, visitor, contact_id, state,
	payment_status, fulfilment_status, currency, subtotal, shipping, tax, tax_included, total,
	payable, derivation, shipping_option, shipping_title, delivery_earliest, delivery_latest,
	payment_method, idem_key, lines_hash, carrier, tracking, tracking_url, expires_at,
	confirmed_at, created_at, updated_at)
SELECT STRAIGHT_JOIN {n}, {uid("order", n, n)}, {number(n)}, {n}, {uid("cart", n, n)}, 5,
	UNHEX(SHA2(CONCAT('visitor', {n}), 256)), {n}, f.state, f.payment, f.fulfilment, 'USD',
	{SUBTOTAL}, {SHIPPING}, SUM(l.tax) + {TAX.format(SHIPPING)}, TRUE, {SUBTOTAL} + {SHIPPING},
	{SUBTOTAL} + {SHIPPING}, {DERIVATION}, 'standard', 'Standard delivery',
	DATE({at} + INTERVAL 3 DAY), DATE({at} + INTERVAL 5 DAY), 'stripe',
	CONCAT('bench-', MD5(CONCAT('key', {n}))), IF(f.confirmed, {LINES_HASH}, NULL),
	IF(f.fulfilment IN ('shipped', 'delivered'), 'DHL', NULL),
	IF(f.fulfilment IN ('shipped', 'delivered'), CONCAT('JD', LPAD({n}, 18, '0')), NULL),
	IF(f.fulfilment IN ('shipped', 'delivered'), CONCAT('https://track.example.org/JD',
		LPAD({n}, 18, '0')), NULL),
	{at} + INTERVAL 35 MINUTE, IF(f.confirmed, {at} + INTERVAL 45 SECOND, NULL), {at},
	{at} + INTERVAL f.ended_s SECOND
  FROM order_line l FORCE INDEX (PRIMARY) JOIN {FATE_OF.replace("o.id", n)}
 GROUP BY l.order_id;
"""


ORDER_EVENT = f"""
INSERT INTO order_event (order_id, seq, event, from_state, to_state, reason, actor, at)
SELECT STRAIGHT_JOIN o.id, t.seq, t.event, t.before_it, t.after_it, t.reason, t.actor,
	o.created_at + INTERVAL t.after_s SECOND
  FROM orders o FORCE INDEX (PRIMARY) JOIN {FATE_OF} JOIN bench_step t ON t.fate = f.fate;
"""

ATTEMPT_UID = f'CAST({uid("attempt", "o.id", "o.id")} AS UUID)'
PAYMENT_ATTEMPT = f"""
INSERT INTO payment_attempt (id, uid, order_id, n, gateway, idem_key, gw_id, gw_payment, currency,
	amount, captured, refunded, state, return_token, shopper_code, method, checks, sent_at,
	expires_at, created_at, updated_at, fee_minor, fee_currency)
SELECT STRAIGHT_JOIN o.id, {ATTEMPT_UID}, o.id, 1, 'stripe', CONCAT('cs-', {ATTEMPT_UID}),
	CONCAT('cs_test_a1', LEFT(SHA2(CONCAT('session', o.id), 256), 56)),
	IF(f.confirmed, CONCAT('pi_3', LEFT(MD5(CONCAT('payment', o.id)), 23)), NULL), 'USD',
	o.payable, IF(f.confirmed, o.payable, 0),
	CASE f.refund WHEN 'cancel' THEN o.payable WHEN 'goodwill' THEN LEAST(500, o.payable)
		ELSE 0 END,
	f.attempt, UNHEX(SHA2(CONCAT('return', o.id), 256)),
	IF(f.attempt = 'failed', 'card_declined', NULL), IF(f.confirmed, 'visa 4242', NULL), 1,
	o.created_at, o.created_at + INTERVAL 31 MINUTE, o.created_at, o.updated_at,
	IF(f.confirmed, 30 + o.payable * 29 DIV 1000, NULL), IF(f.confirmed, 'USD', NULL)
  FROM orders o FORCE INDEX (PRIMARY) JOIN {FATE_OF};
"""

REFUND_UID = f'CAST({uid("refund", "a.id", "a.id")} AS UUID)'
REFUND = f"""
INSERT INTO refund (uid, order_id, attempt_id, idem_key, gw_refund_id, gateway, kind, currency,
	amount, state, reason, actor, checks, created_at, done_at)
SELECT {REFUND_UID}, a.order_id, a.id, CONCAT('rf-', {REFUND_UID}),
	CONCAT('re_3', LEFT(MD5(CONCAT('refund', a.id)), 23)), 'stripe',
	IF(a.refunded = a.amount, 'cancel', 'goodwill'), 'USD', a.refunded, 'done',
	IF(a.refunded = a.amount, 'shopper', 'late'), IF(a.refunded = a.amount, 'till', 'shell:ada'),
	1, a.updated_at - INTERVAL 5 SECOND, a.updated_at
  FROM payment_attempt a FORCE INDEX (PRIMARY) WHERE a.refunded > 0 ORDER BY a.id;
"""

LEDGER = f"""
INSERT INTO ledger (txn_id, account, currency, amount, ref, order_id, at)
SELECT STRAIGHT_JOIN {uid("capture", "a.id", "a.id")},
	ELT(leg.seq, 'gateway', 'sales', 'tax'), 'USD',
	CASE leg.seq WHEN 1 THEN a.captured WHEN 2 THEN o.tax - a.captured ELSE -o.tax END,
	CONCAT('capture:', a.uid), o.id, o.confirmed_at
  FROM payment_attempt a FORCE INDEX (PRIMARY) JOIN orders o ON o.id = a.order_id
  JOIN seq_1_to_3 leg
 WHERE a.captured > 0 AND (leg.seq < 3 OR o.tax <> 0);
INSERT INTO ledger (txn_id, account, currency, amount, ref, order_id, at)
SELECT {uid("back", "r.order_id", "r.order_id")}, ELT(leg.seq, 'refunds', 'gateway'), 'USD',
	IF(leg.seq = 1, r.amount, -r.amount), CONCAT('refund:', r.uid), r.order_id, r.done_at
  FROM refund r JOIN seq_1_to_2 leg;
"""

# What was sold came in before the first order, beside the stock that there is.
MOVE = """INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no, actor, reason, at)
SELECT STRAIGHT_JOIN"""
LINES = "orders o FORCE INDEX (PRIMARY) JOIN order_line l ON l.order_id = o.id"
STOCK_MOVE = f"""
CREATE TEMPORARY TABLE bench_move AS SELECT * FROM stock_move ORDER BY id;
TRUNCATE TABLE stock_move;
{MOVE} l.sku, 'main', 'sale', -l.qty, o.id, l.line_no, 'shop', '', o.confirmed_at
  FROM {LINES} WHERE o.confirmed_at IS NOT NULL;
{MOVE} sku, loc, kind, qty, order_id, line_no, actor, reason, at
  FROM bench_move ORDER BY sku, id;
{MOVE} l.sku, 'main', 'cancel_return', l.qty, o.id, l.line_no, 'shopper', '', o.updated_at
  FROM {LINES} WHERE o.confirmed_at IS NOT NULL AND o.state = 'cancelled';
{MOVE} sku, loc, 'receive', -SUM(qty), NULL, NULL, 'shell:ada', 'load',
	@newest - INTERVAL @orders * @step MICROSECOND - INTERVAL 1 DAY
  FROM stock_move WHERE kind IN ('sale', 'cancel_return')
 GROUP BY sku, loc HAVING SUM(qty) < 0;
"""

RESERVATION = """
INSERT INTO reservation (cart_id, order_id, sku, qty, state, reason, expires_at, created_at,
	ended_at)
SELECT STRAIGHT_JOIN o.cart_id, o.id, l.sku, l.qty,
	IF(o.confirmed_at IS NOT NULL, 'committed', IF(o.state = 'cancelled', 'released', 'expired')),
	CASE WHEN o.confirmed_at IS NOT NULL THEN '' WHEN o.state = 'cancelled' THEN 'cancelled'
		WHEN o.state = 'failed' THEN 'payment_failed' ELSE 'idle' END,
	o.expires_at, o.created_at, COALESCE(o.confirmed_at, o.updated_at)
  FROM orders o FORCE INDEX (PRIMARY) JOIN order_line l ON l.order_id = o.id;
"""

INVOICE = """
SET @no = 0;
INSERT INTO invoice (series, no, order_id, currency, total, issued_at)
SELECT 'A', @no := @no + 1, o.id, 'USD', o.total, o.confirmed_at + INTERVAL 20 SECOND
  FROM orders o FORCE INDEX (PRIMARY) WHERE o.confirmed_at IS NOT NULL;
UPDATE invoice_series SET next_no = @no + 1 WHERE series = 'A';
"""

OUTBOX = f"""
INSERT INTO outbox (kind, agg_id, ref_id, dedup, state, attempts, next_try_at, created_at, done_at)
SELECT STRAIGHT_JOIN m.kind, o.id, NULL, CONCAT(m.kind, ':', o.uid), 'done', 1,
	o.created_at + INTERVAL m.after_s SECOND, o.created_at + INTERVAL m.after_s SECOND,
	o.created_at + INTERVAL m.after_s + 1 SECOND
  FROM orders o FORCE INDEX (PRIMARY) JOIN {FATE_OF} JOIN bench_mail m ON m.fate = f.fate;
INSERT INTO outbox (kind, agg_id, ref_id, dedup, state, attempts, next_try_at, created_at, done_at)
SELECT 'mail.refunded', r.order_id, r.id, CONCAT('mail.refunded:', r.uid), 'done', 1, r.done_at,
	r.done_at, r.done_at + INTERVAL 1 SECOND
  FROM refund r;
"""

# What was noted before keeps its numbers; the whole chain is made anew and comes out the same.
AUDIT = f"""
CREATE TEMPORARY TABLE bench_noted AS SELECT * FROM audit;
SET @noted = (SELECT COALESCE(MAX(id), 0) FROM bench_noted);
TRUNCATE TABLE audit;
TRUNCATE TABLE audit_seal;
TRUNCATE TABLE audit_unsealed;
INSERT INTO audit (id, at, actor, action, order_id, body)
SELECT STRAIGHT_JOIN @noted := @noted + 1, o.created_at + INTERVAL t.after_s SECOND,
	IF(t.action = 'order.cancel', 'shopper', 'shell:ada'), t.action, o.id,
	CONCAT('order=', o.number, ' ', t.why)
  FROM orders o FORCE INDEX (PRIMARY) JOIN {FATE_OF} JOIN bench_audit t ON t.fate = f.fate;
INSERT INTO audit SELECT * FROM bench_noted;
SET @hash = UNHEX(SHA2('till audit 1', 256));
INSERT INTO audit_seal (audit_id, prev_hash, hash, sealed_at)
SELECT a.id, @hash, @hash := UNHEX(SHA2(CONCAT(@hash, CONCAT_WS('|', a.id, a.at, a.actor, a.action,
	COALESCE(a.order_id, 0), a.body)), 256)), a.at + INTERVAL 10 SECOND
  FROM audit a FORCE INDEX (PRIMARY) ORDER BY a.id;
"""

# A cart that nobody came back to is swept the next day.
EVENT = """
CREATE TEMPORARY TABLE bench_event AS SELECT * FROM event;
TRUNCATE TABLE event;
INSERT INTO event (kind, subject, detail, at)
SELECT 'CartExpired', o.cart_uid, 'ordered', o.created_at + INTERVAL 25 HOUR
  FROM orders o FORCE INDEX (PRIMARY);
INSERT INTO event (kind, subject, detail, at) SELECT kind, subject, detail, at FROM bench_event;
"""

# Keys are kept for 30 days; what they answered is not loaded.
IDEM = """
INSERT INTO idem (scope, idem_key, req_hash, state, recovery_point, resource_kind, resource_id,
	resp_code, created_at, expires_at)
SELECT 'payment', o.idem_key, UNHEX(SHA2(o.idem_key, 256)), 'done', 'answered', 'order', o.id, 201,
	o.created_at, o.created_at + INTERVAL 30 DAY
  FROM orders o WHERE o.created_at > UTC_TIMESTAMP(6) - INTERVAL 30 DAY ORDER BY o.idem_key;
"""


def first(orders):
    """(name, SQL) of what all the rest hangs on."""
    return (("small tables", small_tables()),
            ("order_line", order_line(orders)),
            ("orders", orders_()),
            ("cart", f"ALTER TABLE cart AUTO_INCREMENT = {orders + 1};"))


# The rest, by two sessions at once.
BESIDE = (
    (("small tables", small_tables()),
     ("order_event", ORDER_EVENT),
     ("payment_attempt", PAYMENT_ATTEMPT),
     ("refund", REFUND),
     ("ledger", LEDGER),
     ("outbox", OUTBOX)),
    (("small tables", small_tables()),
     ("stock_move", STOCK_MOVE),
     ("reservation", RESERVATION),
     ("invoice", INVOICE),
     ("audit", AUDIT),
     ("event", EVENT),
     ("idem", IDEM)),
)


def sealed(orders):
    """(what, [(table, columns of LOAD DATA)]) of all that the keys make."""
    at = created("id")
    contact = ("email", "phone", "ship_full_name", "ship_line1", "ship_city", "ship_region",
               "ship_postal_code")
    return (
        ("people", (
            ("person_key", f"(id, @wrapped) SET wrapped = UNHEX(@wrapped), created_at = {at}"),
            ("contact",
             f"(id, uid, @hash, {', '.join('@' + one for one in contact)}) SET person_id = id,"
             f" email_hash = UNHEX(@hash), ship_country = 'US', created_at = {at},"
             f" updated_at = {at}, "
             + ", ".join(f"{one} = UNHEX(@{one})" for one in contact)))),
        ("webhooks", (
            ("webhook_in",
             f"(id, event_id, @body) SET gateway = 'stripe', type = 'checkout.session.completed',"
             f" sig_ok = TRUE, state = 'applied', body = UNHEX(@body), attempts = 1,"
             f" received_at = {at} + INTERVAL 44 SECOND,"
             f" applied_at = {at} + INTERVAL 45 SECOND"),)),
    )


def settings(orders, at):
    """What each session begins with. Checks that the load itself guarantees are off: then an
    empty table is filled by sorting."""
    return f"""
SET SESSION sql_log_bin = 0, unique_checks = 0, foreign_key_checks = 0, time_zone = '+00:00',
	sql_mode = 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
	idle_transaction_timeout = 0, lock_wait_timeout = 60, innodb_lock_wait_timeout = 60;
SET NAMES utf8mb4;
SET @orders = {orders}, @newest = TIMESTAMP '{at}' - INTERVAL {AGO_DAYS} DAY,
	@step = FLOOR({DAYS} * 86400000000 / {orders});
SET @newest_ms = CAST(UNIX_TIMESTAMP(@newest) * 1000 AS UNSIGNED);
"""
