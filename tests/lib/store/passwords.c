#include "store/passwords.h"

#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS                                                                                       \
	"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=" \
	":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static const char table[] =
    "ann: $y$hash " KEYS " from=192.0.2.0/24 from=2001:db8::/32\n"
    "ann/phone: $y$phone until=2026-03-01 as=ann@example.org as=@x.example\n"
    "ann/laptop: - certificate=SHA256:aa11\n"
    "bob@example.net: $y$bob\n"
    "bob@example.net/tv: $y$tv\n"
    "carl: *\n"
    "carl/phone: $y$carl certificate=SHA256:cc\n"
    "dora: !$y$dora\n"
    "eve:\n"
    "nobody/phone: $y$x\n"
    "fay: $y$fay form=192.0.2.0/24\n"
    "gus: $y$gus from=everywhere\n"
    "hal: $y$hal until=2026-02-30\n"
    "ann: $y$second certificate=SHA256:dd\n"
    "*: " KEYS "\n";

static const struct {
	const char *sentence;
	const char *typed;
	const char *login; /* NULL: not known */
	const char *name;
	const char *hash; /* NULL: refused */
} cases[] = {
	{ "a login as it stands there", "ann", "ann", "", "$y$hash" },
	{ "in any letter case", "ANN", "ann", "", "$y$hash" },
	{ "with a domain of ours", "ann@example.org", "ann", "", "$y$hash" },
	{ "not with another domain", "ann@example.com", NULL, NULL, NULL },
	{ "a further password", "ann/phone", "ann", "phone", "$y$phone" },
	{ "its domain behind the name", "ann/phone@example.org", "ann", "phone", "$y$phone" },
	{ "its domain in front of the name", "ann@example.org/phone", "ann", "phone", "$y$phone" },
	{ "one that is not there", "ann/tv", NULL, NULL, NULL },
	{ "an entry without a password", "ann/laptop", "ann", "laptop", "" },
	{ "a login that is an address", "bob@example.net", "bob@example.net", "", "$y$bob" },
	{ "and a further password of it", "bob@example.net/tv", "bob@example.net", "tv", "$y$tv" },
	{ "a locked login is known", "carl", "carl", "", NULL },
	{ "its further passwords are locked too", "carl/phone", "carl", "phone", NULL },
	{ "a hash behind an exclamation mark is locked", "dora", "dora", "", NULL },
	{ "an empty entry is locked", "eve", "eve", "", NULL },
	{ "a further password of nobody is nobody's", "nobody/phone", NULL, NULL, NULL },
	{ "an item that is not known may be a bound: locked", "fay", "fay", "", NULL },
	{ "a network that is none: locked", "gus", "gus", "", NULL },
	{ "a day that there is not: locked", "hal", "hal", "", NULL },
	{ "the entry for all others is nobody's", "*", NULL, NULL, NULL },
	{ "nothing", "", NULL, NULL, NULL },
	{ "only a domain", "@example.org", NULL, NULL, NULL },
	{ "only a slash", "/", NULL, NULL, NULL },
};

static bool
is(const struct value *value, const char *text)
{
	return value->len == strlen(text)
	       && (!value->len || !memcmp(value->text, text, value->len));
}

static void
find_all(const struct passwords *passwords)
{
	struct credential found;
	const char *why;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool usable = passwords_find(passwords, cases[i].typed, &found, &why);
		bool good = usable == (cases[i].hash != NULL);

		if (cases[i].login)
			good = good && is(&found.login, cases[i].login)
			       && is(&found.name, cases[i].name);
		else
			good = good && !found.login.len;
		CHECK(good && (!usable || is(&found.hash, cases[i].hash)), cases[i].sentence);
	}
}

static void
bounds(const struct passwords *passwords)
{
	struct credential found;
	struct scram_keys keys, real;
	const char *why;

	passwords_find(passwords, "ann", &found, &why);
	CHECK(scram_keys_parse(&real, found.keys.text, found.keys.len), "SCRAM's keys are found");
	CHECK(!credential_refuses(&found, 0, "192.0.2.9"), "the client's network is allowed");
	CHECK(!credential_refuses(&found, 0, "2001:db8::9"), "so is the other one");
	CHECK(credential_refuses(&found, 0, "198.51.100.1"), "a third one is not");
	CHECK(credential_refuses(&found, 0, ""), "nor an unknown one");
	passwords_find(passwords, "ann/phone", &found, &why);
	CHECK(found.as_count == 2 && is(&found.as[1], "@x.example"), "senders are found");
	CHECK(!credential_refuses(&found, 1772409599, "x"), "the last day counts to its end");
	CHECK(credential_refuses(&found, 1772409600, "x"), "and no longer");
	CHECK(passwords_find_certificate(passwords, "SHA256:AA11", &found, &why)
	          && is(&found.login, "ann") && is(&found.name, "laptop"),
	      "a certificate names its login");
	CHECK(!passwords_find_certificate(passwords, "SHA256:ff", &found, &why) && !found.login.len,
	      "an unknown certificate names nobody");
	CHECK(!passwords_find_certificate(passwords, "", &found, &why), "nor does none");
	CHECK(!passwords_find_certificate(passwords, "SHA256:cc", &found, &why),
	      "nor that of a locked login");
	CHECK(!passwords_find_certificate(passwords, "SHA256:dd", &found, &why),
	      "nor one in a second entry, which does not count");
	CHECK(passwords_pretend(passwords, &keys, "zoe") && keys.iterations == 4096
	          && memcmp(keys.salt, real.salt, keys.salt_len) != 0,
	      "SASL-12: the entry * makes keys for others");
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-passwords.XXXXXX";
	struct passwords passwords;
	int fd;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	CHECK(passwords_open(&passwords, "passwords", NULL) == PASSWORDS_TROUBLE,
	      "a missing table is trouble");
	fd = open("passwords", O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, table, sizeof table - 1) != sizeof table - 1)
		abort();
	close(fd);
	chmod("passwords", 0604);
	CHECK(passwords_open(&passwords, "passwords", NULL) == PASSWORDS_EXPOSED,
	      "one that others may read is not taken");
	chmod("passwords", 0640);
	CHECK(passwords_open(&passwords, ".", NULL) == PASSWORDS_NO_FILE, "a folder is no table");
	CHECK(passwords_open(&passwords, "passwords", "example.org") == PASSWORDS_OPEN,
	      "a table of our own is");
	find_all(&passwords);
	bounds(&passwords);
	passwords_close(&passwords);
	unlink("passwords");
	rmdir(folder);
	return check_end();
}
