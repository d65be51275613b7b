-- 0005 - the life of orders, payments and refunds, guarded by the database as well; indexes
-- by which `till verify` finds what changed.

-- Legal steps of the machines beside orders.state; the program's tables are the
-- domain/*_edge.def, and a test compares. `new` is a row that is being made.
CREATE TABLE IF NOT EXISTS machine_edge (
	machine VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	from_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	to_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (machine, from_state, to_state)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO machine_edge (machine, from_state, to_state) VALUES
	('payment', 'new', 'pending'),
	('payment', 'pending', 'authorized'), ('payment', 'pending', 'paid'),
	('payment', 'pending', 'unknown'), ('payment', 'pending', 'failed'),
	('payment', 'pending', 'expired'),
	('payment', 'unknown', 'pending'), ('payment', 'unknown', 'authorized'),
	('payment', 'unknown', 'paid'), ('payment', 'unknown', 'failed'),
	('payment', 'unknown', 'expired'),
	('payment', 'failed', 'paid'), ('payment', 'expired', 'paid'),
	('payment', 'authorized', 'paid'), ('payment', 'authorized', 'failed'),
	('payment', 'authorized', 'expired'),
	('payment', 'paid', 'partially_refunded'), ('payment', 'paid', 'refunded'),
	('payment', 'paid', 'disputed'),
	('payment', 'partially_refunded', 'refunded'),
	('payment', 'partially_refunded', 'disputed'),
	('payment', 'refunded', 'disputed'),
	('payment', 'disputed', 'paid'), ('payment', 'disputed', 'partially_refunded'),
	('payment', 'disputed', 'refunded'),

	('fulfilment', 'new', 'unfulfilled'),
	('fulfilment', 'unfulfilled', 'preparing'), ('fulfilment', 'unfulfilled', 'shipped'),
	('fulfilment', 'preparing', 'shipped'), ('fulfilment', 'shipped', 'delivered'),
	('fulfilment', 'shipped', 'returned'), ('fulfilment', 'delivered', 'returned'),

	('attempt', 'new', 'sent'),
	('attempt', 'sent', 'requires_action'), ('attempt', 'sent', 'unknown'),
	('attempt', 'sent', 'authorized'), ('attempt', 'sent', 'captured'),
	('attempt', 'sent', 'failed'), ('attempt', 'sent', 'expired'),
	('attempt', 'sent', 'cancelled'),
	('attempt', 'requires_action', 'sent'), ('attempt', 'requires_action', 'unknown'),
	('attempt', 'requires_action', 'authorized'), ('attempt', 'requires_action', 'captured'),
	('attempt', 'requires_action', 'failed'), ('attempt', 'requires_action', 'expired'),
	('attempt', 'requires_action', 'cancelled'),
	('attempt', 'unknown', 'sent'), ('attempt', 'unknown', 'requires_action'),
	('attempt', 'unknown', 'authorized'), ('attempt', 'unknown', 'captured'),
	('attempt', 'unknown', 'failed'), ('attempt', 'unknown', 'expired'),
	('attempt', 'unknown', 'cancelled'),
	('attempt', 'authorized', 'captured'), ('attempt', 'authorized', 'expired'),
	('attempt', 'authorized', 'cancelled'),
	('attempt', 'failed', 'captured'), ('attempt', 'expired', 'captured'),
	('attempt', 'cancelled', 'captured'),

	('refund', 'new', 'pending'),
	('refund', 'pending', 'done'), ('refund', 'pending', 'failed'),
	('refund', 'done', 'failed');

CREATE TRIGGER IF NOT EXISTS orders_begin BEFORE INSERT ON orders FOR EACH ROW
BEGIN
	IF NEW.confirmed_at IS NOT NULL
		OR NOT EXISTS (SELECT 1 FROM transition_ok
			WHERE from_state = 'new' AND to_state = NEW.state)
		OR NOT EXISTS (SELECT 1 FROM machine_edge
			WHERE machine = 'payment' AND from_state = 'new'
			AND to_state = NEW.payment_status)
		OR NOT EXISTS (SELECT 1 FROM machine_edge
			WHERE machine = 'fulfilment' AND from_state = 'new'
			AND to_state = NEW.fulfilment_status) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an order cannot begin like that';
	END IF;
END;

-- A row may pass over a state that two events went through (paid after it expired: review,
-- then confirmed), but it always ends where its last event did.
CREATE TRIGGER IF NOT EXISTS orders_follow BEFORE UPDATE ON orders FOR EACH ROW
BEGIN
	IF NEW.state <> OLD.state AND NOT (NEW.state <=> (SELECT to_state FROM order_event
		WHERE order_id = OLD.id ORDER BY seq DESC LIMIT 1)) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no event led an order to that state';
	END IF;
	IF NEW.payment_status <> OLD.payment_status AND NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'payment' AND from_state = OLD.payment_status
		AND to_state = NEW.payment_status) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a payment cannot take that step';
	END IF;
	IF NEW.fulfilment_status <> OLD.fulfilment_status AND NOT EXISTS (SELECT 1
		FROM machine_edge
		WHERE machine = 'fulfilment' AND from_state = OLD.fulfilment_status
		AND to_state = NEW.fulfilment_status) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a delivery cannot take that step';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS order_event_follows BEFORE INSERT ON order_event FOR EACH ROW
BEGIN
	DECLARE last_seq INT DEFAULT 0;
	DECLARE last_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'new';

	SELECT COALESCE(MAX(seq), 0) INTO last_seq FROM order_event
		WHERE order_id = NEW.order_id;
	IF last_seq > 0 THEN
		SELECT to_state INTO last_state FROM order_event
			WHERE order_id = NEW.order_id AND seq = last_seq;
	END IF;
	IF NEW.seq <> last_seq + 1 OR NEW.from_state <> last_state THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an event begins where the last one ended';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS payment_attempt_begin BEFORE INSERT ON payment_attempt FOR EACH ROW
BEGIN
	IF NEW.captured <> 0 OR NEW.refunded <> 0 OR NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'attempt' AND from_state = 'new' AND to_state = NEW.state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an attempt cannot begin like that';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS payment_attempt_follow BEFORE UPDATE ON payment_attempt FOR EACH ROW
BEGIN
	IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'attempt' AND from_state = OLD.state AND to_state = NEW.state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an attempt cannot take that step';
	END IF;
	IF NEW.captured < OLD.captured OR NEW.amount <> OLD.amount
		OR NEW.currency <> OLD.currency OR NEW.order_id <> OLD.order_id
		OR NEW.uid <> OLD.uid OR NEW.gateway <> OLD.gateway
		OR NEW.idem_key <> OLD.idem_key THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what an attempt asked for never changes';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS payment_attempt_kept BEFORE DELETE ON payment_attempt FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'attempts are never deleted';

CREATE TRIGGER IF NOT EXISTS refund_begin BEFORE INSERT ON refund FOR EACH ROW
BEGIN
	IF NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'refund' AND from_state = 'new' AND to_state = NEW.state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a refund cannot begin like that';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS refund_follow BEFORE UPDATE ON refund FOR EACH ROW
BEGIN
	IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'refund' AND from_state = OLD.state AND to_state = NEW.state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a refund cannot take that step';
	END IF;
	IF NEW.amount <> OLD.amount OR NEW.currency <> OLD.currency
		OR NEW.attempt_id <> OLD.attempt_id OR NEW.order_id <> OLD.order_id
		OR NEW.uid <> OLD.uid OR NEW.kind <> OLD.kind
		OR NEW.idem_key <> OLD.idem_key THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what a refund gives back never changes';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS refund_kept BEFORE DELETE ON refund FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refunds are never deleted';
CREATE TRIGGER IF NOT EXISTS order_amendment_kept_update BEFORE UPDATE ON order_amendment FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'amendments are only added';
CREATE TRIGGER IF NOT EXISTS order_amendment_kept_delete BEFORE DELETE ON order_amendment FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'amendments are only added';

-- What changed since a moment; sums that are read from an index alone.
CREATE INDEX IF NOT EXISTS changed ON orders (updated_at);
CREATE INDEX IF NOT EXISTS changed ON payment_attempt (updated_at);
CREATE INDEX IF NOT EXISTS by_time ON audit (at);
CREATE INDEX IF NOT EXISTS by_time ON ledger (at);
CREATE INDEX IF NOT EXISTS units ON stock_move (sku, loc, qty);
CREATE INDEX IF NOT EXISTS sums ON ledger (account, currency, amount);
