/*
 * date - dates as mail writes them: "Sun, 22 Nov 2026 02:30:00 +0000" (RFC 5322 3.3)
 */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdint.h>

enum { DATE_LEN = 31 };

/* seconds since 1970, written in UTC without any obs- form. out ends in NUL. */
void date_format(char out[DATE_LEN + 1], int64_t time_s);

#endif
