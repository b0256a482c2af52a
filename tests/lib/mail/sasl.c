#include "mail/sasl.h"

#include "check.h"

/* One response after the other, each a string literal with its own length. */
struct response {
	const char *text;
	size_t len;
};
#define SAID(text)                                                                                 \
	{                                                                                          \
		text, sizeof text - 1                                                              \
	}
#define A_64  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A_320 A_64 A_64 A_64 A_64 A_64
#define A_511                                                                                      \
	A_64 A_64 A_64 A_64 A_64 A_64 A_64                                                         \
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *sentence;
	const char *mechanism;
	struct response responses[2];
	const char *login; /* NULL: refused */
	const char *password;
} cases[] = {
	{ "SASL-03: PLAIN without authzid is taken",
	  "PLAIN",
	  { SAID("\0ann\0secret") },
	  "ann",
	  "secret" },
	{ "SASL-03: an authzid equal to the login is taken",
	  "PLAIN",
	  { SAID("ann\0ann\0secret") },
	  "ann",
	  "secret" },
	{ "SASL-03: letter case of the authzid is ignored, as in the login",
	  "PLAIN",
	  { SAID("Ann\0ann\0secret") },
	  "ann",
	  "secret" },
	{ "SASL-02: an authzid of another is refused",
	  "PLAIN",
	  { SAID("bob\0ann\0secret") },
	  NULL,
	  NULL },
	{ "SASL-02: a prefix of the login is another",
	  "PLAIN",
	  { SAID("an\0ann\0secret") },
	  NULL,
	  NULL },
	{ "SASL-02: the login and more is another",
	  "PLAIN",
	  { SAID("anna\0ann\0secret") },
	  NULL,
	  NULL },
	{ "SASL-01: nothing is no PLAIN message", "PLAIN", { SAID("") }, NULL, NULL },
	{ "SASL-01: a message without NUL is refused", "PLAIN", { SAID("ann") }, NULL, NULL },
	{ "SASL-01: a message with one NUL is refused",
	  "PLAIN",
	  { SAID("ann\0secret") },
	  NULL,
	  NULL },
	{ "SASL-01: an empty login is refused", "PLAIN", { SAID("\0\0secret") }, NULL, NULL },
	{ "SASL-01: an empty password is refused", "PLAIN", { SAID("\0ann\0") }, NULL, NULL },
	{ "SASL-04: a third NUL at the end is refused",
	  "PLAIN",
	  { SAID("\0ann\0secret\0") },
	  NULL,
	  NULL },
	{ "SASL-04: text after the password is refused",
	  "PLAIN",
	  { SAID("\0ann\0secret\0more") },
	  NULL,
	  NULL },
	{ "SASL-05: UTF-8 is kept",
	  "PLAIN",
	  { SAID("\0zo\xc3\xab\0p\xc3\xa4ss") },
	  "zo\xc3\xab",
	  "p\xc3\xa4ss" },
	{ "SASL-05: a login that is not UTF-8 is refused",
	  "PLAIN",
	  { SAID("\0zo\xeb\0secret") },
	  NULL,
	  NULL },
	{ "SASL-05: a password that is not UTF-8 is refused",
	  "PLAIN",
	  { SAID("\0ann\0p\xe4ss") },
	  NULL,
	  NULL },
	{ "SASL-05: control characters are refused",
	  "PLAIN",
	  { SAID("\0ann\0sec\nret") },
	  NULL,
	  NULL },
	{ "spaces and colons are characters as others in a password",
	  "PLAIN",
	  { SAID("\0ann\0a b:c ") },
	  "ann",
	  "a b:c " },
	{ "a login of 320 bytes fits", "PLAIN", { SAID("\0" A_320 "\0x") }, A_320, "x" },
	{ "a login of 321 bytes is refused", "PLAIN", { SAID("\0" A_320 "a\0x") }, NULL, NULL },
	{ "a password of 511 bytes fits", "PLAIN", { SAID("\0ann\0" A_511) }, "ann", A_511 },
	{ "a password of 512 bytes is refused",
	  "PLAIN",
	  { SAID("\0ann\0" A_511 "a") },
	  NULL,
	  NULL },
	{ "SASL-06: LOGIN takes the login, then the password",
	  "LOGIN",
	  { SAID("ann"), SAID("secret") },
	  "ann",
	  "secret" },
	{ "LOGIN: an empty login is refused", "LOGIN", { SAID("") }, NULL, NULL },
	{ "LOGIN: a NUL in the login is refused", "LOGIN", { SAID("ann\0") }, NULL, NULL },
	{ "LOGIN: an empty password is refused", "LOGIN", { SAID("ann"), SAID("") }, NULL, NULL },
	{ "LOGIN: a NUL in the password is refused",
	  "LOGIN",
	  { SAID("ann"), SAID("sec\0ret") },
	  NULL,
	  NULL },
	{ "AUTH-31: the mechanism's letter case is ignored",
	  "pLaIn",
	  { SAID("\0ann\0secret") },
	  "ann",
	  "secret" },
};

static bool
fits(size_t i)
{
	struct sasl sasl;
	enum sasl_state state = SASL_CHALLENGE;
	const char *challenge;

	if (!sasl_start(&sasl, sasl_mechanisms, cases[i].mechanism, 5))
		return false;
	for (size_t step = 0; step < 2 && state == SASL_CHALLENGE; step++) {
		const struct response *response = &cases[i].responses[step];
		char *copy = check_copy(response->text ? response->text : "", response->len);

		state = sasl_step(&sasl, copy, response->len, &challenge);
		free(copy);
	}
	if (!cases[i].login)
		return state == SASL_REFUSED;
	return state == SASL_COMPLETE && strcmp(sasl.login, cases[i].login) == 0
	       && strcmp(sasl.password, cases[i].password) == 0;
}

int
main(void)
{
	struct sasl sasl;
	const char *challenge;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(fits(i), cases[i].sentence);
	CHECK(!sasl_start(&sasl, sasl_mechanisms, "CRAM-MD5", 8), "AUTH-12: CRAM-MD5 is not known");
	CHECK(!sasl_start(&sasl, "PLAIN", "LOGIN", 5), "LOGIN is refused where it is not offered");
	CHECK(!sasl_start(&sasl, sasl_mechanisms, "PLAI", 4), "part of a name is not the name");
	CHECK(!sasl_start(&sasl, "PLAIN SCRAM-SHA-256", "SCRAM-SHA-256", 13),
	      "what is offered must be known too");
	CHECK(!sasl_start(&sasl, sasl_mechanisms, "", 0), "no name is no mechanism");
	CHECK(sasl_start(&sasl, sasl_mechanisms, "PLAIN", 5)
	          && sasl_step(&sasl, NULL, 0, &challenge) == SASL_CHALLENGE && !*challenge,
	      "AUTH-06: PLAIN without initial response gets the empty challenge");
	CHECK(sasl_start(&sasl, sasl_mechanisms, "LOGIN", 5)
	          && sasl_step(&sasl, NULL, 0, &challenge) == SASL_CHALLENGE
	          && strcmp(challenge, "Username:") == 0,
	      "SASL-06: LOGIN asks for the name first");
	CHECK(sasl_start(&sasl, sasl_mechanisms, "LOGIN", 5)
	          && sasl_step(&sasl, "ann", 3, &challenge) == SASL_CHALLENGE
	          && strcmp(challenge, "Password:") == 0,
	      "SASL-07: after a name as initial response LOGIN asks for the password");
	return check_end();
}
