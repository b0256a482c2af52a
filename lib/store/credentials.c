#include "store/credentials.h"

#include "store/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum credentials_find
split(struct credentials *out, const struct value *value)
{
	char *line = strndup(value->text, value->len), *space = line ? strchr(line, ' ') : NULL;

	if (!line)
		return CREDENTIALS_UNREADABLE;
	if (!space || strpbrk(line, "\r\n")) {
		free(line);
		return CREDENTIALS_BROKEN;
	}
	*space = 0;
	out->login = line;
	out->password = space + 1 + strspn(space + 1, " ");
	return CREDENTIALS_FOUND;
}

enum credentials_find
credentials_find(struct credentials *out, const char *path, const char *host)
{
	enum credentials_find found = CREDENTIALS_MISSING;
	struct table table;
	struct value value;
	struct stat status;
	char *key;

	if (stat(path, &status) < 0 || !table_open(&table, path))
		return CREDENTIALS_UNREADABLE;
	key = strdup(host);
	for (char *c = key; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	if (!key)
		found = CREDENTIALS_UNREADABLE;
	else if (status.st_mode & (S_IRWXG | S_IRWXO))
		found = CREDENTIALS_OPEN;
	else if (table_find(&table, key, strlen(key), &value))
		found = split(out, &value);
	free(key);
	explicit_bzero(table.text.s, table.text.len);
	table_close(&table);
	return found;
}
