/*
 * dkim-key - make a key that signs the mail of a domain, and print the DNS record that goes with it
 *
 *     dkim-key [-e] [-f folder] domain selector
 *     dkim-key -p key.pem domain selector
 *
 * road     for the operator, beside it: digest-sign sees a key when it has its final name
 * fd 1     the TXT record, in zone file form
 * opens    FOLDER/DOMAIN/SELECTOR.new: the private key, with the folder's group and no others' rights
 * exits    0; 100 such a key is there; 111 it cannot be written, or read
 * source   RFC 6376 3.6.1, RFC 8301, RFC 8463
 */
#include "base/die.h"
#include "base/io.h"
#include "mail/address.h"
#include "mail/dkim.h"
#include "store/key_folder.h"
#include "store/signing_key.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE "dkim-key [-e] [-f folder] domain selector, or dkim-key -p key.pem domain selector"
char const *PROG = "dkim-key";

struct options {
	const char *folder, *file; /* file: one that is there */
	bool ed25519;
	const char *domain, *selector;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "ef:p:", &got)) != -1)
		switch (c) {
		case 'e': opt->ed25519 = true; break;
		case 'f': opt->folder = got.arg; break;
		case 'p': opt->file = got.arg; break;
		default: die_usage(USAGE);
		}
	if (argc - got.ind != 2 || (opt->file && opt->ed25519))
		die_usage(USAGE);
	opt->domain = argv[got.ind];
	opt->selector = argv[got.ind + 1];
	if (!domain_valid(opt->domain, strlen(opt->domain), true) || opt->domain[0] == '[')
		die_permanent("no domain: ", opt->domain);
	if (!selector_valid(opt->selector))
		die_permanent("no selector: ", opt->selector);
	for (const char *at = opt->domain; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			die_permanent("give the domain in lower case: so it is looked for");
}

/* The key of a file; the folder module logs what is wrong with it. */
static const struct signing_key *
key_read(const struct options *opt)
{
	static struct key_folder folder;

	if (!key_folder_add(&folder, opt->domain, opt->selector, opt->file))
		die_later("there is no key to print the record of");
	return key_folder_find(&folder, opt->domain)->keys[0].key;
}

static void
path_make(char path[PATH_MAX], const struct options *opt, const char *end)
{
	if (snprintf(path, PATH_MAX, "%s/%s/%s%s", opt->folder, opt->domain, opt->selector, end)
	    >= PATH_MAX)
		die_later("the name of the file is too long");
}

/* Only the folder's group, which digest-sign is in, may read it. */
static void
file_write(const char *path, const stralloc *pem)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		die_permanent(path, " is there already");
	if (fd < 0)
		die_temporary("cannot make ", path);
	if (!io_write(fd, pem->s, pem->len) || fchmod(fd, 0640) < 0 || fsync(fd) < 0) {
		(void)unlink(path);
		die_temporary("cannot write ", path);
	}
	close(fd);
}

static const struct signing_key *
key_make(const struct options *opt)
{
	struct signing_key *key = signing_key_make(opt->ed25519 ? SIGNING_ED25519 : SIGNING_RSA);
	char path[PATH_MAX], used[PATH_MAX];
	stralloc pem = STRALLOC_ZERO;

	path_make(path, opt, "");
	*strrchr(path, '/') = 0;
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		die_temporary("cannot make the folder ", path);
	path_make(used, opt, ".key");
	if (access(used, F_OK) == 0)
		die_permanent(used, " is there already");
	path_make(path, opt, ".new");
	if (!key || !stralloc_ready(&pem, SIGNING_FILE_MAX) || !signing_key_write(key, &pem))
		die_later("libcrypto cannot make a key");
	file_write(path, &pem);
	explicit_bzero(pem.s, pem.a);
	stralloc_free(&pem);
	printf("; Publish this record. When others see it, use the key:\n;   mv %s %s\n", path,
	       used);
	return key;
}

static void
record_print(const struct options *opt, const struct signing_key *key)
{
	stralloc public = STRALLOC_ZERO, record = STRALLOC_ZERO;

	if (!signing_key_public(key, &public) || !stralloc_0(&public)
	    || !dkim_record(&record, opt->domain, opt->selector,
	                    signing_key_type(key) == SIGNING_RSA ? "rsa" : "ed25519", public.s)
	    || !stralloc_0(&record))
		die_memory();
	fputs(record.s, stdout);
	if (fflush(stdout) != 0)
		die_temporary("cannot print the record");
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .folder = "dkim" };

	parse_options(&opt, argc, argv);
	record_print(&opt, opt.file ? key_read(&opt) : key_make(&opt));
	return 0;
}
