#include "store/sts_cache.h"

#include "base/io.h"
#include "mail/address.h"
#include "store/replace.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An end that no file in the making has (store/replace.h): there are domains that end in "new". */
#define END ".sts"

static bool
path_make(stralloc *out, const char *folder, const char *domain)
{
	return stralloc_cats(out, folder) && stralloc_append(out, '/') && stralloc_cats(out, domain)
	       && stralloc_cats(out, END) && stralloc_0(out);
}

static bool
slurp(const char *path, stralloc *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool done;

	if (fd < 0)
		return false;
	done = io_slurp(fd, STS_ANSWER_MAX, out) && stralloc_0(out);
	io_close(fd);
	return done;
}

/* A number and a space; moves on. */
static bool
time_take(char **text, int64_t *out)
{
	uint64_t value;
	size_t len = uint64_scan(*text, &value);

	if (!len || (*text)[len] != ' ' || value > INT64_MAX / 2)
		return false;
	*text += len + 1;
	*out = (int64_t)value;
	return true;
}

bool
sts_cache_read(struct sts_cached *out, const char *folder, const char *domain)
{
	stralloc path = STRALLOC_ZERO;
	bool done;
	char *at;

	*out = (struct sts_cached){ .text = STRALLOC_ZERO, .words = STRALLOC_ZERO };
	done = path_make(&path, folder, domain) && slurp(path.s, &out->text);
	stralloc_free(&path);
	if (!done)
		return false;
	at = out->text.s;
	errno = EPROTO;
	if (strlen(at) + 1 != out->text.len || out->text.len < 2 || at[out->text.len - 2] != '\n')
		return false;
	at[out->text.len - 2] = 0;
	if (!time_take(&at, &out->fetched_s) || !time_take(&at, &out->checked_s)
	    || !stralloc_cats(&out->words, at) || !stralloc_0(&out->words))
		return false;
	out->line = at;
	return sts_answer_parse(&out->answer, out->words.s)
	       && (out->answer.kind == STS_ANSWER_POLICY || out->answer.kind == STS_ANSWER_FAILED);
}

void
sts_cached_free(struct sts_cached *cached)
{
	stralloc_free(&cached->text);
	stralloc_free(&cached->words);
}

bool
sts_cached_is_valid(const struct sts_cached *cached, int64_t now_s)
{
	return cached->answer.kind == STS_ANSWER_POLICY
	       && now_s < cached->fetched_s + cached->answer.max_age_s;
}

bool
sts_cache_write(const char *folder, const char *domain, int64_t fetched_s, int64_t checked_s,
                const char *line)
{
	stralloc path = STRALLOC_ZERO, text = STRALLOC_ZERO, old = STRALLOC_ZERO;
	char fetched[UINT64_FMT], checked[UINT64_FMT];
	struct replace replace;
	bool done;

	fetched[uint64_fmt(fetched, (uint64_t)fetched_s)] = 0;
	checked[uint64_fmt(checked, (uint64_t)checked_s)] = 0;
	done = path_make(&path, folder, domain) && stralloc_cats(&text, fetched)
	       && stralloc_append(&text, ' ') && stralloc_cats(&text, checked)
	       && stralloc_append(&text, ' ') && stralloc_cats(&text, line)
	       && stralloc_append(&text, '\n') && replace_start(&replace, path.s, &old)
	       && replace_finish(&replace, text.s, text.len);
	stralloc_free(&path);
	stralloc_free(&text);
	stralloc_free(&old);
	return done;
}

bool
sts_cache_remove(const char *folder, const char *domain)
{
	stralloc path = STRALLOC_ZERO;
	bool done = path_make(&path, folder, domain) && unlink(path.s) == 0;

	stralloc_free(&path);
	return done;
}

bool
sts_cache_domain(char *name)
{
	size_t len = strlen(name), end = sizeof END - 1;

	if (len <= end || strcmp(name + len - end, END) != 0
	    || !domain_valid(name, len - end, false))
		return false;
	name[len - end] = 0;
	return true;
}
