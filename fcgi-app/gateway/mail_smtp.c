/* mail_smtp.c - the mail port over SMTP, by libcurl. */
#include <assert.h>
#include <curl/curl.h>
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/mail.h"
#include "gateway/mail_mime.h"

enum { MESSAGE_MOST = 4 * 1024 * 1024, CONNECT_MS = 10000 };

struct smtp {
	const char *url; /* with the name that EHLO says as its path; NULL: none */
	const char *user;
	const struct secret *password; /* NULL: none */
	struct mail_sender sender;
	bool tls;
	int64_t timeout_s;
	CURL **easy; /* made by the first mail, kept for the next */
};

/* The message on its way out. */
struct upload {
	const char *bytes;
	size_t len, at;
	bool named; /* the server was told the recipient */
};

/* libcurl does not tell which command the server refused; what it says does. */
static int
watch(CURL *easy, curl_infotype type, char *bytes, size_t len, void *to)
{
	static const char command[] = "RCPT TO:";
	struct upload *upload = to;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT && len >= sizeof command - 1 &&
	    memcmp(bytes, command, sizeof command - 1) == 0)
		upload->named = true;
	return 0;
}

static size_t
give_bytes(char *to, size_t size, size_t n, void *from)
{
	struct upload *upload = from;
	size_t take = upload->len - upload->at;

	if (take > size * n)
		take = size * n;
	memcpy(to, upload->bytes + upload->at, take);
	upload->at += take;
	return take;
}

static void
free_list(void *list)
{
	curl_slist_free_all(list);
}

static void
set_server(CURL *c, const struct smtp *smtp)
{
	curl_easy_setopt(c, CURLOPT_URL, smtp->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)smtp->timeout_s);
	curl_easy_setopt(c, CURLOPT_USE_SSL,
			 (long)(smtp->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (text_is_empty(smtp->user))
		return;
	curl_easy_setopt(c, CURLOPT_USERNAME, smtp->user);
	if (smtp->password != NULL)
		curl_easy_setopt(c, CURLOPT_PASSWORD, secret_text(smtp->password));
}

/* A 5xx to the recipient or to the message is for good; one to the greeting, to the
 * login or to the sender is a fault of the set-up, which somebody will put right. */
static enum mail_outcome
outcome_of(CURLcode code, long answer, const struct upload *upload)
{
	if (code == CURLE_OK)
		return MAIL_SENT;
	return upload->named && answer >= 500 && answer <= 599 ? MAIL_REFUSED
							       : MAIL_LATER;
}

static enum mail_outcome
transfer(const struct smtp *smtp, struct ctx *cx, const char *to, struct upload *upload,
	 const char **cause)
{
	struct curl_slist *recipients =
		curl_slist_append(NULL, arena_printf(cx->mem, "<%s>", to));
	CURL *c = *smtp->easy;
	CURLcode code;
	long answer = 0;

	assert(recipients != NULL);
	arena_defer(cx->mem, free_list, recipients);
	curl_easy_reset(c);
	set_server(c, smtp);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM,
			 arena_printf(cx->mem, "<%s>", smtp->sender.address));
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(c, CURLOPT_READDATA, upload);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch);
	curl_easy_setopt(c, CURLOPT_DEBUGDATA, upload);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer);
	if (code != CURLE_OK)
		*cause = arena_printf(cx->mem, "code %ld: %s", answer,
				      curl_easy_strerror(code));
	curl_easy_reset(c); /* it must not remember what dies with the arena */
	return outcome_of(code, answer, upload);
}

static enum mail_outcome
write_and_transfer(const struct smtp *smtp, struct ctx *cx, const struct mail *mail,
		   const char **cause)
{
	struct buf message = buf_new(cx->mem, MESSAGE_MOST);
	struct upload upload = {0};

	if (smtp->url == NULL) {
		*cause = "mail.url is empty";
		return MAIL_LATER;
	}
	if (!mail_write(&message, &smtp->sender, mail, clock_now(), cause))
		return MAIL_REFUSED;
	upload.bytes = message.data;
	upload.len = message.len;
	if (*smtp->easy == NULL)
		*smtp->easy = curl_easy_init();
	assert(*smtp->easy != NULL);
	return transfer(smtp, cx, mail->to, &upload, cause);
}

