/* network_test.c - an address is in the networks of a list, or not. */
#include "web/network.h"

#include "support/in_arena.h"

static void
addresses_are_found_in_their_networks(void **state)
{
	struct networks list;

	(void)state;
	WANT_OK(networks_parse(mem, "127.0.0.0/8, ::1 10.1.2.0/23,2001:db8::/32",
			       &list));
	WANT(networks_hold(&list, "127.9.9.9"));
	WANT(networks_hold(&list, "::1"));
	WANT(networks_hold(&list, "10.1.3.255"));
	WANT(!networks_hold(&list, "10.1.4.0"));
	WANT(networks_hold(&list, "2001:db8:ffff::1"));
	WANT(!networks_hold(&list, "2001:db9::1"));
	WANT(!networks_hold(&list, "nonsense"));
	WANT(!networks_hold(&list, NULL));
	WANT_OK(networks_parse(mem, "", &list));
	WANT(!networks_hold(&list, "127.0.0.1"));
	WANT_ERR(networks_parse(mem, "127.0.0.0/33", &list), INVALID);
	WANT_ERR(networks_parse(mem, "localhost", &list), INVALID);
}

TESTS_IN_ARENA(TEST(addresses_are_found_in_their_networks))
