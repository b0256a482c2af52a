#include "store/key_folder.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/sight.h"
#include "mail/address.h"

#include <skalibs/stralloc.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static const char suffix[] = ".key";

bool
selector_valid(const char *text)
{
	return strlen(text) <= SELECTOR_MAX && domain_valid(text, strlen(text), false)
	       && text[0] != '[';
}

static const char *
domain_of(const void *domain)
{
	return ((const struct domain_keys *)domain)->domain;
}

static struct domain_keys *
domain_make(struct key_folder *folder, const char *name)
{
	struct domain_keys *domain = map_find(&folder->domains, name);

	if (domain)
		return domain;
	domain = calloc(1, sizeof *domain);
	if (!domain || !(domain->domain = strdup(name)) || !map_add(&folder->domains, domain)) {
		if (domain)
			free(domain->domain);
		free(domain);
		return NULL;
	}
	return domain;
}

static struct signing_key *
key_read(const char *file)
{
	stralloc pem = STRALLOC_ZERO;
	struct signing_key *key = NULL;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *why;

	/* Room first: a stralloc that grows leaves copies of a secret behind. */
	if (!stralloc_ready(&pem, 2 * SIGNING_FILE_MAX) || fd < 0
	    || !io_slurp(fd, SIGNING_FILE_MAX, &pem))
		log_warn_sys("cannot read the key ", file);
	else if (!(key = signing_key_read(pem.s, pem.len, &why)))
		log_warn("cannot use the key ", file, ": ", why);
	if (fd >= 0)
		close(fd);
	if (pem.s)
		explicit_bzero(pem.s, pem.a);
	stralloc_free(&pem);
	return key;
}

bool
key_folder_add(struct key_folder *folder, const char *domain_name, const char *selector,
               const char *file)
{
	struct domain_keys *domain;
	struct domain_key *keys;
	size_t at;

	if (!folder->domains.name)
		map_init(&folder->domains, domain_of);
	domain = domain_make(folder, domain_name);
	if (!domain || domain->count == KEY_FOLDER_KEYS_MAX) {
		log_warn("cannot hold the key ", file, ": too many for this domain, or no memory");
		return false;
	}
	keys = domain->keys;
	for (at = domain->count; at && strcmp(keys[at - 1].selector, selector) > 0; at--)
		keys[at] = keys[at - 1];
	domain->count++;
	keys[at] = (struct domain_key){ .selector = strdup(selector), .key = key_read(file) };
	return keys[at].selector && keys[at].key;
}

static void
folder_free(struct key_folder *folder)
{
	struct domain_keys *domain;
	size_t at = 0;

	while (folder->domains.room && (domain = map_next(&folder->domains, &at)) != NULL) {
		for (size_t i = 0; i < domain->count; i++) {
			free(domain->keys[i].selector);
			signing_key_free(domain->keys[i].key);
		}
		free(domain->domain);
		free(domain);
	}
	free(folder->domains.slots);
	map_init(&folder->domains, domain_of);
}

/* What is done with each key's file. */
typedef bool visitor(struct key_folder *folder, const char *domain, const char *selector,
                     const char *file);

/* The files of one domain; false: logged. */
static bool
walk_domain(struct key_folder *folder, const char *domain, const char *path, visitor *visit)
{
	DIR *list = opendir(path);
	const struct dirent *entry;
	bool done = true;

	if (!list && errno == ENOTDIR)
		return true;
	if (!list) {
		log_warn_sys("cannot read the folder of keys ", path);
		return false;
	}
	while (done && (errno = 0, entry = readdir(list)) != NULL) {
		char selector[SELECTOR_MAX + 1], file[PATH_MAX];
		size_t len = strlen(entry->d_name), end = sizeof suffix - 1;

		if (len <= end || strcmp(entry->d_name + len - end, suffix) != 0)
			continue;
		snprintf(selector, sizeof selector, "%.*s", (int)(len - end), entry->d_name);
		if (!selector_valid(selector)
		    || snprintf(file, sizeof file, "%s/%s", path, entry->d_name)
		           >= (int)sizeof file) {
			log_warn("this can be no selector: ", path, "/", entry->d_name);
			done = false;
		} else {
			done = visit(folder, domain, selector, file);
		}
	}
	if (done && errno) {
		log_warn_sys("cannot read the folder of keys ", path);
		done = false;
	}
	closedir(list);
	return done;
}

static bool
walk(struct key_folder *folder, visitor *visit)
{
	DIR *list = opendir(folder->path);
	const struct dirent *entry;
	bool done = true;

	if (!list) {
		log_warn_sys("cannot read the folder of keys ", folder->path);
		return false;
	}
	while (done && (errno = 0, entry = readdir(list)) != NULL) {
		char path[PATH_MAX];

		if (entry->d_name[0] != '.'
		    && snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name)
		           < (int)sizeof path)
			done = walk_domain(folder, entry->d_name, path, visit);
	}
	closedir(list);
	return done;
}

static bool
mark_file(struct key_folder *folder, const char *domain, const char *selector, const char *file)
{
	struct {
		struct sight file;
		uint64_t name;
	} seen = { sight_look(file),
		   XXH3_64bits(domain, strlen(domain)) + XXH3_64bits(selector, strlen(selector)) };

	/* A sum: a folder may be listed in any order. */
	folder->mark += XXH3_64bits(&seen, sizeof seen);
	return true;
}

/* Is something else there than at the last time? */
static bool
changed(struct key_folder *folder)
{
	uint64_t before = folder->mark;

	folder->mark = 0;
	walk(folder, mark_file);
	folder->marked_s = moment_now().ms / 1000;
	return folder->mark != before;
}

bool
key_folder_open(struct key_folder *folder, const char *path)
{
	*folder = (struct key_folder){ .path = path };
	map_init(&folder->domains, domain_of);
	changed(folder); /* before they are read: a change meanwhile is seen at the next look */
	if (walk(folder, key_folder_add))
		return true;
	folder_free(folder);
	return false;
}

bool
key_folder_is_stale(struct key_folder *folder)
{
	return moment_now().ms / 1000 != folder->marked_s && changed(folder);
}

void
key_folder_renew(struct key_folder *folder)
{
	struct key_folder fresh;

	if (!key_folder_is_stale(folder))
		return;
	fresh = *folder;
	map_init(&fresh.domains, domain_of);
	if (!walk(&fresh, key_folder_add)) {
		folder_free(&fresh);
		log_warn("the keys have changed, and cannot be used: those read before stay in "
		         "use");
		return;
	}
	folder_free(folder);
	*folder = fresh;
	log_event("renewed", "keys", folder->path, NULL);
}

const struct domain_keys *
key_folder_find(const struct key_folder *folder, const char *domain)
{
	return map_find(&folder->domains, domain);
}
