/*
 * saslprep - logins and passwords in the one form in which they are compared (RFC 4013)
 *
 * What looks the same is typed in several ways: composed or not, with wide or narrow letters.
 */
#ifndef MAIL_SASLPREP_H
#define MAIL_SASLPREP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * saslprep - prepare a text
 *
 * out, size  a C string, never longer than what fits; may not overlap text
 * text       UTF-8, a C string
 * store      it is to be kept: code points that Unicode 3.2 did not know are refused then (RFC 3454 7)
 * returns    false: it holds what no login or password may hold, it is too long, or nothing is left
 */
bool saslprep(char *out, size_t size, const char *text, bool store);

#endif
