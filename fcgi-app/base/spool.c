/* spool.c - a folder of small records: written beside under a name that begins with a
 * dot, then given their own. */
#include "base/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"

enum {
	PATH_MOST = 512,
	RECORD_MOST = 8 * 1024 * 1024,
	NAMES_MOST = 10000,
	LEFT_BEHIND_S = 3600
};

struct path {
	char text[PATH_MOST];
};

static struct path
path_of(const char *folder, const char *before, const char *name)
{
	struct path path;

	snprintf(path.text, sizeof path.text, "%s/%s%s", folder, before, name);
	return path;
}

fallible
spool_make(const char *folder)
{
	if (mkdir(folder, 0750) != 0 && errno != EEXIST)
		return FAIL(INTERNAL, "%s: %s", folder, strerror(errno));
	return NULL;
}

static bool
write_all(int fd, struct bytes record)
{
	const char *at = record.at;
	size_t left = record.len;

	while (left > 0) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		left -= (size_t)n;
	}
	return true;
}

/* What a shopkeeper's command leaves as root is the shop's all the same. */
static bool
give_to_owner(int fd, const char *folder)
{
	struct stat st;

	return geteuid() != 0 ||
	       (stat(folder, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0);
}

fallible
spool_put(const char *folder, const char *name, struct bytes record)
{
	struct path beside = path_of(folder, ".", name), at = path_of(folder, "", name);
	int fd = open(beside.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	struct err *e = NULL;

	if (fd < 0)
		return FAIL(INTERNAL, "%s: %s", beside.text, strerror(errno));
	if (!give_to_owner(fd, folder) || !write_all(fd, record) ||
	    rename(beside.text, at.text) != 0)
		e = FAIL(INTERNAL, "%s: %s", at.text, strerror(errno));
	close(fd);
	if (e != NULL)
		unlink(beside.text);
	return e;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of a process that died while it wrote. */
static void
drop_if_left_behind(DIR *dir, const char *name)
{
	struct stat st;

	if (name[0] != '.' || strchr(name + 1, '.') != NULL || strlen(name) < 3 ||
	    text_starts(name, ".bad-"))
		return;
	if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtime + LEFT_BEHIND_S < time(NULL))
		unlinkat(dirfd(dir), name, 0);
}

static bool
is_record(const char *name)
{
	return name[0] != '.' && strchr(name, '.') == NULL;
}

fallible
spool_list(struct arena *mem, const char *folder, size_t most, const char ***names,
	   size_t *n, size_t *waiting)
{
	const char **list = arena_new_of(mem, const char *, NAMES_MOST);
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	*waiting = 0;
	if (dir == NULL)
		return FAIL(INTERNAL, "%s: %s", folder, strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		if (!is_record(entry->d_name)) {
			drop_if_left_behind(dir, entry->d_name);
			continue;
		}
		if (*waiting < NAMES_MOST)
			list[*waiting] = arena_text(mem, entry->d_name);
		(*waiting)++;
	}
	closedir(dir);
	*n = *waiting < NAMES_MOST ? *waiting : NAMES_MOST;
	qsort(list, *n, sizeof *list, compare);
	*n = *n < most ? *n : most;
	*names = list;
	return NULL;
}

static bool
read_all(int fd, char *to, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, to, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

fallible
spool_read(struct arena *mem, const char *folder, const char *name,
	   struct bytes *record)
{
	struct path at = path_of(folder, "", name);
	int fd = open(at.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct err *e = NULL;
	struct stat st;
	char *bytes;

	if (fd < 0)
		return FAIL(INTERNAL, "%s: %s", at.text, strerror(errno));
	if (fstat(fd, &st) != 0 || st.st_size > RECORD_MOST) {
		e = FAIL(INTERNAL, "%s is no record", at.text);
	} else {
		bytes = arena_alloc(mem, (size_t)st.st_size + 1);
		if (!read_all(fd, bytes, (size_t)st.st_size))
			e = FAIL(INTERNAL, "%s: %s", at.text, strerror(errno));
		*record = (struct bytes){bytes, (size_t)st.st_size};
	}
	close(fd);
	return e;
}

void
spool_drop(const char *folder, const char *name)
{
	unlink(path_of(folder, "", name).text);
}

void
spool_set_aside(const char *folder, const char *name)
{
	struct path at = path_of(folder, "", name),
		    aside = path_of(folder, ".bad-", name);

	rename(at.text, aside.text);
}
