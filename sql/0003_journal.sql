-- 0003 - the journal of gateway calls (F-144): what was asked and what was answered, each
-- try of it, secrets taken out, bodies sealed. No foreign keys: it must never wait for the
-- rows of a payment, nor they for it.

CREATE TABLE IF NOT EXISTS gateway_call (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	attempt_id BIGINT NULL,
	refund_id BIGINT NULL,
	gateway VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	operation VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	method VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	path VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	idem_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
	nth INT NOT NULL,
	outcome VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		CHECK (outcome IN ('answered', 'lost', 'not_sent')),
	status INT NOT NULL,
	took_ms BIGINT NOT NULL,
	request_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
	trace VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	error VARCHAR(300) NULL,
	request MEDIUMBLOB NULL,
	response MEDIUMBLOB NULL,
	called_at DATETIME(6) NOT NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	KEY of_attempt (attempt_id, id),
	KEY of_refund (refund_id, id),
	KEY by_time (created_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TRIGGER IF NOT EXISTS gateway_call_kept_update BEFORE UPDATE ON gateway_call FOR EACH ROW
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the journal of gateway calls is only added to';

-- Whatever the settings say: nobody makes a dispute's evidence vanish within a month.
CREATE TRIGGER IF NOT EXISTS gateway_call_kept_delete BEFORE DELETE ON gateway_call FOR EACH ROW
BEGIN
	IF OLD.created_at > UTC_TIMESTAMP(6) - INTERVAL 30 DAY THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'gateway calls are kept for a month at least';
	END IF;
END;
