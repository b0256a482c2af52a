/*
 * log_files - all lines of some logs, and those that are still to come
 *
 * A log is a file, or a folder of s6-log or multilog ("current" and the old ones, "@..."), or a folder of
 * such folders. A file is followed over its rotation.
 */
#ifndef BASE_LOG_FILES_H
#define BASE_LOG_FILES_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

struct log_file; /* the module's own */

struct log_files {
	struct log_file *files;
	size_t count, room;
};

/* Adds what is at path; "-": fd 0, read to its end. false: errno. */
bool log_files_add(struct log_files *logs, const char *path);

/*
 * log_files_read - every line that has not been read yet, file by file
 *
 * visit    line of len bytes without its line feed, to be written on, one byte behind it too
 * returns  false: errno
 */
bool log_files_read(struct log_files *logs, void (*visit)(void *of, char *line, size_t len),
                    void *of);

/* From the beginning again, as far as that can be. */
bool log_files_rewind(struct log_files *logs);

void log_files_free(struct log_files *logs);

#endif
