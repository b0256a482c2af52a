#include "base/words.h"

#include "base/die.h"

#include <stdlib.h>
#include <string.h>

const char *const *
words_split(char *text)
{
	const char **argv = malloc((strlen(text) / 2 + 2) * sizeof *argv);
	size_t count = 0;

	if (!argv)
		die_memory();
	for (char *word = strtok(text, " \t"); word; word = strtok(NULL, " \t"))
		argv[count++] = word;
	argv[count] = NULL;
	if (count)
		return argv;
	free(argv);
	return NULL;
}
