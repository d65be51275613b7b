-- 0004 - up to when each gateway's own list of events was compared with what its webhooks
-- brought: what never came is fetched.

CREATE TABLE IF NOT EXISTS caught_up (
	gateway VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
	until DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
