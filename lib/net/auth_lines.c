#include "net/auth_lines.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "mail/base64.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FD_CLIENT_IN, FD_CLIENT_OUT = AUTH_FD_OUT, FD_FACTS = 3, FD_LOGIN = 4 };
enum {
	AUTH_LINE_MAX = 12288, /* RFC 4954 4 */
	AUTH_TIMEOUT_S = 300,  /* for the whole exchange */
	WRITE_TIMEOUT_S = 60,
};

const char auth_done[] = "235 2.7.0 you are logged in";
const char auth_later[] = "454 4.7.0 cannot check passwords now; please try again later";
const char auth_wrong[] = "535 5.7.8 login or password is wrong";
const char auth_no_mechanism[] = "504 5.5.4 this mechanism is not offered";
static const char reply_slow[] = "454 4.7.0 that took too long";
static const char reply_long[] = "500 5.5.6 this line is too long";
static const char reply_cancelled[] = "501 5.7.0 cancelled";
static const char reply_no_base64[] = "501 5.5.2 this is not base64";
static const char reply_syntax[] = "501 5.5.4 a mechanism and at most one response are wanted";
static const char reply_broken[] = "500 5.5.2 this is no line of text";

const char *
auth_lines_start(struct auth_lines *x)
{
	x->response = (stralloc)STRALLOC_ZERO;
	x->deadline_ms = clock_ms() + AUTH_TIMEOUT_S * 1000;
	/* No core file may hold a password. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	for (int fd = FD_FACTS; fd <= FD_LOGIN; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	dialogue_start(&x->lines, FD_CLIENT_IN, FD_CLIENT_OUT);
	x->lines.lf = isatty(FD_CLIENT_IN); /* typed by hand */
	if (!facts_read(&x->facts, FD_FACTS)) {
		log_warn_sys("cannot read the facts of the connection on fd 3");
		return auth_later;
	}
	log_ids(envelope_get(&x->facts.known, ENVELOPE_CONNECTION), NULL);
	return NULL;
}

static void
say(struct auth_lines *x, const char *line)
{
	/* A client that is gone shows at the next read. */
	if (dialogue_put(&x->lines, line))
		(void)dialogue_flush(&x->lines, WRITE_TIMEOUT_S);
}

static const char *
line_get(struct auth_lines *x, const char **line, size_t *len)
{
	int64_t left_ms = x->deadline_ms - clock_ms();
	char *text;

	if (left_ms < 0)
		return reply_slow;
	switch (dialogue_line(&x->lines, (int)(left_ms / 1000), &text, len)) {
	case LINE_OK: break;
	case LINE_TOO_LONG: return reply_long;
	case LINE_BAD: return reply_broken;
	case LINE_TIMEOUT: return reply_slow;
	case LINE_WOKEN:          /* there is no waker */
	case LINE_END: return ""; /* nobody is there to be told */
	}
	*line = text;
	return *len > AUTH_LINE_MAX ? reply_long : NULL;
}

static const char *
response_decode(struct auth_lines *x, const char *text, size_t len)
{
	x->response.len = 0;
	if (base64_decode(&x->response, text, len))
		return NULL;
	return errno == EINVAL ? reply_no_base64 : auth_later;
}

/* Cuts the next word off a line. */
static size_t
word_cut(const char **line, size_t *len, const char **word)
{
	size_t word_len = 0;

	while (*len && **line == ' ') {
		++*line;
		--*len;
	}
	*word = *line;
	while (*len && **line != ' ') {
		++*line;
		--*len;
		word_len++;
	}
	return word_len;
}

const char *
auth_lines_command(struct auth_lines *x, const char **mechanism, size_t *len, bool *initial)
{
	const char *line, *word, *response, *end;
	size_t left, response_len;

	if ((end = line_get(x, &line, &left)))
		return end;
	if (word_cut(&line, &left, &word) != 4 || strncasecmp(word, "AUTH", 4) != 0)
		return reply_syntax;
	*len = word_cut(&line, &left, mechanism);
	response_len = word_cut(&line, &left, &response);
	if (!*len || word_cut(&line, &left, &word))
		return reply_syntax;
	*initial = response_len;
	if (response_len == 1 && *response == '=') /* "=" is an empty response, here only */
		response_len = 0;
	return response_decode(x, response, response_len);
}

const char *
auth_lines_ask(struct auth_lines *x, const char *challenge, size_t len)
{
	stralloc asked = STRALLOC_ZERO;
	bool made = stralloc_cats(&asked, "334 ") && base64_encode(&asked, challenge, len)
	            && stralloc_0(&asked);
	const char *line, *end;

	if (made)
		say(x, asked.s);
	stralloc_free(&asked);
	if (!made)
		return auth_later;
	if ((end = line_get(x, &line, &len)))
		return end;
	if (len == 1 && *line == '*')
		return reply_cancelled;
	return response_decode(x, line, len);
}

bool
auth_lines_hand_over(const char *login, const char *credential, const char *grant)
{
	stralloc records = STRALLOC_ZERO;
	bool done = record_add(&records, ENVELOPE_LOGIN, login)
	            && (!*credential || record_add(&records, ENVELOPE_CREDENTIAL, credential))
	            && (!*grant || record_add(&records, ENVELOPE_GRANT, grant))
	            && record_end(&records) && io_write(FD_LOGIN, records.s, records.len);

	if (!done)
		log_warn_sys("cannot write the login to fd 4");
	stralloc_free(&records);
	return done;
}

void
auth_lines_log(const struct auth_lines *x, const char *event, const char *login,
               const char *mechanism, const char *why)
{
	log_event(event, "client", envelope_get(&x->facts.known, ENVELOPE_CLIENT), "login", login,
	          "mechanism", mechanism, "text", why, NULL);
}

void
auth_lines_wipe(struct auth_lines *x)
{
	explicit_bzero(x->lines.input, sizeof x->lines.input);
	if (x->response.s)
		explicit_bzero(x->response.s, x->response.a);
}

int
auth_lines_end(struct auth_lines *x, const char *reply)
{
	if (*reply)
		say(x, reply);
	log_ids(NULL, NULL);
	facts_free(&x->facts);
	stralloc_free(&x->response);
	return reply[0] == '2' ? 0 : reply[0] == '4' ? EXIT_TEMPORARY : EXIT_PERMANENT;
}
