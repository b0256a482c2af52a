#include "store/replace.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static stralloc text = STRALLOC_ZERO;

static void
put(const char *path, const char *bytes, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, strlen(bytes)) < 0 || fchmod(fd, mode) < 0 || close(fd) < 0)
		abort();
}

static bool
holds(const char *path, const char *bytes)
{
	char got[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof got);

	close(fd);
	return n == (ssize_t)strlen(bytes) && memcmp(got, bytes, (size_t)n) == 0;
}

static bool
has_mode(const char *path, mode_t mode)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & 07777) == mode;
}

/* Eight processes add a line each, at the same time. */
static bool
all_appended(void)
{
	struct replace replace;
	size_t lines = 0;

	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			text.len = 0;
			_exit(!replace_start(&replace, "file", &text)
			      || !stralloc_cats(&text, "line\n")
			      || !replace_finish(&replace, text.s, text.len));
		}
	for (int status; wait(&status) > 0;)
		if (status)
			return false;
	text.len = 0;
	if (!replace_start(&replace, "file", &text))
		return false;
	replace_cancel(&replace);
	for (size_t i = 0; i < text.len; i++)
		lines += text.s[i] == '\n';
	return lines == 8;
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-replace.XXXXXX";
	struct replace replace;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	CHECK(replace_start(&replace, "file", &text) && text.len == 0
	          && replace_finish(&replace, "new\n", 4) && holds("file", "new\n")
	          && has_mode("file", 0600),
	      "a file that was not there is made, for its owner only");
	put("file", "old\n", 0640);
	CHECK(replace_start(&replace, "file", &text) && text.len == 4
	          && replace_finish(&replace, "newer\n", 6) && holds("file", "newer\n")
	          && has_mode("file", 0640),
	      "a new file has the mode of the old one");
	put("file.new", "left by a crash, and long", 0666);
	CHECK(replace_start(&replace, "./file", &text) && replace_finish(&replace, "x", 1)
	          && holds("file", "x") && has_mode("file", 0640) && access("file.new", F_OK) < 0,
	      "what a crash has left is taken over");
	CHECK(replace_start(&replace, "file", &text) && access("file.new", F_OK) == 0
	          && (replace_cancel(&replace), holds("file", "x")) && access("file.new", F_OK) < 0,
	      "a cancelled change leaves the file, and nothing beside it");
	CHECK(symlink("file", "link") == 0 && !replace_start(&replace, "link", &text)
	          && errno == ELOOP && access("link.new", F_OK) < 0,
	      "a symbolic link is not replaced");
	CHECK(mkdir("folder", 0700) == 0 && !replace_start(&replace, "folder", &text)
	          && access("folder.new", F_OK) < 0,
	      "a folder is not replaced");
	CHECK(!replace_start(&replace, "none/file", &text) && errno == ENOENT,
	      "a missing folder is an error");
	put("file", "", 0600);
	CHECK(all_appended(), "writers at the same time follow each other");
	if (unlink("link") < 0 || rmdir("folder") < 0 || unlink("file") < 0 || chdir("/") < 0
	    || rmdir(folder) < 0)
		CHECK(false, "nothing else is left");
	stralloc_free(&text);
	return check_end();
}
