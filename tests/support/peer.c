/* peer.c - the other end of a connection, played by a child process on 127.0.0.1. */
#include "support/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"

enum { HEARD_MOST = 1 << 20 };

/* What the child knows. */
struct script {
	const struct peer_step *steps;
	size_t n, at;
	int heard;
};

/* ---- the child ---- */
static void
tell(const struct script *script, const char *bytes, size_t len)
{
	if (write(script->heard, bytes, len) < 0)
		_exit(1);
}

static void
hang(void)
{
	for (;;)
		pause();
}

static void
reset(int connection)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* Plays the next step; whether the connection goes on. */
static int
play(struct script *script, int connection)
{
	const struct peer_step *step = &script->steps[script->at];
	const char *at = step->bytes;
	size_t len = step->len;

	if (script->at + 1 < script->n)
		script->at++;
	if (len == 0 && step->bytes != NULL)
		len = strlen(step->bytes);
	while (len > 0) {
		ssize_t sent = send(connection, at, len, MSG_NOSIGNAL);

		if (sent < 0)
			break;
		at += sent;
		len -= (size_t)sent;
	}
	if (step->deed == PEER_HANG)
		hang();
	if (step->deed == PEER_RESET || step->deed == PEER_LEAVE)
		reset(connection);
	if (step->deed == PEER_LEAVE)
		_exit(0);
	return step->deed == PEER_SAY;
}

/* Bytes of a whole request at the front, or 0 when more must come. */
static size_t
whole_request(const char *bytes)
{
	const char *end = strstr(bytes, "\r\n\r\n");
	const char *length = strcasestr(bytes, "\r\ncontent-length:");
	size_t body = 0;

	if (end == NULL)
		return 0;
	if (length != NULL && length < end)
		body = (size_t)strtoul(length + strlen("\r\ncontent-length:"), NULL,
				       10);
	body += (size_t)(end + 4 - bytes);
	return strlen(bytes) >= body ? body : 0;
}

static void
serve_http(struct script *script, int connection)
{
	static char bytes[HEARD_MOST];
	size_t len = 0, whole;
	int go_on = 1;

	while (go_on) {
		ssize_t n = recv(connection, bytes + len, sizeof bytes - 1 - len, 0);

		if (n <= 0)
			return;
		len += (size_t)n;
		bytes[len] = '\0';
		whole = whole_request(bytes);
		if (whole == 0)
			continue;
		tell(script, bytes, whole);
		go_on = play(script, connection);
		len = 0;
	}
}

/* Reads one line, or with data all up to the lonely dot. */
static int
read_smtp(const struct script *script, int connection, char *bytes, size_t room,
	  const char *end)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(connection, bytes + len, 1, 0);

		if (n <= 0 || len + 2 > room)
			return 0;
		bytes[++len] = '\0';
		if (len >= strlen(end) && strcmp(bytes + len - strlen(end), end) == 0)
			break;
	}
	tell(script, bytes, len);
	return 1;
}

static void
serve_smtp(struct script *script, int connection)
{
	static char bytes[HEARD_MOST];
	const char *end = "\r\n";

	script->at = 0;
	if (!play(script, connection))
		return;
	while (read_smtp(script, connection, bytes, sizeof bytes, end)) {
		const char *said = script->steps[script->at].bytes;

		if (!play(script, connection))
			return;
		/* After DATA and 354 a message follows. */
		end = strncasecmp(bytes, "DATA\r\n", 6) == 0 && said != NULL &&
				      said[0] == '3'
			      ? "\r\n.\r\n"
			      : "\r\n";
	}
}

/* ---- the parent ---- */
static int
listen_on_free_port(int *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
	assert(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	*port = ntohs(at.sin_port);
	return fd;
}

int
peer_dead_port(void)
{
	int port;

	close(listen_on_free_port(&port));
	return port;
}

static void
serve_for_ever(int listener, struct script *script,
	       void (*serve)(struct script *, int connection))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int connection = accept(listener, NULL, NULL);

		if (connection < 0)
			_exit(1);
		serve(script, connection);
		close(connection);
	}
}

static struct peer
start(const struct peer_step *steps, size_t n,
      void (*serve)(struct script *, int connection))
{
	struct peer peer;
	int ends[2], listener = listen_on_free_port(&peer.port);

	assert(pipe(ends) == 0 && listen(listener, 16) == 0);
	peer.pid = fork();
	assert(peer.pid >= 0);
	if (peer.pid == 0) {
		struct script script = {.steps = steps, .n = n, .heard = ends[1]};

		close(ends[0]);
		serve_for_ever(listener, &script, serve);
	}
	close(listener);
	close(ends[1]);
	peer.heard = ends[0];
	return peer;
}

struct peer
peer_http(const struct peer_step *steps, size_t n)
{
	return start(steps, n, serve_http);
}

struct peer
peer_smtp(const struct peer_step *steps, size_t n)
{
	return start(steps, n, serve_smtp);
}

char *
peer_stop(struct peer *peer, struct arena *mem)
{
	struct buf heard = buf_new(mem, HEARD_MOST);
	char bytes[4096];
	ssize_t n;

	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
	while ((n = read(peer->heard, bytes, sizeof bytes)) > 0)
		buf_put(&heard, bytes, (size_t)n);
	close(peer->heard);
	return arena_text(mem, buf_string(&heard));
}