static enum mail_outcome
send_mail(const struct mail_port *port, struct ctx *cx, const struct mail *mail,
	  const char **cause)
{
	static const char *const events[] = {
		[MAIL_SENT] = "mail.sent",
		[MAIL_LATER] = "mail.later",
		[MAIL_REFUSED] = "mail.refused",
	};
	int64_t began = clock_steady_us();
	enum mail_outcome outcome;

	assert(!cx->in_tx);
	*cause = NULL;
	outcome = write_and_transfer(port->own, cx, mail, cause);
	log_event(outcome == MAIL_SENT ? LOG_INFO : LOG_WARNING, events[outcome], "to",
		  log_masked(mail->to), "ms",
		  log_number((clock_steady_us() - began) / 1000), "cause", *cause,
		  NULL);
	return outcome;
}

/* ---- the settings ---- */
static bool
is_loopback(const char *host)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(host, names[i], len) == 0 &&
		    (host[len] == '\0' || host[len] == ':' || host[len] == '/'))
			return true;
	}
	return false;
}

/* The address of the server; a path is what EHLO says, the sender's domain when the
 * setting has none. */
static fallible
read_url(struct arena *mem, const struct config *config, struct smtp *smtp)
{
	const char *url = config->mail_url, *host;
	bool own_name;

	if (text_is_empty(url))
		return NULL;
	if (!text_starts(url, "smtp://") && !text_starts(url, "smtps://"))
		return FAIL(INVALID, "mail.url is %s: it must be smtp:// or smtps://",
			    url);
	host = strchr(url, '/') + 2;
	if (*host == '\0' || !text_is_header_safe(url) ||
	    strpbrk(host, " @\\?#%") != NULL)
		return FAIL(INVALID, "mail.url is not a server's address");
	if (!smtp->tls && !is_loopback(host))
		return FAIL(INVALID,
			    "mail.tls is off, mail.url is %s: only loopback "
			    "goes without TLS",
			    url);
	own_name = strchr(host, '/') != NULL;
	smtp->url = own_name ? arena_text(mem, url)
			     : arena_printf(mem, "%s/%s", url,
					    strchr(smtp->sender.address, '@') + 1);
	return NULL;
}

static fallible
read_sender(struct arena *mem, const struct config *config, struct mail_sender *sender)
{
	const char *address = text_is_empty(config->mail_sender) ? config->shop_email
								 : config->mail_sender;

	if (!mail_address_is_clean(address))
		return FAIL(INVALID, "mail.sender (or shop.email) is not an address");
	if (!mail_address_is_clean(config->shop_email))
		return FAIL(INVALID, "shop.email is not an address");
	sender->name = arena_text(mem, config->shop_name);
	sender->address = arena_text(mem, address);
	if (!text_equal(address, config->shop_email))
		sender->reply_to = arena_text(mem, config->shop_email);
	return NULL;
}

static fallible
read_login(struct arena *mem, const struct config *config, struct smtp *smtp)
{
	struct secret *password;

	smtp->user = arena_text(mem, config->mail_user);
	if (text_is_empty(config->mail_password_file))
		return NULL;
	TRY(secret_from_file(mem, config->mail_password_file, &password));
	smtp->password = password;
	return NULL;
}

static void
give_back(void *easy)
{
	curl_easy_cleanup(*(CURL **)easy);
}

fallible
mail_smtp(struct arena *mem, const struct config *config, const struct mail_port **out)
{
	struct mail_port *port = arena_new_of(mem, struct mail_port, 1);
	struct smtp *smtp = arena_new_of(mem, struct smtp, 1);

	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	smtp->tls = text_equal(config->mail_tls, "required");
	smtp->timeout_s = config->mail_timeout;
	smtp->easy = arena_new_of(mem, CURL *, 1);
	arena_defer(mem, give_back, smtp->easy);
	TRY(read_sender(mem, config, &smtp->sender));
	TRY(read_login(mem, config, smtp));
	TRY(read_url(mem, config, smtp));
	*port = (struct mail_port){.send = send_mail, .own = smtp};
	*out = port;
	return NULL;
}
