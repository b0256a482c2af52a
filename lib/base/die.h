/*
 * die - the ends of a program, named for what its caller should do next, and the lines it logs
 *
 * Every line goes to fd 2 in one write, alone or with others (log_gather), in the form of log(5):
 *
 *     PROGRAM: EVENT conn=ID msg=ID name=value name="value with spaces" ...
 *
 * or, with SMTPIPE_LOG=json in the environment, as a JSON object. Values are escaped, so bytes from
 * the network may be given as they are.
 */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <stdbool.h>
#include <stddef.h>

extern char const *PROG; /* each program defines it: its own name */

enum { EXIT_PERMANENT = 100, EXIT_TEMPORARY = 111 }; /* exits(7) */

/*
 * log_ids - which connection and which message the following lines are about
 *
 * conn, msg   text that outlives all later log calls; NULL: leave it out
 */
void log_ids(const char *conn, const char *msg);

/* One line: event, then name, value, name, value ... and NULL. A NULL value leaves its pair out. */
void log_event(const char *event, ...) __attribute__((sentinel));

/*
 * log_gather - keep lines until log_flush, or until there are too many for one write
 *
 * For a program that writes several in one turn of a loop, as each write wakes who reads the log. Those that
 * end the program are written at once, and all before them. Not to be called twice.
 */
void log_gather(void);
void log_flush(void);

/* Parts of a text are strings, put together without spaces. The _sys form adds errno's text. */
#define TEXT_PARTS(...)   ((const char *const[]){ __VA_ARGS__, NULL })
#define log_warn(...)     log_text("warning", false, TEXT_PARTS(__VA_ARGS__))
#define log_warn_sys(...) log_text("warning", true, TEXT_PARTS(__VA_ARGS__))

#define die_permanent(...)  die_text(EXIT_PERMANENT, "refused", false, TEXT_PARTS(__VA_ARGS__))
#define die_later(...)      die_text(EXIT_TEMPORARY, "fatal", false, TEXT_PARTS(__VA_ARGS__))
#define die_temporary(...)  die_text(EXIT_TEMPORARY, "fatal", true, TEXT_PARTS(__VA_ARGS__))
#define die_usage(usage)    die_text(EXIT_TEMPORARY, "usage", false, TEXT_PARTS(usage))
#define die_unset(variable) die_later(variable, " is not set in the environment")
#define die_memory()        die_temporary("cannot get memory")

/* What the macros above stand for. */
void log_text(const char *event, bool with_errno, const char *const *parts);
_Noreturn void die_text(int code, const char *event, bool with_errno, const char *const *parts);

#endif
