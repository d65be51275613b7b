/* digest.c - OpenSSL's SHA-256 and HMAC, fetched once per process. */
#include "base/digest.h"

#include <assert.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/secret.h"

static const EVP_MD *
sha256(void)
{
	static EVP_MD *md;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	assert(md != NULL);
	return md;
}

static EVP_MAC_CTX *
hmac(void)
{
	static EVP_MAC_CTX *context;
	char name[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *fetched;
	int ok;

	if (context == NULL) {
		fetched = EVP_MAC_fetch(NULL, "HMAC", NULL);
		context = EVP_MAC_CTX_new(fetched);
		EVP_MAC_free(fetched);
		ok = EVP_MAC_CTX_set_params(context, params);
		assert(ok == 1);
	}
	return context;
}

struct digest
digest_sha256(const void *bytes, size_t len)
{
	struct digest d;
	unsigned size = sizeof d.bytes;
	int ok = EVP_Digest(bytes, len, d.bytes, &size, sha256(), NULL);

	assert(ok == 1 && size == sizeof d.bytes);
	return d;
}

struct digest
digest_of_text(const char *text)
{
	return digest_sha256(text, strlen(text));
}

/* HMAC over a head and a tail, so that no caller has to join them. */
static struct digest
mac(const void *key, size_t key_len, const void *head, size_t head_len,
    const void *tail, size_t tail_len)
{
	EVP_MAC_CTX *c = hmac();
	struct digest d;
	size_t size = 0;
	/* A NULL key would mean "the key of last time". */
	int ok =
		EVP_MAC_init(c, key_len == 0 ? (const void *)"" : key, key_len, NULL) &&
		EVP_MAC_update(c, head, head_len) &&
		EVP_MAC_update(c, tail, tail_len) &&
		EVP_MAC_final(c, d.bytes, &size, sizeof d.bytes);

	assert(ok == 1 && size == sizeof d.bytes);
	return d;
}

struct digest
digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len)
{
	return mac(key, key_len, "", 0, bytes, len);
}

struct digest
digest_keyed(const struct secret *key, const char *purpose, const char *text)
{
	return mac(secret_bytes(key), secret_len(key), purpose, strlen(purpose) + 1,
		   text, strlen(text));
}

bool
digest_same_bytes(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

bool
digest_same(struct digest a, struct digest b)
{
	return digest_same_bytes(a.bytes, b.bytes, sizeof a.bytes);
}

bool
digest_same_text(const char *a, const char *b)
{
	return digest_same(digest_of_text(a), digest_of_text(b));
}

void
digest_base64url(const void *bytes, size_t len, char *out, size_t out_size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *s = bytes;
	size_t n = (len * 8 + 5) / 6;

	assert(out_size > n);
	for (size_t i = 0; i < n; i++) {
		size_t bit = i * 6, at = bit / 8;
		unsigned pair = (unsigned)s[at] << 8 | (at + 1 < len ? s[at + 1] : 0u);

		out[i] = digits[pair >> (10 - bit % 8) & 63];
	}
	out[n] = '\0';
}
