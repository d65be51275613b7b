-- 0006_online.sql - from here on a change to orders copies nothing. MariaDB 10.11 takes a
-- text with CHECK (JSON_VALID(itself)) in its own definition for the type JSON, finds
-- that this is not the column's type, and so copies the whole table at every ALTER and
-- every new index, with all writers waiting. The same check as a constraint of the table
-- does no harm. This one change is the last copy.
ALTER TABLE orders
	DROP CONSTRAINT IF EXISTS derivation_is_json,
	MODIFY COLUMN derivation TEXT NOT NULL,
	ADD CONSTRAINT derivation_is_json CHECK (JSON_VALID(derivation));
