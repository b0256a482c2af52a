/*
 * maildir - one message into one Maildir, so that no reader ever sees a part of it
 *
 *     maildir_open > maildir_write ... > maildir_keep      or maildir_drop at any time
 *
 * Written under tmp/, flushed to the disk, renamed into new/, whose name is flushed too; on ext4 and xfs
 * one flush does for both (maildir-deliver(8)). After a crash there is the whole message, or nothing but a file in tmp/ that readers clear away when it
 * is old. The owner of the Maildir may be hostile: nothing below the root is followed through a
 * symbolic link.
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maildir {
	int file, tmp, new; /* -1: not open; the module's own */
	uint64_t size_bytes;
	char name[NAME_MAX + 1]; /* in tmp/; after maildir_keep in new/ */
};

/*
 * maildir_path_valid - may this be the path of a Maildir below a mail root?
 *
 * Relative, without spaces and control bytes, and no component begins with a dot: neither "..",
 * nor a hidden folder. Slashes at its end are allowed.
 */
bool maildir_path_valid(const char *path, size_t len);

/*
 * maildir_open - a new, empty file in tmp/
 *
 * root      descriptor of the mail root, readable; still the caller's
 * path      a valid one. What is missing of it is made (mode 0700), and durably so.
 * returns   false: errno; nothing to drop
 */
bool maildir_open(struct maildir *out, int root, const char *path);

/* Appends to the file. false: errno; then it can only be dropped. */
bool maildir_write(struct maildir *maildir, const char *bytes, size_t len);

/*
 * maildir_keep - the message is whole: make it durable and visible
 *
 * returns   false: errno. It may be visible all the same: trying again makes a second copy, never none.
 */
bool maildir_keep(struct maildir *maildir);

/* Forgets the file and closes all. Does nothing where nothing is open. */
void maildir_drop(struct maildir *maildir);

#endif
