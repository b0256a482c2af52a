/*
 * openbsd - what lib/base/sandbox.c takes of OpenBSD's headers, for a machine that has none
 *
 * And what these lack: tests/lint/openbsd.t includes it before all others.
 */
#ifndef TESTS_OPENBSD_H
#define TESTS_OPENBSD_H

#include <sys/resource.h>

#undef RLIMIT_AS
#pragma GCC poison RLIMIT_AS

int pledge(const char *promises, const char *execpromises);
int unveil(const char *path, const char *permissions);

#endif
