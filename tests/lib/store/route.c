#include "store/route.h"

#include "base/die.h"
#include "base/record.h"
#include "check.h"
#include "store/lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char const *PROG = "route";

static const char *const DOMAINS = "example.test:\nAny.test: any\n";
static const char *const ALIASES = "team: ann, bob@example.net\n"
                                   "sales@example.test: ann\n"
                                   "ann+lists: bob\n"
                                   "foreign@example.net: ann\n"
                                   "@any.test: ann\n"
                                   "postmaster: ann\n";
static const char *const ROUTES = "ticket@example.test: program-deliver /bin/ticket\n"
                                  "lists.example.org:   lmtp-send unix:/run/lmtp\n"
                                  ".example.org:        smtp-send -h relay.example.org -p 587\n"
                                  ".deep.example.org:   smtp-send -4\n"
                                  "served.example:      unix:/run/send\n"
                                  "folded.example:      smtp-send\n\t-l name\n"
                                  "own.example:         /opt/bin/smtp-send\n"
                                  "like.example:        my-smtp-send -4\n"
                                  "plain.example:\n";

static const struct {
	const char *sentence, *recipient, *command, *key;
} cases[] = {
	{ "a local address has a mailbox", "bob@example.test", "maildir-deliver",
	  "maildir-deliver" },
	{ "letter case of a domain means nothing", "bob@EXAMPLE.test", "maildir-deliver",
	  "maildir-deliver" },
	{ "postmaster without domain is local, and has an alias", "Postmaster", ROUTE_ALIASES,
	  ROUTE_ALIASES },
	{ "another name without domain is local", "ann", "maildir-deliver", "maildir-deliver" },
	{ "any other domain goes by MX", "bob@Example.NET", "smtp-send", "example.net" },
	{ "an address literal goes by MX", "bob@[192.0.2.1]", "smtp-send", "[192.0.2.1]" },
	{ "an alias by its local part", "Team@example.test", ROUTE_ALIASES, ROUTE_ALIASES },
	{ "an alias with detail", "team+x@example.test", ROUTE_ALIASES, ROUTE_ALIASES },
	{ "an alias by its full address", "sales@example.test", ROUTE_ALIASES, ROUTE_ALIASES },
	{ "an alias of one detail only", "ann+lists@example.test", ROUTE_ALIASES, ROUTE_ALIASES },
	{ "... is none for the address without it", "ann@example.test", "maildir-deliver",
	  "maildir-deliver" },
	{ "a whole domain with an alias", "who@any.test", ROUTE_ALIASES, ROUTE_ALIASES },
	{ "a local part means nothing in a foreign domain", "team@example.net", "smtp-send",
	  "example.net" },
	{ "an alias of a foreign address means nothing", "foreign@example.net", "smtp-send",
	  "example.net" },
	{ "SYN-22: a percent is part of the name", "ann%example.net@example.test",
	  "maildir-deliver", "maildir-deliver" },
	{ "SYN-22: so is a bang", "example.net!ann@example.test", "maildir-deliver",
	  "maildir-deliver" },
	{ "a route for one address", "ticket@example.test", "program-deliver /bin/ticket",
	  "program-deliver /bin/ticket" },
	{ "... holds with detail, too", "Ticket+77@example.test", "program-deliver /bin/ticket",
	  "program-deliver /bin/ticket" },
	{ "a route for a domain", "x@Lists.Example.ORG", "lmtp-send unix:/run/lmtp",
	  "lmtp-send unix:/run/lmtp" },
	{ "a route for what is below a domain; a smarthost is one destination", "x@a.b.example.org",
	  "smtp-send -h relay.example.org -p 587", "smtp-send -h relay.example.org -p 587" },
	{ "... is not for the domain itself", "x@example.org", "smtp-send", "example.org" },
	{ "the nearest parent counts; settings make a key of their own", "x@a.deep.example.org",
	  "smtp-send -4", "a.deep.example.org smtp-send -4" },
	{ "a waiting parent is told one domain at a time", "x@served.example", "unix:/run/send",
	  "served.example unix:/run/send" },
	{ "a continued line is one command", "x@folded.example", "smtp-send \t-l name",
	  "folded.example smtp-send \t-l name" },
	{ "a program is known by its last name", "x@own.example", "/opt/bin/smtp-send",
	  "own.example /opt/bin/smtp-send" },
	{ "another program is not taken for it", "x@like.example", "my-smtp-send -4",
	  "my-smtp-send -4" },
	{ "an empty line means the built-in deliverer", "x@plain.example", "smtp-send",
	  "plain.example" },
	{ "ARCH-08: a quoted local part is looked at, not changed", "\"a b\"@example.net",
	  "smtp-send", "example.net" },
	{ "an empty domain behind @ is local like none", "ann@", "maildir-deliver",
	  "maildir-deliver" },
};

static void
file_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	if (!file || fputs(text, file) == EOF || fclose(file) == EOF)
		abort();
}

static bool
finds(const struct routes *routes, const struct envelope *envelope, const char *recipient,
      const char *command, const char *key)
{
	struct route route = { 0 };
	char *copy = check_copy(recipient, strlen(recipient) + 1);
	bool found = route_find(routes, envelope, copy, &route)
	             && strcmp(route.command.s, command) == 0 && strcmp(route.key.s, key) == 0;

	if (!found)
		printf("# %s | %s\n", route.command.s, route.key.s);
	free(copy);
	route_free(&route);
	return found;
}

