/* passwd(5): a login that comes out can stand everywhere in mail. */
#include "store/users.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void
fuzz(char *bytes, size_t len)
{
	static int fd;
	char path[32], login[USERS_LOGIN_BYTES];

	if (!fd)
		fd = memfd_create("passwd", 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	assert(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len);
	assert(users_login(login, path, 7));
	assert(*login && strlen(login) < USERS_LOGIN_BYTES);
	assert(strspn(login, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
	           == strlen(login)
	       || strcmp(login, "uid=7") == 0);
}
