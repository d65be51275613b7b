/* raw.c - a control of the bench: the durable transaction of an order alone, with no
 * shop around it. Eight prepared statements like those of T1 stand between BEGIN and
 * COMMIT; every connection is a thread. Stock is spread over many rows, or all take one
 * (--hot). */
#include <getopt.h>
#include <inttypes.h>
#include <mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 64,
	CARTS_EACH = 100, /* carts that one connection orders from, in turn */
	SKUS = 1000,
	KEY_BYTES = 33,
	PASSWORD_BYTES = 100,
	SAMPLES_FIRST = 4096,
	PARAMETERS_MAX = 4,
	SECOND_US = 1000000,
};

struct raw {
	const char *database, *user, *password_file, *json;
	char password[PASSWORD_BYTES];
	double seconds, warmup;
	int connections;
	bool hot;
};

/* Tables as those of the shop, with what T1 touches of them. Rows of one connection are
 * no other's, but for stock. */
#define INTO_SCHEMA "till_raw"
static const char *const schema[] = {
	"DROP DATABASE IF EXISTS " INTO_SCHEMA,
	"CREATE DATABASE " INTO_SCHEMA,
	"USE " INTO_SCHEMA,
	"CREATE TABLE idem (k CHAR(32) CHARACTER SET ascii PRIMARY KEY, state "
	"VARCHAR(10)"
	" NOT NULL, expires_at DATETIME(6) NOT NULL, KEY sweep (expires_at))",
	"CREATE TABLE cart (id BIGINT PRIMARY KEY, version BIGINT NOT NULL,"
	" updated_at DATETIME(6) NOT NULL)",
	"CREATE TABLE cart_line (cart_id BIGINT, sku BIGINT, qty INT NOT NULL,"
	" PRIMARY KEY (cart_id, sku))",
	"CREATE TABLE product (sku BIGINT PRIMARY KEY, title VARCHAR(200) NOT NULL,"
	" price BIGINT NOT NULL)",
	"CREATE TABLE stock (sku BIGINT PRIMARY KEY, on_hand BIGINT NOT NULL,"
	" reserved BIGINT NOT NULL, CHECK (reserved <= on_hand))",
	"CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, number CHAR(32)"
	" CHARACTER SET ascii NOT NULL UNIQUE, cart_id BIGINT NOT NULL, state "
	"VARCHAR(10)"
	" NOT NULL, total BIGINT NOT NULL, derivation TEXT NOT NULL,"
	" created_at DATETIME(6) NOT NULL, KEY by_cart (cart_id))",
	"CREATE TABLE order_line (order_id BIGINT, line_no INT, sku BIGINT NOT NULL,"
	" title VARCHAR(200) NOT NULL, qty INT NOT NULL, line_total BIGINT NOT NULL,"
	" PRIMARY KEY (order_id, line_no), KEY by_sku (sku))",
	"CREATE TABLE order_event (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
	" order_id BIGINT NOT NULL, seq INT NOT NULL, event VARCHAR(30) NOT NULL,"
	" at DATETIME(6) NOT NULL, UNIQUE KEY step (order_id, seq))",
	"CREATE TABLE attempt (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
	" order_id BIGINT NOT NULL, k CHAR(32) CHARACTER SET ascii NOT NULL UNIQUE,"
	" amount BIGINT NOT NULL, state VARCHAR(16) NOT NULL, sent_at DATETIME(6) NOT"
	" NULL, KEY by_order (order_id))",
	"INSERT INTO cart SELECT seq, 1, UTC_TIMESTAMP(6) FROM seq_1_to_6400",
	"INSERT INTO product SELECT seq, CONCAT('Product ', seq), 1800 FROM"
	" seq_1_to_1000",
	"INSERT INTO stock SELECT seq, 1000000000, 0 FROM seq_1_to_1000",
	"INSERT INTO cart_line SELECT c.seq, 1 + MOD(c.seq * 7 + l.seq * 331, 1000), 1"
	"  FROM seq_1_to_6400 c JOIN seq_1_to_3 l",
};

