/*
 * queue-add - keep a message until it is handed over: the promise behind every 250
 *
 *     queue-add [-q queue] [-b bytes] [-i inodes] [-t] [-s]
 *
 * road     header-fix > dkim-sign > [queue-add]      (queue-run takes over)
 * fd 0     message: kept as it is; with -t below a trace field of ours
 * fd 3     envelope: kept as it is; its Q is the name of the message. Without one, one is made
 * fd 4     verdict: 250 with the id, when message and name are durable, and not before
 * opens    the queue (default queue)
 * refuses  nothing: no message is refused for good here
 * later    452 4.3.1 no room, or less than the reserve is left (-b, -i); 451 4.3.0 anything else
 * source   RFC 5321 6.1, 4.2.5, 4.4; queue(5)
 */
#include "base/die.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "mail/received.h"
#include "store/queue.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define USAGE "queue-add [-q queue] [-b bytes] [-i inodes] [-t] [-s] [-S address] [-j jobs] [-R fd]"
char const *PROG = "queue-add";

static struct rights rights = { .writes = { "queue" } };

enum { CHUNK_BYTES = 65536 };

struct options {
	const char *queue;
	uint64_t bytes_kept_free; /* room for journals and bounces: what is in must get out */
	uint64_t inodes_kept_free;
	bool same;   /* what has the id already must be this message */
	bool traces; /* puts our Received field on top: nobody before us has */
};

static void
parse_options(struct options *opt, struct serve *serve, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "q:b:i:ts" SERVE_OPTIONS, &got)) != -1) {
		bool taken = true;

		switch (c) {
		case 'q': opt->queue = got.arg; break;
		case 'b': taken = uint640_scan(got.arg, &opt->bytes_kept_free); break;
		case 't': opt->traces = true; break;
		case 's': opt->same = true; break;
		case 'i': taken = uint640_scan(got.arg, &opt->inodes_kept_free); break;
		default: taken = serve_option(serve, c, got.arg);
		}
		if (!taken)
			die_usage(USAGE);
	}
	if (got.ind != argc)
		die_usage(USAGE);
}

/* What a person should do about it. */
static const char *
advice(int error)
{
	switch (error) {
	case ENOENT: return "start queue-run, it makes the folders of a queue";
	case EACCES:
	case EPERM: return "let this user write to the queue";
	case EROFS: return "mount the filesystem of the queue writable";
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return "make room, or raise the quota or the limit";
	case EMFILE:
	case ENFILE:
	case ENOMEM: return "raise the limits of this service";
	default: return "check the disk";
	}
}

static _Noreturn void
refuse(struct stage *stage, const struct options *opt, const char *step, const char *place)
{
	int error = errno;

	log_warn_sys(advice(error), "; ", step, opt->queue, place[0] ? "/" : "", place);
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		stage_refuse(stage, 452, "4.3.1", "no room for this message now", NULL);
	stage_refuse(stage, 451, "4.3.0", "the queue cannot take this message now", NULL);
}

/* Puts an envelope together again that has no id, or an empty one. */
static bool
envelope_name(stralloc *list, const struct envelope *from, const char *id)
{
	static const char facts[] = { ENVELOPE_MESSAGE, 0 };
	struct recipient recipient;
	size_t at = 0;

	if (!envelope_copy_facts(list, from, facts) || !record_add(list, ENVELOPE_MESSAGE, id))
		return false;
	while (envelope_recipient(from, &at, &recipient))
		if (!envelope_add_recipient(list, &recipient))
			return false;
	return record_end(list);
}

/* Checks the envelope, and sees to it that it names the message; it may be a view of named then. */
static void
envelope_check(struct stage *stage, struct envelope *envelope, stralloc *named, char id[ID_LEN + 1])
{
	const char *given;

	if (!envelope_parse(envelope, stage->envelope.s, stage->envelope.len))
		die_later("the envelope is broken");
	given = envelope_get(envelope, ENVELOPE_MESSAGE);
	log_ids(envelope_get(envelope, ENVELOPE_CONNECTION), given);
	if (!envelope->recipients)
		die_later("the envelope has no recipient");
	if (*given) {
		if (!id_valid(given))
			die_later("the envelope names the message ", given, ", which is no id");
		strcpy(id, given);
		return;
	}
	id_make(id);
	if (!envelope_name(named, envelope, id))
		die_memory();
	if (!envelope_parse(envelope, named->s, named->len))
		die_later("the envelope is broken");
	log_ids(envelope_get(envelope, ENVELOPE_CONNECTION), id);
}

