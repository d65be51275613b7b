-- 0002 - the database's own guards: what was confirmed or booked never changes. They are a
-- second wall; the first is the program's code, the third its missing rights (grants.sql).

CREATE TRIGGER IF NOT EXISTS order_line_frozen_update BEFORE UPDATE ON order_line FOR EACH ROW
BEGIN
	IF EXISTS (SELECT 1 FROM orders WHERE id = OLD.order_id AND confirmed_at IS NOT NULL) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'lines of a confirmed order never change';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS order_line_frozen_delete BEFORE DELETE ON order_line FOR EACH ROW
BEGIN
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'order lines are never deleted';
END;

CREATE TRIGGER IF NOT EXISTS order_line_frozen_insert BEFORE INSERT ON order_line FOR EACH ROW
BEGIN
	IF EXISTS (SELECT 1 FROM orders WHERE id = NEW.order_id AND confirmed_at IS NOT NULL) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a confirmed order gets no further lines';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS orders_frozen BEFORE UPDATE ON orders FOR EACH ROW
BEGIN
	IF OLD.confirmed_at IS NOT NULL AND (NOT (NEW.confirmed_at <=> OLD.confirmed_at)
		OR NEW.subtotal <> OLD.subtotal OR NEW.discount <> OLD.discount
		OR NEW.shipping <> OLD.shipping OR NEW.tax <> OLD.tax OR NEW.total <> OLD.total
		OR NEW.gift <> OLD.gift OR NEW.payable <> OLD.payable
		OR NEW.currency <> OLD.currency OR NEW.tax_included <> OLD.tax_included
		OR NEW.derivation <> OLD.derivation OR NOT (NEW.lines_hash <=> OLD.lines_hash)
		OR NEW.uid <> OLD.uid OR NEW.number <> OLD.number OR NEW.idem_key <> OLD.idem_key) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the price of a confirmed order never changes';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS orders_kept BEFORE DELETE ON orders FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'orders are never deleted';

CREATE TRIGGER IF NOT EXISTS order_event_legal BEFORE INSERT ON order_event FOR EACH ROW
BEGIN
	IF NOT EXISTS (SELECT 1 FROM transition_ok
		WHERE from_state = NEW.from_state AND to_state = NEW.to_state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an order cannot take that step';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS order_event_kept_update BEFORE UPDATE ON order_event FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'events are only added';
CREATE TRIGGER IF NOT EXISTS order_event_kept_delete BEFORE DELETE ON order_event FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'events are only added';
CREATE TRIGGER IF NOT EXISTS stock_move_kept_update BEFORE UPDATE ON stock_move FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stock moves are only added';
CREATE TRIGGER IF NOT EXISTS stock_move_kept_delete BEFORE DELETE ON stock_move FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stock moves are only added';
CREATE TRIGGER IF NOT EXISTS ledger_kept_update BEFORE UPDATE ON ledger FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the ledger is only added to';
CREATE TRIGGER IF NOT EXISTS ledger_kept_delete BEFORE DELETE ON ledger FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the ledger is only added to';
CREATE TRIGGER IF NOT EXISTS audit_kept_update BEFORE UPDATE ON audit FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit is only added to';
CREATE TRIGGER IF NOT EXISTS audit_kept_delete BEFORE DELETE ON audit FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit is only added to';
CREATE TRIGGER IF NOT EXISTS audit_seal_kept_update BEFORE UPDATE ON audit_seal FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'seals are only added';
CREATE TRIGGER IF NOT EXISTS audit_seal_kept_delete BEFORE DELETE ON audit_seal FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'seals are only added';
CREATE TRIGGER IF NOT EXISTS event_kept_update BEFORE UPDATE ON event FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'events are only added';
CREATE TRIGGER IF NOT EXISTS event_kept_delete BEFORE DELETE ON event FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'events are only added';
CREATE TRIGGER IF NOT EXISTS invoice_kept_update BEFORE UPDATE ON invoice FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'invoices never change';
CREATE TRIGGER IF NOT EXISTS invoice_kept_delete BEFORE DELETE ON invoice FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'invoices never change';