/* One order: k is its key, c its cart, o the order that was made, s the stock row. */
static const struct step {
	const char *sql, *takes;
} steps[] = {
	{"INSERT INTO idem (k, state, expires_at) VALUES"
	 " (?, 'running', UTC_TIMESTAMP(6) + INTERVAL 1 DAY)",
	 "k"},
	{"SELECT id, version, updated_at FROM cart WHERE id = ? FOR UPDATE", "c"},
	{"SELECT l.sku, l.qty, p.title, p.price, s.on_hand - s.reserved AS free"
	 "  FROM cart_line l JOIN product p ON p.sku = l.sku JOIN stock s ON s.sku = "
	 "l.sku"
	 " WHERE l.cart_id = ?",
	 "c"},
	{"INSERT INTO orders (number, cart_id, state, total, derivation, created_at) "
	 "VALUES"
	 " (?, ?, 'pending', 5400, REPEAT('x', 400), UTC_TIMESTAMP(6))",
	 "kc"},
	{"INSERT INTO order_line (order_id, line_no, sku, title, qty, line_total) "
	 "VALUES"
	 " (?, 1, 1, 'Product 1', 1, 1800), (?, 2, 2, 'Product 2', 1, 1800),"
	 " (?, 3, 3, 'Product 3', 1, 1800)",
	 "ooo"},
	{"INSERT INTO order_event (order_id, seq, event, at) VALUES"
	 " (?, 1, 'placed', UTC_TIMESTAMP(6))",
	 "o"},
	{"INSERT INTO attempt (order_id, k, amount, state, sent_at) VALUES"
	 " (?, ?, 5400, 'sent', UTC_TIMESTAMP(6))",
	 "ok"},
	{"UPDATE stock SET reserved = reserved + 1 WHERE sku = ? AND on_hand > "
	 "reserved",
	 "s"},
};

enum { STEPS = sizeof steps / sizeof steps[0], MAKES_ORDER = 3 };

/* One connection and what it saw. */
struct buyer {
	const struct raw *raw;
	MYSQL *db;
	MYSQL_STMT *stmts[STEPS];
	MYSQL_BIND binds[STEPS][PARAMETERS_MAX];
	char key[KEY_BYTES];
	unsigned long key_len;
	long long cart, order, sku;
	uint64_t seed;
	int64_t begin_us, end_us; /* of what is measured */
	uint32_t *samples;
	size_t n_samples, room;
	int index;
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "till_bench_raw: %s: %s\n", what, why);
	exit(1);
}

