#include "store/users.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static bool
is_plain(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789._-";
	size_t len = strlen(name);

	return len && len < USERS_LOGIN_BYTES && strspn(name, allowed) == len;
}

bool
users_login(char login[USERS_LOGIN_BYTES], const char *file, uid_t uid)
{
	FILE *users = fopen(file, "re");
	struct passwd *user;

	if (!users)
		return false;
	snprintf(login, USERS_LOGIN_BYTES, "uid=%lu", (unsigned long)uid);
	/* fgetpwent says ENOENT at the end, and skips lines that it cannot read. */
	while ((user = fgetpwent(users)) != NULL)
		if (user->pw_uid == uid) {
			if (is_plain(user->pw_name))
				strcpy(login, user->pw_name);
			break;
		}
	fclose(users);
	return true;
}
