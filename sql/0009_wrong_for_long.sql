-- 0009 - what is kept of a gateway that is wrong for long: when a refund was sent anew, after
-- the gateway had said that it never heard of it (NULL: as it was asked for); and what the
-- gateway kept of a payment for itself, in the currency it settles in.
ALTER TABLE refund ADD COLUMN IF NOT EXISTS sent_at DATETIME(6) NULL;
ALTER TABLE payment_attempt
	ADD COLUMN IF NOT EXISTS fee_minor BIGINT NULL,
	ADD COLUMN IF NOT EXISTS fee_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL;
