/* seal.c - AES-256-GCM. The house seals each message under a key of its own, expanded
 * from a master key and the message's random salt; a person's data key is such a
 * message, and seals that person's fields under random nonces. */
#include "base/seal_private.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/token.h"

enum {
	KEY_BYTES = 32,
	NONCE_BYTES = 12,
	TAG_BYTES = 16,
	SALT_BYTES = 24,
	VERSION = 1,
};

/* One message for the cipher: what is authenticated beside it, what goes in, and where
 * the result goes (len bytes; the tag stands behind the ciphertext). */
struct gcm {
	const unsigned char *key, *nonce;
	const void *aad;
	size_t aad_len;
	const unsigned char *in;
	size_t len;
	unsigned char *out;
};

/* One context for the process, which keeps its cipher from message to message. */
static EVP_CIPHER_CTX *
cipher_context(void)
{
	static EVP_CIPHER_CTX *context;
	EVP_CIPHER *cipher;
	int ok;

	if (context == NULL) {
		cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
		context = EVP_CIPHER_CTX_new();
		ok = EVP_CipherInit_ex2(context, cipher, NULL, NULL, 1, NULL);
		assert(ok == 1);
		EVP_CIPHER_free(cipher);
	}
	return context;
}

static void
gcm_seal(const struct gcm *g)
{
	EVP_CIPHER_CTX *c = cipher_context();
	int n = 0;
	bool ok = g->len <= INT32_MAX &&
		  EVP_EncryptInit_ex2(c, NULL, g->key, g->nonce, NULL) == 1 &&
		  EVP_EncryptUpdate(c, NULL, &n, g->aad, (int)g->aad_len) == 1 &&
		  EVP_EncryptUpdate(c, g->out, &n, g->in, (int)g->len) == 1 &&
		  EVP_EncryptFinal_ex(c, g->out + n, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES,
				      g->out + g->len) == 1;

	assert(ok);
}

