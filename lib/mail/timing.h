/*
 * timing - when a message is to be sent or delivered, and how urgent it is (RFC 4865, 2852, 6710)
 *
 * Values of MAIL's parameters: text and len, no NUL needed. False: not of the form that its RFC
 * gives, and nothing is written.
 */
#ifndef MAIL_TIMING_H
#define MAIL_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TIMING_STAMP_LEN = 20, /* "2026-11-22T02:30:00Z" */
	TIMING_PRIORITY_MAX = 9,
};

/* HOLDFOR: one to nine digits, seconds, not 0. RFC 4865 3 */
bool timing_hold_for(const char *text, size_t len, int64_t *seconds);

/* HOLDUNTIL: a moment in UTC, as seconds since 1970. RFC 4865 3, RFC 3339 5.6 */
bool timing_hold_until(const char *text, size_t len, int64_t *time_s);

/* Such a moment as text; out ends in NUL. Empty for a year of more than four digits. */
void timing_stamp(char out[TIMING_STAMP_LEN + 1], int64_t time_s);

struct deliver_by {
	int64_t seconds; /* from now; may be negative where is_return is false */
	bool is_return;  /* too late: it is returned; else its sender is told, and it is tried on */
	bool trace;      /* its sender is told when it is relayed */
};

/* BY, as "120;R" or "-5;NT". RFC 2852 4 */
bool timing_by(const char *text, size_t len, struct deliver_by *out);

/* MT-PRIORITY: -9 to 9, no plus sign, no zero in front. RFC 6710 7 */
bool timing_priority(const char *text, size_t len, int *out);

#endif
