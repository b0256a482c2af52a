/*
 * smtpipe-tables - large tables are compiled, now or whenever their text changes
 *
 *     smtpipe tables [-w]
 *
 * road     for the operator, beside it; -w: waits, as a service
 * fd 1     what is done, without -w
 * opens    the tables of the settings folder, to read; its folder compiled, to write
 * keeps    both
 * exits    0; 111: a table cannot be compiled, and its text is read as before
 */
#include "base/die.h"
#include "base/sandbox.h"
#include "store/compile.h"
#include "store/compiled.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE  "smtpipe tables [-w]"
#define FOLDER "/etc/smtpipe"
char const *PROG = "smtpipe-tables";

/* Those of table(5); passwords are not: there is no second copy of a secret. */
static const struct rights rights = {
	.may = MAY_FOLLOW,
	.reads = { "domains", "mailboxes", "aliases", "routes", "tls-policy", "senders", "limits" },
	.writes = { "compiled" },
	.memory_mib = 1024,
};

enum { EVENTS_BYTES = 16384, RETRY_MS = 60000 };

/* Is this file one of ours, whose change is news? */
static bool
is_table(const char *name)
{
	for (const char *const *table = rights.reads; *table; table++)
		if (strcmp(*table, name) == 0)
			return true;
	return false;
}

/* false: one of them could not be compiled, which is said */
static bool
compile_all(bool talks)
{
	bool all = true;

	for (const char *const *table = rights.reads; *table; table++)
		switch (compile_table(*table)) {
		case COMPILED_MADE:
			if (talks)
				printf("%s" COMPILED_SUFFIX ": made\n", *table);
			else
				log_event("compiled", "table", *table, NULL);
			break;
		case COMPILED_FRESH:
			if (talks)
				printf("%s" COMPILED_SUFFIX ": is of this text\n", *table);
			break;
		case COMPILED_SMALL: break;
		case COMPILED_HIDDEN:
			log_warn("not everybody may read the table ", *table,
			         ", so it is not compiled; for that, do: chmod o+r ", *table);
			break;
		case COMPILED_ODD:
			log_warn("the table ", *table,
			         " has a NUL or a very long key, so its text is read: slow");
			all = false;
			break;
		case COMPILED_FAILED:
			log_warn_sys("cannot compile the table ", *table, ", so its text is read");
			all = false;
			break;
		}
	return all;
}

/* Waits until a table may have changed. retry: or until it is time to try again */
static void
wait_for_change(int events, bool retry)
{
	_Alignas(struct inotify_event) char bytes[EVENTS_BYTES];
	struct pollfd polled = { .fd = events, .events = POLLIN };
	bool changed = false;

	while (!changed) {
		int ready = poll(&polled, 1, retry ? RETRY_MS : -1);
		ssize_t n;

		if (ready < 0 && errno != EINTR)
			die_temporary("cannot wait for a change");
		changed = ready == 0;
		while (ready > 0 && (n = read(events, bytes, sizeof bytes)) > 0)
			for (char *at = bytes; at < bytes + n;) {
				const struct inotify_event *event =
				    (const struct inotify_event *)at;

				changed |= event->mask & IN_Q_OVERFLOW || !event->len
				           || is_table(event->name);
				at += sizeof *event + event->len;
			}
	}
}

static _Noreturn void
watch(int events)
{
	for (;;)
		wait_for_change(events, !compile_all(false));
}

int
main(int argc, const char *const *argv)
{
	const char *folder = getenv("SMTPIPE_ETC");
	bool waits = argc == 2 && strcmp(argv[1], "-w") == 0;
	int events = -1;

	if (argc != 1 && !waits)
		die_usage(USAGE);
	if (chdir(folder ? folder : FOLDER) < 0)
		die_temporary("cannot enter the settings folder ", folder ? folder : FOLDER);
	/* Before the first look: what changes while we compile is seen after it. */
	if (waits
	    && ((events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0
	        || inotify_add_watch(events, ".", IN_CLOSE_WRITE | IN_MOVE | IN_DELETE | IN_ATTRIB)
	               < 0))
		die_temporary("cannot watch the settings folder");
	if (mkdir(COMPILED_FOLDER, 0755) < 0 && errno != EEXIST)
		die_temporary("cannot make the folder " COMPILED_FOLDER);
	sandbox_enter(&rights);
	if (waits)
		watch(events);
	if (!compile_all(true))
		return EXIT_TEMPORARY;
	if (fflush(stdout) != 0)
		die_temporary("cannot say what is done");
	return 0;
}