/* The tag is read from behind the ciphertext. */
static bool
gcm_open(const struct gcm *g)
{
	EVP_CIPHER_CTX *c = cipher_context();
	unsigned char tag[TAG_BYTES];
	int n = 0;

	memcpy(tag, g->in + g->len, sizeof tag);
	return g->len <= INT32_MAX &&
	       EVP_DecryptInit_ex2(c, NULL, g->key, g->nonce, NULL) == 1 &&
	       EVP_DecryptUpdate(c, NULL, &n, g->aad, (int)g->aad_len) == 1 &&
	       EVP_DecryptUpdate(c, g->out, &n, g->in, (int)g->len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1 &&
	       EVP_DecryptFinal_ex(c, g->out + n, &n) == 1;
}

/* Under the house's key: version, length of the key's id, id, salt, ciphertext, tag.
 * The key is used once, so that any nonce does: it is the head of the salt. */
struct bytes
seal_house(const struct keyring *keys, struct arena *mem, const char *aad,
	   struct bytes plain)
{
	const char *id;
	const struct secret *master = keyring_first(keys, &id);
	size_t id_len = strlen(id), head = 2 + id_len + SALT_BYTES;
	unsigned char *out = arena_alloc(mem, head + plain.len + TAG_BYTES);
	unsigned char *salt = out + 2 + id_len;
	struct digest key;

	out[0] = VERSION;
	out[1] = (unsigned char)id_len;
	memcpy(out + 2, id, id_len);
	token_random(salt, SALT_BYTES);
	key = keyring_expand(master, "till.house", salt, SALT_BYTES);
	gcm_seal(&(struct gcm){key.bytes, salt, aad, strlen(aad), plain.at, plain.len,
			       out + head});
	explicit_bzero(&key, sizeof key);
	return (struct bytes){out, head + plain.len + TAG_BYTES};
}

struct err *
seal_open_house(const struct keyring *keys, struct arena *mem, const char *aad,
		struct bytes sealed, struct bytes *plain)
{
	const unsigned char *in = sealed.at;
	size_t id_len = sealed.len > 1 ? in[1] : 0, head = 2 + id_len + SALT_BYTES;
	char id[KEY_ID_MAX + 1] = "";
	const struct secret *master;
	struct digest key;
	unsigned char *out;
	bool good;

	if (sealed.len < head + TAG_BYTES || in[0] != VERSION || id_len > KEY_ID_MAX)
		return FAIL(INTERNAL, "seal: %s is not sealed", aad);
	memcpy(id, in + 2, id_len);
	master = keyring_find(keys, id);
	if (master == NULL)
		return FAIL(INTERNAL, "seal: no master key \"%s\" for %s", id, aad);
	plain->len = sealed.len - head - TAG_BYTES;
	out = arena_alloc(mem, plain->len + 1);
	key = keyring_expand(master, "till.house", in + 2 + id_len, SALT_BYTES);
	good = gcm_open(&(struct gcm){key.bytes, in + 2 + id_len, aad, strlen(aad),
				      in + head, plain->len, out});
	explicit_bzero(&key, sizeof key);
	plain->at = out;
	return good ? NULL : FAIL(INTERNAL, "seal: %s does not open", aad);
}

static const char wrapped_aad[] = "person_key.wrapped";

struct person
person_new(const struct keyring *keys, struct arena *mem)
{
	unsigned char key[KEY_BYTES];
	struct person person = {0};

	token_random(key, sizeof key);
	person.wrapped =
		seal_house(keys, mem, wrapped_aad, (struct bytes){key, sizeof key});
	explicit_bzero(key, sizeof key);
	return person;
}

/* The caller wipes the key when it is done with it. */
static fallible
unwrap(const struct keyring *keys, struct arena *mem, struct person person,
       struct bytes *key)
{
	if (person.wrapped.len == 0)
		return FAIL(NOT_FOUND, "seal: person %lld is forgotten",
			    (long long)person.id.n);
	TRY(seal_open_house(keys, mem, wrapped_aad, person.wrapped, key));
	if (key->len != KEY_BYTES)
		return FAIL(INTERNAL, "seal: a data key of %zu bytes", key->len);
	return NULL;
}

static void
wipe(struct bytes key)
{
	explicit_bzero((void *)(uintptr_t)key.at, key.len);
}

/* Where a field stands: "table.column", a NUL, the row's UUID. */
static struct bytes
place_of(struct arena *mem, const char *column, struct uuid row)
{
	size_t len = strlen(column) + 1;
	char *place = arena_alloc(mem, len + sizeof row.text);

	memcpy(place, column, len);
	memcpy(place + len, row.text, strlen(row.text));
	return (struct bytes){place, len + strlen(row.text)};
}

/* A field: version, nonce, ciphertext, tag. */
struct bytes
seal_text(const struct keyring *keys, struct arena *mem, struct person person,
	  const char *column, struct uuid row, const char *plain)
{
	struct bytes key, place = place_of(mem, column, row);
	size_t len = plain == NULL ? 0 : strlen(plain), head = 1 + NONCE_BYTES;
	unsigned char *out;
	struct err *e;

	if (plain == NULL)
		return (struct bytes){NULL, 0};
	e = unwrap(keys, mem, person, &key);
	assert(e == NULL);
	out = arena_alloc(mem, head + len + TAG_BYTES);
	out[0] = VERSION;
	token_random(out + 1, NONCE_BYTES);
	gcm_seal(&(struct gcm){key.at, out + 1, place.at, place.len,
			       (const unsigned char *)plain, len, out + head});
	wipe(key);
	return (struct bytes){out, head + len + TAG_BYTES};
}

struct err *
seal_open(const struct keyring *keys, struct arena *mem, struct person person,
	  const char *column, struct uuid row, struct bytes sealed, const char **plain)
{
	struct bytes key, place = place_of(mem, column, row);
	const unsigned char *in = sealed.at;
	size_t head = 1 + NONCE_BYTES, len = sealed.len - head - TAG_BYTES;
	unsigned char *out;
	bool good;

	*plain = NULL;
	if (sealed.len == 0)
		return NULL;
	if (sealed.len < head + TAG_BYTES || in[0] != VERSION)
		return FAIL(INTERNAL, "seal: %s is not sealed", column);
	TRY(unwrap(keys, mem, person, &key));
	out = arena_alloc(mem, len + 1);
	good = gcm_open(&(struct gcm){key.at, in + 1, place.at, place.len, in + head,
				      len, out});
	wipe(key);
	if (!good)
		return FAIL(INTERNAL, "seal: %s does not open", column);
	*plain = (const char *)out;
	return NULL;
}

struct digest
seal_lookup(const struct keyring *keys, const char *folded)
{
	return digest_keyed(keyring_key(keys, "lookup"), "email", folded);
}
