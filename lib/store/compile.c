#include "store/compile.h"

#include "base/io.h"
#include "store/compiled.h"
#include "store/replace.h"
#include "store/table.h"

#include <skalibs/cdbmake.h>
#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 100 }; /* of a text that is being changed all the time */

/* A text and the state it has had all the while. false: errno */
static bool
text_read(int fd, stralloc *out, struct sight *text)
{
	const struct timespec a_while = { .tv_nsec = SIGHT_SETTLED_NS };
	struct sight after;
	struct stat status;

	for (unsigned int i = 0; i < TRIES; i++) {
		if (fstat(fd, &status) < 0)
			return false;
		*text = sight_of(&status);
		if (sight_settled(text)) {
			out->len = 0;
			if (lseek(fd, 0, SEEK_SET) < 0 || !io_slurp(fd, TABLE_MAX_BYTES, out)
			    || fstat(fd, &status) < 0)
				return false;
			after = sight_of(&status);
			if (sight_same(text, &after))
				return true;
		}
		nanosleep(&a_while, NULL);
	}
	errno = EBUSY;
	return false;
}

static bool
entry_add(cdbmaker *maker, const struct value *key, const stralloc *data)
{
	char name[COMPILED_KEY_MAX];

	table_key(name, key->text, key->len);
	return cdbmake_add(maker, name, (unsigned int)key->len, data->s, (unsigned int)data->len);
}

/* Every entry, the same key twice too, in the text's order: cdb finds the first. */
static enum compiled
entries_add(cdbmaker *maker, const struct table *table)
{
	struct value key, value;
	stralloc data = STRALLOC_ZERO;
	enum compiled made = COMPILED_MADE;
	size_t at = 0;

	if (memchr(table->text.s, 0, table->text.len))
		return COMPILED_ODD;
	while (made == COMPILED_MADE && table_next(table, &at, &key, &value)) {
		data.len = 0;
		if (key.len > COMPILED_KEY_MAX)
			made = COMPILED_ODD;
		else if (!stralloc_catb(&data, key.text, key.len)
		         || !stralloc_catb(&data, value.text, value.len)
		         || !entry_add(maker, &key, &data))
			made = COMPILED_FAILED;
	}
	stralloc_free(&data);
	return made;
}

enum compiled
compile_write(int fd, const struct table *text)
{
	cdbmaker maker = CDBMAKER_ZERO;
	enum compiled made = COMPILED_FAILED;

	if (cdbmake_start(&maker, fd))
		made = entries_add(&maker, text);
	/* It frees what it has taken, too. */
	if (!cdbmake_finish(&maker) && made == COMPILED_MADE)
		made = COMPILED_FAILED;
	return made;
}

/* Writes the file in place of PATH.cdb, whose writers are locked out. */
static enum compiled
file_write(struct replace *file, const struct table *table, const struct sight *text)
{
	enum compiled made = compile_write(file->fd, table);
	struct compiled_stamp stamp;
	off_t end;

	if (made == COMPILED_MADE
	    && ((end = lseek(file->fd, 0, SEEK_END)) < 0 || fchmod(file->fd, 0644) < 0))
		made = COMPILED_FAILED;
	if (made != COMPILED_MADE) {
		replace_cancel(file);
		return made;
	}
	stamp = compiled_stamp(text, (uint64_t)end + sizeof stamp);
	return replace_finish(file, (const char *)&stamp, sizeof stamp) ? COMPILED_MADE
	                                                                : COMPILED_FAILED;
}

static enum compiled
make(int fd, const char *name)
{
	struct table table = { .text = STRALLOC_ZERO };
	stralloc nothing = STRALLOC_ZERO;
	enum compiled made = COMPILED_FAILED;
	struct replace file;
	struct sight text;

	/* What is there is of no use any more, and replace would read it. */
	if (unlink(name) < 0 && errno != ENOENT)
		return COMPILED_FAILED;
	if (!replace_start(&file, name, &nothing))
		return COMPILED_FAILED;
	if (text_read(fd, &table.text, &text))
		made = file_write(&file, &table, &text);
	else
		replace_cancel(&file);
	table_close(&table);
	stralloc_free(&nothing);
	return made;
}

/* What is there, if anything, is of a text that is not compiled any more. */
static enum compiled
take_away(const char *name, enum compiled reason)
{
	return unlink(name) < 0 && errno != ENOENT ? COMPILED_FAILED : reason;
}

static enum compiled
look(int fd, const char *path, const char *name)
{
	struct stat status;
	struct sight text;
	cdb there;

	if (fd < 0 && errno != ENOENT)
		return COMPILED_FAILED;
	if (fd >= 0 && fstat(fd, &status) < 0)
		return COMPILED_FAILED;
	if (fd < 0 || !S_ISREG(status.st_mode) || status.st_size < COMPILED_MIN_BYTES)
		return take_away(name, COMPILED_SMALL);
	if (!(status.st_mode & S_IROTH))
		return take_away(name, COMPILED_HIDDEN);
	text = sight_of(&status);
	if (compiled_open(&there, path, &text)) {
		cdb_free(&there);
		return COMPILED_FRESH;
	}
	return make(fd, name);
}

enum compiled
compile_table(const char *path)
{
	stralloc name = STRALLOC_ZERO;
	enum compiled made = COMPILED_FAILED;
	int fd;

	if (compiled_path(&name, path)) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		made = look(fd, path, name.s);
		if (fd >= 0)
			io_close(fd);
	}
	stralloc_free(&name);
	return made;
}
