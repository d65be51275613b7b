/* mail_sink.c - an SMTP server of the bench that takes every letter and keeps none:
 * what receives mail is no part of a shop, and must not take its cores. Prints its
 * port. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SENDERS_MAX = 1024, LINE_BYTES = 64, READ_BYTES = 65536, EVENTS = 64 };

/* One connection; of a line the beginning is enough to know it. */
struct sender {
	int fd;
	bool in_letter;
	size_t line_n;
	char line[LINE_BYTES];
};

static void
give_up(const char *what)
{
	fprintf(stderr, "till_bench_mail_sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool
say(const struct sender *s, const char *text)
{
	size_t n = strlen(text);

	return send(s->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* false: the connection is over. */
static bool
take_line(struct sender *s)
{
	s->line[s->line_n < LINE_BYTES ? s->line_n : LINE_BYTES - 1] = '\0';
	if (s->in_letter) {
		s->in_letter = strcmp(s->line, ".") != 0;
		return s->in_letter || say(s, "250 taken\r\n");
	}
	if (strncasecmp(s->line, "QUIT", 4) == 0) {
		say(s, "221 bye\r\n");
		return false;
	}
	if (strncasecmp(s->line, "DATA", 4) == 0) {
		s->in_letter = true;
		return say(s, "354 go on\r\n");
	}
	return say(s, "250 yes\r\n");
}

static bool
take_bytes(struct sender *s, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			if (!take_line(s))
				return false;
			s->line_n = 0;
		} else if (bytes[i] != '\r') {
			if (s->line_n < LINE_BYTES - 1)
				s->line[s->line_n] = bytes[i];
			s->line_n++;
		}
	}
	return true;
}

/* Ends with whoever started it, however that ends. */
static int
listen_somewhere(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(fd, SENDERS_MAX) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		give_up("no port");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static void
take_sender(int epoll, int listener)
{
	struct sender *s = calloc(1, sizeof *s);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};

	if (s == NULL)
		give_up("a sender");
	s->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (s->fd >= 0 && say(s, "220 sink\r\n") &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) == 0)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static void
hear(struct sender *s)
{
	static char bytes[READ_BYTES];
	ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);

	if (n > 0 && take_bytes(s, bytes, (size_t)n))
		return;
	close(s->fd);
	free(s);
}

int
main(void)
{
	struct epoll_event events[EVENTS], first = {.events = EPOLLIN};
	int listener = listen_somewhere(), epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &first) != 0)
		give_up("epoll");
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				take_sender(epoll, listener);
			else
				hear(events[i].data.ptr);
		}
	}
}
