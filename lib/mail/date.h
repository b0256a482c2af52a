/*
 * date - dates as mail writes them: "Sun, 22 Nov 2026 02:30:00 +0000" (RFC 5322 3.3)
 */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATE_LEN = 31 };

/* seconds since 1970, written in UTC without any obs- form. out ends in NUL. */
void date_format(char out[DATE_LEN + 1], int64_t time_s);

/*
 * date_parse - read a date, the obsolete forms too
 *
 * Strict about what RFC 5322 3.3 says a date must be: the day of the week is the date's own, the day
 * is one of its month, 23:59:60 is the last second. Of zones in letters only those of 4.3 are known;
 * all others, military ones too, count as -0000. Years of more than four digits are not read.
 *
 * text, len  a field's body; folds and comments may be in it
 * time_s     seconds since 1970; written only on success
 */
bool date_parse(const char *text, size_t len, int64_t *time_s);

#endif
