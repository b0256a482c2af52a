/*
 * openbsd - the other half of the sandbox, on a machine without it
 *
 * pledge() and unveil() are ours here, and tell what they were asked for; lines of it are printed.
 */
#include "base/die.h"
#include "base/sandbox.h"

#include "openbsd.h"

#include <stdio.h>
#include <stdlib.h>

char const *PROG = "openbsd";

void
die_text(int code, const char *event, bool with_errno, const char *const *parts)
{
	(void)event, (void)with_errno, (void)parts;
	exit(code);
}

int
pledge(const char *promises, const char *execpromises)
{
	return printf("pledge %s%s\n", promises, execpromises ? " and more" : "") < 0 ? -1 : 0;
}

int
unveil(const char *path, const char *permissions)
{
	return printf("unveil %s %s\n", path, permissions) < 0 ? -1 : 0;
}

int
main(void)
{
	static const struct rights stage = {
		.may = MAY_NEXT,
		.reads = { "domains" },
		.writes = { "queue" },
		.runs = { "true" },
	};
	static const struct rights speaker = { .memory_mib = 64 }, client = { .may = MAY_CONNECT };
	static const struct rights steward = { .may = MAY_NEXT | MAY_ACCEPT },
	                           any = { .may = MAY_RUN };

	sandbox_enter(&stage);
	sandbox_serve(&speaker);
	sandbox_enter(&speaker);
	sandbox_enter(&client);
	sandbox_enter(&steward);
	sandbox_enter(&any);
	return sandbox_lacks() != NULL;
}
