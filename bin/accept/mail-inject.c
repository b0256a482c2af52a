/*
 * mail-inject - take mail from the users of this machine
 *
 *     mail-inject [-h host] [-d domain] [-a users] [-f senders] [-t trusted] [-s bytes]
 *                 [-T seconds] next ...
 *
 * road     sendmail > unix socket > [mail-inject] > header-fix > dkim-sign > queue-add
 * fd 0     message, wire form: checked, and handed on as it is
 * fd 3     envelope, a stranger's: only sender, recipients and what SMTP would let a client say is
 *          taken from it; all facts are ours
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    the files me, users (default /etc/passwd) and senders
 * trusts   the kernel, for who asks: no process has to be setuid
 * refuses  554 5.6.0 bare CR or LF, or NUL; 552 5.3.4 too big; 553 5.1.3, 5.1.7 bad address; 550
 *          5.7.1 a sender that is somebody else's; 554 5.5.3 too many or no recipients; 501 5.5.4
 * later    files unreadable, a job that takes too long
 * source   RFC 6409; RFC 5321 2.3.8, 4.1.2
 */
#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/dsn_parameter.h"
#include "mail/envelope.h"
#include "mail/wire.h"
#include "store/senders.h"
#include "store/table.h"
#include "store/users.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"mail-inject [-S address] [-j jobs] [-R fd] [-h host] [-d domain] [-a users] [-f "         \
	"senders] "                                                                                \
	"[-t trusted] [-s bytes] [-T seconds] next ..."
char const *PROG = "mail-inject";

static struct rights rights = { .may = MAY_NEXT,
	                        .reads = { "/etc/passwd", "senders", "compiled" } };

enum { UID_UNKNOWN = 65534 }; /* /proc/sys/kernel/overflowuid */
enum {
	CHUNK_BYTES = 1 << 16,
	SIZE_DEFAULT = 50 << 20,
	RECIPIENTS_MAX = 1000,
	TIME_LIMIT_S = 300,
	TIME_LIMIT_MAX_S = 86400,
	HOST_FILE_BYTES = 1024,
};

struct options {
	struct serve serve;
	const char *host;
	const char *domain;
	const char *users;
	const char *senders;
	const char *trusted; /* logins, parted by commas or spaces */
	uint64_t size_bytes;
	unsigned int limit_s;
	const char *const *next;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "h:d:a:f:t:s:T:", &got)) != -1) {
		bool good = true;

		switch (c) {
		case 'h': opt->host = got.arg; break;
		case 'd': opt->domain = got.arg; break;
		case 'a': opt->users = got.arg; break;
		case 'f': opt->senders = got.arg; break;
		case 't': opt->trusted = got.arg; break;
		case 's': good = uint640_scan(got.arg, &opt->size_bytes) && opt->size_bytes; break;
		case 'T':
			good = uint0_scan(got.arg, &opt->limit_s) && opt->limit_s
			       && opt->limit_s <= TIME_LIMIT_MAX_S;
			break;
		default: good = serve_option(&opt->serve, c, got.arg);
		}
		if (!good)
			die_usage(USAGE);
	}
	if (got.ind == argc)
		die_usage(USAGE);
	opt->next = argv + got.ind;
}

/* The host's name: as set, else the file "me", else the system's. It goes into Received. */
static const char *
host_find(const char *setting)
{
	static stralloc text = STRALLOC_ZERO;
	static char host[DOMAIN_MAX + 1];
	int fd;

	if (setting)
		return setting;
	fd = open("me", O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		die_temporary("cannot read the file me");
	if (fd < 0) {
		if (gethostname(host, sizeof host - 1) < 0)
			die_temporary("cannot get the host's name");
		return host;
	}
	if (!io_slurp(fd, HOST_FILE_BYTES, &text) || !stralloc_0(&text))
		die_temporary("cannot read the file me");
	close(fd);
	text.s[strcspn(text.s, " \t\r\n")] = 0;
	return text.s;
}

static void
find_host(struct options *opt)
{
	opt->host = host_find(opt->host);
	if (!domain_valid(opt->host, strlen(opt->host), false))
		die_later("\"", opt->host,
		          "\" is no host name: set -h, or write one into the file me");
	if (!opt->domain)
		opt->domain = opt->host;
	if (!domain_valid(opt->domain, strlen(opt->domain), false))
		die_later("\"", opt->domain, "\" is no domain: set -d rightly");
}

static void
time_is_up(int signal_number)
{
	static const char line[] =
	    "mail-inject: fatal text=\"a job took too long; it was dropped\"\n";

	(void)signal_number;
	if (write(2, line, sizeof line - 1) < 0) {
		/* we end anyway */
	}
	_exit(EXIT_TEMPORARY);
}

static bool
is_kind(int fd, bool file_too)
{
	struct stat status;

	return fstat(fd, &status) == 0
	       && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)
	           || (file_too && S_ISREG(status.st_mode)));
}

