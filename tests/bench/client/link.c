/* link.c - one connection, with TLS or without, that never blocks. */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* ---- whom it leads to ---- */

/* Splits "scheme://a.b.c.d:port"; false when it is not like that. */
static bool
split(const char *url, bool *tls, char *host, size_t size, struct sockaddr_in *address)
{
	const char *at = strstr(url, "://");
	char name[64];
	size_t n;
	long port;

	if (at == NULL)
		return false;
	*tls = strncmp(url, "https:", 6) == 0;
	at += 3;
	n = strcspn(at, "/?#");
	if (n >= size)
		return false;
	memcpy(host, at, n);
	host[n] = '\0';
	n = strcspn(host, ":");
	if (host[n] != ':' || n >= sizeof name)
		return false;
	memcpy(name, host, n);
	name[n] = '\0';
	port = strtol(host + n + 1, NULL, 10);
	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_port = htons((uint16_t)port)};
	return port > 0 && port < 65536 &&
	       inet_pton(AF_INET, name, &address->sin_addr) == 1;
}

/* The session that a server offers is for the connection's visitor. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct link *link = SSL_get_app_data(ssl);

	SSL_SESSION_free(link->session);
	link->session = session;
	return 1;
}

/* A certificate that was found good once is good for the next visitor: what browsers
 * spend on that, they spend on machines of their own. */
static int
check_certificate(X509_STORE_CTX *store, void *peer_)
{
	struct peer *peer = peer_;
	X509 *leaf = X509_STORE_CTX_get0_cert(store);

	if (peer->trusted != NULL && X509_cmp(leaf, peer->trusted) == 0) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	if (X509_verify_cert(store) != 1)
		return 0;
	X509_free(peer->trusted);
	peer->trusted = X509_up_ref(leaf) == 1 ? leaf : NULL;
	return 1;
}

static SSL_CTX *
make_tls(struct peer *peer, const char *ca)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL || SSL_CTX_load_verify_locations(tls, ca, NULL) != 1) {
		SSL_CTX_free(tls);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(tls, check_certificate, peer);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT |
						    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(tls, keep_session);
	return tls;
}

bool
peer_of_url(struct peer *peer, const char *url, const char *ca)
{
	bool tls;

	*peer = (struct peer){0};
	if (!split(url, &tls, peer->host, sizeof peer->host, &peer->address)) {
		fprintf(stderr, "%s is no http(s)://ADDRESS:PORT\n", url);
		return false;
	}
	if (!tls)
		return true;
	peer->tls = ca == NULL ? NULL : make_tls(peer, ca);
	if (peer->tls == NULL)
		fprintf(stderr, "--ca %s: no certificate\n", ca == NULL ? "" : ca);
	return peer->tls != NULL;
}

bool
peer_is(const struct peer *peer, const char *url)
{
	const char *at = strstr(url, "://");
	size_t n = strlen(peer->host);

	return at != NULL && strncmp(at + 3, peer->host, n) == 0 &&
	       (at[3 + n] == '/' || at[3 + n] == '\0');
}

/* ---- one connection ---- */

static bool
begin_tls(struct link *link)
{
	char name[INET_ADDRSTRLEN];

	link->ssl = SSL_new(link->peer->tls);
	if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1)
		return false;
	inet_ntop(AF_INET, &link->peer->address.sin_addr, name, sizeof name);
	SSL_set_app_data(link->ssl, link);
	SSL_set_connect_state(link->ssl);
	if (link->session != NULL)
		SSL_set_session(link->ssl, link->session);
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(link->ssl), name) == 1;
}

bool
link_connect(struct link *link, struct peer *peer, int epoll)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				    .data.ptr = link};

	link->peer = peer;
	link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return false;
	link->state = LINK_CONNECTING;
	setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connect(link->fd, (struct sockaddr *)&peer->address,
		    sizeof peer->address) != 0 &&
	    errno != EINPROGRESS)
		return false;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, link->fd, &event) == 0;
}

static enum link_came
came_of_errno(void)
{
	return errno == EAGAIN || errno == EINPROGRESS || errno == EALREADY ||
			       errno == EINTR
		       ? LINK_WAITS
		       : LINK_LOST;
}

static enum link_came
came_of_tls(const struct link *link, int result)
{
	switch (SSL_get_error(link->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return LINK_WAITS;
	case SSL_ERROR_ZERO_RETURN:
		return LINK_ENDED;
	default:
		return LINK_LOST;
	}
}

static enum link_came
shake(struct link *link)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(link->ssl);
	if (result != 1)
		return came_of_tls(link, result);
	*(SSL_session_reused(link->ssl) ? &link->peer->resumed : &link->peer->full) +=
		1;
	link->state = LINK_OPEN;
	return LINK_DONE;
}

enum link_came
link_ready(struct link *link)
{
	if (link->state == LINK_CONNECTING) {
		if (connect(link->fd, (struct sockaddr *)&link->peer->address,
			    sizeof link->peer->address) != 0 &&
		    errno != EISCONN)
			return came_of_errno();
		link->state = link->peer->tls == NULL ? LINK_OPEN : LINK_SHAKING;
		if (link->state == LINK_SHAKING && !begin_tls(link))
			return LINK_LOST;
	}
	return link->state == LINK_SHAKING ? shake(link) : LINK_DONE;
}

enum link_came
link_send(struct link *link, const char *bytes, size_t n, size_t *sent)
{
	ssize_t put;
	int result;

	if (link->ssl != NULL) {
		ERR_clear_error();
		result = SSL_write_ex(link->ssl, bytes, n, sent);
		return result == 1 ? LINK_DONE : came_of_tls(link, result);
	}
	put = send(link->fd, bytes, n, MSG_NOSIGNAL);
	*sent = put < 0 ? 0 : (size_t)put;
	return put < 0 ? came_of_errno() : LINK_DONE;
}

enum link_came
link_receive(struct link *link, char *into, size_t size, size_t *got)
{
	ssize_t taken;
	int result;

	if (link->ssl != NULL) {
		ERR_clear_error();
		result = SSL_read_ex(link->ssl, into, size, got);
		return result == 1 ? LINK_DONE : came_of_tls(link, result);
	}
	taken = recv(link->fd, into, size, 0);
	*got = taken < 0 ? 0 : (size_t)taken;
	if (taken == 0)
		return LINK_ENDED;
	return taken < 0 ? came_of_errno() : LINK_DONE;
}

/* Without having said goodbye, a session could not be resumed. */
void
link_close(struct link *link)
{
	if (link->ssl != NULL) {
		ERR_clear_error();
		if (link->state == LINK_OPEN)
			SSL_shutdown(link->ssl);
		SSL_set_shutdown(link->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(link->ssl);
		link->ssl = NULL;
	}
	if (link->state != LINK_CLOSED)
		close(link->fd);
	link->state = LINK_CLOSED;
}

void
link_forget(struct link *link)
{
	link_close(link);
	SSL_SESSION_free(link->session);
	link->session = NULL;
}