static uint64_t
next_random(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15U;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

/* ---- the database ---- */

static MYSQL *
open_database(const struct raw *raw, const char *name)
{
	MYSQL *db = mysql_init(NULL);

	if (db == NULL || mysql_real_connect(db, NULL, raw->user, raw->password, name,
					     0, raw->database, 0) == NULL)
		give_up("no database", db == NULL ? "no memory" : mysql_error(db));
	return db;
}

static void
run_text(MYSQL *db, const char *sql)
{
	if (mysql_query(db, sql) != 0)
		give_up(sql, mysql_error(db));
}

static void
make_schema(const struct raw *raw)
{
	MYSQL *db = open_database(raw, NULL);

	for (size_t i = 0; i < sizeof schema / sizeof schema[0]; i++)
		run_text(db, schema[i]);
	mysql_close(db);
}

static void
drop_schema(const struct raw *raw)
{
	MYSQL *db = open_database(raw, NULL);

	run_text(db, schema[0]);
	mysql_close(db);
}

static void
bind_one(struct buyer *b, MYSQL_BIND *bind, char what)
{
	bind->buffer_type = MYSQL_TYPE_LONGLONG;
	if (what == 'k') {
		bind->buffer_type = MYSQL_TYPE_STRING;
		bind->buffer = b->key;
		bind->buffer_length = sizeof b->key;
		bind->length = &b->key_len;
	} else if (what == 'c') {
		bind->buffer = &b->cart;
	} else if (what == 'o') {
		bind->buffer = &b->order;
	} else {
		bind->buffer = &b->sku;
	}
}

static void
prepare(struct buyer *b)
{
	b->db = open_database(b->raw, INTO_SCHEMA);
	b->key_len = KEY_BYTES - 1;
	for (int i = 0; i < STEPS; i++) {
		MYSQL_STMT *stmt = b->stmts[i] = mysql_stmt_init(b->db);

		for (size_t p = 0; p < strlen(steps[i].takes); p++)
			bind_one(b, &b->binds[i][p], steps[i].takes[p]);
		if (mysql_stmt_prepare(stmt, steps[i].sql, strlen(steps[i].sql)) != 0 ||
		    mysql_stmt_bind_param(stmt, b->binds[i]) != 0)
			give_up(steps[i].sql, mysql_stmt_error(stmt));
	}
}

static void
run_step(struct buyer *b, int i)
{
	MYSQL_STMT *stmt = b->stmts[i];

	if (mysql_stmt_execute(stmt) != 0)
		give_up(steps[i].sql, mysql_stmt_error(stmt));
	if (mysql_stmt_field_count(stmt) > 0) {
		if (mysql_stmt_store_result(stmt) != 0)
			give_up(steps[i].sql, mysql_stmt_error(stmt));
		mysql_stmt_free_result(stmt);
	}
	if (i == MAKES_ORDER)
		b->order = (long long)mysql_stmt_insert_id(stmt);
}

static void
place(struct buyer *b, long long n)
{
	snprintf(b->key, sizeof b->key, "%016" PRIx64 "%016" PRIx64,
		 next_random(&b->seed), next_random(&b->seed));
	b->cart = 1 + b->index * CARTS_EACH + n % CARTS_EACH;
	b->sku = b->raw->hot ? 1 : 1 + (long long)(next_random(&b->seed) % SKUS);
	run_text(b->db, "START TRANSACTION");
	for (int i = 0; i < STEPS; i++)
		run_step(b, i);
	run_text(b->db, "COMMIT");
}

/* ---- measuring ---- */

static void
keep_sample(struct buyer *b, int64_t us)
{
	if (b->n_samples == b->room) {
		b->room = b->room == 0 ? SAMPLES_FIRST : b->room * 2;
		b->samples = realloc(b->samples, b->room * sizeof *b->samples);
		if (b->samples == NULL)
			give_up("samples", "no memory");
	}
	b->samples[b->n_samples++] = (uint32_t)us;
}

static void *
buy(void *argument)
{
	struct buyer *b = argument;
	int64_t at = now_us();

	for (long long n = 0; at < b->end_us; n++) {
		int64_t before = at;

		place(b, n);
		at = now_us();
		if (before >= b->begin_us && at <= b->end_us)
			keep_sample(b, at - before);
	}
	mysql_thread_end();
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The sample that a share of all of them does not exceed. */
static uint32_t
percentile(const uint32_t *sorted, size_t n, double share)
{
	size_t at = (size_t)((double)n * share);

	return n == 0 ? 0 : sorted[at < n ? at : n - 1];
}

static void
report(const struct raw *raw, const uint32_t *sorted, size_t n)
{
	FILE *file = fopen(raw->json, "we");

	if (file == NULL)
		give_up(raw->json, "cannot be written");
	fprintf(file,
		"{\"scenario\":\"%s\",\"mode\":\"closed\",\"connections\":%d,"
		"\"seconds\":%.3f,\"units\":%zu,\"units_per_s\":%.2f,\"errors\":{},"
		"\"waiting_pages\":0,\"requests\":{},\"unit\":{\"n\":%zu,\"p50_us\":%u,"
		"\"p95_us\":%u,\"p99_us\":%u,\"p999_us\":%u,\"max_us\":%u}}\n",
		raw->hot ? "raw_hot" : "raw", raw->connections, raw->seconds, n,
		(double)n / raw->seconds, n, percentile(sorted, n, 0.5),
		percentile(sorted, n, 0.95), percentile(sorted, n, 0.99),
		percentile(sorted, n, 0.999), n == 0 ? 0 : sorted[n - 1]);
	if (fclose(file) != 0)
		give_up(raw->json, "cannot be written");
}

static void
sleep_until(int64_t at_us)
{
	int64_t left = at_us - now_us();

	if (left > 0)
		usleep((useconds_t)left);
}

/* What the runner waits for, to take its own samples. */
static void
tell(const char *what)
{
	puts(what);
	fflush(stdout);
}

static void
measure(const struct raw *raw, struct buyer *buyers)
{
	pthread_t threads[CONNECTIONS_MAX];
	int64_t begin = now_us() + (int64_t)(raw->warmup * SECOND_US);

	for (int i = 0; i < raw->connections; i++) {
		buyers[i].begin_us = begin;
		buyers[i].end_us = begin + (int64_t)(raw->seconds * SECOND_US);
		if (pthread_create(&threads[i], NULL, buy, &buyers[i]) != 0)
			give_up("a thread", "cannot be made");
	}
	sleep_until(begin);
	tell("measuring");
	for (int i = 0; i < raw->connections; i++)
		pthread_join(threads[i], NULL);
	tell("measured");
}

static void
run(const struct raw *raw)
{
	static struct buyer buyers[CONNECTIONS_MAX];
	uint32_t *all;
	size_t n = 0;

	make_schema(raw);
	for (int i = 0; i < raw->connections; i++) {
		buyers[i].raw = raw;
		buyers[i].index = i;
		buyers[i].seed = (uint64_t)i + 1;
		prepare(&buyers[i]);
	}
	measure(raw, buyers);
	for (int i = 0; i < raw->connections; i++)
		n += buyers[i].n_samples;
	all = calloc(n + 1, sizeof *all);
	if (all == NULL)
		give_up("samples", "no memory");
	n = 0;
	for (int i = 0; i < raw->connections; i++) {
		if (buyers[i].n_samples > 0)
			memcpy(all + n, buyers[i].samples,
			       buyers[i].n_samples * sizeof *all);
		n += buyers[i].n_samples;
		free(buyers[i].samples);
		mysql_close(buyers[i].db);
	}
	qsort(all, n, sizeof *all, by_size);
	report(raw, all, n);
	free(all);
	drop_schema(raw);
}

/* ---- the command line ---- */

static void
read_password(struct raw *raw)
{
	FILE *file = fopen(raw->password_file, "re");

	if (file == NULL || fgets(raw->password, sizeof raw->password, file) == NULL)
		give_up(raw->password_file, "no password in it");
	fclose(file);
	raw->password[strcspn(raw->password, "\n")] = '\0';
}

static bool
take(struct raw *raw, int option, const char *value)
{
	switch (option) {
	case 'd':
		raw->database = value;
		return true;
	case 'u':
		raw->user = value;
		return true;
	case 'p':
		raw->password_file = value;
		return true;
	case 'j':
		raw->json = value;
		return true;
	case 'c':
		raw->connections = (int)strtol(value, NULL, 10);
		return raw->connections >= 1 && raw->connections <= CONNECTIONS_MAX;
	case 's':
		raw->seconds = strtod(value, NULL);
		return raw->seconds > 0;
	case 'w':
		raw->warmup = strtod(value, NULL);
		return raw->warmup >= 0;
	case 'h':
		raw->hot = true;
		return true;
	default:
		return false;
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"database", required_argument, NULL, 'd'},
		{"user", required_argument, NULL, 'u'},
		{"password-file", required_argument, NULL, 'p'},
		{"json", required_argument, NULL, 'j'},
		{"connections", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 's'},
		{"warmup", required_argument, NULL, 'w'},
		{"hot", no_argument, NULL, 'h'},
		{0},
	};
	struct raw raw = {.connections = 16, .seconds = 10};
	bool right = true;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		right = take(&raw, option, optarg) && right;
	if (!right || raw.database == NULL || raw.user == NULL ||
	    raw.password_file == NULL || raw.json == NULL) {
		fprintf(stderr, "use: till_bench_raw --database SOCKET --user U "
				"--password-file F"
				" --json FILE [--connections N] [--seconds S] "
				"[--warmup W] [--hot]\n");
		return 2;
	}
	read_password(&raw);
	mysql_library_init(0, NULL, NULL);
	run(&raw);
	mysql_library_end();
	return 0;
}
