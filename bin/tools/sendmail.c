/*
 * sendmail - the command by which programs of this machine send mail
 *
 *     sendmail [-t] [-i] [-f address] [-F name] [-B body] [-N dsn] [-R ret] [-V envid] [recipient ...]
 *
 * road     a program > [sendmail] > mail-inject > header-fix > dkim-sign > queue-add
 * fd 0     message; lines end in LF or CRLF
 * needs    SMTPIPE_INJECT, the socket's name, if it is not /run/smtpipe/inject
 * opens    a nameless file, /etc/passwd, the socket of mail-inject
 * trusts   nobody, and needs no right but to write to the socket: it isn't setuid
 * exits    as sysexits.h says: 0 accepted, 64 wrong use, 65 bad message or address, 67 no such user,
 *          69 or 77 refused, 75 try again later
 * source   the sendmail command as all know it; RFC 5322 3.6.3, 3.6.6 for -t
 */
#include "base/die.h"
#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/draft.h"
#include "mail/dsn_parameter.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/wire.h"
#include "store/nameless.h"
#include "store/users.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

char const *PROG = "sendmail";

enum {
	CHUNK_BYTES = 1 << 16,
	NAME_MAX_BYTES = 256, /* -F */
	WAIT_MS = 600 * 1000, /* for the verdict; mail-inject gives up before that */
};

struct options {
	bool from_header; /* -t */
	bool dots;        /* -i: a line of one dot is text */
	bool verbose;
	const char *sender; /* NULL: whoever runs us */
	const char *name;
	const char *body, *notify, *ret, *envid;
	const char *const *recipients;
};

/* One line for people. What we were given is part of it, and a terminal may read it: cleaned. */
static void
say(const char *const *parts)
{
	stralloc line = STRALLOC_ZERO;

	for (; *parts; parts++)
		if (!stralloc_cats(&line, *parts))
			_exit(EX_OSERR);
	for (size_t i = 0; i < line.len; i++)
		if (line.s[i] < ' ' || line.s[i] > '~')
			line.s[i] = '?';
	if (stralloc_append(&line, '\n'))
		io_write(2, line.s, line.len);
	stralloc_free(&line);
}

#define end(code, ...) (say(TEXT_PARTS("sendmail: ", __VA_ARGS__)), _exit(code))

_Noreturn static void
end_sys(const char *deed)
{
	end(EX_TEMPFAIL, deed, ": ", strerror(errno));
}

/* Other programs do these here. Scripts run -bi and -q by habit, and nothing is wrong with that. */
static void
mode_choose(const char *mode)
{
	static const char wrote[] = "sendmail: tables are read as they are; nothing to be done\n";

	switch (*mode) {
	case 'm': return;
	case 'i': io_write(1, wrote, sizeof wrote - 1); _exit(0);
	case 'p': end(EX_USAGE, "-bp is not here: queue-list(1) shows the queue");
	case 's': end(EX_USAGE, "-bs is not here: SMTP is spoken by smtp-accept(8)");
	case 'd':
	case 'D': end(EX_USAGE, "-bd is not here: start the services instead");
	default: end(EX_USAGE, "-b", mode, " is not here");
	}
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	/* -q may have a time stuck to it. */
	for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++)
		if (argv[i][1] == 'q')
			_exit(0); /* queue-run tries by itself, at the right times */
	while ((c = subgetopt_r(argc, argv, "A:B:C:F:GIL:N:O:R:UV:X:b:d:e:f:h:imno:p:r:tv", &got))
	       != -1)
		switch (c) {
		case 'b': mode_choose(got.arg); break;
		case 'I': mode_choose("i"); break;
		case 't': opt->from_header = true; break;
		case 'i': opt->dots = true; break;
		case 'v': opt->verbose = true; break;
		case 'f':
		case 'r': opt->sender = got.arg; break;
		case 'F': opt->name = got.arg; break;
		case 'B': opt->body = got.arg; break;
		case 'N': opt->notify = got.arg; break;
		case 'R': opt->ret = got.arg; break;
		case 'V': opt->envid = got.arg; break;
		case 'o': opt->dots |= strcmp(got.arg, "i") == 0; break;
		case '?': end(EX_USAGE, "unknown option; see sendmail(1)");
		default: break; /* taken for the sake of old scripts */
		}
	opt->recipients = argv + got.ind;
	if (opt->body && strcasecmp(opt->body, "7BIT") != 0
	    && strcasecmp(opt->body, "8BITMIME") != 0)
		end(EX_USAGE, "-B: give 7BIT or 8BITMIME");
	if (opt->notify && !dsn_notify_valid(opt->notify))
		end(EX_USAGE, "-N: give never, or some of success,failure,delay");
	if (opt->ret && !dsn_ret_valid(opt->ret))
		end(EX_USAGE, "-R: give full or hdrs");
	if (opt->envid && !dsn_envid_valid(opt->envid))
		end(EX_USAGE, "-V: give an identifier in xtext (RFC 3461)");
	if (!*opt->recipients && !opt->from_header)
		end(EX_USAGE, "no recipients: name them, or give -t");
}

