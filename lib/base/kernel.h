/*
 * kernel - calls of Linux for which not every C library has a function (musl before 1.2.5)
 */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

#include <stdbool.h>

/* close_range(2): all descriptors from first to last, both included; ~0U: to the end. errno */
bool kernel_close(unsigned int first, unsigned int last);

/* renameat2(2) within a folder, of a name to one that is free. errno: EEXIST, or as rename(2) has it */
bool kernel_rename_new(int folder, const char *from, const char *to);

#endif
