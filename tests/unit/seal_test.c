/* seal_test.c - personal fields at rest. */
#include "base/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/secret.h"
#include "base/token.h"
#include "support/check.h"

static const char old_key[] =
	"k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
static const char new_key[] =
	"k2 ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n";

static struct arena *mem;
static struct keyring *keys;
static struct person ada;
static struct uuid row;

static void
begin(void)
{
	mem = arena_new(1 << 20);
	keys = keyring_for_tests(mem);
	ada = person_new(keys, mem);
	row = uuid_new();
}

/* Writes a key file of some text and loads it. */
static struct err *
load(const char *text, struct keyring **out)
{
	char path[] = "/tmp/till_seal_XXXXXX";
	int fd = mkstemp(path);
	struct err *e;

	WANT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	e = keyring_load(mem, path, out);
	unlink(path);
	return e;
}

static void
what_is_sealed_opens_in_its_place(void **state)
{
	static const char *const texts[] = {"", "a", "Ada Lovelace",
					    "12 Rue de l'Église"};
	const char *plain;

	(void)state;
	begin();
	for (size_t i = 0; i < 4; i++) {
		struct bytes sealed =
			seal_text(keys, mem, ada, "contact.name", row, texts[i]);

		WANT(sealed.len == strlen(texts[i]) + 29);
		WANT(texts[i][0] == '\0' || texts[i][1] == '\0' ||
		     memmem(sealed.at, sealed.len, texts[i], strlen(texts[i])) == NULL);
		WANT_OK(seal_open(keys, mem, ada, "contact.name", row, sealed, &plain));
		WANT_TEXT(plain, texts[i]);
	}
	arena_free(mem);
}

static void
the_same_text_is_never_sealed_alike(void **state)
{
	struct bytes a, b;

	(void)state;
	begin();
	a = seal_text(keys, mem, ada, "contact.name", row, "Ada");
	b = seal_text(keys, mem, ada, "contact.name", row, "Ada");
	WANT(a.len == b.len && memcmp(a.at, b.at, a.len) != 0);
	arena_free(mem);
}

static void
no_text_is_no_bytes_and_back(void **state)
{
	const char *plain = "left over";
	struct bytes sealed;

	(void)state;
	begin();
	sealed = seal_text(keys, mem, ada, "contact.phone", row, NULL);
	WANT(sealed.at == NULL && sealed.len == 0);
	WANT_OK(seal_open(keys, mem, ada, "contact.phone", row, sealed, &plain));
	WANT(plain == NULL);
	arena_free(mem);
}

static void
a_moved_ciphertext_does_not_open(void **state)
{
	struct bytes sealed;
	const char *plain;

	(void)state;
	begin();
	sealed = seal_text(keys, mem, ada, "contact.name", row, "Ada");
	WANT_ERR(seal_open(keys, mem, ada, "contact.phone", row, sealed, &plain),
		 INTERNAL);
	WANT_ERR(seal_open(keys, mem, ada, "orders.name", row, sealed, &plain),
		 INTERNAL);
	WANT_ERR(seal_open(keys, mem, ada, "contact.name", uuid_new(), sealed, &plain),
		 INTERNAL);
	WANT_ERR(seal_open(keys, mem, person_new(keys, mem), "contact.name", row,
			   sealed, &plain),
		 INTERNAL);
	WANT(plain == NULL);
	arena_free(mem);
}

static void
every_changed_or_missing_byte_is_noticed(void **state)
{
	struct bytes sealed, cut;
	unsigned char *at;
	const char *plain;

	(void)state;
	begin();
	sealed = seal_text(keys, mem, ada, "contact.name", row, "Ada");
	at = (unsigned char *)arena_copy(mem, sealed.at, sealed.len);
	for (size_t i = 0; i < sealed.len; i++) {
		at[i] ^= 0x40;
		WANT_ERR(seal_open(keys, mem, ada, "contact.name", row,
				   (struct bytes){at, sealed.len}, &plain),
			 INTERNAL);
		at[i] ^= 0x40;
		if (i == 0)
			continue;
		cut = (struct bytes){at, i};
		WANT_ERR(seal_open(keys, mem, ada, "contact.name", row, cut, &plain),
			 INTERNAL);
	}
	arena_free(mem);
}

static void
a_forgotten_person_does_not_open(void **state)
{
	struct person forgotten = {.id = {7}};
	struct bytes sealed;
	const char *plain = "left over";

	(void)state;
	begin();
	sealed = seal_text(keys, mem, ada, "contact.name", row, "Ada");
	WANT_ERR(seal_open(keys, mem, forgotten, "contact.name", row, sealed, &plain),
		 NOT_FOUND);
	WANT(plain == NULL);
	arena_free(mem);
}