/* Nothing that we are given may make a record or a header line of its own. */
static void
must_be_printable(const char *option, const char *text)
{
	if (!draft_printable(text))
		end(EX_DATAERR, option, ": a control character is in \"", text, "\"");
}

/* Standard input, made wire form, up to its end or the line of one dot. */
struct input {
	bool dots;
	struct wire wire;
	bool in_line, ended;
	bool has_8bit;
	size_t held; /* at chunk's start: the beginning of a line that may be the last */
	char chunk[CHUNK_BYTES];
};

/* Appends the next piece to out; false: there is no more. */
static bool
input_next(struct input *input, stralloc *out)
{
	size_t len, take;
	ssize_t n;

	if (input->ended)
		return false;
	n = io_read(0, input->chunk + input->held, sizeof input->chunk - input->held);
	if (n < 0)
		end_sys("cannot read the message");
	len = input->held + (size_t)n;
	input->ended = n == 0;
	take = len;
	if (!input->dots)
		take = draft_text_len(input->chunk, len, input->in_line, n == 0, &input->ended);
	for (size_t i = 0; i < take; i++)
		input->has_8bit |= input->chunk[i] & 0x80;
	if (take)
		input->in_line = input->chunk[take - 1] != '\n';
	if (!wire_make(&input->wire, input->chunk, take, out)
	    || (input->ended && !wire_make_end(&input->wire, out)))
		end_sys("cannot get memory");
	if (input->wire.bare_cr || input->wire.nul)
		end(EX_DATAERR, "the message has ",
		    input->wire.nul ? "a NUL byte" : "a carriage return that ends no line",
		    "; a program must encode such data (MIME)");
	input->held = len - take;
	memmove(input->chunk, input->chunk + take, input->held);
	return true;
}

/* Reads until all of the header section is there; returns its length. */
static size_t
input_header(struct input *input, stralloc *text)
{
	size_t at = 0;

	while (!header_end(text->s, text->len, &at))
		if (text->len > HEADER_MAX_BYTES)
			end(EX_DATAERR, "the header is too long");
		else if (!input_next(input, text))
			return text->len;
	return at;
}

/* -t: recipients out of the header. */
static void
recipients_of_header(struct draft_recipients *to, const char *text, size_t len)
{
	static const char *const faults[] = {
		[DRAFT_NO_FIELD] = "no header field",
		[DRAFT_NO_LIST] = "no list of addresses",
		[DRAFT_CONTROL] = "no list of addresses: it has a control character",
	};
	size_t number = 0;
	char line[UINT64_FMT];
	enum draft_fault fault = draft_recipients(to, text, len, &number);

	if (fault == DRAFT_OK)
		return;
	if (fault == DRAFT_NO_MEMORY)
		end_sys("cannot get memory");
	line[uint64_fmt(line, number)] = 0;
	end(EX_DATAERR, "line ", line, " of the message is ", faults[fault]);
}

static void
spool(int fd, const stralloc *bytes)
{
	if (!io_write(fd, bytes->s, bytes->len))
		end_sys("cannot write to a file in TMPDIR");
}

/*
 * The whole message, in wire form, in a file: nothing is sent before we have all of it, and whoever
 * takes it need not wait for us.
 */
