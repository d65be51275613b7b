-- 0010 - disputes: a buyer's bank wants the money back. One row for each dispute of a
-- gateway. taken: the bank has the money, until the dispute is won; an inquiry takes none.

CREATE TABLE IF NOT EXISTS dispute (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	order_id BIGINT NOT NULL,
	attempt_id BIGINT NOT NULL,
	gateway VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	gw_dispute_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount BIGINT NOT NULL CHECK (amount > 0),
	taken BOOLEAN NOT NULL DEFAULT FALSE,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open'
		CHECK (state IN ('open', 'won', 'lost')),
	reason VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	due_by DATETIME(6) NULL,
	opened_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	closed_at DATETIME(6) NULL,
	UNIQUE KEY gateway_dispute (gateway, gw_dispute_id),
	KEY by_attempt (attempt_id),
	KEY by_order (order_id),
	KEY due (state, due_by),
	FOREIGN KEY (attempt_id) REFERENCES payment_attempt (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO machine_edge (machine, from_state, to_state) VALUES
	('dispute', 'new', 'open'), ('dispute', 'open', 'won'), ('dispute', 'open', 'lost');

CREATE TRIGGER IF NOT EXISTS dispute_begin BEFORE INSERT ON dispute FOR EACH ROW
BEGIN
	IF NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'dispute' AND from_state = 'new' AND to_state = NEW.state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a dispute cannot begin like that';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS dispute_follow BEFORE UPDATE ON dispute FOR EACH ROW
BEGIN
	IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM machine_edge
		WHERE machine = 'dispute' AND from_state = OLD.state AND to_state = NEW.state) THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a dispute cannot take that step';
	END IF;
	IF NEW.amount <> OLD.amount OR NEW.currency <> OLD.currency
		OR NEW.attempt_id <> OLD.attempt_id OR NEW.order_id <> OLD.order_id
		OR NEW.uid <> OLD.uid OR NEW.gateway <> OLD.gateway
		OR NEW.gw_dispute_id <> OLD.gw_dispute_id
		OR NEW.taken < OLD.taken OR OLD.state <> 'open' AND NEW.taken <> OLD.taken THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what a dispute is about never changes';
	END IF;
END;

CREATE TRIGGER IF NOT EXISTS dispute_kept BEFORE DELETE ON dispute FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'disputes are never deleted';
