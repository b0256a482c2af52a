/*
 * queue - messages kept in files until they are handed over (queue(5))
 *
 *     msg/X/ID       a message: header line, envelope, message; never changed once it has its name
 *     journal/X/ID   what has become of its recipients so far (store/journal.h)
 *     msg/X/.new-*   one whose data is not durable yet; it is no message (store/leftover.h)
 *     bad/ID         a message that cannot be read, set aside for a person
 *     lock           held by the one queue-run
 *
 * ID is an id of base/id.h, X its last character: chance, so the 32 folders fill evenly.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "base/id.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUEUE_HEADER_BYTES = 128, QUEUE_FOLDERS = 32, QUEUE_NAME_BYTES = 48 };

extern const char queue_digits[QUEUE_FOLDERS + 1]; /* the names of the folders in msg and journal */

struct queue {
	const char *path; /* for people; the caller's */
	int root;
	bool name_follows_data; /* fsync of a new file makes its name durable, too */
};

/*
 * queue_open - the folder of a queue, and what its filesystem promises
 *
 * Of ext4, xfs and btrfs it is known, and proved by tests/crash/power.t, that the name of a new file
 * reaches the disk with its data, and a later rename wholly or not at all.
 * returns   false: errno
 */
bool queue_open(struct queue *out, const char *path);

/* Makes what is missing, durably: the queue's folder (its parent must be there) and all in it. */
bool queue_make(const char *path);

/* The name of a message's file below the queue's folder, as "msg/7/ID"; of one of the folders. */
void queue_name(char out[QUEUE_NAME_BYTES], const char *part, const char *id);
void queue_folder(char out[QUEUE_NAME_BYTES], const char *part, char x);

/* Makes what was done to the names in a folder durable. false: errno */
bool queue_sync_folder(const struct queue *queue, const char *folder);

/* A message being written. It has no name yet: when its writer dies, it's gone. */
struct queue_new {
	const struct queue *queue;
	char id[ID_LEN + 1];
	char place[QUEUE_NAME_BYTES]; /* the file or folder that the last step was about, and */
	const char *step;             /* what was tried on it, as "cannot write to ": for the log */
	char folder[QUEUE_NAME_BYTES]; /* the rest is the module's own */
	char
	    spare[QUEUE_NAME_BYTES]; /* its name for the time being, where O_TMPFILE is not known */
	int fd;
	uint64_t envelope_len, len; /* bytes; len: both, without the header line */
	char *gathered;             /* room for the header line, then what is not written yet */
	size_t gathered_len;        /* of the latter */
	void *hash;
};

/*
 * queue_create - begin a message
 *
 * id        valid
 * envelope  its records, with their end; len bytes
 * returns   false: errno, and step and place say where; nothing is left behind
 */
bool queue_create(struct queue_new *out, const struct queue *queue, const char *id,
                  const char *envelope, size_t len);

/*
 * queue_append - bytes of the message
 *
 * Little ones are gathered, and written later.
 * returns   false: as queue_create; the caller calls queue_abandon
 */
bool queue_append(struct queue_new *new, const char *bytes, size_t len);

enum queue_commit {
	QUEUE_ADDED,   /* durable, and has its name */
	QUEUE_ALREADY, /* this message is there, durable: it was added before */
	QUEUE_OTHER,   /* one with this id is there, durable, and is not the same in all bytes */
	QUEUE_NOT_ADDED,
};

/*
 * queue_commit - write the header line, make data and name durable, and then show the message
 *
 * One flush where the name follows the data, else two: the file, then its folder. No reader sees the
 * message before it may be seen: with all of its data, and durable where one flush is enough.
 * returns   QUEUE_NOT_ADDED: as queue_create, and no name is left. Nothing is open afterwards.
 */
enum queue_commit queue_commit(struct queue_new *new);
void queue_abandon(struct queue_new *new);

/* A message being read. */
struct queue_message {
	int fd; /* read only, at the message's first byte; the file's end is its end */
	uint64_t envelope_len; /* bytes */
	uint64_t message_len;
	uint64_t checksum; /* XXH3-64 of all behind the header line */
};

enum queue_found {
	QUEUE_FOUND,
	QUEUE_GONE,    /* no such message */
	QUEUE_CORRUPT, /* not what was written: header, lengths, or checksum */
	QUEUE_TROUBLE, /* errno: it may go better later */
};

/*
 * queue_get - open a message, check its header line and lengths, and read its envelope
 *
 * envelope  replaced; NULL: not wanted
 * returns   QUEUE_FOUND: the caller closes out->fd; else it is -1
 */
enum queue_found queue_get(const struct queue *queue, const char *id, struct queue_message *out,
                           stralloc *envelope);

/* The same for a file that has another name than its id's. */
enum queue_found queue_get_as(const struct queue *queue, const char *name, const char *id,
                              struct queue_message *out, stralloc *envelope);

/* Reads all of it, and compares its checksum; the position of out->fd stays. */
enum queue_found queue_verify(const struct queue_message *message);

/* Takes the name away; durable only after queue_sync_folder. No such file is no error. */
bool queue_remove(const struct queue *queue, const char *part, const char *id);

/* A name that was found in a folder, or came into one. */
typedef void queue_seen(void *context, const char *name);

/*
 * queue_scan - all ids in one folder, in no order
 *
 * Names that are no ids of this folder are passed over.
 * context   for seen
 * returns   false: errno; some may have been seen
 */
bool queue_scan(const struct queue *queue, const char *part, char x, queue_seen *seen,
                void *context);

/*
 * What a crash can leave in a folder of messages: a name for the time being, and one of a whole message
 * that waits for its flush. QUEUE_EARLY is followed by its id, a dash, and chance. Its writer holds a
 * lock (flock) on the file for as long as it lives.
 */
#define QUEUE_SPARE ".tmp-"
#define QUEUE_EARLY ".new-"

/* All names in one folder that begin with a dot, as queue_scan. */
bool queue_scan_hidden(const struct queue *queue, char x, queue_seen *seen, void *context);

/*
 * queue_show - give a message that is whole and durable its own name, in place of an early one
 *
 * returns   false: errno; EEXIST: there is a message with this id
 */
bool queue_show(const struct queue *queue, const char *early, const char *id);

/* The ids of what was set aside, as queue_scan. */
bool queue_scan_bad(const struct queue *queue, queue_seen *seen, void *context);

/* Moves a message, and its journal if there is one, to bad/. */
bool queue_set_aside(const struct queue *queue, const char *id);

#endif
