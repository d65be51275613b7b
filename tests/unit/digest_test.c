/* digest_test.c - known answers, and comparison. */
#include "base/digest.h"

#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"
#include "support/check.h"

static void
want_hex(struct digest d, const char *hex)
{
	struct arena *mem = arena_new(1 << 16);

	WANT_TEXT(text_hex(mem, d.bytes, sizeof d.bytes), hex);
	arena_free(mem);
}

static void
sha256_gives_the_known_answers(void **state)
{
	(void)state;
	want_hex(digest_of_text(""),
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	want_hex(digest_sha256("abc", 3),
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, cases 1, 2 and 6. */
static void
hmac_gives_the_known_answers(void **state)
{
	unsigned char key[131];

	(void)state;
	memset(key, 0x0B, 20);
	want_hex(digest_hmac(key, 20, "Hi There", 8),
		 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	want_hex(digest_hmac("Jefe", 4, "what do ya want for nothing?", 28),
		 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xAA, sizeof key);
	want_hex(digest_hmac(key, sizeof key,
			     "Test Using Larger Than Block-Size Key - Hash Key First",
			     54),
		 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	/* An empty key is a key, and not the key of the call before. */
	want_hex(digest_hmac(NULL, 0, "", 0),
		 "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void
one_key_serves_several_purposes(void **state)
{
	struct arena *mem = arena_new(1 << 16);
	struct secret *key = secret_from_bytes(mem, "Jefe", 4);

	(void)state;
	WANT(digest_same(digest_keyed(key, "csrf", "x"),
			 digest_keyed(key, "csrf", "x")));
	WANT(!digest_same(digest_keyed(key, "csrf", "x"),
			  digest_keyed(key, "link", "x")));
	WANT(!digest_same(digest_keyed(key, "csrf", "x"),
			  digest_keyed(key, "csr", "fx")));
	WANT(digest_same(digest_keyed(key, "a", "b"),
			 digest_hmac("Jefe", 4, "a\0b", 3)));
	arena_free(mem);
}

static void
a_single_bit_makes_two_things_different(void **state)
{
	struct digest a = digest_of_text("a"), b = a;

	(void)state;
	for (size_t bit = 0; bit < 256; bit++) {
		b.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		WANT(!digest_same(a, b));
		b.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	WANT(digest_same(a, b));
	WANT(digest_same_text("key", "key") && !digest_same_text("key", "kez"));
	WANT(!digest_same_text("key", "key ") && !digest_same_text("", "k"));
	WANT(digest_same_bytes("ab", "ac", 1) && !digest_same_bytes("ab", "ac", 2));
}

/* RFC 4648 section 10, without the padding. */
static void
base64url_gives_the_known_answers(void **state)
{
	static const char *const want[] = {"",       "Zg",      "Zm8",     "Zm9v",
					   "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};
	char out[44];

	(void)state;
	for (size_t len = 0; len <= 6; len++) {
		digest_base64url("foobar", len, out, sizeof out);
		WANT_TEXT(out, want[len]);
	}
	digest_base64url("\xFB\xFF\xFE", 3, out, sizeof out);
	WANT_TEXT(out, "-__-");
	digest_base64url(digest_of_text("").bytes, 32, out, sizeof out);
	WANT_TEXT(out, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

TESTS(TEST(sha256_gives_the_known_answers), TEST(hmac_gives_the_known_answers),
      TEST(one_key_serves_several_purposes),
      TEST(a_single_bit_makes_two_things_different),
      TEST(base64url_gives_the_known_answers))
