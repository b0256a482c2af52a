/* ARCH-03 QUE-04 */
#include "store/leftover.h"

#include "check.h"

#include "base/die.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

char const *PROG = "leftover";

static const char id[] = "0testmessage0001",
                  envelope[] = "V1\0Fann@example.org\0Tbob@example.net\0",
                  shown[] = "msg/1/0testmessage0001";
static struct queue queue;

/* A whole message under its own name. */
static void
add(const char *as)
{
	struct queue_new new;

	if (!queue_create(&new, &queue, id, envelope, sizeof envelope)
	    || !queue_append(&new, "Subject: hi\r\n", 13) || queue_commit(&new) != QUEUE_ADDED)
		abort();
	if (as && renameat(queue.root, shown, queue.root, as) < 0)
		abort();
}

static bool
is_there(const char *path)
{
	return faccessat(queue.root, path, F_OK, 0) == 0;
}

/* Each is the name and the state of a file, and what is there when it has been settled. */
static const struct {
	const char *sentence, *name;
	off_t cut; /* the file's length; 0: it is whole */
	bool locked, was_shown, stays, is_shown;
} cases[] = {
	{ "a whole message is shown", "msg/1/.new-0testmessage0001-abcde", 0, false, false, false,
	  true },
	{ "one that was cut off is removed", "msg/1/.new-0testmessage0001-abcde", 140, false, false,
	  false, false },
	{ "so is one whose first line never came", "msg/1/.new-0testmessage0001-abcde", 1, false,
	  false, false, false },
	{ "while its writer lives it is let alone", "msg/1/.new-0testmessage0001-abcde", 140, true,
	  false, true, false },
	{ "the second one of an id is removed", "msg/1/.new-0testmessage0001-abcde", 0, false, true,
	  false, true },
	{ "one with another message's name is removed", "msg/1/.new-0testmessage0011-abcde", 0,
	  false, false, false, false },
	{ "a name without chance is let alone", "msg/1/.new-0testmessage0001", 0, false, false,
	  true, false },
	{ "a name of another folder is let alone", "msg/2/.new-0testmessage0001-abcde", 0, false,
	  false, true, false },
	{ "a name that is no id is let alone", "msg/1/.new-0TESTMESSAGE0001-abcde", 0, false, false,
	  true, false },
	{ "a young spare name is let alone", "msg/1/.tmp-0testmessage0001", 0, false, false, true,
	  false },
	{ "a name of somebody else's is let alone", "msg/1/.nfs0001", 0, false, false, true,
	  false },
};

static void
test(size_t i)
{
	int fd;

	add(cases[i].name);
	fd = openat(queue.root, cases[i].name, O_RDWR);
	if (fd < 0 || (cases[i].cut && ftruncate(fd, cases[i].cut) < 0)
	    || (cases[i].locked && flock(fd, LOCK_EX) < 0))
		abort();
	if (cases[i].was_shown)
		add(NULL);
	leftover_settle(&queue, '1', time(NULL));
	leftover_settle(&queue, '2', time(NULL));
	close(fd);
	CHECK(is_there(cases[i].name) == cases[i].stays && is_there(shown) == cases[i].is_shown,
	      cases[i].sentence);
	unlinkat(queue.root, cases[i].name, 0);
	unlinkat(queue.root, shown, 0);
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-leftover.XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0 || !queue_make("queue")
	    || !queue_open(&queue, "queue"))
		abort();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		test(i);
	add("msg/1/.tmp-0testmessage0001");
	leftover_settle(&queue, '1', time(NULL) + 40 * 3600);
	CHECK(!is_there("msg/1/.tmp-0testmessage0001"), "an old spare name is removed");
	if (system("rm -rf queue") != 0 || rmdir(folder) < 0)
		abort();
	return check_end();
}
