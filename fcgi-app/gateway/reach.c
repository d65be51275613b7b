/* reach.c - whether the shop's own address and its mail server answer. */
#include "gateway/reach.h"

#include <assert.h>
#include <curl/curl.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/http_out.h"

enum { CONNECT_MS = 5000, TOTAL_MS = 10000 };

static void
free_easy(void *easy)
{
	curl_easy_cleanup(easy);
}

static CURL *
new_easy(struct ctx *cx, const char *url, const char *protocols)
{
	CURL *c;

	assert(!cx->in_tx);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	c = curl_easy_init();
	assert(c != NULL);
	arena_defer(cx->mem, free_easy, c);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)TOTAL_MS);
	return c;
}

static const char *
words_of(struct ctx *cx, CURLcode code)
{
	return code == CURLE_OK ? NULL : arena_text(cx->mem, curl_easy_strerror(code));
}

/* ---- the shop ---- */

static size_t
drop_bytes(char *bytes, size_t size, size_t n, void *to)
{
	(void)bytes;
	(void)to;
	return size * n;
}

/* The server's own certificate is the first of its chain. */
static struct instant
read_expiry(CURL *c)
{
	static const char name[] = "Expire date:";
	struct curl_certinfo *chain = NULL;
	const struct curl_slist *fact;
	time_t at = -1;

	if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    chain == NULL || chain->num_of_certs < 1)
		return (struct instant){0};
	for (fact = chain->certinfo[0]; fact != NULL; fact = fact->next) {
		if (strncmp(fact->data, name, sizeof name - 1) == 0)
			at = curl_getdate(fact->data + sizeof name - 1, NULL);
	}
	return (struct instant){at > 0 ? SECONDS(at) : 0};
}

void
reach_shop(struct ctx *cx, const struct config *config, const char *path, bool verify,
	   struct reach_shop *out)
{
	const char *url = arena_printf(cx->mem, "%s%s", config->shop_url, path);
	CURL *c = new_easy(cx, url, "https");
	CURLcode code;
	long status = 0;

	*out = (struct reach_shop){0};
	curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_bytes);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	out->status = (int)status;
	out->expires = read_expiry(c);
	out->why = words_of(cx, code);
}

/* ---- the gateway ---- */

void
reach_gateway(struct ctx *cx, const struct config *config, const char *base,
	      struct reach_time *out)
{
	CURL *c = new_easy(cx, base, http_out_allows(config, base) ? "https,http" : "");
	struct instant asked = clock_now();
	struct curl_header *date;
	time_t at = -1;

	*out = (struct reach_time){0};
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_bytes);
	out->why = words_of(cx, curl_easy_perform(c));
	out->here = instant_add(asked, instant_since(clock_now(), asked) / 2);
	if (out->why == NULL &&
	    curl_easy_header(c, "date", 0, CURLH_HEADER, -1, &date) == CURLHE_OK)
		at = curl_getdate(date->value, NULL);
	out->there = (struct instant){at > 0 ? SECONDS(at) : 0};
}

/* ---- mail ---- */

static const char *
set_login(struct ctx *cx, CURL *c, const struct config *config)
{
	struct secret *password;
	struct err *e;

	if (text_is_empty(config->mail_user))
		return NULL;
	curl_easy_setopt(c, CURLOPT_USERNAME, config->mail_user);
	if (text_is_empty(config->mail_password_file))
		return NULL;
	e = secret_from_file(cx->mem, config->mail_password_file, &password);
	if (e != NULL)
		return arena_text(cx->mem, e->cause);
	curl_easy_setopt(c, CURLOPT_PASSWORD, secret_text(password));
	return NULL;
}

const char *
reach_mail(struct ctx *cx, const struct config *config)
{
	bool tls = text_equal(config->mail_tls, "required");
	CURL *c = new_easy(cx, config->mail_url, "smtp,smtps");
	const char *why = set_login(cx, c, config);

	if (why != NULL)
		return why;
	curl_easy_setopt(c, CURLOPT_USE_SSL,
			 (long)(tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	return words_of(cx, curl_easy_perform(c));
}