/*
 * Any local user may send us a job, with any descriptors in it: ones that never end (hence the time
 * limit, before the first read), devices, folders, files that somebody else can write only with our
 * rights, and more than three.
 */
static void
take_job(struct options *opt, struct stage *stage)
{
	struct serve once = { 0 };
	struct job_peer peer;
	mode_t old = umask(0); /* every user of this machine may write to the socket */

	rights.reads[0] = opt->users;
	rights.reads[1] = opt->senders;
	if (opt->serve.address && job_is_address(opt->next[0]))
		opt->serve.rights = &rights;
	else
		once.rights = &rights;
	opt->serve.is_shared = true;
	serve(&opt->serve, &peer);
	umask(old);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = time_is_up }, NULL);
	alarm(opt->limit_s);
	if (opt->serve.address) {
		for (int fd = FD_VERDICT + 1; fd <= JOB_FDS_MAX; fd++)
			close(fd);
		if (!is_kind(FD_MESSAGE, true) || !is_kind(FD_ENVELOPE, true)
		    || !is_kind(FD_VERDICT, false))
			die_later("a job came without its three descriptors, or with others than "
			          "pipes and files");
	}
	/* What came before we asked for names has the kernel's "nobody" on it, and no process. */
	if (peer.pid == 0 && peer.uid == UID_UNKNOWN)
		die_later(
		    "the kernel does not say whose this job is; a socket that is opened before "
		    "us must have PassCredentials=yes");
	stage_start(stage, &once, opt->next);
	stage->peer = peer;
}

/* One address of the client's, completed and in its shortest form; refuses what is none. */
static const char *
address_take(struct stage *stage, const struct options *opt, const char *text, enum path_kind kind,
             bool utf8)
{
	const char *enhanced = kind == PATH_REVERSE ? "5.1.7" : "5.1.3";
	stralloc path = STRALLOC_ZERO, out = STRALLOC_ZERO;
	enum path_fault fault = PATH_SYNTAX;
	size_t used = 0;

	/* As it is; else with our domain: "ann" is one of ours. */
	for (int attempt = 0; attempt < 2 && fault != PATH_OK; attempt++) {
		path.len = out.len = 0;
		if (!stralloc_cats(&path, "<") || !stralloc_cats(&path, text)
		    || (attempt
		        && (!stralloc_cats(&path, "@") || !stralloc_cats(&path, opt->domain)))
		    || !stralloc_cats(&path, ">"))
			die_memory();
		fault = path_parse(path.s, path.len, kind, utf8, &used, &out);
		if (fault == PATH_OK && used != path.len)
			fault = PATH_SYNTAX;
	}
	if (fault == PATH_NOT_ASCII)
		stage_refuse(stage, 553, "5.6.7",
		             "an address is not ASCII, and SMTPUTF8 was not asked for: ", text,
		             NULL);
	if (fault != PATH_OK)
		stage_refuse(stage, 553, enhanced, "this is no mail address: ", text, NULL);
	if (!stralloc_0(&out))
		die_memory();
	stralloc_free(&path);
	return out.s;
}

static bool
is_trusted(const struct options *opt, const char *login, uid_t uid)
{
	struct value rest = { opt->trusted, strlen(opt->trusted) }, item;

	if (uid == 0)
		return true;
	while (value_item(&rest, &item))
		if (strlen(login) == item.len && memcmp(login, item.text, item.len) == 0)
			return true;
	return false;
}

