/* QUE-11 */
#include "store/move.h"

#include "check.h"

#include <unistd.h>

/* No command: the target is refused. */
static const struct {
	const char *sentence, *target, *command;
} cases[] = {
	{ "a folder", "/var/spool/other", "queue-add -s -b 0 -i 0 -q /var/spool/other" },
	{ "a host and port", "mx.example.org:25", "smtp-send -h mx.example.org -p 25" },
	{ "an IPv4 address", "192.0.2.1:587", "smtp-send -h 192.0.2.1 -p 587" },
	{ "an IPv6 address", "[2001:db8::1]:25", "smtp-send -h [2001:db8::1] -p 25" },
	{ "nothing is none", "", NULL },
	{ "a folder without its whole path is none", "other", NULL },
	{ "one with a space would be two words", "/var/spool -x", NULL },
	{ "one with a line feed is none", "/var\n", NULL },
	{ "a host with a space is none", "a -x:25", NULL },
	{ "one that begins like an option is none", "-x:25", NULL },
	{ "a port that is no number is none", "mx.example.org:smtp", NULL },
	{ "a number with something behind it is none", "mx.example.org:25x", NULL },
	{ "a host without port is none", "mx.example.org", NULL },
	{ "a port without host is none", ":25", NULL },
};

static void
test_here(void)
{
	char folder[] = "/tmp/smtpipe-move.XXXXXX", name[64];
	struct queue queue;

	if (!mkdtemp(folder) || !queue_open(&queue, folder))
		abort();
	snprintf(name, sizeof name, "%s/../%s", folder, strrchr(folder, '/') + 1);
	CHECK(move_is_here(&queue, folder) && move_is_here(&queue, name),
	      "this very queue is known under any name");
	CHECK(!move_is_here(&queue, "/tmp") && !move_is_here(&queue, "/no/such/folder")
	          && !move_is_here(&queue, "mx.example.org:25"),
	      "any other target is elsewhere");
	if (rmdir(folder) < 0)
		abort();
}

int
main(void)
{
	stralloc command = STRALLOC_ZERO;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *target = check_copy(cases[i].target, strlen(cases[i].target) + 1);
		bool valid = move_valid(target);

		CHECK(valid == (cases[i].command != NULL)
		          && (!valid
		              || (move_command(&command, target)
		                  && strcmp(command.s, cases[i].command) == 0)),
		      cases[i].sentence);
		free(target);
	}
	stralloc_free(&command);
	test_here();
	return check_end();
}