/* Until a change of this file would be seen. */
static void
wait_for_a_tick(const char *path)
{
	struct sight sight = sight_look(path);

	while (!sight_settled(&sight)) {
	}
}

static void
check_freshness(struct routes *routes)
{
	CHECK(!route_fresh(routes), "tables that have only just changed may change once more");
	wait_for_a_tick("routes");
	route_close(routes);
	CHECK(route_open(routes, ".") && route_fresh(routes),
	      "tables that nobody touched are fresh");
	file_write("routes.new", ROUTES);
	rename("routes.new", "routes");
	CHECK(!route_fresh(routes), "a replaced table is seen, even with the same text");
	route_close(routes);
	unlink("aliases");
	wait_for_a_tick("routes");
	CHECK(route_open(routes, ".") && route_fresh(routes), "a missing table is an empty one");
	file_write("aliases", "");
	CHECK(!route_fresh(routes), "a table that came is seen");
	route_close(routes);
	unlink("aliases");
	mkdir("aliases", 0700);
	CHECK(!route_open(routes, ".") && errno == EISDIR && strcmp(routes->failed, "aliases") == 0,
	      "an unreadable table is an error, and named");
	rmdir("aliases");
}

/* Whose mail goes another way. */
static void
check_senders(struct routes *routes)
{
	static const struct {
		const char *sentence, *sender, *recipient, *command;
	} senders[] = {
		{ "a sender's own smarthost", "Ann@Example.org", "x@y.example",
		  "smtp-send -h a.test" },
		{ "with detail, too", "ann+x@example.org", "x@y.example", "smtp-send -h a.test" },
		{ "others of the domain", "bob@example.org", "x@y.example", "smtp-send -h d.test" },
		{ "reports of no sender", "", "x@y.example", "smtp-send -h null.test" },
		{ "other senders", "x@b.test", "x@y.example", "smtp-send -h rest.test" },
		{ "a domain above is none", "x@a.example.org", "x@y.example",
		  "smtp-send -h rest.test" },
		{ "a destination goes first", "ann@example.org", "x@known.example",
		  "smtp-send -4" },
		{ "our own mail stays here", "ann@example.org", "x@example.test",
		  "maildir-deliver" },
	};

	file_write("routes", "known.example: smtp-send -4\n<ann@example.org>: smtp-send -h a.test\n"
	                     "<@example.org>: smtp-send -h d.test\n<>: smtp-send -h null.test\n"
	                     "*: smtp-send -h rest.test\n");
	CHECK(route_open(routes, "."), "tables with senders");
	for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
		struct envelope envelope;
		struct route route = { 0 };
		stralloc list = STRALLOC_ZERO;

		if (!record_add(&list, ENVELOPE_VERSION, "1")
		    || !record_add(&list, ENVELOPE_SENDER, senders[i].sender) || !record_end(&list)
		    || !envelope_parse(&envelope, list.s, list.len))
			abort();
		CHECK(route_find(routes, &envelope, senders[i].recipient, &route)
		          && strcmp(route.command.s, senders[i].command) == 0,
		      senders[i].sentence);
		route_free(&route);
		stralloc_free(&list);
	}
	route_close(routes);
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-route.XXXXXX", list[] = "V1\0F\0Tx@y\0";
	struct envelope envelope, expanded;
	struct routes routes;
	stralloc records = STRALLOC_ZERO;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	file_write("domains", DOMAINS);
	file_write("aliases", ALIASES);
	file_write("routes", ROUTES);
	CHECK(route_open(&routes, "."), "the tables are read");
	CHECK(envelope_parse(&envelope, list, sizeof list), "an envelope");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(finds(&routes, &envelope, cases[i].recipient, cases[i].command, cases[i].key),
		      cases[i].sentence);

	if (!record_add(&records, ENVELOPE_VERSION, "1")
	    || !record_add(&records, ENVELOPE_SENDER, "")
	    || !record_add(&records, ENVELOPE_EXPANDED, "") || !record_end(&records))
		abort();
	CHECK(envelope_parse(&expanded, records.s, records.len), "an envelope with x");
	CHECK(finds(&routes, &expanded, "team@example.test", "maildir-deliver", "maildir-deliver"),
	      "what was expanded is not looked up in aliases again");
	routes.aliases_command = "alias-expand queue-add -q other";
	CHECK(finds(&routes, &envelope, "team@example.test", "alias-expand queue-add -q other",
	            "alias-expand queue-add -q other"),
	      "a caller may name another queue");
	check_freshness(&routes);
	file_write("routes",
	           "*: smtp-send -h relay.example.org\n@: unix:/run/deliver\nexample.test:\n");
	CHECK(route_open(&routes, "."), "tables with a star");
	CHECK(finds(&routes, &envelope, "x@y.example", "smtp-send -h relay.example.org",
	            "smtp-send -h relay.example.org"),
	      "a star takes what nothing else took");
	CHECK(finds(&routes, &envelope, "x@any.test", "unix:/run/deliver",
	            "any.test unix:/run/deliver"),
	      "... but no local domain: those have a line of their own");
	CHECK(finds(&routes, &envelope, "x@example.test", "maildir-deliver", "maildir-deliver"),
	      "a line without command stands for the built-in one");
	route_close(&routes);
	check_senders(&routes);
	stralloc_free(&records);
	unlink("domains");
	unlink("routes");
	return rmdir(folder) < 0 || check_end();
}
