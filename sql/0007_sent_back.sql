-- 0007 - a refund that was done may come back: the payment axis then goes back as well.
INSERT IGNORE INTO machine_edge (machine, from_state, to_state) VALUES
	('payment', 'refunded', 'paid'), ('payment', 'refunded', 'partially_refunded'),
	('payment', 'partially_refunded', 'paid');
