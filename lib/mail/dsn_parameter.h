/*
 * dsn_parameter - what a client says about the reports it wants (RFC 3461 4)
 *
 * Each takes the value as the envelope carries it. RFC 3461 gives the limits.
 */
#ifndef MAIL_DSN_PARAMETER_H
#define MAIL_DSN_PARAMETER_H

#include <stdbool.h>

enum { DSN_ENVID_MAX = 100, DSN_ORCPT_MAX = 500 }; /* bytes; 4.4, 4.2 */

bool dsn_ret_valid(const char *value);   /* "FULL" or "HDRS", any letter case */
bool dsn_envid_valid(const char *value); /* xtext */
bool
dsn_notify_valid(const char *value); /* "NEVER", or some of SUCCESS, FAILURE, DELAY, once each */

/* As "rfc822;ann@example.org": a type, then xtext; of type utf-8 what RFC 6533 3 allows, raw UTF-8 too. */
bool dsn_orcpt_valid(const char *value);

#endif
