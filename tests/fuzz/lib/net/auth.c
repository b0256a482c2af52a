/*
 * A login: the client says anything. The judge is asked only about what can be a login and a password, and
 * who was not let in by it is told no 235, and has no record on fd 4.
 */
#include "net/auth.h"

#include "mail/sasl.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "fuzz/still.h"

char const *PROG = "auth";

enum { FUZZ_MAX = 2000 };

static bool let_in;

static enum auth_verdict
judge(struct auth_attempt *attempt, const void *settings)
{
	(void)settings;
	assert(!*attempt->login || sasl_prepared(attempt->login, strlen(attempt->login)));
	assert(attempt->kind == SASL_TOKEN || attempt->kind == SASL_CERTIFICATE || *attempt->login);
	assert(attempt->kind != SASL_PASSWORD
	       || sasl_prepared(attempt->password, strlen(attempt->password)));
	let_in = attempt->proved && attempt->kind == SASL_PASSWORD && attempt->password[0] == 'x';
	if (attempt->kind == SASL_KEYS && !attempt->proved) {
		attempt->keys.iterations = SCRAM_ITERATIONS_MIN;
		return AUTH_RIGHT;
	}
	assert(attempt->kind != SASL_KEYS); /* who can make a proof for keys of zeros? */
	attempt->why = "wrong password";
	assert(stralloc_copys(&attempt->known_as, "alice") && stralloc_0(&attempt->known_as));
	return let_in ? AUTH_RIGHT : attempt->login[0] == 'y' ? AUTH_LATER : AUTH_WRONG;
}

static void
fuzz(char *bytes, size_t len)
{
	static const char facts[] =
	    "V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0tTLSv1.3\0";
	struct auth auth = { .known = sasl_mechanisms };
	const stralloc *said = &file_open(1, "", 0)->out, *record = &file_open(4, "", 0)->out;
	const struct file *log = file_open(2, "", 0);
	int code;

	file_open(0, bytes, len)->step = len % 2 ? 0 : fuzz_step(len);
	file_open(3, facts, sizeof facts);
	let_in = false;
	code = auth_run(&auth, judge, NULL);
	assert((code == 0) == let_in);
	assert(let_in ? record->len == 8 && memcmp(record->s, "Aalice\0", 8) == 0 : !record->len);
	assert(!said->len || fuzz_clean(said->s, said->len));
	assert((said->len && memmem(said->s, said->len, "235 ", 4)) == let_in);
	assert(file_is_plain(log));
}
