/*
 * A login: the client says anything. The judge is asked only about what can be a login and a password, and
 * who was not let in by it is told no 235, and has no record on fd 4.
 */
#include "net/auth.h"

#include "mail/sasl.h"

#include "fuzz/fuzz.h"
#include "fuzz/still.h"

char const *PROG = "auth";

int LLVMFuzzerInitialize(int *argc, char ***argv);

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

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	still_files(0, 1);
	still_files(3, 4);
	return 0;
}

static void
fuzz(char *bytes, size_t len)
{
	static const char facts[] =
	    "V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0tTLSv1.3\0";
	struct auth auth = { .known = sasl_mechanisms };
	char said[4096], record[16];
	ssize_t said_len, record_len;
	int code;

	still_put(0, bytes, len);
	still_put(1, "", 0);
	still_put(3, facts, sizeof facts);
	still_put(4, "", 0);
	let_in = false;
	code = auth_run(&auth, judge, NULL);
	record_len = pread(4, record, sizeof record, 0);
	said_len = pread(1, said, sizeof said, 0);
	assert((code == 0) == let_in);
	assert(let_in ? record_len == 8 && memcmp(record, "Aalice\0", 8) == 0 : record_len == 0);
	assert(said_len >= 0 && fuzz_clean(said, (size_t)said_len));
	assert(!!memmem(said, (size_t)said_len, "235 ", 4) == let_in);
}
