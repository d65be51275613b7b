-- 0003 - an idempotency key that nobody works on has no lock: its request failed before it
-- earned an answer, or died. It runs again when it is sent again.

ALTER TABLE idem MODIFY locked_at DATETIME(6) NULL;

UPDATE idem SET locked_at = NULL WHERE state = 'running' AND locked_at < created_at;
