-- 0013 - the audit's chain passes nobody by. Ids are drawn before a transaction ends, so the
-- entries' ids say nothing of the order in which they can be seen. Each entry therefore waits
-- in audit_unsealed from its own transaction on until its seal's, whenever that is; and the
-- chain runs in the order of sealing (n), one seal after each (one_after). A program of before
-- goes on with it: what it seals is numbered and taken off the list just the same.
CREATE TABLE IF NOT EXISTS audit_unsealed (
	audit_id BIGINT NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TRIGGER IF NOT EXISTS audit_noted AFTER INSERT ON audit FOR EACH ROW
	INSERT INTO audit_unsealed (audit_id) VALUES (NEW.id);
CREATE TRIGGER IF NOT EXISTS audit_sealed AFTER INSERT ON audit_seal FOR EACH ROW
	DELETE FROM audit_unsealed WHERE audit_id = NEW.audit_id;

-- Those that wait already, and those that were passed by.
INSERT IGNORE INTO audit_unsealed (audit_id)
	SELECT a.id FROM audit a LEFT JOIN audit_seal s ON s.audit_id = a.id
	 WHERE s.audit_id IS NULL;

-- Copied in the order of audit_id, which was that of the chain; only the sealer waits for it.
ALTER TABLE audit_seal
	ADD COLUMN IF NOT EXISTS n BIGINT NOT NULL AUTO_INCREMENT FIRST,
	ADD UNIQUE KEY IF NOT EXISTS nth (n),
	ADD UNIQUE KEY IF NOT EXISTS one_after (prev_hash),
	ALGORITHM = COPY;

-- Who sealed while the list was begun has ended before the table was copied.
DELETE u FROM audit_unsealed u JOIN audit_seal s ON s.audit_id = u.audit_id;
