/*
 * users - the login name of a user of this machine
 *
 * Read from a file in the form of passwd(5). Not getpwuid(3): it loads libraries at run time, and a
 * program that trusts nobody should not run whatever nsswitch.conf(5) names.
 */
#ifndef STORE_USERS_H
#define STORE_USERS_H

#include <stdbool.h>
#include <sys/types.h>

enum { USERS_LOGIN_BYTES = 64 };

/*
 * users_login - who is this?
 *
 * login    the name; "uid=N" for one who is not in the file, or whose name has bytes that cannot stand
 *          everywhere in mail (it is made of letters, digits, ".", "_" and "-")
 * returns  false: the file cannot be read; errno
 */
bool users_login(char login[USERS_LOGIN_BYTES], const char *file, uid_t uid);

#endif
