#include "base/stage.h"

#include "base/die.h"
#include "base/io.h"
#include "base/job.h"
#include "base/more.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/spawn.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK_BYTES = 4096, PIPE_ROOM_BYTES = 16384, STACK_BYTES = 32768 };

/* One more piece of fd 3 or the seal's own, appended to behind; false: it has ended. */
static bool
envelope_fill(struct stage *stage, int fd)
{
	ssize_t n;

	if (stage->behind.len > ENVELOPE_MAX_BYTES)
		die_later("the envelope is longer than we take");
	if (!stralloc_readyplus(&stage->behind, CHUNK_BYTES))
		die_memory();
	n = io_read(fd, stage->behind.s + stage->behind.len, CHUNK_BYTES);
	if (n < 0)
		die_temporary("cannot read the envelope");
	stage->behind.len += (size_t)n;
	return n > 0;
}

static void
envelope_read(struct stage *stage)
{
	size_t len;

	while (!(len = record_list_len(stage->behind.s, stage->behind.len)))
		if (!envelope_fill(stage, FD_ENVELOPE))
			die_later("the envelope on fd 3 has no end");
	if (!stralloc_copyb(&stage->envelope, stage->behind.s, len))
		die_memory();
	stage->behind.len -= len;
	memmove(stage->behind.s, stage->behind.s + len, stage->behind.len);
}

/* waits: the next stage's process is there, and becomes it when the envelope comes. */
static void
next_start(struct stage *stage, bool waits)
{
	int message[2] = { FD_MESSAGE, -1 }, records[2];
	struct spawn_fd map[3];

	if ((!stage->lends && !pipe_open(message)) || !pipe_open(records))
		die_temporary("cannot make a pipe");
	map[0] = (struct spawn_fd){ message[0], FD_MESSAGE };
	map[1] = (struct spawn_fd){ records[0], FD_ENVELOPE };
	map[2] = (struct spawn_fd){ FD_VERDICT, FD_VERDICT };
	stage->out_pid = waits ? spawn_waiting(stage->next, map, 3, FD_ENVELOPE)
	                       : job_start(stage->next, map, 3);
	if (stage->out_pid < 0)
		die_temporary("cannot start the next stage, ", stage->next[0]);
	close(message[0]);
	close(records[0]);
	stage->out = message[1];
	stage->out_envelope = records[1];
}

/* serves: it is a job, of which the seal may come on a descriptor of its own. */
static void
job_check(struct stage *stage, bool serves)
{
	for (int fd = FD_ENVELOPE; fd <= FD_VERDICT; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			die_temporary(
			    "started without the envelope on fd 3 and the verdict on fd 4");
	stage->seal = FD_ENVELOPE;
	if (serves && fcntl(FD_SEAL, F_GETPIPE_SZ) > 0 && fcntl(FD_SEAL, F_SETFD, FD_CLOEXEC) == 0)
		stage->seal = FD_SEAL;
}

void
stage_start(struct stage *stage, const struct serve *settings, const char *const *next)
{
	const struct rights *rights = settings->rights;
	struct serve job = *settings;
	bool early = rights && !(rights->may & MAY_RUN) && next && !job_is_address(next[0]);

	*stage =
	    (struct stage){ .next = next, .out = -1, .out_envelope = -1, .lends = settings->lends };
	if (early)
		job.rights = NULL;
	serve(&job, &stage->peer);
	if (!settings->address && !next && fcntl(FD_ENVELOPE, F_GETFD) < 0) {
		stage->by_hand = true;
		return;
	}
	stage->is_dialogue = settings->address && settings->talks && fcntl(1, F_GETFD) >= 0;
	if (!stage->is_dialogue)
		job_check(stage, settings->address);
	if (early && !stage->is_dialogue)
		next_start(stage, true);
	if (early)
		sandbox_enter(rights);
	if (!stage->is_dialogue)
		envelope_read(stage);
}

/* What functions that have returned left there: lines for the log, names of files. */
static __attribute__((noinline)) void
forget_stack(void)
{
	char used[STACK_BYTES];

	explicit_bzero(used, sizeof used);
}

/* Nothing is left of the message before. */
static void
forget(struct stage *stage)
{
	stralloc *texts[] = { &stage->envelope, &stage->behind };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (texts[i]->s)
			explicit_bzero(texts[i]->s, texts[i]->a);
		stralloc_free(texts[i]);
	}
	*stage = (struct stage){ .peer = stage->peer,
		                 .next = stage->next,
		                 .lends = stage->lends,
		                 .out = -1,
		                 .out_envelope = -1,
		                 .seal = FD_ENVELOPE };
	log_ids(NULL, NULL);
}

bool
stage_more(struct stage *stage, int other)
{
	forget(stage);
	if (!more_take(other))
		return false;
	envelope_read(stage);
	return true;
}

bool
stage_take(struct stage *stage, const char *const *next)
{
	bool taken = stage_more(stage, -1);

	stage->next = next;
	return taken;
}

