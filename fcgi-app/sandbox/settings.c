/* settings.c - where webhooks go and how the sandbox keeps time: PUT /_sandbox/config.
 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/sandbox.h"

/* Kept as the JSON that GET shows. */
struct kept {
	struct record record;
	const char *json;
};

static const struct store_field fields[] = {
	STORE_FIELD(struct kept, json, TEXT),
	STORE_END,
};
const struct store_kind settings_kind = {"settings", sizeof(struct kept), fields, true};

static const char the_one[] = "settings";

static void
set_defaults(struct sandbox *box)
{
	static const int64_t retries[] = {0, 5000, 30000, 120000, 600000};

	box->settings = (struct settings){
		.n_retries = 5, .late_delay_ms = 60000, .hold_ms = 60000};
	memcpy(box->settings.retry_ms, retries, sizeof(retries));
	for (size_t i = 0; box->gateways[i]; i++)
		box->settings.hooks[i] = (struct hook){
			.n_secrets = 1, .secrets = {box->gateways[i]->first_secret}};
}

static const char *
read_secrets(struct arena *mem, const struct json *json, struct hook *hook)
{
	size_t n = json_count(json);

	if (json_kind(json) != JSON_LIST || n == 0 || n > SECRETS_MAX)
		return "secrets is a list of 1 to 8 texts";
	hook->n_secrets = n;
	for (size_t i = 0; i < n; i++) {
		const char *secret = json_text(json_item(json, i));

		if (text_is_empty(secret))
			return "secrets is a list of 1 to 8 texts";
		hook->secrets[i] = arena_text(mem, secret);
	}
	return NULL;
}

/* A hook is replaced as a whole: what is absent takes its first value. */
static const char *
read_hook(const struct gateway *gateway, struct arena *mem, const struct json *json,
	  struct hook *hook)
{
	const struct json *secrets = json_member(json, "secrets");
	const char *url = json_text(json_member(json, "url"));

	if (json_kind(json) != JSON_OBJECT)
		return "each of webhooks is an object";
	if (url && !text_starts(url, "http://") && !text_starts(url, "https://"))
		return "url starts with http:// or https://";
	*hook = (struct hook){.url = arena_text(mem, url),
			      .n_secrets = 1,
			      .secrets = {gateway->first_secret}};
	return secrets ? read_secrets(mem, secrets, hook) : NULL;
}

static const char *
read_hooks(struct sandbox *box, struct arena *mem, const struct json *json,
	   struct settings *to)
{
	if (json_kind(json) != JSON_OBJECT)
		return "webhooks is an object";
	for (size_t i = 0; i < json_count(json); i++) {
		size_t at = sandbox_gateway_index(box, json_member_name(json, i));
		const char *wrong = "webhooks names a gateway that is not here";

		if (at != SIZE_MAX)
			wrong = read_hook(box->gateways[at], mem,
					  json_member_value(json, i), &to->hooks[at]);
		if (wrong)
			return wrong;
	}
	return NULL;
}

static const char *
read_retries(const struct json *json, struct settings *to)
{
	size_t n = json_count(json);

	if (json_kind(json) != JSON_LIST || n == 0 || n > RETRIES_MAX)
		return "retry_schedule_ms is a list of 1 to 16 numbers";
	to->n_retries = n;
	for (size_t i = 0; i < n; i++)
		if (!json_int(json_item(json, i), &to->retry_ms[i]) ||
		    to->retry_ms[i] < 0 || to->retry_ms[i] > 86400000)
			return "retry_schedule_ms holds 0 to 86400000";
	return NULL;
}

static const char *
read_delay(const struct json *json, int64_t *to)
{
	if (!json_int(json, to) || *to < 0 || *to > INT64_C(864000000))
		return "a delay is a number from 0 to 864000000";
	return NULL;
}

static const char *
merge(struct sandbox *box, struct arena *mem, const struct json *json,
      struct settings *to)
{
	const char *wrong = NULL;

	if (json_kind(json) != JSON_OBJECT)
		return "the configuration is an object";
	for (size_t i = 0; i < json_count(json) && !wrong; i++) {
		const char *name = json_member_name(json, i);
		const struct json *value = json_member_value(json, i);

		if (strcmp(name, "webhooks") == 0)
			wrong = read_hooks(box, mem, value, to);
		else if (strcmp(name, "retry_schedule_ms") == 0)
			wrong = read_retries(value, to);
		else if (strcmp(name, "late_delay_ms") == 0)
			wrong = read_delay(value, &to->late_delay_ms);
		else if (strcmp(name, "hold_ms") == 0)
			wrong = read_delay(value, &to->hold_ms);
		else
			wrong = "a member that is not known";
	}
	return wrong;
}

static void
show_hook(struct json_out *out, const struct hook *hook)
{
	json_open(out, '{');
	json_pair_text(out, "url", hook->url);
	json_key(out, "secrets");
	json_open(out, '[');
	for (size_t i = 0; i < hook->n_secrets; i++)
		json_put_text(out, hook->secrets[i]);
	json_close(out, ']');
	json_close(out, '}');
}

void
settings_show(const struct sandbox *box, struct json_out *out)
{
	json_open(out, '{');
	json_key(out, "webhooks");
	json_open(out, '{');
	for (size_t i = 0; box->gateways[i]; i++) {
		json_key(out, box->gateways[i]->name);
		show_hook(out, &box->settings.hooks[i]);
	}
	json_close(out, '}');
	json_key(out, "retry_schedule_ms");
	json_open(out, '[');
	for (size_t i = 0; i < box->settings.n_retries; i++)
		json_put_int(out, box->settings.retry_ms[i]);
	json_close(out, ']');
	json_pair_int(out, "late_delay_ms", box->settings.late_delay_ms);
	json_pair_int(out, "hold_ms", box->settings.hold_ms);
	json_close(out, '}');
}

static void
keep(struct sandbox *box, struct arena *mem)
{
	struct kept *kept = store_find(box->store, &settings_kind, the_one);
	struct buf json = buf_new(mem, 65536);
	struct json_out out = json_out(&json);

	if (!kept)
		kept = store_new(box->store, &settings_kind, the_one);
	settings_show(box, &out);
	kept->json = store_text(box->store, buf_string(&json));
	store_save(box->store, kept);
}

const char *
settings_put(struct sandbox *box, struct arena *mem, const char *json, size_t len)
{
	struct settings next = box->settings;
	const struct json *parsed;
	const char *wrong;
	struct err *e = json_parse(mem, json, len, &parsed);

	if (e)
		return arena_text(mem, e->cause);
	wrong = merge(box, box->mem, parsed, &next);
	if (wrong)
		return wrong;
	box->settings = next;
	keep(box, mem);
	return NULL;
}

void
settings_load(struct sandbox *box)
{
	const struct kept *kept = store_find(box->store, &settings_kind, the_one);
	const struct json *json;

	set_defaults(box);
	if (kept && !json_parse(box->mem, kept->json, strlen(kept->json), &json))
		merge(box, box->mem, json, &box->settings);
}
