#include "base/landlock.h"

#include "base/io.h"

#include <errno.h>

#ifdef __linux__

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The kernel's interface, in our own words: headers are often older than the kernel they meet.
 * linux/landlock.h has the same. A shorter struct is an older one, so size goes with the ABI.
 */
struct ruleset_attr {
	uint64_t files;  /* ABI 1 */
	uint64_t net;    /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};
struct path_attr {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

enum { GET_VERSION = 1 << 0, RULE_PATH = 1 };
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,     /* ABI 2: from one folder to another */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 };
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5, ABI_SCOPE = 6 };

/* What a file can have; the kernel refuses to grant it what only folders have. */
enum { FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV };

static const uint64_t rights[] = {
	[LANDLOCK_READ] = FS_READ_FILE | FS_READ_DIR,
	[LANDLOCK_WRITE] = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_TRUNCATE | FS_REMOVE_DIR
	                   | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER,
	[LANDLOCK_RUN] = FS_EXECUTE | FS_READ_FILE,
};

/* All that this kernel can refuse. */
static uint64_t
files_known(int abi)
{
	uint64_t known = (FS_REFER << 1) - 1;

	if (abi >= ABI_TRUNCATE)
		known |= FS_TRUNCATE;
	if (abi >= ABI_IOCTL)
		known |= FS_IOCTL_DEV;
	return known;
}

bool
landlock_begin(struct landlock *out, bool tcp)
{
	struct ruleset_attr attr = { 0 };
	size_t size = sizeof attr.files;

	out->ruleset = -1;
	out->abi = (int)syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, GET_VERSION);
	if (out->abi < 0)
		return false;
	if (out->abi < ABI_REFER) {
		errno = ENOSYS;
		return false;
	}
	attr.files = files_known(out->abi);
	if (out->abi >= ABI_NET) {
		size += sizeof attr.net;
		attr.net = tcp ? 0 : NET_BIND_TCP | NET_CONNECT_TCP;
	}
	if (out->abi >= ABI_SCOPE) {
		size += sizeof attr.scoped;
		attr.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
	}
	out->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	return out->ruleset >= 0;
}

bool
landlock_grant(struct landlock *landlock, enum landlock_right right, const char *path)
{
	struct path_attr attr = { .folder = open(path, O_PATH | O_CLOEXEC) };
	struct stat status;
	bool granted;

	if (attr.folder < 0)
		return false;
	attr.allowed = rights[right] & files_known(landlock->abi);
	granted = fstat(attr.folder, &status) == 0;
	if (granted && !S_ISDIR(status.st_mode))
		attr.allowed &= FS_OF_FILES;
	granted =
	    granted && syscall(SYS_landlock_add_rule, landlock->ruleset, RULE_PATH, &attr, 0) == 0;
	io_close(attr.folder);
	return granted;
}

bool
landlock_enter(struct landlock *landlock)
{
	bool entered = syscall(SYS_landlock_restrict_self, landlock->ruleset, 0) == 0;

	io_close(landlock->ruleset);
	landlock->ruleset = -1;
	return entered;
}

#else

bool
landlock_begin(struct landlock *out, bool tcp)
{
	(void)tcp;
	out->ruleset = -1;
	errno = ENOSYS;
	return false;
}

bool
landlock_grant(struct landlock *landlock, enum landlock_right right, const char *path)
{
	(void)landlock;
	(void)right;
	(void)path;
	errno = ENOSYS;
	return false;
}

bool
landlock_enter(struct landlock *landlock)
{
	(void)landlock;
	errno = ENOSYS;
	return false;
}

#endif