static void
a_new_master_key_opens_what_the_old_one_sealed(void **state)
{
	char both[200];
	struct keyring *old, *rotated, *only_new;
	struct bytes name, body, opened;
	struct person person;
	const char *plain;

	(void)state;
	begin();
	snprintf(both, sizeof both, "# newest first\n%s\n%s", new_key, old_key);
	WANT_OK(load(old_key, &old));
	WANT_OK(load(both, &rotated));
	WANT_OK(load(new_key, &only_new));
	person = person_new(old, mem);
	name = seal_text(old, mem, person, "contact.name", row, "Ada");
	body = seal_house(old, mem, "idem.reply", (struct bytes){"{}", 2});
	WANT_OK(seal_open(rotated, mem, person, "contact.name", row, name, &plain));
	WANT_TEXT(plain, "Ada");
	WANT_OK(seal_open_house(rotated, mem, "idem.reply", body, &opened));
	WANT_TEXT(opened.at, "{}");
	WANT_ERR(seal_open(only_new, mem, person, "contact.name", row, name, &plain),
		 INTERNAL);
	body = seal_house(rotated, mem, "idem.reply", (struct bytes){"{}", 2});
	WANT_ERR(seal_open_house(old, mem, "idem.reply", body, &opened), INTERNAL);
	WANT_OK(seal_open_house(only_new, mem, "idem.reply", body, &opened));
	arena_free(mem);
}

static void
a_new_master_key_changes_no_look_up_and_no_link(void **state)
{
	char both[200];
	struct keyring *old, *rotated;

	(void)state;
	begin();
	snprintf(both, sizeof both, "%s%s", new_key, old_key);
	WANT_OK(load(old_key, &old));
	WANT_OK(load(both, &rotated));
	WANT(digest_same(seal_lookup(old, "ada@example.com"),
			 seal_lookup(rotated, "ada@example.com")));
	WANT(!digest_same(seal_lookup(old, "ada@example.com"),
			  seal_lookup(old, "eda@example.com")));
	WANT(memcmp(secret_bytes(keyring_key(old, "link")),
		    secret_bytes(keyring_key(rotated, "link")), 32) == 0);
	WANT(memcmp(secret_bytes(keyring_key(old, "link")),
		    secret_bytes(keyring_key(old, "csrf")), 32) != 0);
	arena_free(mem);
}

static void
a_body_opens_only_where_it_was_sealed(void **state)
{
	struct bytes body, opened;
	unsigned char *at;

	(void)state;
	begin();
	body = seal_house(keys, mem, "idem.reply", (struct bytes){"\0\1\2", 3});
	WANT_OK(seal_open_house(keys, mem, "idem.reply", body, &opened));
	WANT(opened.len == 3 && memcmp(opened.at, "\0\1\2", 3) == 0);
	WANT_ERR(seal_open_house(keys, mem, "webhook.body", body, &opened), INTERNAL);
	at = (unsigned char *)arena_copy(mem, body.at, body.len);
	for (size_t i = 0; i < body.len; i++) {
		at[i] ^= 1;
		WANT_ERR(seal_open_house(keys, mem, "idem.reply",
					 (struct bytes){at, body.len}, &opened),
			 INTERNAL);
		at[i] ^= 1;
		WANT_ERR(seal_open_house(keys, mem, "idem.reply", (struct bytes){at, i},
					 &opened),
			 INTERNAL);
	}
	body = seal_house(keys, mem, "idem.reply", (struct bytes){NULL, 0});
	WANT_OK(seal_open_house(keys, mem, "idem.reply", body, &opened));
	WANT_INT(opened.len, 0);
	arena_free(mem);
}

static void
a_bad_key_file_is_refused_with_its_line_and_never_shown(void **state)
{
	static const char *const bad[] = {
		"k1\n",
		"k1 0011\n",
		" 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
		"k1  0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
		"k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeefg\n",
		("averyverylongname "
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"),
	};
	char twice[200];
	struct keyring *out;

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err *e = load(bad[i], &out);

		WANT_ERR(e, INTERNAL);
		WANT(strstr(e->cause, ":1: ") != NULL);
		WANT(strstr(e->cause, "0011") == NULL);
	}
	snprintf(twice, sizeof twice, "%s%s", old_key, old_key);
	WANT_ERR(load(twice, &out), INTERNAL);
	WANT_ERR(load("# nothing\n\n", &out), INTERNAL);
	arena_free(mem);
}

TESTS(TEST(what_is_sealed_opens_in_its_place),
      TEST(the_same_text_is_never_sealed_alike), TEST(no_text_is_no_bytes_and_back),
      TEST(a_moved_ciphertext_does_not_open),
      TEST(every_changed_or_missing_byte_is_noticed),
      TEST(a_forgotten_person_does_not_open),
      TEST(a_new_master_key_opens_what_the_old_one_sealed),
      TEST(a_new_master_key_changes_no_look_up_and_no_link),
      TEST(a_body_opens_only_where_it_was_sealed),
      TEST(a_bad_key_file_is_refused_with_its_line_and_never_shown))
