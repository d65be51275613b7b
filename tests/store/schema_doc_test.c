/* schema_doc_test.c - sql/SCHEMA.md says what the migrations make (F-176). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/database.h"

enum { DOC_MAX = 256 * 1024 };

static char *
read_all(FILE *stream)
{
	char *text = calloc(1, DOC_MAX);

	WANT(stream != NULL && text != NULL);
	WANT(fread(text, 1, DOC_MAX - 1, stream) > 0);
	return text;
}

static void
the_document_equals_the_live_schema(void **state)
{
	const char *root = getenv("TILL_SOURCE");
	struct ctx *cx = test_ctx();
	char path[600], command[1400];
	char *written, *live;
	FILE *stream;

	(void)state;
	snprintf(path, sizeof path, "%s/sql/SCHEMA.md", root);
	stream = fopen(path, "re");
	written = read_all(stream);
	fclose(stream);
	snprintf(command, sizeof command, "python3 %s/tests/gate/schema_doc.py %s %s",
		 root, test_options().socket, test_schema());
	stream = popen(command, "re");
	live = read_all(stream);
	WANT_INT(pclose(stream), 0);
	WANT_TEXT(live, written);
	free(live);
	free(written);
	test_ctx_free(cx);
}

TESTS(TEST(the_document_equals_the_live_schema))
