/* MBX-01 MBX-02 SEC-13 */
#include "store/maildir.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *sentence, *path;
	bool valid;
} paths[] = {
	{ "a folder", "ann", true },
	{ "a folder in a folder", "ann/Maildir", true },
	{ "a slash at the end", "ann/Maildir/", true },
	{ "UTF-8", "\xc3\xa4nn/Maildir", true },
	{ "a dot inside a name", "example.test/ann", true },
	{ "no path at all", "", false },
	{ "an absolute path", "/etc/mail", false },
	{ "the folder above", "..", false },
	{ "the folder above, in the middle", "ann/../bob", false },
	{ "the folder above, at the end", "ann/..", false },
	{ "this folder", "./ann", false },
	{ "a hidden folder", "ann/.ssh", false },
	{ "a space", "ann/Maildir bob/Maildir", false },
	{ "a line feed", "ann/\nMaildir", false },
	{ "DEL", "ann/\x7f", false },
};

static void
check_paths(void)
{
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char *copy = check_copy(paths[i].path, strlen(paths[i].path));

		CHECK(maildir_path_valid(copy, strlen(paths[i].path)) == paths[i].valid,
		      paths[i].sentence);
		free(copy);
	}
	CHECK(!maildir_path_valid("a\0b", 3), "NUL");
}

static bool
exists(int root, const char *path)
{
	return faccessat(root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
check_mail(int root)
{
	struct maildir one, two;
	char path[2 * NAME_MAX];
	struct stat status;

	CHECK(maildir_open(&one, root, "a/b/Maildir/") && exists(root, "a/b/Maildir/cur"),
	      "a Maildir is made with its parents");
	CHECK(fstatat(root, "a/b/Maildir/new", &status, 0) == 0 && (status.st_mode & 0777) == 0700,
	      "it is its owner's alone");
	CHECK(maildir_open(&two, root, "a/b/Maildir") && strcmp(one.name, two.name) != 0,
	      "two messages at once have two names");
	CHECK(!strpbrk(two.name, ":/,"), "a name holds nothing that readers give a meaning");
	CHECK(maildir_write(&one, "hello", 5) && maildir_keep(&one), "a message is kept");
	snprintf(path, sizeof path, "a/b/Maildir/new/%s", one.name);
	CHECK(exists(root, path) && strstr(one.name, ",S=5"), "it is in new/, with its size");
	snprintf(path, sizeof path, "a/b/Maildir/tmp/%s", two.name);
	CHECK(exists(root, path), "one that is being written is in tmp/");
	maildir_drop(&two);
	CHECK(!exists(root, path), "one that was dropped is gone");
	maildir_drop(&two);
	CHECK(two.file == -1, "dropping twice does no harm");
}

static void
plant(const char *target, int root, const char *path)
{
	if (symlinkat(target, root, path) < 0)
		abort();
}

static void
check_hostile(int root)
{
	struct maildir maildir;

	mkdirat(root, "outside", 0700);
	mkdirat(root, "h", 0700);
	plant("../outside", root, "h/Maildir");
	CHECK(!maildir_open(&maildir, root, "h/Maildir"), "a linked Maildir is refused");
	mkdirat(root, "i", 0700);
	plant("../outside", root, "i/tmp");
	CHECK(!maildir_open(&maildir, root, "i"), "a linked tmp is refused");
	mkdirat(root, "j", 0700);
	plant("../outside", root, "j/new");
	CHECK(!maildir_open(&maildir, root, "j"), "a linked new is refused");
	plant("outside", root, "k");
	CHECK(!maildir_open(&maildir, root, "k/Maildir"), "a linked parent is refused");
	mkdirat(root, "l", 0700);
	mkfifoat(root, "l/new", 0600);
	errno = 0;
	CHECK(!maildir_open(&maildir, root, "l") && errno == ENOTDIR,
	      "a pipe instead of a folder is refused");
	CHECK(unlinkat(root, "outside", AT_REMOVEDIR) == 0, "nothing was written elsewhere");
}

int
main(void)
{
	char work[] = "/tmp/smtpipe-maildir.XXXXXX", clean[64];
	int root;

	check_paths();
	if (!mkdtemp(work) || (root = open(work, O_RDONLY | O_DIRECTORY)) < 0)
		return 111;
	check_mail(root);
	check_hostile(root);
	snprintf(clean, sizeof clean, "rm -rf %s", work);
	return system(clean) != 0 || check_end();
}
