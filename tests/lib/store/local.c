#include "store/local.h"

#include "check.h"

#include <errno.h>
#include <unistd.h>

static const char domains[] = "example.test:\nAny.Example: any\ncaught.example:\n[192.0.2.1]:\n";
static const char mailboxes[] = "ann: ann/Maildir\nbob@example.test: bob/Maildir\n"
                                "carl+sales@example.test: sales/Maildir\n"
                                "@caught.example: lost/Maildir\nzo\xc3\xab: zoe/Maildir\n"
                                "\"d e\"@example.test: de/Maildir\n"
                                "odd%way@caught.example: odd/Maildir\nout@example.net: x\n";
static const char aliases[] = "team: ann, bob@example.net\nhelp@caught.example: ann\n";

static const struct {
	const char *sentence;
	const char *mailbox;
	enum local_kind kind;
} cases[] = {
	{ "a user of all domains is known", "ann@example.test", LOCAL_KNOWN },
	{ "SYN-11: domains are compared in any case", "ann@EXAMPLE.Test", LOCAL_KNOWN },
	{ "users are compared in any case", "Ann@example.test", LOCAL_KNOWN },
	{ "a user of one domain is known there", "bob@example.test", LOCAL_KNOWN },
	{ "SEC-03: and in no other", "bob@other.test", LOCAL_FOREIGN },
	{ "SEC-03: an unknown user is unknown", "eve@example.test", LOCAL_UNKNOWN },
	{ "an alias is known", "team@example.test", LOCAL_KNOWN },
	{ "an alias of one domain is not known in others", "help@example.test", LOCAL_UNKNOWN },
	{ "MBX-06: detail does not matter", "ann+news@example.test", LOCAL_KNOWN },
	{ "MBX-06: detail of an alias does not matter", "team+a+b@example.test", LOCAL_KNOWN },
	{ "an entry with detail holds for it alone", "carl@example.test", LOCAL_UNKNOWN },
	{ "an entry with detail is known", "carl+sales@example.test", LOCAL_KNOWN },
	{ "a local part that is only detail is unknown", "+ann@example.test", LOCAL_UNKNOWN },
	{ "a user in UTF-8 is known", "zo\xc3\xab@example.test", LOCAL_KNOWN },
	{ "a quoted local part is known by its quoted form", "\"d e\"@example.test", LOCAL_KNOWN },
	{ "SYN-15: postmaster of a domain of ours is known", "postmaster@example.test",
	  LOCAL_KNOWN },
	{ "SYN-15: in any case", "PostMaster@example.test", LOCAL_KNOWN },
	{ "postmaster may have detail", "postmaster+spam@example.test", LOCAL_KNOWN },
	{ "a name that begins so is another", "postmasters@example.test", LOCAL_UNKNOWN },
	{ "SYN-14: postmaster without domain is known", "Postmaster", LOCAL_KNOWN },
	{ "postmaster of a foreign domain is foreign", "postmaster@example.net", LOCAL_FOREIGN },
	{ "everybody is known where the domain's value is any", "who@any.example", LOCAL_KNOWN },
	{ "everybody is known where @domain catches all", "who@caught.example", LOCAL_KNOWN },
	{ "a domain below ours is foreign", "ann@sub.example.test", LOCAL_FOREIGN },
	{ "a domain that ends as ours is foreign", "ann@anexample.test", LOCAL_FOREIGN },
	{ "a domain that begins as ours is foreign", "ann@example.test.net", LOCAL_FOREIGN },
	{ "a mailbox of a domain that is not ours does not make it ours", "out@example.net",
	  LOCAL_FOREIGN },
	{ "SEC-01: any other domain is foreign", "ann@example.net", LOCAL_FOREIGN },
	{ "SEC-02: u%d@ours is unknown", "u%example.net@example.test", LOCAL_UNKNOWN },
	{ "SEC-02: ann%d@ours is unknown", "ann%example.net@example.test", LOCAL_UNKNOWN },
	{ "SEC-02: d!u@ours is unknown", "example.net!u@example.test", LOCAL_UNKNOWN },
	{ "SEC-02: \"u@d\"@ours is unknown", "\"u@example.net\"@example.test", LOCAL_UNKNOWN },
	{ "SEC-02: a catch-all does not take u%d", "u%example.net@caught.example", LOCAL_FOREIGN },
	{ "SEC-02: a catch-all does not take d!u", "example.net!u@caught.example", LOCAL_FOREIGN },
	{ "SEC-02: a catch-all does not take \"u@d\"", "\"u@example.net\"@caught.example",
	  LOCAL_FOREIGN },
	{ "SEC-02: any does not take u%d", "u%example.net@any.example", LOCAL_FOREIGN },
	{ "such an address is taken where it is listed", "odd%way@caught.example", LOCAL_KNOWN },
	{ "SEC-02: \"u@d\" alone is no mailbox", "\"u@example.net\"", LOCAL_BROKEN },
	{ "SEC-02: \"u@ours\" alone is no mailbox", "\"ann@example.test\"", LOCAL_BROKEN },
	{ "SEC-02: a source route is no mailbox", "@example.test:ann@example.test", LOCAL_BROKEN },
	{ "SEC-02: a source route to elsewhere is no mailbox", "@example.test:u@example.net",
	  LOCAL_BROKEN },
	{ "SEC-02: u@d@ours is no mailbox", "u@example.net@example.test", LOCAL_BROKEN },
	{ "SEC-02: a dot behind the domain is no domain", "ann@example.test.", LOCAL_BROKEN },
	{ "SEC-02: a literal of others is foreign", "ann@[198.51.100.1]", LOCAL_FOREIGN },
	{ "SEC-02: a literal of ours is foreign, even if it is listed", "ann@[192.0.2.1]",
	  LOCAL_FOREIGN },
	{ "d!u without domain is no mailbox", "example.net!u", LOCAL_BROKEN },
	{ "a user without domain is no mailbox", "ann", LOCAL_BROKEN },
	{ "quotes that nothing needs are not the written form", "\"ann\"@example.test",
	  LOCAL_BROKEN },
	{ "nothing is no mailbox", "", LOCAL_BROKEN },
	{ "SEC-13: a path is unknown", "../../etc/passwd@example.test", LOCAL_BROKEN },
	{ "a line end is no mailbox", "ann@example.test\n", LOCAL_BROKEN },
	{ "brackets are no mailbox", "<ann@example.test>", LOCAL_BROKEN },
	{ "a path behind a path is no mailbox", "ann@example.test> <u@example.net", LOCAL_BROKEN },
};

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static enum local_kind
find(const char *mailbox, const char **trouble)
{
	struct local local;
	enum local_kind kind;

	local_open(&local);
	kind = local_find(&local, mailbox);
	*trouble = local.trouble ? local.trouble->name : "";
	local_close(&local);
	return kind;
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-local.XXXXXX";
	const char *trouble;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	CHECK(find("ann@example.test", &trouble) == LOCAL_LATER && strcmp(trouble, "domains") == 0
	          && errno == ENOENT,
	      "without the table of domains nobody can tell");
	put("domains", domains);
	CHECK(find("ann@example.net", &trouble) == LOCAL_FOREIGN,
	      "that a domain is foreign needs no other table");
	CHECK(find("ann@example.test", &trouble) == LOCAL_LATER
	          && strcmp(trouble, "mailboxes") == 0,
	      "without mailboxes nobody can tell that a user is unknown");
	CHECK(find("who@any.example", &trouble) == LOCAL_KNOWN, "any needs no other table");
	CHECK(find("postmaster@example.test", &trouble) == LOCAL_KNOWN,
	      "postmaster needs no other table");
	put("mailboxes", mailboxes);
	CHECK(find("ann@example.test", &trouble) == LOCAL_KNOWN, "who is in one needs no other");
	CHECK(find("team@example.test", &trouble) == LOCAL_LATER && strcmp(trouble, "aliases") == 0,
	      "without aliases nobody can tell that a user is unknown");
	put("aliases", aliases);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(find(cases[i].mailbox, &trouble) == cases[i].kind, cases[i].sentence);
	if (unlink("domains") < 0 || unlink("mailboxes") < 0 || unlink("aliases") < 0
	    || chdir("/") < 0 || rmdir(folder) < 0)
		CHECK(false, "nothing else is left");
	return check_end();
}
