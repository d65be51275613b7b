/* redact_test.c - what a journal of gateway calls may hold (F-144). */
#include "gateway/redact.h"

#include "base/arena.h"
#include "support/check.h"

static struct arena *mem;

static const char *
cleaned(const char *body)
{
	return redact(mem, body, strlen(body));
}

static void
a_form_loses_the_addresses_of_the_way_back_alone(void **state)
{
	(void)state;
	mem = arena_new(1 << 20);
	WANT_TEXT(cleaned("mode=payment&success_url=https%3A%2F%2Fa%2Fx&amount=1&"
			  "cancel_url=y&metadata[order_ref]=ABCDE-23456"),
		  "mode=payment&success_url=[removed]&amount=1&"
		  "cancel_url=[removed]&metadata[order_ref]=ABCDE-23456");
	WANT_TEXT(cleaned("a=1&b&c="), "a=1&b&c=");
	WANT_TEXT(cleaned("x=https%3A%2F%2Fs%2Fcheckout%2Freturn%2Fabc"),
		  "x=[removed]");
	WANT_TEXT(cleaned(""), "");
	arena_free(mem);
}

static void
a_document_loses_its_secrets_and_nothing_else(void **state)
{
	const char *whole = "{\"id\": \"cs_1\",\n \"client_secret\" : \"cs_1_x\","
			    "\"n\":1,\"list\":[\"a\",\"b\"],\"more\":{\"token\":\"t\"},"
			    "\"odd\":\"pi_1_secret_abc\",\"url\":\"https://a/b\"}";

	(void)state;
	mem = arena_new(1 << 20);
	WANT_TEXT(cleaned(whole),
		  "{\"id\": \"cs_1\",\n \"client_secret\" : \"[removed]\","
		  "\"n\":1,\"list\":[\"a\",\"b\"],\"more\":{\"token\":\"[removed]\"},"
		  "\"odd\":\"[removed]\",\"url\":\"https://a/b\"}");
	WANT_TEXT(cleaned("{\"secret\":null,\"a\":\"b\"}"),
		  "{\"secret\":null,\"a\":\"b\"}");
	WANT_TEXT(cleaned("{\"message\":\"bad key \\\" sk\",\"k\":\"sk_test_123\"}"),
		  "{\"message\":\"bad key \\\" sk\",\"k\":\"[removed]\"}");
	arena_free(mem);
}

/* Wherever an answer is cut, no part of its secret is left. */
static void
a_document_that_was_cut_is_cleaned_all_the_same(void **state)
{
	const char *whole = "{\"id\":\"cs_1\",\"client_secret\":\"HUSHHUSH\"}";

	(void)state;
	mem = arena_new(1 << 20);
	for (size_t len = 0; len <= strlen(whole); len++)
		WANT(strstr(redact(mem, whole, len), "HU") == NULL);
	arena_free(mem);
}

TESTS(TEST(a_form_loses_the_addresses_of_the_way_back_alone),
      TEST(a_document_loses_its_secrets_and_nothing_else),
      TEST(a_document_that_was_cut_is_cleaned_all_the_same))
