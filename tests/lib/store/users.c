#include "store/users.h"

#include "check.h"

#include <unistd.h>

static const char text[] =
    "root:x:0:0:root:/root:/bin/sh\n"
    "\n"
    "# a comment\n"
    "+::::::\n"
    "short:x\n"
    "ann:x:1001:1001:Ann:/home/ann:/bin/sh\n"
    "second:x:1001:1001::/:/bin/sh\n"
    "odd name:x:1002:1:::\n"
    "evil\x1b:x:1003:1:::\n"
    ":x:1004:1:::\n"
    "neg:x:-1:1:::\n"
    "big:x:99999999999999999999999:1:::\n"
    "a234567890123456789012345678901234567890123456789012345678901234:x:1005:1:::\n"
    "last:x:1006:1:";

static const struct {
	const char *sentence;
	uid_t uid;
	const char *login;
} cases[] = {
	{ "the first entry", 0, "root" },
	{ "an entry behind lines of other forms; the first name of a number", 1001, "ann" },
	{ "a name with a space is no login", 1002, "uid=1002" },
	{ "nor is one with a control character", 1003, "uid=1003" },
	{ "nor is an empty one", 1004, "uid=1004" },
	{ "nor is one that is too long", 1005, "uid=1005" },
	{ "a last line without end", 1006, "last" },
	{ "a number that is not there", 4294967294u, "uid=4294967294" },
};

int
main(void)
{
	char path[] = "/tmp/smtpipe-users.XXXXXX", login[USERS_LOGIN_BYTES];
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1)
		return 111;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(users_login(login, path, cases[i].uid) && strcmp(login, cases[i].login) == 0,
		      cases[i].sentence);
	unlink(path);
	close(fd);
	CHECK(!users_login(login, path, 0), "a missing file is an error");
	return check_end();
}
