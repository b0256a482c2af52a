/*
 * question - ask another program something, in a line
 *
 * What parses strangers' bytes is a process of its own: one that is started for one question, or one
 * that waits behind a unix socket.
 */
#ifndef NET_QUESTION_H
#define NET_QUESTION_H

#include <stddef.h>

/*
 * question_ask - write the question and read the answer to its end
 *
 * command    argv, or unix:PATH of a parent that waits (base/job.h): the question comes on fd 0, the
 *            answer goes to fd 1
 * question   must have no line end in it; one is added
 * answer     gets the answer as a C string, "" where there is none, and the log says so; cut at
 *            size - 1 bytes
 * returns    its length
 */
size_t question_ask(const char *const *command, const char *question, char *answer, size_t size,
                    unsigned int timeout_s);

#endif
