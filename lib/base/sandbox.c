#include "base/sandbox.h"

#include "base/calls.h"
#include "base/die.h"
#include "base/landlock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

/* The sanitizers need more memory, files and calls than any program of ours. */
#ifdef __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static bool no_landlock, no_seccomp;

const char *
sandbox_lacks(void)
{
	if (no_landlock && no_seccomp)
		return "landlock seccomp";
	return no_landlock ? "landlock" : no_seccomp ? "seccomp" : NULL;
}

void
rights_read(struct rights *rights, const char *path)
{
	size_t count = 0;

	while (rights->reads[count])
		count++;
	if (count < READS_MAX)
		rights->reads[count] = path;
}

static void
limit(int resource, rlim_t value)
{
	struct rlimit wanted = { value, value }, have;

	/* A lower one that was set for us stays. */
	if (getrlimit(resource, &have) == 0 && have.rlim_max < value)
		return;
	(void)setrlimit(resource, &wanted); /* to less than before cannot fail */
}

/* PATH's first hit. */
static bool
program_find(char file[PATH_MAX], const char *name)
{
	for (const char *at = getenv("PATH"); at;
	     at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		int len = (int)strcspn(at, ":");

		if (snprintf(file, PATH_MAX, "%.*s/%s", len, at, name) < PATH_MAX
		    && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

#ifdef __OpenBSD__

#define RLIMIT_MEMORY RLIMIT_DATA /* there is no other */

static void
promise(char *out, const char *words)
{
	strcat(out, words);
}

static void
confine(const struct rights *rights, bool serving)
{
	char promises[256] = "stdio recvfd", program[PATH_MAX];
	const char *const *path;

	for (path = rights->reads; *path; path++)
		if (unveil(*path, "r") < 0 && errno != ENOENT)
			die_temporary("cannot unveil ", *path);
	for (path = rights->writes; *path; path++)
		if (unveil(*path, "rwc") < 0)
			die_temporary("cannot unveil ", *path);
	for (path = rights->runs; *path; path++)
		if (program_find(program, *path) && unveil(program, "x") < 0)
			die_temporary("cannot unveil ", program);
	if (rights->reads[0])
		promise(promises, " rpath");
	if (rights->writes[0])
		promise(promises, " rpath wpath cpath fattr chown flock");
	if (rights->runs[0])
		promise(promises, " proc exec");
	if (rights->may & MAY_NEXT)
		promise(promises, " unix sendfd");
	if (rights->may & MAY_CONNECT)
		promise(promises, " unix inet dns");
	if (rights->may & MAY_ACCEPT)
		promise(promises, " inet unix sendfd proc");
	if (serving)
		promise(promises, " proc");
	if (pledge(promises, NULL) < 0)
		die_temporary("cannot pledge");
}

#else

#define RLIMIT_MEMORY RLIMIT_AS

/* By an earlier entry, which a narrower one without paths need not repeat. */
static bool landlocked;

/* Where nothing is, or nothing for us, there is nothing to grant. */
static void
grant(struct landlock *landlock, enum landlock_right right, const char *path)
{
	if (!landlock_grant(landlock, right, path) && errno != ENOENT && errno != ENOTDIR
	    && errno != EACCES)
		die_temporary("cannot confine this process to ", path);
}

static void
grant_programs(struct landlock *landlock, const char *const *names)
{
	char file[PATH_MAX];

	for (; *names; names++)
		if (program_find(file, *names))
			grant(landlock, LANDLOCK_RUN, file);
}

static void
grant_folder_of(struct landlock *landlock, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *folder = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");

	if (!folder)
		die_memory();
	grant(landlock, LANDLOCK_READ, folder);
	free(folder);
}

/* A file that may be replaced is granted by its folder; where it is a link, by both. */
static void
grant_lasting(struct landlock *landlock, const char *path)
{
	struct stat status;
	char *real;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		grant(landlock, LANDLOCK_READ, path);
		return;
	}
	grant_folder_of(landlock, path);
	if ((real = realpath(path, NULL)) != NULL)
		grant_folder_of(landlock, real);
	free(real);
}

static void
confine_files(const struct rights *rights, bool serving)
{
	bool tcp = rights->may & (MAY_CONNECT | MAY_ACCEPT);
	struct landlock landlock;

	if (!landlock_begin(&landlock, tcp)) {
		no_landlock = true;
		return;
	}
	for (const char *const *path = rights->reads; *path; path++)
		if (serving || rights->may & MAY_FOLLOW)
			grant_lasting(&landlock, *path);
		else
			grant(&landlock, LANDLOCK_READ, *path);
	for (const char *const *path = rights->writes; *path; path++)
		grant(&landlock, LANDLOCK_WRITE, *path);
	grant_programs(&landlock, rights->runs);
	landlocked = landlock_enter(&landlock);
	no_landlock = !landlocked;
}

static void
confine_calls(const struct rights *rights, bool serving)
{
	unsigned int sets = CALLS_TALK;

	if (rights->reads[0])
		sets |= CALLS_READ;
	if (rights->writes[0])
		sets |= CALLS_READ | CALLS_WRITE;
	if (rights->runs[0])
		sets |= CALLS_EXEC | CALLS_NARROW | CALLS_READ;
	if (rights->may & MAY_NEXT)
		sets |= CALLS_HAND;
	if (rights->may & MAY_CONNECT)
		sets |= CALLS_CONNECT;
	if (rights->may & MAY_ACCEPT)
		sets |= CALLS_ACCEPT | CALLS_FORK;
	if (rights->may & MAY_NARROW)
		sets |= CALLS_NARROW;
	if (serving)
		sets |= CALLS_FORK;
	if (!calls_limit(sets))
		no_seccomp = true;
}

static void
confine(const struct rights *rights, bool serving)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		no_landlock = no_seccomp = true;
		return;
	}
	if (!landlocked || rights->reads[0] || rights->writes[0])
		confine_files(rights, serving);
	confine_calls(rights, serving);
}

#endif

static void
enter(const struct rights *rights, bool serving)
{
	const rlim_t mib = 1 << 20;

	if (SANITIZED || !rights)
		return;
#ifdef __linux__
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	if (rights->may & MAY_RUN)
		return;
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_MEMORY, (rights->memory_mib ? rights->memory_mib : MEMORY_MIB) * mib);
	/* Who takes connections has as many of them as it was told. */
	if (!(rights->may & MAY_ACCEPT))
		limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
	confine(rights, serving);
}

void
sandbox_enter(const struct rights *rights)
{
	enter(rights, false);
}

void
sandbox_serve(const struct rights *rights)
{
	enter(rights, true);
}

void
sandbox_child(const struct rights *rights)
{
	if (!SANITIZED && rights && !(rights->may & MAY_RUN) && !rights->runs[0])
		limit(RLIMIT_NPROC, 0);
}