/* The null sender is anybody's: reports and answers of machines have it. */
static void
sender_check(struct stage *stage, const struct options *opt, const char *login, const char *sender)
{
	stralloc own = STRALLOC_ZERO;
	struct value item;
	struct table table;
	bool allowed;

	if (!*sender || is_trusted(opt, login, stage->peer.uid))
		return;
	if (!stralloc_cats(&own, login) || !stralloc_cats(&own, "@")
	    || !stralloc_cats(&own, opt->domain))
		die_memory();
	item = (struct value){ own.s, own.len };
	allowed = senders_item_covers(&item, sender);
	if (!allowed && table_open(&table, opt->senders)) {
		allowed = senders_allow(&table, login, sender);
		table_close(&table);
	} else if (!allowed && errno != ENOENT) {
		die_temporary("cannot read the table ", opt->senders);
	}
	if (!allowed)
		stage_refuse(stage, 550, "5.7.1", login, " may not send as ", sender, NULL);
	stralloc_free(&own);
}

static void
fact_add(stralloc *out, char tag, const char *value)
{
	if (!record_add(out, tag, value))
		die_memory();
}

/* What a client may say about the message as a whole. */
static void
wishes_add(stralloc *out, struct stage *stage, const struct envelope *client)
{
	const char *body = client->value[ENVELOPE_BODY], *ret = client->value[ENVELOPE_RET];
	const char *envid = client->value[ENVELOPE_ENVID];

	if (body && strcasecmp(body, "7BIT") != 0 && strcasecmp(body, "8BITMIME") != 0)
		stage_refuse(stage, 501, "5.5.4", "BODY is neither 7BIT nor 8BITMIME", NULL);
	if (ret && !dsn_ret_valid(ret))
		stage_refuse(stage, 501, "5.5.4", "RET is neither FULL nor HDRS", NULL);
	if (envid && !dsn_envid_valid(envid))
		stage_refuse(stage, 501, "5.5.4", "ENVID is not valid", NULL);
	if (body)
		fact_add(out, ENVELOPE_BODY, strcasecmp(body, "7BIT") == 0 ? "7BIT" : "8BITMIME");
	if (client->value[ENVELOPE_UTF8])
		fact_add(out, ENVELOPE_UTF8, "");
	if (ret)
		fact_add(out, ENVELOPE_RET, strcasecmp(ret, "FULL") == 0 ? "FULL" : "HDRS");
	if (envid)
		fact_add(out, ENVELOPE_ENVID, envid);
}

static bool
is_among(const char *const *taken, size_t count, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(taken[i], address) == 0)
			return true;
	return false;
}

/* Who is named twice, in To and in Bcc perhaps, is not meant to get two copies. */
static void
recipients_add(stralloc *out, struct stage *stage, const struct options *opt,
               const struct envelope *client)
{
	static const char *taken[RECIPIENTS_MAX];
	bool utf8 = client->value[ENVELOPE_UTF8];
	struct recipient recipient;
	size_t count = 0;
	size_t at = 0;

	if (!client->recipients)
		stage_refuse(stage, 554, "5.5.3", "no recipients", NULL);
	if (client->recipients > RECIPIENTS_MAX)
		stage_refuse(stage, 554, "5.5.3", "too many recipients", NULL);
	while (envelope_recipient(client, &at, &recipient)) {
		if (recipient.notify && !dsn_notify_valid(recipient.notify))
			stage_refuse(stage, 501, "5.5.4", "NOTIFY is not valid", NULL);
		if (recipient.orcpt && !dsn_orcpt_valid(recipient.orcpt))
			stage_refuse(stage, 501, "5.5.4", "ORCPT is not valid", NULL);
		recipient.why = NULL;
		recipient.address = address_take(stage, opt, recipient.address, PATH_FORWARD, utf8);
		if (is_among(taken, count, recipient.address))
			continue;
		taken[count++] = recipient.address;
		if (!envelope_add_recipient(out, &recipient))
			die_memory();
	}
}