bool
stage_again(struct stage *stage, const struct serve *settings)
{
	bool sealed_apart = stage->seal == FD_SEAL;

	forget(stage);
	if (!settings->address)
		return false;
	forget_stack();
	if (sealed_apart)
		close(FD_SEAL);
	close(FD_MESSAGE);
	close(FD_ENVELOPE);
	close(FD_VERDICT);
	if (!serve_again(settings, &stage->peer))
		return false;
	job_check(stage, true);
	envelope_read(stage);
	return true;
}

/* The message has ended: is there a seal on it, with the right length? ("." alone: by hand) */
static void
seal_read(struct stage *stage)
{
	while (!memchr(stage->behind.s, 0, stage->behind.len))
		if (!envelope_fill(stage, stage->seal))
			die_later("the message was cut short: it has no seal");
	if (stage->behind.s[0] != '.')
		die_later("the message has something else than a seal behind it");
}

static void
seal_check(struct stage *stage)
{
	uint64_t length;

	if (stage->by_hand)
		return;
	seal_read(stage);
	if (stage->behind.s[1]
	    && (!uint640_scan(stage->behind.s + 1, &length) || length != stage->bytes_read))
		die_later("the message was cut short: its seal has another length");
}

size_t
stage_read(struct stage *stage, char *bytes, size_t size)
{
	ssize_t n;

	if (stage->ended)
		return 0;
	n = io_read(FD_MESSAGE, bytes, size);
	if (n < 0)
		die_temporary("cannot read the message");
	if (n == 0) {
		seal_check(stage);
		stage->ended = true;
	}
	stage->bytes_read += (uint64_t)n;
	return (size_t)n;
}

bool
stage_collect(struct stage *stage, stralloc *text, size_t max,
              bool (*enough)(const char *text, size_t len, size_t *at), size_t *at)
{
	size_t n;

	for (*at = 0; !enough(text->s, text->len, at); text->len += n) {
		if (text->len > max)
			return false;
		if (!stralloc_readyplus(text, CHUNK_BYTES))
			die_memory();
		n = stage_read(stage, text->s + text->len, CHUNK_BYTES);
		if (!n) {
			*at = text->len;
			return true;
		}
	}
	return *at <= max;
}

void
stage_next(struct stage *stage, const char *envelope, size_t len)
{
	if (stage->by_hand) {
		stage->out = 1;
		return;
	}
	if (!stage->next)
		die_usage("this stage needs a next one; give its command or unix:PATH");
	if (stage->out_envelope < 0)
		next_start(stage, false);
	close(FD_VERDICT); /* the next stage's now: when it dies, its reader must see the end */
	if (!io_write(stage->out_envelope, envelope, len))
		die_temporary("cannot give the envelope to ", stage->next[0]);
}

void
stage_lend(struct stage *stage, const char *envelope, size_t len)
{
	int verdict = fd_high(dup(FD_VERDICT));
	uint64_t length = 0;

	if (verdict < 0)
		die_temporary("cannot keep the descriptor of the verdict");
	stage_next(stage, envelope, len);
	close(FD_MESSAGE); /* who writes the message must see when the next stage dies */
	seal_read(stage);
	if (stage->behind.s[1] && !uint640_scan(stage->behind.s + 1, &length))
		die_later("the message has something else than a seal behind it");
	stage->bytes_read = stage->bytes_passed = length;
	stage->ended = true;
	if (dup2(verdict, FD_VERDICT) < 0)
		die_temporary("cannot take back the descriptor of the verdict");
	close(verdict);
}

void
stage_write(struct stage *stage, const char *bytes, size_t len)
{
	if (!io_write(stage->out, bytes, len)) {
		if (errno == EPIPE && !stage->by_hand)
			_exit(EXIT_TEMPORARY); /* the next stage has said why, on fd 4 */
		die_temporary("cannot give the message to ",
		              stage->by_hand ? "standard output" : stage->next[0]);
	}
	stage->bytes_passed += len;
}

void
stage_pass(struct stage *stage)
{
	char chunk[CHUNK_BYTES * 4];
	ssize_t n = 0;
	size_t len;

	while (!stage->by_hand && !stage->ended && (n = io_splice(FD_MESSAGE, stage->out)) > 0) {
		stage->bytes_read += (uint64_t)n;
		stage->bytes_passed += (uint64_t)n;
	}
	if (n < 0 && errno == EPIPE)
		_exit(EXIT_TEMPORARY);
	/* What cannot be spliced (by hand, or a message that is no pipe and no file), and the end. */
	while ((len = stage_read(stage, chunk, sizeof chunk)) > 0)
		stage_write(stage, chunk, len);
}

