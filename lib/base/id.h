/*
 * id - names of connections and messages: time, then chance
 *
 * 16 characters of [0-9a-v]: 11 for the time in microseconds since 1970 (so they sort by age), 5 of
 * randomness. Never an inode or a pid: those come back. RFC 5321 asks nothing of their form.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

enum { ID_LEN = 16 };

void id_make(char id[ID_LEN + 1]);

/* Is this text an id? What names a file must be asked first. */
bool id_valid(const char *text);

/* When was it made? Since 1970. The id must be valid. */
int64_t id_time_us(const char *id);
int64_t id_time_s(const char *id);

#endif
