/*
 * job - descriptors handed to another process
 *
 * The second way to start a stage (stage(7)): the program was started once, and waits on a unix
 * datagram socket (base/serve.h). A job is one datagram: its bytes are the numbers that the
 * descriptors in it are to have, in their order.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct spawn_fd;

enum { JOB_FDS_MAX = 8 };

/* Is this the name of a waiting parent ("unix:PATH") and not a command? */
bool job_is_address(const char *word);

/* The socket's name of "unix:PATH". false: errno; it is too long. */
bool job_address(struct sockaddr_un *out, const char *address);

/*
 * job_send - ask a waiting parent for one child on these descriptors
 *
 * address   "unix:PATH"
 * map       as for spawn; the caller still owns and closes its ends
 * returns   false: errno; nothing was started
 */
bool job_send(const char *address, const struct spawn_fd *map, size_t count);

/* The same from a socket of the caller's; to NULL: the one it is connected with. */
bool job_give(int s, const struct sockaddr_un *to, const struct spawn_fd *map, size_t count);

/*
 * job_place - put descriptors that were received where their numbers say
 *
 * Where those numbers were the lowest free ones, the kernel has done so already.
 * fds       are closed, where they are not in place
 * flags     of dup3, for those that have to be moved
 * returns   false: not numbers of a contract, or errno
 */
bool job_place(const char *numbers, int *fds, size_t count, int flags);

/*
 * job_start - either form: spawn(argv), or job_send if argv[0] is an address
 *
 * returns   > 0: pid of the child to wait for; 0: asked a parent; -1: errno
 */
pid_t job_start(const char *const *argv, const struct spawn_fd *map, size_t count);

#endif
