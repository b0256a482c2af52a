#include "store/users.h"

#include "base/io.h"

#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 16 << 20 };

static bool
is_plain(const char *name, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789._-";

	for (size_t i = 0; i < len; i++)
		if (!name[i] || !strchr(allowed, name[i]))
			return false;
	return len && len < USERS_LOGIN_BYTES;
}

/* name:password:number:... Views into text; false: the line has no such form. */
static bool
line_read(const char *line, size_t len, size_t *name_len, uint64_t *number)
{
	const char *first = memchr(line, ':', len), *second, *third;
	char digits[UINT64_FMT];
	size_t digits_len;

	if (!first || !(second = memchr(first + 1, ':', len - (size_t)(first + 1 - line)))
	    || !(third = memchr(second + 1, ':', len - (size_t)(second + 1 - line))))
		return false;
	digits_len = (size_t)(third - second - 1);
	if (digits_len >= sizeof digits)
		return false;
	memcpy(digits, second + 1, digits_len);
	digits[digits_len] = 0;
	*name_len = (size_t)(first - line);
	return uint640_scan(digits, number);
}

static bool
slurp(const char *file, stralloc *out)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = io_slurp(fd, FILE_MAX_BYTES, out);
	io_close(fd);
	return done;
}

bool
users_login(char login[USERS_LOGIN_BYTES], const char *file, uid_t uid)
{
	stralloc text = STRALLOC_ZERO;
	bool done = slurp(file, &text);
	size_t name_len, end;
	uint64_t number;

	memcpy(login, "uid=", 4);
	login[4 + uint64_fmt(login + 4, uid)] = 0;
	for (size_t at = 0; done && at < text.len; at = end + 1) {
		const char *line = text.s + at, *feed = memchr(line, '\n', text.len - at);

		end = feed ? (size_t)(feed - text.s) : text.len;
		if (!line_read(line, end - at, &name_len, &number) || number != uid)
			continue;
		if (is_plain(line, name_len)) {
			memcpy(login, line, name_len);
			login[name_len] = 0;
		}
		break;
	}
	stralloc_free(&text);
	return done;
}
