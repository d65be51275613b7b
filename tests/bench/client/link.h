/* link.h - one connection, with TLS or without, that never blocks. */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whom connections lead to. */
struct peer {
	struct sockaddr_in address;
	SSL_CTX *tls;          /* NULL: without */
	X509 *trusted;         /* that was checked last */
	char host[80];         /* as Host: names it */
	int64_t full, resumed; /* handshakes so far */
};

/* "https://127.0.0.1:8443", what follows is not looked at; ca only for https. false:
 * what is wrong was said on stderr. Lives until the program ends. */
bool peer_of_url(struct peer *, const char *url, const char *ca);
/* The URL leads to this peer. */
bool peer_is(const struct peer *, const char *url);

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_SHAKING, LINK_OPEN };

struct link {
	enum link_state state;
	int fd;
	SSL *ssl;
	SSL_SESSION *session; /* to be resumed */
	struct peer *peer;
	void *owner;
};

/* Waiting is for epoll (edge triggered, data.ptr is the link) to end. What is more than
 * that is the end of the connection. */
enum link_came { LINK_DONE, LINK_WAITS, LINK_ENDED, LINK_LOST };

/* Begins to connect; false when that failed at once. */
bool link_connect(struct link *, struct peer *, int epoll);
/* DONE once bytes can be sent. */
enum link_came link_ready(struct link *);
enum link_came link_send(struct link *, const char *bytes, size_t n, size_t *sent);
enum link_came link_receive(struct link *, char *into, size_t size, size_t *got);
void link_close(struct link *);
/* As somebody else: nothing is resumed. */
void link_forget(struct link *);

#endif
