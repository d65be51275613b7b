-- 0001 - the shop: catalogue, stock, carts, checkouts, orders, payments, books.
-- Money is BIGINT minor units with CHAR(3) currency; times are DATETIME(6) in UTC, set by
-- the database; codes, keys and tokens have a binary collation. Columns of type VARBINARY
-- named for a person's facts hold AES-256-GCM ciphertext (base/seal.h).
--
-- Every migration may be run twice: one that was cut short is run again from its top.

CREATE TABLE IF NOT EXISTS product (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	slug VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	title VARCHAR(200) NOT NULL,
	kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL CHECK (kind IN ('ship', 'digital')),
	price BIGINT NOT NULL CHECK (price BETWEEN 0 AND 1000000000000),
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	tax_class VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'standard',
	weight_g INT NOT NULL DEFAULT 0 CHECK (weight_g >= 0),
	per_order INT NOT NULL DEFAULT 99 CHECK (per_order BETWEEN 1 AND 9999),
	picture VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	summary VARCHAR(300) NOT NULL DEFAULT '',
	description TEXT NOT NULL DEFAULT '',
	metadata_fields TEXT NULL CHECK (metadata_fields IS NULL OR JSON_VALID(metadata_fields)),
	position INT NOT NULL DEFAULT 0,
	active BOOLEAN NOT NULL DEFAULT TRUE,
	version BIGINT NOT NULL DEFAULT 1,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	KEY shelf (active, position, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A product of kind digital may have no row here: then it never runs out.
CREATE TABLE IF NOT EXISTS stock (
	sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	loc VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'main',
	on_hand BIGINT NOT NULL,
	reserved BIGINT NOT NULL DEFAULT 0,
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	PRIMARY KEY (sku, loc),
	CONSTRAINT stock_not_negative CHECK (on_hand >= 0 AND reserved >= 0),
	CONSTRAINT stock_not_oversold CHECK (reserved <= on_hand),
	FOREIGN KEY (sku) REFERENCES product (sku)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stock_move (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	loc VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		CHECK (kind IN ('receive', 'adjust', 'sale', 'cancel_return')),
	qty BIGINT NOT NULL,
	order_id BIGINT NULL,
	line_no INT NULL,
	actor VARCHAR(40) NOT NULL DEFAULT 'shop',
	reason VARCHAR(200) NOT NULL DEFAULT '',
	at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	UNIQUE KEY once (order_id, line_no, kind),
	KEY by_sku (sku, loc)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A person's data key, wrapped by a master key; deleting the row forgets the person.
CREATE TABLE IF NOT EXISTS person_key (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	wrapped VARBINARY(120) NOT NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Who buys and where it goes: one row for a checkout, and a copy of its own per order.
CREATE TABLE IF NOT EXISTS contact (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	person_id BIGINT NOT NULL,
	email VARBINARY(1200) NULL,
	email_hash BINARY(32) NULL,
	phone VARBINARY(300) NULL,
	ship_full_name VARBINARY(1200) NULL,
	ship_line1 VARBINARY(1200) NULL,
	ship_line2 VARBINARY(1200) NULL,
	ship_city VARBINARY(1200) NULL,
	ship_region VARBINARY(400) NULL,
	ship_postal_code VARBINARY(400) NULL,
	ship_country CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
	bill_full_name VARBINARY(1200) NULL,
	bill_line1 VARBINARY(1200) NULL,
	bill_line2 VARBINARY(1200) NULL,
	bill_city VARBINARY(1200) NULL,
	bill_region VARBINARY(400) NULL,
	bill_postal_code VARBINARY(400) NULL,
	bill_country CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	KEY by_person (person_id),
	KEY by_email (email_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS cart (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	visitor BINARY(32) NOT NULL,
	user_id BIGINT NULL,
	status VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'expired', 'merged')),
	stage VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'cart'
		CHECK (stage IN ('cart', 'address', 'shipping', 'payment', 'ordered')),
	version BIGINT NOT NULL DEFAULT 1,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	order_id BIGINT NULL,
	abandoned_at DATETIME(6) NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	expires_at DATETIME(6) NOT NULL,
	active_visitor BINARY(32) AS (IF(status = 'active', visitor, NULL)) PERSISTENT,
	UNIQUE KEY one_active_a_visitor (active_visitor),
	KEY sweep (status, expires_at),
	KEY idle (status, abandoned_at, updated_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- slot 1..50 with its unique key is the database's own limit of 50 lines (F-006).
CREATE TABLE IF NOT EXISTS cart_line (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	cart_id BIGINT NOT NULL,
	slot TINYINT NOT NULL CHECK (slot BETWEEN 1 AND 50),
	sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	title VARCHAR(200) NOT NULL,
	unit_price BIGINT NOT NULL,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	quantity INT NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
	metadata TEXT NULL CHECK (metadata IS NULL OR JSON_VALID(metadata)),
	added_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	UNIQUE KEY one_line_a_sku (cart_id, sku),
	UNIQUE KEY at_most_fifty (cart_id, slot),
	FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS checkout (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	cart_id BIGINT NOT NULL,
	status VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open'
		CHECK (status IN ('open', 'completed')),
	contact_id BIGINT NULL,
	billing_same BOOLEAN NOT NULL DEFAULT TRUE,
	shipping_option VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	payment_method VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	hold_expires_at DATETIME(6) NULL,
	address_hash BINARY(32) NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	open_cart BIGINT AS (IF(status = 'open', cart_id, NULL)) PERSISTENT,
	UNIQUE KEY one_open_a_cart (open_cart),
	KEY by_cart (cart_id),
	KEY by_address (address_hash, hold_expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reservation (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	cart_id BIGINT NOT NULL,
	order_id BIGINT NULL,
	line_no INT NULL,
	sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	loc VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'main',
	qty BIGINT NOT NULL CHECK (qty > 0),
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'held'
		CHECK (state IN ('held', 'committed', 'released', 'expired')),
	reason VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	expires_at DATETIME(6) NOT NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	ended_at DATETIME(6) NULL,
	held_sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin
		AS (IF(state = 'held', sku, NULL)) PERSISTENT,
	UNIQUE KEY one_hold_a_line (cart_id, held_sku, loc),
	KEY by_order (order_id),
	KEY sweep (state, expires_at),
	KEY by_sku (sku, loc, state)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS orders (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	number CHAR(11) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	cart_id BIGINT NOT NULL,
	cart_uid UUID NOT NULL,
	cart_version BIGINT NOT NULL,
	visitor BINARY(32) NOT NULL,
	user_id BIGINT NULL,
	contact_id BIGINT NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	payment_status VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	fulfilment_status VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'unfulfilled',
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	subtotal BIGINT NOT NULL,
	discount BIGINT NOT NULL DEFAULT 0,
	shipping BIGINT NOT NULL,
	tax BIGINT NOT NULL,
	tax_included BOOLEAN NOT NULL,
	total BIGINT NOT NULL,
	gift BIGINT NOT NULL DEFAULT 0,
	payable BIGINT NOT NULL,
	rounding VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'line_half_up',
	derivation TEXT NOT NULL CHECK (JSON_VALID(derivation)),
	shipping_option VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	shipping_title VARCHAR(120) NULL,
	delivery_earliest DATE NULL,
	delivery_latest DATE NULL,
	payment_method VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	idem_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	lines_hash BINARY(32) NULL,
	metadata TEXT NULL CHECK (metadata IS NULL OR JSON_VALID(metadata)),
	carrier VARCHAR(60) NULL,
	tracking VARCHAR(100) NULL,
	tracking_url VARCHAR(300) NULL,
	expires_at DATETIME(6) NULL,
	confirmed_at DATETIME(6) NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	waiting_cart BIGINT AS (IF(state IN ('pending', 'review'), cart_id, NULL)) PERSISTENT,
	UNIQUE KEY one_waiting_a_cart (waiting_cart),
	CONSTRAINT order_sums CHECK (total = subtotal - discount + shipping + IF(tax_included, 0, tax)
		AND payable = total - gift AND discount <= subtotal AND discount >= 0
		AND shipping >= 0 AND tax >= 0 AND gift >= 0 AND payable >= 0),
	KEY by_cart (cart_id),
	KEY by_contact (contact_id),
	KEY sweep (state, expires_at),
	KEY by_user (user_id, created_at),
	KEY newest (created_at, id),
	KEY confirmed (confirmed_at),
	FOREIGN KEY (contact_id) REFERENCES contact (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS order_line (
	order_id BIGINT NOT NULL,
	line_no INT NOT NULL,
	uid UUID NOT NULL UNIQUE,
	sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	title VARCHAR(200) NOT NULL,
	kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	qty BIGINT NOT NULL CHECK (qty >= 1),
	unit_price BIGINT NOT NULL CHECK (unit_price >= 0),
	discount BIGINT NOT NULL DEFAULT 0 CHECK (discount >= 0),
	tax BIGINT NOT NULL DEFAULT 0 CHECK (tax >= 0),
	tax_class VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	tax_rate_ppm BIGINT NOT NULL DEFAULT 0,
	line_total BIGINT NOT NULL,
	weight_g INT NOT NULL DEFAULT 0,
	picture VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	metadata TEXT NULL CHECK (metadata IS NULL OR JSON_VALID(metadata)),
	PRIMARY KEY (order_id, line_no),
	KEY by_sku (sku),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Legal steps of orders.state; the program's table is domain/order_edge.def.
CREATE TABLE IF NOT EXISTS transition_ok (
	from_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	to_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (from_state, to_state)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO transition_ok (from_state, to_state) VALUES
	('new', 'pending'),
	('pending', 'confirmed'), ('pending', 'review'), ('pending', 'failed'),
	('pending', 'expired'), ('pending', 'cancelled'), ('pending', 'pending'),
	('review', 'confirmed'), ('review', 'failed'), ('review', 'review'),
	('failed', 'review'), ('failed', 'failed'),
	('expired', 'review'), ('expired', 'expired'),
	('confirmed', 'shipped'), ('confirmed', 'cancelled'), ('confirmed', 'confirmed'),
	('shipped', 'delivered'), ('shipped', 'shipped'),
	('delivered', 'delivered'), ('cancelled', 'cancelled');

CREATE TABLE IF NOT EXISTS order_event (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	order_id BIGINT NOT NULL,
	seq INT NOT NULL,
	event VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	from_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	to_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	reason VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NULL,
	actor VARCHAR(40) NOT NULL,
	at DATETIME(6) NOT NULL,
	UNIQUE KEY step (order_id, seq),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS payment_attempt (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	order_id BIGINT NOT NULL,
	n INT NOT NULL,
	gateway VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	idem_key VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	gw_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
	gw_payment VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount BIGINT NOT NULL CHECK (amount > 0),
	captured BIGINT NOT NULL DEFAULT 0,
	refunded BIGINT NOT NULL DEFAULT 0,
	state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL CHECK (state IN ('sent',
		'requires_action', 'unknown', 'authorized', 'captured', 'failed', 'expired', 'cancelled')),
	return_token BINARY(32) NOT NULL UNIQUE,
	page_url VARBINARY(3000) NULL,
	shopper_code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	method VARCHAR(60) NULL,
	checks INT NOT NULL DEFAULT 0,
	sent_at DATETIME(6) NOT NULL,
	next_check_at DATETIME(6) NULL,
	lease_until DATETIME(6) NULL,
	lease_owner VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	expires_at DATETIME(6) NOT NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	updated_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	live_order BIGINT AS (IF(state IN ('sent', 'requires_action', 'unknown'), order_id, NULL)) PERSISTENT,
	UNIQUE KEY one_live_an_order (live_order),
	UNIQUE KEY nth (order_id, n),
	UNIQUE KEY gateway_session (gateway, gw_id),
	UNIQUE KEY gateway_payment (gateway, gw_payment),
	KEY due (next_check_at),
	KEY leased (lease_owner, lease_until),
	CONSTRAINT attempt_sums CHECK (0 <= refunded AND refunded <= captured AND captured <= amount),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS refund (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	uid UUID NOT NULL UNIQUE,
	order_id BIGINT NOT NULL,
	attempt_id BIGINT NOT NULL,
	idem_key VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	gw_refund_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
	gateway VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		CHECK (kind IN ('void', 'cancel', 'return', 'goodwill')),
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount BIGINT NOT NULL CHECK (amount > 0),
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending'
		CHECK (state IN ('pending', 'done', 'failed')),
	reason VARCHAR(60) NOT NULL DEFAULT '',
	actor VARCHAR(40) NOT NULL,
	checks INT NOT NULL DEFAULT 0,
	next_check_at DATETIME(6) NULL,
	lease_until DATETIME(6) NULL,
	lease_owner VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	done_at DATETIME(6) NULL,
	UNIQUE KEY gateway_refund (gateway, gw_refund_id),
	KEY by_attempt (attempt_id),
	KEY by_order (order_id),
	KEY due (state, next_check_at),
	KEY leased (lease_owner, lease_until),
	FOREIGN KEY (attempt_id) REFERENCES payment_attempt (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS webhook_in (
	id BIGINT NOT NULL AUTO_INCREMENT UNIQUE,
	gateway VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	event_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	type VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	sig_ok BOOLEAN NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'received'
		CHECK (state IN ('received', 'applied', 'ignored', 'parked', 'dead')),
	body MEDIUMBLOB NOT NULL,
	attempts INT NOT NULL DEFAULT 0,
	next_try_at DATETIME(6) NULL,
	lease_until DATETIME(6) NULL,
	lease_owner VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	error VARCHAR(300) NULL,
	received_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	applied_at DATETIME(6) NULL,
	PRIMARY KEY (gateway, event_id),
	KEY due (state, next_try_at),
	KEY leased (lease_owner, lease_until),
	KEY unapplied (applied_at, received_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Each transaction sums to zero per currency; (ref, account) makes each happen once.
CREATE TABLE IF NOT EXISTS ledger (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	txn_id UUID NOT NULL,
	account VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	amount BIGINT NOT NULL,
	ref VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	order_id BIGINT NULL,
	at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	UNIQUE KEY once (ref, account, currency),
	KEY by_txn (txn_id, currency),
	KEY by_account (account, currency),
	KEY by_order (order_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS outbox (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	agg_id BIGINT NOT NULL,
	ref_id BIGINT NULL,
	dedup VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
	state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'ready'
		CHECK (state IN ('ready', 'leased', 'done', 'dead')),
	attempts INT NOT NULL DEFAULT 0,
	next_try_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	lease_until DATETIME(6) NULL,
	lease_owner VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
	error VARCHAR(300) NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	done_at DATETIME(6) NULL,
	KEY due (state, next_try_at),
	KEY leased (lease_owner, lease_until),
	KEY by_thing (agg_id, kind)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What happened, for whoever wants to count: CartExpired, CartAbandoned ...
CREATE TABLE IF NOT EXISTS event (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	subject UUID NOT NULL,
	detail VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NULL,
	at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	UNIQUE KEY once (kind, subject),
	KEY by_time (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoice_series (
	series VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
	next_no BIGINT NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO invoice_series (series, next_no) VALUES ('A', 1);

CREATE TABLE IF NOT EXISTS invoice (
	series VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	no BIGINT NOT NULL,
	order_id BIGINT NOT NULL UNIQUE,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	total BIGINT NOT NULL,
	issued_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	PRIMARY KEY (series, no),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Who did what, why and from where: bodies only; a job seals them into a hash chain.
CREATE TABLE IF NOT EXISTS audit (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	actor VARCHAR(40) NOT NULL,
	action VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	order_id BIGINT NULL,
	body TEXT NOT NULL,
	KEY by_order (order_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS audit_seal (
	audit_id BIGINT NOT NULL PRIMARY KEY,
	prev_hash BINARY(32) NOT NULL,
	hash BINARY(32) NOT NULL,
	sealed_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS order_amendment (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	order_id BIGINT NOT NULL,
	kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL CHECK (kind IN ('address')),
	old_contact_id BIGINT NOT NULL,
	new_contact_id BIGINT NOT NULL,
	actor VARCHAR(40) NOT NULL,
	at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	KEY by_order (order_id),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS idem (
	scope VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	idem_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	req_hash BINARY(32) NOT NULL,
	state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'running'
		CHECK (state IN ('running', 'done')),
	recovery_point VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'started',
	resource_kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
	resource_id BIGINT NULL,
	resp_code SMALLINT NULL,
	resp_location VARBINARY(3000) NULL,
	resp_type VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NULL,
	resp_body MEDIUMBLOB NULL,
	locked_at DATETIME(6) NULL,
	created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (scope, idem_key),
	KEY past (expires_at),
	KEY stuck (state, locked_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Counters that slow guessing down: one row per bucket and window.
CREATE TABLE IF NOT EXISTS throttle (
	bucket BINARY(32) NOT NULL PRIMARY KEY,
	n INT NOT NULL,
	ends_at DATETIME(6) NOT NULL,
	KEY past (ends_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
