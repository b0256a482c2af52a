#include "base/calls.h"

#include <errno.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#else
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef CALLS_KILL
#define DENY SECCOMP_RET_KILL_PROCESS
#else
#define DENY (SECCOMP_RET_ERRNO | EPERM)
#endif

enum { WORDS = 16, BITS = 32, CALLS_MAX = WORDS * BITS, PROGRAM_MAX = 160 };

#define END -1
/* Calls that newer machines have left out of their tables, as there are better ones. */
#ifdef __x86_64__
#define OLD(...) __VA_ARGS__,
#else
#define OLD(...)
#endif

/* One call a line would hide what they are. */
/* clang-format off */
static const int talk[] = {
	OLD(SYS_poll, SYS_select, SYS_dup2, SYS_epoll_wait, SYS_time, SYS_alarm)
	SYS_read, SYS_readv, SYS_pread64, SYS_write, SYS_writev, SYS_pwrite64, SYS_close,
	SYS_close_range, SYS_dup, SYS_dup3, SYS_fstat, SYS_lseek, SYS_splice, SYS_tee, SYS_sendfile,
	SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, SYS_epoll_ctl, SYS_epoll_create1,
	SYS_recvmsg, SYS_recvfrom, SYS_sendto, SYS_shutdown, SYS_getsockname, SYS_getpeername,
	SYS_getsockopt, SYS_setsockopt,
	SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall, SYS_setitimer,
	SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrandom,
	SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_wait4, SYS_exit, SYS_exit_group, END
};
static const int read_files[] = {
	OLD(SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink)
	SYS_openat, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
	SYS_getdents64, SYS_getcwd, SYS_statfs, SYS_fstatfs, SYS_flock, SYS_fadvise64, END
};
static const int write_files[] = {
	OLD(SYS_unlink, SYS_rename, SYS_link, SYS_mkdir, SYS_rmdir)
	SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat, SYS_mkdirat, SYS_fsync,
	SYS_fdatasync, SYS_sync_file_range, SYS_ftruncate, SYS_fallocate, SYS_utimensat, SYS_fchmod, SYS_fchown, SYS_umask,
	END
};
static const int hand[] = {
	OLD(SYS_pipe) SYS_pipe2, SYS_socketpair, SYS_sendmsg,
	SYS_memfd_create, /* an envelope that no pipe holds */
	END
};
static const int connects[] = { SYS_connect, SYS_bind, SYS_sendmsg, END };
static const int forks[] = {
	OLD(SYS_fork) SYS_clone, SYS_set_robust_list, SYS_waitid,
	SYS_sendmsg, /* a job that goes back to the parent */
	END
};
static const int execs[] = {
	OLD(SYS_vfork, SYS_pipe)
	SYS_execve, SYS_execveat, SYS_clone, SYS_clone3, SYS_kill, SYS_pipe2, SYS_socketpair,
	/* what a C library does before main(): */
	OLD(SYS_arch_prctl)
	SYS_set_tid_address, SYS_set_robust_list, SYS_rseq, SYS_readlinkat, END
};
static const int accepts[] = { SYS_accept, SYS_accept4, END };
static const int narrows[] = {
	SYS_seccomp, SYS_prctl, SYS_landlock_create_ruleset, SYS_landlock_add_rule,
	SYS_landlock_restrict_self, END
};
/* clang-format on */

/* In the order of their bits. */
static const int *const sets_of_calls[] = { read_files, write_files, hand,    connects,
	                                    forks,      execs,       accepts, narrows };

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short len;
	uint32_t map[WORDS]; /* which calls are there, whatever their arguments */
};

static void
add(struct program *out, uint16_t code, uint32_t value, uint8_t yes, uint8_t no)
{
	out->code[out->len++] = (struct sock_filter){ code, yes, no, value };
}