/* On a descriptor to read it from, all at once: nobody writes it bit by bit. -1: errno */
static int
envelope_fd(const struct stage *stage)
{
	size_t len = stage->envelope.len + stage->behind.len;
	int ends[2];
	bool written;

	if (len >= PIPE_ROOM_BYTES) { /* no empty pipe holds that */
		ends[0] = ends[1] = fd_high(memfd_create("envelope", MFD_CLOEXEC));
		if (ends[0] < 0)
			return -1;
	} else if (!pipe_open(ends)) {
		return -1;
	}
	written = io_write(ends[1], stage->envelope.s, stage->envelope.len)
	          && io_write(ends[1], stage->behind.s, stage->behind.len);
	if (ends[0] == ends[1])
		written = written && lseek(ends[0], 0, SEEK_SET) == 0;
	else
		io_close(ends[1]);
	if (written)
		return ends[0];
	io_close(ends[0]);
	return -1;
}

/* The message as it came goes to a waiting parent, to the seal that may be still to come. */
static void
send_on(struct stage *stage)
{
	int records;
	bool sealed;

	while (stage->behind.len && !memchr(stage->behind.s, 0, stage->behind.len))
		if (!envelope_fill(stage, stage->seal))
			die_later("the message was cut short: its seal has no end");
	sealed = stage->behind.len;
	records = envelope_fd(stage);
	if (records < 0)
		die_temporary("cannot write the envelope anew");
	if (!job_send(stage->next[0],
	              (const struct spawn_fd[]){ { FD_MESSAGE, FD_MESSAGE },
	                                         { records, FD_ENVELOPE },
	                                         { FD_VERDICT, FD_VERDICT },
	                                         { stage->seal, FD_SEAL } },
	              sealed ? 3 : 4))
		die_temporary("cannot start the next stage, ", stage->next[0]);
	close(records);
}

_Noreturn void
stage_hand_on(struct stage *stage)
{
	if (!stage->next || !job_is_address(stage->next[0]) || stage->by_hand || stage->bytes_read
	    || stage->ended) {
		stage_next(stage, stage->envelope.s, stage->envelope.len);
		stage_pass(stage);
		stage_finish(stage);
	}
	send_on(stage);
	_exit(0);
}

void
stage_give_on(struct stage *stage)
{
	send_on(stage);
	/* While we have these, too, no end of anything would show. */
	close(FD_MESSAGE);
	close(FD_ENVELOPE);
	close(FD_VERDICT);
	forget(stage);
}

/* The next stage has all of it now. */
static void
seal_write(struct stage *stage)
{
	char seal[UINT64_FMT + 2];
	size_t len = 1;

	if (!stage->ended)
		stage_pass(stage); /* never seal what was not read to its own seal */
	seal[0] = '.';
	if (!stage->lends || stage->behind.s[1]) /* by hand, a seal may have no number */
		len += uint64_fmt(seal + len, stage->bytes_passed);
	seal[len++] = 0;
	if (!io_write(stage->out_envelope, seal, len))
		die_temporary("cannot seal the message for ", stage->next[0]);
	if (stage->lends)
		close(FD_VERDICT);
	else
		close(stage->out);
	close(stage->out_envelope);
}

/* A next stage that was spawned is waited for. */
static _Noreturn void
end_with_next(const struct stage *stage)
{
	int status;

	if (stage->out_pid == 0)
		_exit(0);
	if (waitpid(stage->out_pid, &status, 0) < 0 || !WIFEXITED(status))
		_exit(EXIT_TEMPORARY);
	_exit(WEXITSTATUS(status));
}

_Noreturn void
stage_finish(struct stage *stage)
{
	if (!stage->by_hand)
		seal_write(stage);
	end_with_next(stage);
}

void
stage_go_on(struct stage *stage, const struct serve *settings)
{
	seal_write(stage);
	if (stage->out_pid || !stage_again(stage, settings))
		end_with_next(stage);
}

void
stage_say(stralloc *outcomes)
{
	if (!stralloc_0(outcomes))
		die_memory();
	if (!io_write(FD_VERDICT, outcomes->s, outcomes->len))
		die_temporary("cannot write the verdict");
}

_Noreturn void
stage_report(stralloc *outcomes, int exit_code)
{
	stage_say(outcomes);
	_exit(exit_code);
}

_Noreturn void
stage_refuse(struct stage *stage, int code, const char *enhanced, ...)
{
	struct outcome outcome = { .fate = fate_of_code(code),
		                   .recipient = RECIPIENT_ALL,
		                   .code = code,
		                   .enhanced = enhanced };
	stralloc text = STRALLOC_ZERO, verdict = STRALLOC_ZERO;
	const char *part;
	va_list parts;

	va_start(parts, enhanced);
	while ((part = va_arg(parts, const char *)) != NULL)
		if (!stralloc_cats(&text, part))
			die_memory();
	va_end(parts);
	if (!stralloc_0(&text))
		die_memory();
	if (stage->by_hand)
		die_text(outcome.fate == FATE_NEVER ? EXIT_PERMANENT : EXIT_TEMPORARY, "refused",
		         false, TEXT_PARTS(text.s));
	outcome.text = text.s;
	if (!outcome_add(&verdict, &outcome))
		die_memory();
	log_event("refused", "code", enhanced, "text", text.s, NULL);
	stage_report(&verdict, outcome.fate == FATE_NEVER ? EXIT_PERMANENT : EXIT_TEMPORARY);
}
