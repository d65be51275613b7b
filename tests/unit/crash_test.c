/* crash_test.c - the request at hand outlives its process, sealed and for a while. */
#include "base/crash.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/seal.h"
#include "base/spool.h"
#include "base/text.h"
#include "support/check.h"

static const char *const params[] = {"REQUEST_METHOD=POST", "HTTP_COOKIE=secret", NULL};

static struct arena *mem;
static struct keyring *keys;
static char run_dir[40];
static struct crashes crashes;

static void
open_crashes(size_t n)
{
	strcpy(run_dir, "/tmp/till-crash.XXXXXX");
	mem = arena_new((size_t)64 * 1024 * 1024);
	keys = keyring_for_tests(mem);
	WANT(mkdtemp(run_dir) != NULL);
	WANT_OK(crash_open(mem, run_dir, keys, n, &crashes));
}

static void
close_crashes(void)
{
	DIR *dir = opendir(crashes.folder);
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(crashes.folder);
	rmdir(run_dir);
	arena_free(mem);
}

/* A child that answers a request, or has answered it, and dies. */
static pid_t
die(bool answered, int signal_number)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct crash_note *note = crash_claim(&crashes);

		crash_begin(note, params);
		crash_body(note, "a=", 2);
		crash_body(note, "1\0z", 3);
		if (answered)
			crash_end(note);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	WANT_INT(status, 0);
	crash_child_ended(&crashes, pid, signal_number);
	return pid;
}

static size_t
n_kept(struct crash **kept)
{
	size_t n;

	WANT_OK(crash_list(mem, run_dir, kept, &n));
	return n;
}

static void
the_request_at_hand_is_kept_whole(void **state)
{
	static const char want[] = "REQUEST_METHOD=POST\nHTTP_COOKIE=secret\n\na=1\0z";
	struct crash *kept;
	const char *bytes;
	size_t len;
	pid_t pid;

	(void)state;
	open_crashes(2);
	pid = die(false, 11);
	WANT_INT(n_kept(&kept), 1);
	WANT_INT(kept[0].pid, pid);
	WANT_INT(kept[0].signal, 11);
	WANT_OK(crash_read(mem, run_dir, keys, kept[0].name, &bytes, &len));
	WANT_INT(len, sizeof want - 1);
	WANT(memcmp(bytes, want, len) == 0);
	WANT_LOGGED_ERRORS(1);
	close_crashes();
}

static void
nothing_of_it_can_be_read_without_the_key(void **state)
{
	struct crash *kept;
	struct bytes record;

	(void)state;
	open_crashes(2);
	die(false, 6);
	WANT_INT(n_kept(&kept), 1);
	WANT_OK(spool_read(mem, crashes.folder, kept[0].name, &record));
	WANT(memmem(record.at, record.len, "secret", 6) == NULL);
	WANT(memmem(record.at, record.len, "POST", 4) == NULL);
	WANT_LOGGED_ERRORS(1);
	close_crashes();
}

static void
who_ends_by_itself_or_between_requests_leaves_nothing(void **state)
{
	struct crash *kept;

	(void)state;
	open_crashes(2);
	die(false, 0);
	die(true, 9);
	WANT_INT(n_kept(&kept), 0);
	close_crashes();
}

static void
a_note_is_free_again_and_one_too_many_is_borne(void **state)
{
	struct crash_note *note;

	(void)state;
	open_crashes(1);
	die(true, 0);
	note = crash_claim(&crashes);
	WANT(note != NULL);
	WANT(crash_claim(&crashes) == NULL);
	crash_begin(NULL, params);
	crash_body(NULL, "x", 1);
	crash_end(NULL);
	crash_child_ended(&crashes, getpid(), 0);
	WANT(crash_claim(&crashes) == note);
	close_crashes();
}

static void
what_is_too_long_is_cut(void **state)
{
	static char much[CRASH_REQUEST_MOST];
	struct crash_note *note;
	struct crash *kept;
	const char *bytes;
	size_t len;

	(void)state;
	open_crashes(1);
	memset(much, 'x', sizeof much);
	note = crash_claim(&crashes);
	crash_begin(note, params);
	crash_body(note, much, sizeof much);
	crash_body(note, much, sizeof much);
	crash_child_ended(&crashes, getpid(), 11);
	WANT_INT(n_kept(&kept), 1);
	WANT_OK(crash_read(mem, run_dir, keys, kept[0].name, &bytes, &len));
	WANT_INT(len, CRASH_REQUEST_MOST);
	WANT_LOGGED_ERRORS(1);
	close_crashes();
}

static void
the_newest_are_kept_for_thirty_days(void **state)
{
	volatile int64_t offset_s = 0;
	struct crash *kept;

	(void)state;
	open_crashes(1);
	clock_share(&offset_s);
	for (int i = 0; i < CRASH_KEPT_MOST + 3; i++) {
		offset_s += 60;
		die(false, 11);
	}
	WANT_INT(n_kept(&kept), CRASH_KEPT_MOST);
	WANT_INT((kept[CRASH_KEPT_MOST - 1].at.us - kept[0].at.us) / MINUTES(1),
		 CRASH_KEPT_MOST - 1);
	offset_s += 30 * 86400 - 60;
	die(false, 11);
	WANT_INT(n_kept(&kept), 2);
	clock_share(NULL);
	log_errors_seen();
	close_crashes();
}

static void
a_name_that_is_none_is_not_found(void **state)
{
	const char *bytes;
	struct crash *kept;
	size_t len;

	(void)state;
	open_crashes(1);
	WANT_ERR(crash_read(mem, run_dir, keys, "1-2-3", &bytes, &len), NOT_FOUND);
	WANT_ERR(crash_read(mem, run_dir, keys, "1-2-3/../../x", &bytes, &len),
		 NOT_FOUND);
	WANT_OK(crash_list(mem, "/nowhere/at/all", &kept, &len));
	WANT_INT(len, 0);
	close_crashes();
}

TESTS(TEST(the_request_at_hand_is_kept_whole),
      TEST(nothing_of_it_can_be_read_without_the_key),
      TEST(who_ends_by_itself_or_between_requests_leaves_nothing),
      TEST(a_note_is_free_again_and_one_too_many_is_borne),
      TEST(what_is_too_long_is_cut), TEST(the_newest_are_kept_for_thirty_days),
      TEST(a_name_that_is_none_is_not_found))
