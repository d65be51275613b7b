/* faults.c - misbehaviour on demand: magic amounts and POST /_sandbox/faults. */
#include <fnmatch.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/faults.h"

enum { WAITING_MAX = 64 };

struct forced {
	char gateway[12], method[8], path[200], holds[100];
	int code;
	int64_t times;
};

struct faults {
	size_t n;
	struct forced list[WAITING_MAX];
};

struct fired {
	struct record record; /* its id is "code subject" */
};

static const struct store_field fired_fields[] = {STORE_END};
const struct store_kind fired_kind = {"fired", sizeof(struct fired), fired_fields,
				      false};

static const int codes[] = {
	9001, 9002, 9003, 9004, 9005, 9006, 9007, 9008, 9009,
	9010, 9011, 9101, 9102, 9103, 9104, 9105, 9106, 9107,
	9108, 9201, 9202, 9203, 9204, 9205, 9206, 9207, 9208,
};

static bool
is_known(int64_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

struct faults *
faults_new(struct arena *mem)
{
	return arena_new_of(mem, struct faults, 1);
}

static bool
keep(char *to, size_t size, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len >= size)
		return false;
	memcpy(to, text ? text : "", len + 1);
	return true;
}

bool
faults_force(struct faults *faults, const char *gateway, const char *method,
	     const char *path, const char *holds, const char *fault, int64_t times)
{
	struct forced *forced = &faults->list[faults->n];
	int64_t code;

	if (faults->n == WAITING_MAX || !text_to_int(fault, 9000, 9999, &code) ||
	    !is_known(code) || times < 1)
		return false;
	*forced = (struct forced){.code = (int)code, .times = times};
	if (!keep(forced->gateway, sizeof(forced->gateway), gateway) ||
	    !keep(forced->method, sizeof(forced->method), method) ||
	    !keep(forced->path, sizeof(forced->path), path) ||
	    !keep(forced->holds, sizeof(forced->holds), holds))
		return false;
	faults->n++;
	return true;
}

static bool
fits(const struct forced *forced, const char *gateway, const char *method,
     const char *path, const char *body)
{
	const char *pattern = forced->path;
	size_t len = strlen(gateway);

	if (forced->gateway[0] && strcmp(forced->gateway, gateway) != 0)
		return false;
	if (forced->method[0] && strcmp(forced->method, method) != 0)
		return false;
	if (forced->holds[0] && (!body || !strstr(body, forced->holds)))
		return false;
	if (pattern[0] == '/' && strncmp(pattern + 1, gateway, len) == 0 &&
	    pattern[1 + len] == '/')
		pattern += 1 + len;
	return !pattern[0] || fnmatch(pattern, path, FNM_PATHNAME) == 0;
}

int
faults_take_forced(struct faults *faults, const char *gateway, const char *method,
		   const char *path, const char *body)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct forced *forced = &faults->list[i];
		int code = forced->code;

		if (!fits(forced, gateway, method, path, body))
			continue;
		if (--forced->times == 0) {
			faults->n--;
			memmove(forced, forced + 1, (faults->n - i) * sizeof(*forced));
		}
		return code;
	}
	return 0;
}

void
faults_forget(struct faults *faults)
{
	faults->n = 0;
}

int
faults_magic(int64_t amount, enum fault_family family)
{
	int64_t code = amount % 10000;

	return code / 100 == (int64_t)family && is_known(code) ? (int)code : 0;
}

bool
faults_first(struct sandbox *box, struct arena *mem, int code, const char *subject)
{
	const char *id = arena_printf(mem, "%d %s", code, subject);

	if (store_find(box->store, &fired_kind, id))
		return false;
	store_save(box->store, store_new(box->store, &fired_kind, id));
	return true;
}