static int
read_message(const struct options *opt, const char *sender, struct draft_recipients *to,
             bool *has_8bit, uint64_t *size_bytes)
{
	static struct input input;
	stralloc text = STRALLOC_ZERO, header = STRALLOC_ZERO;
	int fd = nameless_open();
	size_t len;
	off_t size;

	if (fd < 0)
		end_sys("cannot make a file in TMPDIR");
	if (!stralloc_ready(&text, CHUNK_BYTES))
		end_sys("cannot get memory");
	input.dots = opt->dots;
	len = input_header(&input, &text);
	if (opt->name && *sender && !draft_from(&header, text.s, len, opt->name, sender))
		end_sys("cannot get memory");
	if (opt->from_header)
		recipients_of_header(to, text.s, len);
	if (!(opt->from_header ? draft_without_bcc(&header, text.s, len)
	                       : stralloc_catb(&header, text.s, len)))
		end_sys("cannot get memory");
	spool(fd, &header);
	if (!io_write(fd, text.s + len, text.len - len))
		end_sys("cannot write to a file in TMPDIR");
	for (text.len = 0; input_next(&input, &text); text.len = 0)
		spool(fd, &text);
	size = lseek(fd, 0, SEEK_CUR);
	if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
		end_sys("cannot read a file in TMPDIR");
	*size_bytes = (uint64_t)size;
	*has_8bit = input.has_8bit;
	stralloc_free(&text);
	stralloc_free(&header);
	return fd;
}

/* The name under which mail-inject knows us, which completes it with its domain. */
static const char *
sender_find(const char *setting)
{
	static char login[USERS_LOGIN_BYTES];
	size_t len;
	char *bare;

	if (!setting) {
		if (!users_login(login, "/etc/passwd", getuid()))
			end_sys("cannot read /etc/passwd");
		return login;
	}
	must_be_printable("-f", setting);
	len = strlen(setting);
	if (len < 2 || setting[0] != '<' || setting[len - 1] != '>')
		return setting;
	if (!(bare = strndup(setting + 1, len - 2)))
		end_sys("cannot get memory");
	return bare;
}

/* The envelope with its seal: the message is there, so its length is known. */
static int
make_envelope(const struct options *opt, const char *sender, struct draft_recipients *to,
              bool has_8bit, uint64_t size_bytes)
{
	const char *body = opt->body ? opt->body : has_8bit ? "8BITMIME" : NULL;
	stralloc out = STRALLOC_ZERO;
	char seal[UINT64_FMT];
	int fd;

	for (const char *c = sender; *c; c++)
		to->utf8 |= *c & 0x80;
	seal[uint64_fmt(seal, size_bytes)] = 0;
	if (!record_add(&out, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	    || !record_add(&out, ENVELOPE_SENDER, sender)
	    || (body && !record_add(&out, ENVELOPE_BODY, body))
	    || (to->utf8 && !record_add(&out, ENVELOPE_UTF8, ""))
	    || (opt->ret && !record_add(&out, ENVELOPE_RET, opt->ret))
	    || (opt->envid && !record_add(&out, ENVELOPE_ENVID, opt->envid))
	    || !stralloc_catb(&out, to->list.s, to->list.len) || !record_end(&out)
	    || !record_add(&out, '.', seal))
		end_sys("cannot get memory");
	fd = nameless_make(&out);
	if (fd < 0)
		end_sys("cannot make a file in TMPDIR");
	stralloc_free(&out);
	return fd;
}

/* Hands all to mail-inject; returns where the verdict will come. */
static int
submit(int message, int envelope)
{
	const char *setting = getenv("SMTPIPE_INJECT");
	stralloc address = STRALLOC_ZERO;
	int verdict[2];

	if (!setting || !*setting)
		setting = "/run/smtpipe/inject";
	if ((!job_is_address(setting) && !stralloc_cats(&address, "unix:"))
	    || !stralloc_cats(&address, setting) || !stralloc_0(&address))
		end_sys("cannot get memory");
	if (!pipe_open(verdict))
		end_sys("cannot make a pipe");
	if (!job_send(address.s,
	              (struct spawn_fd[]){ { message, FD_MESSAGE },
	                                   { envelope, FD_ENVELOPE },
	                                   { verdict[1], FD_VERDICT } },
	              3))
		end(errno == EACCES ? EX_NOPERM : EX_TEMPFAIL, "cannot reach mail-inject at ",
		    address.s, ": ", strerror(errno), "; is its service running?");
	close(verdict[1]);
	stralloc_free(&address);
	return verdict[0];
}

static void
read_verdict(int fd, stralloc *out)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n;

	do {
		if (poll(&wait, 1, WAIT_MS) <= 0)
			end(EX_TEMPFAIL,
			    "mail-inject does not answer; the mail may be sent all the same");
		if (!stralloc_readyplus(out, CHUNK_BYTES))
			end_sys("cannot get memory");
		n = io_read(fd, out->s + out->len, CHUNK_BYTES);
		if (n > 0)
			out->len += (size_t)n;
		if (out->len > ENVELOPE_MAX_BYTES)
			break;
	} while (n > 0 && !record_list_len(out->s, out->len));
}

