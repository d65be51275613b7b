/* in_folder.c - one arena and one folder of templates for the tests of a file. */
#include "support/in_folder.h"

struct arena *mem;
const char *dir;

int
in_folder_begin(void **state)
{
	(void)state;
	mem = arena_new(256 * 1024 * 1024);
	dir = web_folder(mem);
	return 0;
}

int
in_folder_end(void **state)
{
	(void)state;
	web_drop_folder(mem, dir);
	arena_free(mem);
	return 0;
}
