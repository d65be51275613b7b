/* cmd_sandbox.c - till sandbox: the sandbox gateway, for development, demo and tests.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/shared.h"
#include "base/text.h"
#include "main/command.h"
#include "main/commands.h"
#include "sandbox/sandbox.h"

/* A sandbox beside live keys could one day be taken for the gateway, or the other way
 * round: it does not start. */
static fallible
refuse_live(struct arena *mem, const struct config *config)
{
	struct secret *key;

	if (strcmp(config->gateway_mode, "live") == 0)
		return FAIL(REFUSED, "%s: gateway.mode is live", config->path);
	if (text_is_empty(config->stripe_key_file))
		return NULL;
	TRY(secret_from_file(mem, config->stripe_key_file, &key));
	if (text_starts(secret_text(key), "sk_live_") ||
	    text_starts(secret_text(key), "rk_live_") ||
	    text_starts(secret_text(key), "rzp_live_"))
		return FAIL(REFUSED, "%s holds a live key", config->stripe_key_file);
	return NULL;
}

/* Shop and sandbox look at one clock, also when a test turns it. */
static fallible
share_clock(struct arena *mem, const struct config *config)
{
	struct shared *shared;

	if (strcmp(config->gateway_mode, "sandbox") != 0 ||
	    access(config->run_dir, R_OK | W_OK) != 0)
		return NULL;
	TRY(shared_open(arena_printf(mem, "%s/shm", config->run_dir), &shared));
	clock_share(&shared->clock_offset_s);
	return NULL;
}

static void
print_address(int port)
{
	printf("http://127.0.0.1:%d\n", port);
	fflush(stdout);
}

static fallible
run(struct arena *mem, const struct config *config, const char *port,
    struct sandbox_options *options)
{
	int64_t n = 9100;

	if (port && !text_to_int(port, 0, 65535, &n))
		return FAIL(REFUSED, "--port is a number from 0 to 65535");
	options->port = (int)n;
	options->ready = print_address;
	if (config) {
		TRY(refuse_live(mem, config));
		TRY(share_clock(mem, config));
	}
	return sandbox_run(mem, options);
}

int
cmd_sandbox(int argc, char **argv)
{
	struct sandbox_options sandbox = {0};
	const char *port = NULL;
	const struct command_option options[] = {
		{"--port", "N", "port on 127.0.0.1 (9100); 0 takes a free one", &port,
		 NULL},
		{"--dir", "DIR", "where its state lies", &sandbox.dir, NULL},
		{"--ca", "FILE", "certificates to trust for webhooks", &sandbox.ca,
		 NULL},
		{0}};
	struct command cmd = {.usage = "sandbox --dir DIR",
			      .options = options,
			      .without_config = true};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	if (!sandbox.dir)
		return command_wrong(&cmd, "--dir is missing");
	return command_end(&cmd, run(cmd.mem, cmd.config, port, &sandbox));
}