static int
code_of_outcome(const struct outcome *outcome)
{
	if (outcome->fate != FATE_NEVER)
		return outcome->fate == FATE_DONE ? EX_OK : EX_TEMPFAIL;
	if (strncmp(outcome->enhanced, "5.1.1", 6) == 0)
		return EX_NOUSER;
	if (strncmp(outcome->enhanced, "5.7.", 4) == 0)
		return EX_NOPERM;
	if (strncmp(outcome->enhanced, "5.6.", 4) == 0 || strncmp(outcome->enhanced, "5.1.", 4) == 0
	    || strncmp(outcome->enhanced, "5.5.", 4) == 0)
		return EX_DATAERR;
	return EX_UNAVAILABLE;
}

/* "Later" for one is later for all: who tries again may send a copy too many, never one too few. */
_Noreturn static void
report(stralloc *verdict, bool verbose)
{
	size_t len = record_list_len(verdict->s, verdict->len), at = 0;
	int code = EX_OK;
	const char *record;

	if (!len || len == 1)
		end(EX_TEMPFAIL, "the mail was not accepted now; the mail log says why");
	while ((record = record_next(verdict->s, len, &at)) != NULL) {
		char number[UINT_FMT];
		struct outcome outcome;
		int this;

		if (!outcome_parse(verdict->s + (record - verdict->s), &outcome))
			end(EX_TEMPFAIL, "the answer of mail-inject cannot be read");
		this = code_of_outcome(&outcome);
		number[uint_fmt(number, (unsigned int)outcome.code)] = 0;
		if (this || verbose)
			say(TEXT_PARTS("sendmail: ", number, " ", outcome.enhanced, " ",
			               outcome.text));
		if (code == EX_OK || this == EX_TEMPFAIL)
			code = this;
	}
	_exit(code);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { 0 };
	struct draft_recipients to = { .list = STRALLOC_ZERO };
	stralloc verdict = STRALLOC_ZERO;
	const char *sender;
	int message, envelope;
	uint64_t size_bytes;
	bool has_8bit;

	parse_options(&opt, argc, argv);
	sender = sender_find(opt.sender);
	if (opt.name) {
		must_be_printable("-F", opt.name);
		if (strlen(opt.name) > NAME_MAX_BYTES)
			end(EX_DATAERR, "-F: the name is too long");
	}
	to.notify = opt.notify;
	for (; *opt.recipients; opt.recipients++) {
		must_be_printable("recipient", *opt.recipients);
		switch (draft_add(&to, *opt.recipients, strlen(*opt.recipients))) {
		case DRAFT_OK: break;
		case DRAFT_NO_MEMORY: end_sys("cannot get memory");
		default: end(EX_DATAERR, "this is no address: ", *opt.recipients);
		}
	}
	message = read_message(&opt, sender, &to, &has_8bit, &size_bytes);
	if (!to.list.len)
		end(EX_DATAERR, "the message names no recipients");
	envelope = make_envelope(&opt, sender, &to, has_8bit, size_bytes);
	read_verdict(submit(message, envelope), &verdict);
	report(&verdict, opt.verbose);
}
