/* http_out_test.c - which addresses may be called, and when a call is repeated. */
#include "gateway/http_out.h"

#include "base/arena.h"
#include "base/config.h"
#include "gateway/origin.h"
#include "support/check.h"

static void
an_origin_is_read_or_refused(void **state)
{
	struct origin o;

	(void)state;
	WANT(origin_read("https://checkout.stripe.com/c/pay/cs_1#fid%3D", &o));
	WANT(o.https && o.port == 443);
	WANT_TEXT(o.host, "checkout.stripe.com");
	WANT(origin_read("http://127.0.0.1:9100", &o));
	WANT(!o.https && o.port == 9100);
	WANT(origin_is_loopback_http(&o));
	WANT(origin_read("https://127.0.0.1?x", &o));
	WANT(!origin_is_loopback_http(&o));
}

static void
odd_addresses_have_no_origin(void **state)
{
	static const char *const urls[] = {
		"",
		"/path",
		"//host/",
		"ftp://host/",
		"javascript:alert(1)",
		"https:/host/",
		"https://",
		"https:///x",
		"https://user@host/",
		"https://host:user@evil/",
		"https://host\\@evil/",
		"https://HOST/",
		"https://[::1]/",
		"https://host:/",
		"https://host:0/",
		"https://host:65536/",
		"https://host:+80/",
		"https://host /",
		"https://host/a b",
		"https://host/\"x",
		"https://host/\r\nX: y",
		"https://h\xc3\xb6st/",
		"https://ho%73t/",
	};
	struct origin o;

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		if (origin_read(urls[i], &o))
			check_fail(__FILE__, __LINE__, "%s has an origin", urls[i]);
	WANT(!origin_read(NULL, &o));
}

static void
origins_differ_by_scheme_host_and_port(void **state)
{
	static const char *const others[] = {
		"http://checkout.stripe.com/",
		"https://checkout.stripe.com:444/",
		"https://checkout.stripe.com.evil.example/",
		"https://stripe.com/",
	};
	struct origin stripe, o;

	(void)state;
	WANT(origin_read("https://checkout.stripe.com", &stripe));
	WANT(origin_read("https://checkout.stripe.com:443/x", &o));
	WANT(origin_same(&stripe, &o));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		WANT(origin_read(others[i], &o));
		WANT(!origin_same(&stripe, &o));
	}
}

static void
plain_http_goes_to_the_sandbox_alone(void **state)
{
	static const struct {
		const char *mode, *url;
		bool allowed;
	} rows[] = {
		{"live", "https://api.stripe.com", true},
		{"test", "https://api.stripe.com", true},
		{"sandbox", "https://api.stripe.com", true},
		{"sandbox", "http://127.0.0.1:9100/stripe", true},
		{"test", "http://127.0.0.1:9100/stripe", false},
		{"live", "http://127.0.0.1:9100/stripe", false},
		{"sandbox", "http://127.0.0.2/", false},
		{"sandbox", "http://localhost/", false},
		{"sandbox", "http://127.0.0.1.evil.example/", false},
		{"sandbox", "file:///etc/passwd", false},
	};
	struct arena *mem = arena_new(1 << 20);
	struct config *config = config_defaults(mem);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		config->gateway_mode = rows[i].mode;
		WANT(http_out_allows(config, rows[i].url) == rows[i].allowed);
	}
	arena_free(mem);
}

static void
the_retry_class_rules_over_the_answer(void **state)
{
	struct http_answer lost = {.result = HTTP_LOST};
	struct http_answer not_sent = {.result = HTTP_NOT_SENT};
	struct http_answer fault = {.result = HTTP_ANSWERED, .status = 500};

	(void)state;
	WANT(http_out_next(&lost, HTTP_NEVER, 0) == HTTP_LOOK_UP);
	WANT(http_out_next(&lost, HTTP_SAFE, 0) == HTTP_REPEAT);
	WANT(http_out_next(&not_sent, HTTP_NEVER, 0) == HTTP_GIVE_UP);
	WANT(http_out_next(&not_sent, HTTP_SAFE_WITH_KEY, 1) == HTTP_REPEAT);
	WANT(http_out_next(&not_sent, HTTP_SAFE_WITH_KEY, 2) == HTTP_GIVE_UP);
	WANT(http_out_next(&fault, HTTP_NEVER, 0) == HTTP_LOOK_UP);
}

static void
the_header_rules_over_the_status(void **state)
{
	struct http_answer a = {.result = HTTP_ANSWERED,
				.status = 402,
				.has_should_retry = true,
				.should_retry = true};

	(void)state;
	WANT(http_out_next(&a, HTTP_SAFE_WITH_KEY, 0) == HTTP_REPEAT);
	a.should_retry = false;
	a.status = 429;
	WANT(http_out_next(&a, HTTP_SAFE_WITH_KEY, 0) == HTTP_GIVE_UP);
	a.status = 200;
	WANT(http_out_next(&a, HTTP_SAFE_WITH_KEY, 0) == HTTP_FINISHED);
	a.status = 302;
	WANT(http_out_next(&a, HTTP_SAFE_WITH_KEY, 0) == HTTP_GIVE_UP);
}

static void
waits_grow_within_bounds(void **state)
{
	struct http_answer a = {.result = HTTP_LOST};

	(void)state;
	for (int repeats = 0; repeats < 40; repeats++) {
		int64_t most = repeats < 4 ? 500 << repeats : 5000;

		for (unsigned jitter = 0; jitter < 256; jitter++) {
			int64_t ms = http_out_wait_ms(&a, repeats, jitter);

			WANT(ms >= most / 2 && ms <= most);
		}
	}
	a.retry_after = 7;
	WANT_INT(http_out_wait_ms(&a, 0, 0), 7000);
}

TESTS(TEST(an_origin_is_read_or_refused), TEST(odd_addresses_have_no_origin),
      TEST(origins_differ_by_scheme_host_and_port),
      TEST(plain_http_goes_to_the_sandbox_alone),
      TEST(the_retry_class_rules_over_the_answer),
      TEST(the_header_rules_over_the_status), TEST(waits_grow_within_bounds))
