#include "store/move.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { HOST_MAX = 255, PORT_MAX = 5 };

static bool
is_path(const char *target)
{
	size_t len = strlen(target);

	if (target[0] != '/' || len >= PATH_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (target[i] <= ' ' || target[i] > '~')
			return false;
	return true;
}

static bool
is_host_and_port(const char *target)
{
	const char *colon = strrchr(target, ':');
	size_t len = colon ? (size_t)(colon - target) : 0;
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	return len && len <= HOST_MAX && target[0] != '-' && digits && digits <= PORT_MAX
	       && !colon[1 + digits]
	       && strspn(target,
	                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")
	              >= len;
}

bool
move_valid(const char *target)
{
	return is_path(target) || is_host_and_port(target);
}

bool
move_is_here(const struct queue *queue, const char *target)
{
	struct stat here, there;

	return target[0] == '/' && stat(target, &there) == 0 && fstat(queue->root, &here) == 0
	       && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

bool
move_command(stralloc *out, const char *target)
{
	const char *colon = strrchr(target, ':');

	out->len = 0;
	if (target[0] == '/')
		return stralloc_cats(out, "queue-add -s -b 0 -i 0 -q ") && stralloc_cats(out, target)
		       && stralloc_0(out);
	return stralloc_cats(out, "smtp-send -h ")
	       && stralloc_catb(out, target, (size_t)(colon - target)) && stralloc_cats(out, " -p ")
	       && stralloc_cats(out, colon + 1) && stralloc_0(out);
}
