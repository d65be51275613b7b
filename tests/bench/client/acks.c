/* acks.c - what clients were told, on disk before they ask for anything else. */
#include "acks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAITING_MAX = 1 << 20, LINE_MAX_BYTES = 1024 };

/* Lines wait in one buffer while the writer has the other. */
struct acks {
	pthread_t writer;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int file, wake;
	bool ends, failed;
	int64_t noted, on_disk; /* lines */
	size_t n;
	char *waiting, *writing;
};

static bool
write_all(int file, const char *at, size_t n)
{
	while (n > 0) {
		ssize_t put = write(file, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	return fdatasync(file) == 0;
}

/* Writes what waits, with the lock given back meanwhile. */
static void
write_waiting(struct acks *acks)
{
	char *at = acks->waiting;
	size_t n = acks->n;
	int64_t noted = acks->noted;
	bool good;

	acks->waiting = acks->writing;
	acks->writing = at;
	acks->n = 0;
	pthread_cond_broadcast(&acks->changed);
	pthread_mutex_unlock(&acks->lock);
	good = write_all(acks->file, at, n);
	pthread_mutex_lock(&acks->lock);
	acks->on_disk = noted;
	acks->failed = acks->failed || !good;
	eventfd_write(acks->wake, 1);
}

static void *
run_writer(void *acks_)
{
	struct acks *acks = acks_;

	pthread_mutex_lock(&acks->lock);
	while (!acks->ends || acks->n > 0) {
		if (acks->n > 0)
			write_waiting(acks);
		else
			pthread_cond_wait(&acks->changed, &acks->lock);
	}
	pthread_mutex_unlock(&acks->lock);
	return NULL;
}

struct acks *
acks_open(const char *path)
{
	struct acks *acks = calloc(1, sizeof *acks);

	if (acks == NULL)
		return NULL;
	acks->waiting = malloc(WAITING_MAX);
	acks->writing = malloc(WAITING_MAX);
	acks->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	acks->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&acks->lock, NULL);
	pthread_cond_init(&acks->changed, NULL);
	if (acks->waiting == NULL || acks->writing == NULL || acks->file < 0 ||
	    acks->wake < 0 ||
	    pthread_create(&acks->writer, NULL, run_writer, acks) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return NULL;
	}
	return acks;
}

int
acks_wake_fd(const struct acks *acks)
{
	return acks->wake;
}

int64_t
acks_note(struct acks *acks, const char *told, const char *order, const char *total,
	  const char *key)
{
	int64_t number;
	int n;

	pthread_mutex_lock(&acks->lock);
	while (acks->n + LINE_MAX_BYTES > WAITING_MAX)
		pthread_cond_wait(&acks->changed, &acks->lock);
	n = snprintf(acks->waiting + acks->n, LINE_MAX_BYTES,
		     "{\"told\":\"%s\",\"order\":\"%s\",\"total\":%s,\"key\":\"%s\"}\n",
		     told, order, total, key);
	acks->n += (size_t)n;
	number = ++acks->noted;
	pthread_cond_broadcast(&acks->changed);
	pthread_mutex_unlock(&acks->lock);
	return number;
}

int64_t
acks_on_disk(struct acks *acks)
{
	eventfd_t times;
	int64_t lines;

	eventfd_read(acks->wake, &times);
	pthread_mutex_lock(&acks->lock);
	lines = acks->on_disk;
	pthread_mutex_unlock(&acks->lock);
	return lines;
}

bool
acks_close(struct acks *acks)
{
	bool good;

	pthread_mutex_lock(&acks->lock);
	acks->ends = true;
	pthread_cond_broadcast(&acks->changed);
	pthread_mutex_unlock(&acks->lock);
	pthread_join(acks->writer, NULL);
	good = !acks->failed && close(acks->file) == 0;
	close(acks->wake);
	free(acks->waiting);
	free(acks->writing);
	free(acks);
	return good;
}
