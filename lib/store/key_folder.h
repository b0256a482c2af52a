/*
 * key_folder - the signing keys of all domains: FOLDER/DOMAIN/SELECTOR.key (digest-sign(8))
 *
 * Files with another ending are not read: so a new key can lie there until its record is published.
 * What is wrong with a file is logged here, with its name.
 */
#ifndef STORE_KEY_FOLDER_H
#define STORE_KEY_FOLDER_H

#include "base/map.h"
#include "store/signing_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEY_FOLDER_KEYS_MAX = 16, /* of one domain */
	SELECTOR_MAX = 255,
};

struct domain_key {
	char *selector;
	struct signing_key *key;
};

struct domain_keys {
	char *domain;
	struct domain_key keys[KEY_FOLDER_KEYS_MAX]; /* by selector */
	size_t count;
};

struct key_folder {
	const char *path;
	struct map domains;
	uint64_t mark;    /* the rest is the module's own */
	int64_t marked_s; /* when it was looked at */
};

/* May this be a selector? Labels as in a host name: RFC 6376 3.1. */
bool selector_valid(const char *text);

/*
 * key_folder_open - read all keys
 *
 * path     outlives the folder
 * returns  false: logged, and nothing is open. One key that cannot be used is enough: a domain
 *          whose mail goes out unsigned is seen too late.
 */
bool key_folder_open(struct key_folder *folder, const char *path);

/*
 * key_folder_renew - read them anew if a file has come, gone or changed; looks once a second at most
 *
 * If they cannot be used, all stays as it is, and that is logged once for each change.
 */
void key_folder_renew(struct key_folder *folder);

/* Has a file come, gone or changed since they were read? Looks not in the second of the last look. */
bool key_folder_is_stale(struct key_folder *folder);

/* Adds one key from a file, for a folder that was not opened but is zeros. false: logged. */
bool key_folder_add(struct key_folder *folder, const char *domain, const char *selector,
                    const char *file);

/* NULL: there is none. */
const struct domain_keys *key_folder_find(const struct key_folder *folder, const char *domain);

#endif
