/* request.c - the bytes of a visitor's next request. */
#include "request.h"

#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BODY_MAX = 2048, PATH_MAX_BYTES = 600, MORE_MAX = 400 };

/* What a request says of itself: by the face it speaks to. */
static const struct face {
	const char *accept, *type, *more;
} page = {"text/html,*/*;q=0.8", "application/x-www-form-urlencoded",
	  "Accept-Encoding: gzip, deflate, br\r\nSec-Fetch-Site: same-origin\r\n"},
  data = {"application/json", "application/json", "Accept-Encoding: gzip\r\n"};

static const struct face *
face_of(const struct step *step)
{
	const char *path = strchr(step->request, ' ') + 1;

	return strncmp(path, "/api/", 5) == 0 || strncmp(path, "/webhooks/", 10) == 0
		       ? &data
		       : &page;
}

/* Adds to the request; false when it does not fit. */
__attribute__((format(printf, 2, 3))) static bool
put(struct visitor *v, const char *format, ...)
{
	size_t room = sizeof v->request - v->request_n;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(v->request + v->request_n, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		return false;
	v->request_n += (size_t)n;
	return true;
}

/* "t=1732190000,v1=hex" over "t.body", as Stripe signs. */
static void
sign(const struct run *run, struct words *words, const char *body, size_t n)
{
	char text[BODY_MAX + 32], signature[WORD_SIZE];
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_n = 0;
	int len = snprintf(text, sizeof text, "%s.%.*s", words->of[WORD_NOW], (int)n,
			   body);
	size_t at;

	HMAC(EVP_sha256(), run->secret, (int)strlen(run->secret),
	     (const unsigned char *)text, (size_t)len, mac, &mac_n);
	at = (size_t)snprintf(signature, sizeof signature,
			      "t=%s,v1=", words->of[WORD_NOW]);
	for (unsigned i = 0; i < mac_n; i++)
		at += (size_t)snprintf(signature + at, sizeof signature - at, "%02x",
				       mac[i]);
	words_set(words, WORD_SIGNATURE, signature, at);
}

static void
set_now(struct words *words)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%lld", (long long)time(NULL));

	words_set(words, WORD_NOW, text, (size_t)n);
}

static bool
put_body(struct visitor *v, const struct face *face, const char *body, size_t n)
{
	const char *type = body[0] == '{' ? data.type : face->type;

	if (v->step->body == NULL)
		return put(v, "\r\n");
	return put(v, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", type, n,
		   body);
}

bool
request_write(struct run *run, struct visitor *v)
{
	const struct step *step = v->step;
	const struct face *face = face_of(step);
	const struct peer *peer = step->flags & STEP_AWAY ? &run->away : &run->shop;
	char body[BODY_MAX] = "", line[PATH_MAX_BYTES], more[MORE_MAX] = "";
	size_t body_n = 0, n;

	v->request_n = v->sent = 0;
	if (step->flags & STEP_SIGNS)
		set_now(&v->words);
	if (step->body != NULL &&
	    !words_fill(&v->words, step->body, body, sizeof body, &body_n))
		return false;
	if (step->flags & STEP_SIGNS)
		sign(run, &v->words, body, body_n);
	if (step->headers != NULL &&
	    !words_fill(&v->words, step->headers, more, sizeof more, &n))
		return false;
	return words_fill(&v->words, step->request, line, sizeof line, &n) &&
	       put(v,
		   "%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: till-bench\r\n"
		   "Accept: %s\r\n%s%s",
		   line, peer->host, face->accept, face->more, more) &&
	       (v->cookie[0] == '\0' || step->flags & STEP_AWAY ||
		put(v, "Cookie: %s\r\n", v->cookie)) &&
	       put_body(v, face, body, body_n);
}