static void
load(struct program *out, size_t offset)
{
	add(out, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
end_with(struct program *out, uint32_t action)
{
	add(out, BPF_RET | BPF_K, action, 0, 0);
}

/* The lower half of an argument: all that we look at are ints. Both machines are little-endian. */
static size_t
argument(unsigned int number)
{
	return offsetof(struct seccomp_data, args) + number * sizeof(uint64_t);
}

static void
allow_all(struct program *out, const int *calls)
{
	for (; *calls != END; calls++)
		out->map[*calls / BITS] |= (uint32_t)1 << *calls % BITS;
}

/*
 * What follows is about one call; code has the call's number loaded. The call must be none of the
 * map. Jumps are counted: each piece is written so that its length shows.
 */
static void
allow_values(struct program *out, int call, unsigned int number, const uint32_t *values,
             unsigned int count)
{
	load(out, offsetof(struct seccomp_data, nr));
	add(out, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, (uint8_t)(count + 3));
	load(out, argument(number));
	for (unsigned int i = 0; i < count; i++)
		add(out, BPF_JMP | BPF_JEQ | BPF_K, values[i], (uint8_t)(count - i), 0);
	end_with(out, DENY);
	end_with(out, SECCOMP_RET_ALLOW);
}

static void
allow_without(struct program *out, int call, unsigned int number, uint32_t bits)
{
	load(out, offsetof(struct seccomp_data, nr));
	add(out, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
	load(out, argument(number));
	add(out, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	end_with(out, DENY);
	end_with(out, SECCOMP_RET_ALLOW);
}

#define ALLOW_VALUES(out, call, number, ...)                                                       \
	allow_values(out, call, number, (const uint32_t[]){ __VA_ARGS__ },                         \
	             sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* What is there with some arguments only. */
static void
allow_some(struct program *out, unsigned int sets)
{
	/* No new code in memory. */
	allow_without(out, SYS_mmap, 2, PROT_EXEC);
	allow_without(out, SYS_mprotect, 2, PROT_EXEC);
	/* Not F_SETOWN and F_SETSIG: the kernel would send signals for us. */
	ALLOW_VALUES(out, SYS_fcntl, 1, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL,
	             F_SETFL, F_GETPIPE_SZ, F_SETPIPE_SZ, F_GETLK, F_SETLK, F_SETLKW, F_OFD_SETLK,
	             F_OFD_SETLKW);
	ALLOW_VALUES(out, SYS_prlimit64, 0, 0); /* our own limits: pid 0 */
	ALLOW_VALUES(out, SYS_ioctl, 1, TCGETS, FIONREAD, FIONBIO);
	if (sets & CALLS_FORK && !(sets & CALLS_NARROW))
		ALLOW_VALUES(out, SYS_prctl, 0,
		             PR_SET_PDEATHSIG); /* whose waiting children end with it */
	if (sets & CALLS_CONNECT)
		ALLOW_VALUES(out, SYS_socket, 0, AF_UNIX, AF_INET, AF_INET6);
	else if (sets & CALLS_HAND)
		ALLOW_VALUES(out, SYS_socket, 0, AF_UNIX);
}

/* The map's word for this call, shifted by the call's place in it: is the last bit set? */
static void
look_up(struct program *out)
{
	load(out, offsetof(struct seccomp_data, nr));
	add(out, BPF_ALU | BPF_AND | BPF_K, BITS - 1, 0, 0);
	add(out, BPF_MISC | BPF_TAX, 0, 0, 0);
	load(out, offsetof(struct seccomp_data, nr));
	add(out, BPF_ALU | BPF_RSH | BPF_K, 5, 0, 0); /* 2^5 is BITS */
	for (uint32_t i = 0; i < WORDS; i++) {
		if (!out->map[i])
			continue;
		add(out, BPF_JMP | BPF_JEQ | BPF_K, i, 0, 5);
		add(out, BPF_LD | BPF_IMM, out->map[i], 0, 0);
		add(out, BPF_ALU | BPF_RSH | BPF_X, 0, 0, 0);
		add(out, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
		end_with(out, SECCOMP_RET_ALLOW);
		end_with(out, DENY);
	}
	end_with(out, DENY);
}

bool
calls_limit(unsigned int sets)
{
	struct program out = { .len = 0 };
	struct sock_fprog program = { .filter = out.code };

	load(&out, offsetof(struct seccomp_data, arch));
	add(&out, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
	end_with(&out, SECCOMP_RET_KILL_PROCESS);
	allow_all(&out, talk);
	for (unsigned int i = 0; i < sizeof sets_of_calls / sizeof *sets_of_calls; i++)
		if (sets & 1U << i)
			allow_all(&out, sets_of_calls[i]);
	allow_some(&out, sets);
	look_up(&out);
	program.len = out.len;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &program)
	       == 0;
}

#else

bool
calls_limit(unsigned int sets)
{
	(void)sets;
	errno = ENOSYS;
	return false;
}

#endif
