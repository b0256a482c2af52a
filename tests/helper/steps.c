/*
 * steps - run a program and all that it starts, and count the instructions of their work
 *
 *     steps program ...
 *
 * Says the sum on standard error, as "steps: 123456". A process is counted from where it gives up
 * its rights (seccomp): what the C library does before main() is not ours, and what the kernel
 * does is not in it.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FOLLOW = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL
	         | PTRACE_O_TRACESYSGOOD,
	SYSCALL_STOP = SIGTRAP | 0x80,
	PIDS_MAX = 1 << 22, /* what the kernel gives out at most */
};

static bool counted[PIDS_MAX];

static _Noreturn void
become(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) {
		perror("steps: cannot be traced");
		_exit(111);
	}
	raise(SIGSTOP);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(111);
}

static bool
confines_itself(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace((enum __ptrace_request)PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info,
	              &info)
	           > 0
	       && info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_seccomp;
}

int
main(int argc, char **argv)
{
	unsigned long steps = 0;
	int status, exit_code = 111;
	pid_t first, pid;

	/* Each step is two changes of process: among others at work each would be waited for. */
	(void)setpriority(PRIO_PROCESS, 0, -20);
	if (argc < 2 || (first = fork()) < 0)
		return 111;
	if (first == 0)
		become(argv + 1);
	if (waitpid(first, &status, 0) < 0 || !WIFSTOPPED(status)
	    || ptrace(PTRACE_SETOPTIONS, first, NULL, (void *)(long)FOLLOW) < 0)
		return 111;
	ptrace(PTRACE_SYSCALL, first, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int signal_number = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

		if (!signal_number) {
			if (pid == first && WIFEXITED(status))
				exit_code = WEXITSTATUS(status);
			counted[pid] = false;
			continue;
		}
		if (signal_number == SYSCALL_STOP)
			counted[pid] = counted[pid] || confines_itself(pid);
		else if (signal_number == SIGTRAP)
			steps += counted[pid];
		if (signal_number == SYSCALL_STOP || signal_number == SIGTRAP
		    || signal_number == SIGSTOP)
			signal_number = 0; /* ours; a new process begins with the last one */
		ptrace(counted[pid] ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, pid, NULL,
		       (void *)(long)signal_number);
	}
	fprintf(stderr, "steps: %lu\n", steps);
	return exit_code;
}
