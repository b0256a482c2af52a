/*
 * speakers - processes that wait for a client to speak with
 *
 * They are forked ahead of need by a process that has nothing but the log: not by the acceptor, in
 * whose memory are the logins and addresses of all others, and whose hundreds of descriptors each
 * child would have to close. A speaker serves one client, and gets its socket and a channel to its
 * steward as any job (base/serve.h).
 */
#ifndef NET_SPEAKERS_H
#define NET_SPEAKERS_H

#include "net/steward.h"

#include <stdbool.h>

struct rights;

/* What a speaker is told of its client. */
struct caller {
	char conn[ID_LEN + 1];
	char client[STEWARD_CLIENT_MAX]; /* IP address; "": unknown */
	bool tls;                        /* is on already */
	bool certificate;                /* ... and the client has shown one */
	int channel;                     /* to the steward */
};

/*
 * speakers_start - fork the process whose children wait; dies if that cannot be
 *
 * jobs      filled in: for speakers_give()
 * limit     speakers at one time
 * rights    what is left to them (base/sandbox.h)
 * returns   false: here. true: this is a speaker, with its client on fds 0 and 1, caller filled in,
 *           and nothing else but the log.
 */
bool speakers_start(int *jobs, unsigned int limit, const struct rights *rights,
                    struct caller *caller);

/*
 * speakers_give - have one of them speak with this client
 *
 * caller    its channel is the end of the steward; the other end and client stay the caller's to
 *           close
 * returns   false: errno; nobody will
 */
bool speakers_give(int jobs, const struct caller *caller, int client, int other_end);

#endif