/* Our facts, then what the client may say. */
static void
make_envelope(stralloc *out, struct stage *stage, const struct options *opt)
{
	static char conn[ID_LEN + 1], msg[ID_LEN + 1];
	char login[USERS_LOGIN_BYTES], count[UINT_FMT], pid[UINT_FMT];
	struct envelope client;
	const char *sender;

	id_make(conn);
	id_make(msg);
	log_ids(conn, msg);
	if (!users_login(login, opt->users, stage->peer.uid))
		die_temporary("cannot read ", opt->users);
	if (!envelope_parse(&client, stage->envelope.s, stage->envelope.len))
		stage_refuse(stage, 501, "5.5.4", "the envelope is broken", NULL);
	fact_add(out, ENVELOPE_VERSION, ENVELOPE_FORMAT);
	fact_add(out, ENVELOPE_CONNECTION, conn);
	fact_add(out, ENVELOPE_MESSAGE, msg);
	fact_add(out, ENVELOPE_SERVER, opt->host);
	fact_add(out, ENVELOPE_ROLE, "local");
	fact_add(out, ENVELOPE_CLIENT, "");
	fact_add(out, ENVELOPE_LOGIN, login);
	fact_add(out, ENVELOPE_TLS, "");
	fact_add(out, ENVELOPE_PROTOCOL, "local");
	sender = address_take(stage, opt, envelope_get(&client, ENVELOPE_SENDER), PATH_REVERSE,
	                      client.value[ENVELOPE_UTF8]);
	sender_check(stage, opt, login, sender);
	fact_add(out, ENVELOPE_SENDER, sender);
	wishes_add(out, stage, &client);
	recipients_add(out, stage, opt, &client);
	if (!record_end(out))
		die_memory();
	count[uint_fmt(count, client.recipients)] = 0;
	pid[uint_fmt(pid, (unsigned int)stage->peer.pid)] = 0;
	log_event("injecting", "login", login, "pid", pid, "sender", sender, "recipients", count,
	          NULL);
}

/*
 * The next stage has the verdict's descriptor by now, but says nothing before the seal. It won't get
 * one, so the word is ours.
 */
_Noreturn static void
refuse_late(struct stage *stage, int verdict, int code, const char *enhanced, const char *text)
{
	if (dup2(verdict, FD_VERDICT) < 0)
		die_temporary("cannot write the verdict");
	stage_refuse(stage, code, enhanced, text, NULL);
}

static void
pass_message(struct stage *stage, const struct options *opt, int verdict)
{
	static char chunk[CHUNK_BYTES];
	struct wire wire = { 0 };
	size_t len;

	while ((len = stage_read(stage, chunk, sizeof chunk)) > 0) {
		wire_scan(&wire, chunk, len);
		if (wire.bare_cr || wire.bare_lf || wire.nul)
			break;
		if (stage->bytes_read > opt->size_bytes)
			refuse_late(stage, verdict, 552, "5.3.4", "the message is too big");
		stage_write(stage, chunk, len);
	}
	if (!wire_is_clean(&wire))
		refuse_late(stage, verdict, 554, "5.6.0",
		            "the message has a bare CR or LF, or a NUL byte");
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .users = "/etc/passwd",
		               .senders = "senders",
		               .trusted = "",
		               .size_bytes = SIZE_DEFAULT,
		               .limit_s = TIME_LIMIT_S };
	stralloc envelope = STRALLOC_ZERO;
	struct stage stage;
	int verdict;

	parse_options(&opt, argc, argv);
	find_host(&opt);
	take_job(&opt, &stage);
	make_envelope(&envelope, &stage, &opt);
	if ((verdict = fcntl(FD_VERDICT, F_DUPFD_CLOEXEC, JOB_FDS_MAX + 2)) < 0)
		die_temporary("cannot keep the verdict's descriptor");
	stage_next(&stage, envelope.s, envelope.len);
	pass_message(&stage, &opt, verdict);
	close(verdict); /* when the next stage dies, the client must see the end */
	stage_finish(&stage);
}
