/* disk_test.c - when a disk counts as low. */
#include "base/disk.h"

#include "support/check.h"

#define MIB INT64_C(1048576)

static const struct disk_limit limit = {10, 1024 * MIB};

static bool
is_low(int64_t free_mib, int64_t total_mib, bool was_low)
{
	return disk_is_low((struct disk_room){free_mib * MIB, total_mib * MIB}, limit,
			   was_low);
}

static void
less_than_either_limit_is_low(void **state)
{
	(void)state;
	WANT(!is_low(2000, 10000, false));
	WANT(is_low(1000, 9000, false));
	WANT(!is_low(1024, 9000, false));
	WANT(is_low(9000, 100000, false));
	WANT(!is_low(10100, 100000, false));
}

static void
what_was_low_needs_a_little_more_than_the_limit(void **state)
{
	(void)state;
	WANT(is_low(1024, 9000, true));
	WANT(is_low(1087, 9000, true));
	WANT(!is_low(1088, 9000, true));
	WANT(is_low(10500, 100000, true));
	WANT(!is_low(11100, 100000, true));
}

static void
zero_means_however_little(void **state)
{
	struct disk_room nothing = {0, 100 * MIB};

	(void)state;
	WANT(!disk_is_low(nothing, (struct disk_limit){0, 0}, false));
	WANT(!disk_is_low(nothing, (struct disk_limit){0, 0}, true));
}

static void
a_folder_is_looked_at_and_a_missing_one_is_not(void **state)
{
	struct disk_room room;

	(void)state;
	WANT(disk_look("/", &room));
	WANT(room.free_bytes >= 0 && room.free_bytes <= room.total_bytes);
	WANT(!disk_look("/nowhere/at/all", &room));
}

TESTS(TEST(less_than_either_limit_is_low),
      TEST(what_was_low_needs_a_little_more_than_the_limit),
      TEST(zero_means_however_little),
      TEST(a_folder_is_looked_at_and_a_missing_one_is_not))
