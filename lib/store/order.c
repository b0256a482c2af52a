#include "store/order.h"

#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "store/journal.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A journal for queue-run to write on, whoever we are. */
static bool
journal_make(const struct queue *queue, const char *id)
{
	char name[QUEUE_NAME_BYTES];
	struct stat owner;
	bool made;
	int fd;

	queue_name(name, "journal", id);
	fd = openat(queue->root, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST;
	made = fstat(queue->root, &owner) == 0
	       && (geteuid() != 0 || fchown(fd, owner.st_uid, owner.st_gid) == 0);
	io_close(fd);
	return made;
}

static bool
touch(const struct queue *queue, const char *id)
{
	char name[QUEUE_NAME_BYTES];

	queue_name(name, "msg", id);
	/* Gone: it has left meanwhile; its journal is swept. */
	return utimensat(queue->root, name, NULL, AT_SYMLINK_NOFOLLOW) == 0 || errno == ENOENT;
}

static bool
tell(const struct order *order, const struct queue *queue, const struct glance *glance,
     struct order_sum *sum)
{
	stralloc lines = STRALLOC_ZERO;
	bool is_named = false, told;

	errno = ENOMEM;
	told = order->lines(&lines, glance, time(NULL));
	if (told && lines.len) {
		told = journal_make(queue, glance->id)
		       && journal_append(queue, glance->id, &lines, true, &is_named)
		       && touch(queue, glance->id);
		if (told) {
			log_event(order->verb, "sender",
			          envelope_get(&glance->envelope, ENVELOPE_SENDER), NULL);
			sum->told++;
		}
	}
	stralloc_free(&lines);
	return told;
}

static void
look(const struct order *order, const struct queue *queue, const char *id, struct order_sum *sum)
{
	bool by_id = *order->ids, done = true;
	struct glance glance;

	log_ids(NULL, id);
	switch (glance_open(&glance, queue, id)) {
	case QUEUE_FOUND:
		if (by_id || select_fits(&order->which, &glance, time(NULL)))
			done = tell(order, queue, &glance, sum);
		if (!done)
			log_warn_sys("cannot write to the journal of this message; be the user of "
			             "the queue, "
			             "or root");
		glance_close(&glance);
		break;
	case QUEUE_GONE:
		done = !by_id;
		if (!done)
			log_warn("there is no such message");
		break;
	case QUEUE_CORRUPT:
		done = false;
		log_warn("this message is not as it was written");
		break;
	case QUEUE_TROUBLE:
		done = false;
		log_warn_sys("cannot read this message");
		break;
	}
	log_ids(NULL, NULL);
	sum->failed += !done;
}

bool
order_give(const struct order *order, const struct queue *queue, struct order_sum *out)
{
	stralloc ids = STRALLOC_ZERO;
	bool read = true;

	*out = (struct order_sum){ 0 };
	for (const char *const *id = order->ids; *id; id++)
		if (id_valid(*id))
			look(order, queue, *id, out);
		else {
			log_warn(*id, " is no id");
			out->failed++;
		}
	if (!*order->ids) {
		read = glance_ids(queue, &ids);
		for (size_t at = 0; read && at < ids.len; at += ID_LEN + 1)
			look(order, queue, ids.s + at, out);
	}
	stralloc_free(&ids);
	return read;
}

int
order_main(struct order *order, struct rights *rights, int argc, const char *const *argv,
           const char *own, bool (*take)(int option, const char *value), const char *usage)
{
	subgetopt got = SUBGETOPT_ZERO;
	char options[64] = "q:a" SELECT_OPTIONS, told[UINT_FMT];
	const char *path = "queue";
	struct order_sum sum;
	struct queue queue;
	bool all = false;
	int c;

	strncat(options, own, sizeof options - strlen(options) - 1);
	while ((c = subgetopt_r(argc, argv, options, &got)) != -1)
		if (c == 'q')
			path = got.arg;
		else if (c == 'a')
			all = true;
		else if (!(strchr(own, c) && c != ':' ? take(c, got.arg)
		                                      : select_option(&order->which, c, got.arg)))
			die_usage(usage);
	order->ids = argv + got.ind;
	/* One of the three: nobody means all of them by saying nothing. */
	if (all + order->which.is_given + (*order->ids != NULL) != 1)
		die_usage(usage);
	if (!queue_open(&queue, path))
		die_temporary("cannot open the queue ", path);
	rights->writes[0] = path;
	sandbox_enter(rights);
	if (!order_give(order, &queue, &sum))
		die_temporary("cannot read the folders in ", path, "/msg");
	told[uint_fmt(told, sum.told)] = 0;
	log_event("ordered", "messages", told, NULL);
	return sum.failed ? EXIT_TEMPORARY : 0;
}