static void
reserve_check(struct stage *stage, const struct queue *queue, const struct options *opt)
{
	struct statvfs room;

	if (fstatvfs(queue->root, &room) < 0)
		refuse(stage, opt, "cannot ask for the free space of ", "");
	/* A filesystem that counts no inodes, as btrfs, says that it has none at all. */
	if (room.f_bavail < opt->bytes_kept_free / room.f_frsize
	    || (room.f_files && room.f_favail < opt->inodes_kept_free)) {
		errno = ENOSPC;
		refuse(stage, opt, "less than the reserve (-b, -i) is left in ", "");
	}
}

static void
trace(struct stage *stage, const struct options *opt, struct queue_new *new,
      const struct envelope *envelope)
{
	stralloc field = STRALLOC_ZERO;

	if (!received_add(&field, envelope, NULL, time(NULL)))
		die_memory();
	if (!queue_append(new, field.s, field.len)) {
		queue_abandon(new);
		refuse(stage, opt, new->step, new->place);
	}
	stralloc_free(&field);
}

static enum queue_commit
add(struct stage *stage, const struct options *opt, const struct queue *queue, const char *id,
    const struct envelope *envelope)
{
	static char chunk[CHUNK_BYTES];
	struct queue_new new;
	enum queue_commit result;
	size_t len, most = 0;

	if (!queue_create(&new, queue, id, envelope->list, envelope->len))
		refuse(stage, opt, new.step, new.place);
	if (opt->traces)
		trace(stage, opt, &new, envelope);
	/* It ends us where the message was cut short: the file has no name yet, so it is gone. */
	while ((len = stage_read(stage, chunk, sizeof chunk)) > 0) {
		if (len > most)
			most = len;
		if (!queue_append(&new, chunk, len)) {
			queue_abandon(&new);
			refuse(stage, opt, new.step, new.place);
		}
	}
	explicit_bzero(chunk, most); /* the next message may be another's */
	result = queue_commit(&new);
	if (result == QUEUE_NOT_ADDED)
		refuse(stage, opt, new.step, new.place);
	if (result == QUEUE_OTHER && opt->same)
		stage_refuse(stage, 451, "4.3.0",
		             "another message with this id is still in that queue", NULL);
	return result;
}

static void
say_done(const struct envelope *envelope, uint64_t bytes, const char *id, enum queue_commit result)
{
	stralloc verdict = STRALLOC_ZERO;
	char text[sizeof "queued as " + ID_LEN] = "queued as ";
	char size[UINT64_FMT], recipients[UINT_FMT];

	strcat(text, id);
	size[uint64_fmt(size, bytes)] = 0;
	recipients[uint_fmt(recipients, envelope->recipients)] = 0;
	log_event(result == QUEUE_ADDED ? "queued" : "queued-before", "bytes", size, "recipients",
	          recipients, "sender", envelope_get(envelope, ENVELOPE_SENDER), NULL);
	if (!outcome_add(&verdict, &(struct outcome){ .fate = FATE_DONE,
	                                              .recipient = RECIPIENT_ALL,
	                                              .code = 250,
	                                              .enhanced = "2.0.0",
	                                              .text = text }))
		die_memory();
	stage_say(&verdict);
	explicit_bzero(verdict.s, verdict.a);
	stralloc_free(&verdict);
}

/* One message, to the verdict. Ends the program where there is trouble. */
static void
keep(struct stage *stage, const struct options *opt)
{
	stralloc named = STRALLOC_ZERO;
	enum queue_commit result;
	struct envelope envelope;
	struct queue queue;
	char id[ID_LEN + 1];

	envelope_check(stage, &envelope, &named, id);
	if (!queue_open(&queue, opt->queue))
		refuse(stage, opt, "cannot open the queue ", "");
	reserve_check(stage, &queue, opt);
	result = add(stage, opt, &queue, id, &envelope);
	say_done(&envelope, stage->bytes_read, id, result);
	close(queue.root);
	stralloc_free(&named);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .queue = "queue",
		               .bytes_kept_free = 64 << 20,
		               .inodes_kept_free = 1024 };
	struct serve settings = { .rights = &rights, .comes_back = true };
	struct stage stage;

	parse_options(&opt, &settings, argc, argv);
	/* What is not there when we are confined never will be. Once, queue-run makes it. */
	if (settings.address && !queue_make(opt.queue))
		die_temporary("cannot make the queue ", opt.queue,
		              "; its parent must be there, and be writable");
	rights.writes[0] = opt.queue;
	stage_start(&stage, &settings, NULL);
	if (stage.by_hand)
		die_usage("queue-add needs an envelope on fd 3 and a verdict's reader on fd 4");
	signal(SIGXFSZ, SIG_IGN); /* a file over the limit is an error of write, EFBIG */
	do
		keep(&stage, &opt);
	while (stage_again(&stage, &settings));
	return 0;
}
