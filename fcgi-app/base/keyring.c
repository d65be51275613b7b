/* keyring.c - the master keys of the house and the keys derived from them. */
#include "base/seal_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/secret.h"
#include "base/text.h"

enum { KEY_BYTES = 32, MASTERS_MAX = 16 };

/* What keyring_key() knows: each purpose has a key of its own. */
static const char *const purposes[] = {"csrf", "link", "lookup", "visitor", "order"};
enum { N_PURPOSES = sizeof purposes / sizeof purposes[0] };

struct master {
	char id[KEY_ID_MAX + 1];
	const struct secret *key;
};

/* The first master seals. The last one, which is the oldest, is the root of the derived
 * keys: looking up an e-mail address must go on working when a key is put in front. */
struct keyring {
	size_t n;
	struct master masters[MASTERS_MAX];
	const struct secret *derived[N_PURPOSES];
};

/* One block of HKDF-Expand (RFC 5869 2.3); a master key is uniform and needs no
 * Extract. */
struct digest
keyring_expand(const struct secret *master, const char *label, const void *salt,
	       size_t salt_len)
{
	unsigned char info[64];
	size_t len = strlen(label) + 1;

	assert(len + salt_len < sizeof info);
	memcpy(info, label, len);
	if (salt_len > 0)
		memcpy(info + len, salt, salt_len);
	info[len + salt_len] = 1;
	return digest_hmac(secret_bytes(master), secret_len(master), info,
			   len + salt_len + 1);
}

static void
derive_keys(struct arena *mem, struct keyring *keys)
{
	const struct secret *root = keys->masters[keys->n - 1].key;
	char label[32];

	for (size_t i = 0; i < N_PURPOSES; i++) {
		struct digest key;

		snprintf(label, sizeof label, "till.key.%s", purposes[i]);
		key = keyring_expand(root, label, NULL, 0);
		keys->derived[i] = secret_from_bytes(mem, key.bytes, sizeof key.bytes);
		explicit_bzero(&key, sizeof key);
	}
}

const struct secret *
keyring_first(const struct keyring *keys, const char **id)
{
	*id = keys->masters[0].id;
	return keys->masters[0].key;
}

const struct secret *
keyring_find(const struct keyring *keys, const char *id)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->masters[i].id, id) == 0)
			return keys->masters[i].key;
	return NULL;
}

static bool
is_id(const char *text, size_t len)
{
	if (len == 0 || len > KEY_ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

/* One line, "id hex64"; empty ones and those behind a # are passed over. The message
 * never shows the line, which may be half a key. */
static fallible
add_master(struct arena *mem, struct keyring *keys, char *line)
{
	unsigned char key[KEY_BYTES];
	struct master *m = &keys->masters[keys->n];
	size_t id = strcspn(line, " ");

	if (line[0] == '\0' || line[0] == '#')
		return NULL;
	if (line[id] == '\0' || !is_id(line, id) ||
	    !text_from_hex(line + id + 1, key, sizeof key))
		return FAIL(INTERNAL,
			    "want \"id hex64\": an id of at most %d characters,"
			    " a blank, 64 hexadecimal digits",
			    KEY_ID_MAX);
	line[id] = '\0';
	if (keyring_find(keys, line) != NULL)
		return FAIL(INTERNAL, "key %s stands there twice", line);
	if (keys->n == MASTERS_MAX)
		return FAIL(INTERNAL, "more than %d keys", MASTERS_MAX);
	memcpy(m->id, line, id + 1);
	m->key = secret_from_bytes(mem, key, sizeof key);
	explicit_bzero(key, sizeof key);
	keys->n++;
	return NULL;
}

static fallible
add_masters(struct arena *mem, struct keyring *keys, const char *text, const char *path)
{
	char line[128];

	for (int number = 1; *text != '\0'; number++) {
		size_t len = strcspn(text, "\n");
		struct err *e = NULL;

		if (len >= sizeof line)
			return FAIL(INTERNAL, "%s:%d: too long for a key", path,
				    number);
		memcpy(line, text, len);
		line[len] = '\0';
		e = add_master(mem, keys, line);
		explicit_bzero(line, sizeof line);
		if (e != NULL)
			return FAIL(INTERNAL, "%s:%d: %s", path, number, e->cause);
		text += len + (text[len] == '\n');
	}
	return keys->n > 0 ? NULL : FAIL(INTERNAL, "%s: no keys", path);
}

struct err *
keyring_load(struct arena *mem, const char *path, struct keyring **out)
{
	struct keyring *keys = arena_new_of(mem, struct keyring, 1);
	struct secret *file;

	TRY(secret_from_file(mem, path, &file));
	TRY(add_masters(mem, keys, secret_text(file), path));
	derive_keys(mem, keys);
	*out = keys;
	return NULL;
}

struct keyring *
keyring_for_tests(struct arena *mem)
{
	struct keyring *keys = arena_new_of(mem, struct keyring, 1);

	keys->n = 1;
	strncpy(keys->masters[0].id, "test", KEY_ID_MAX);
	keys->masters[0].key =
		secret_from_bytes(mem, "0123456789abcdef0123456789abcdef", KEY_BYTES);
	derive_keys(mem, keys);
	return keys;
}

const struct secret *
keyring_key(const struct keyring *keys, const char *purpose)
{
	size_t i = 0;

	while (i < N_PURPOSES && strcmp(purposes[i], purpose) != 0)
		i++;
	assert(i < N_PURPOSES);
	return keys->derived[i];
}
