#include "base/kernel.h"

#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
kernel_close(unsigned int first, unsigned int last)
{
	return syscall(SYS_close_range, first, last, 0U) == 0;
}

bool
kernel_rename_new(int folder, const char *from, const char *to)
{
	return syscall(SYS_renameat2, folder, from, folder, to, RENAME_NOREPLACE) == 0;
}
