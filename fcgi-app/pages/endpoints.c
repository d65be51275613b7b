/* endpoints.c - the table of every URL of the shop. */
#include "pages/endpoints.h"

static const struct endpoint *const all[] = {
#define ENDPOINT(name) &name,
#include "pages/endpoints.def"
#undef ENDPOINT
};

const struct endpoint *const *
endpoints_all(size_t *n)
{
	*n = sizeof all / sizeof *all;
	return all;
}
