-- 0011 - whose request a key belongs to while it runs (base/process.h): when that process is
-- gone, the next request with the key need not wait for its lock to grow old.
ALTER TABLE idem
	ADD COLUMN IF NOT EXISTS owner VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL;
