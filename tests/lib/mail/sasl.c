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

/* What comes in one response. */
static const struct {
	const char *sentence;
	const char *mechanism;
	struct response response;
	const char *login; /* NULL: refused */
	const char *token;
} singles[] = {
	{ "SASL-16: OAUTHBEARER as in RFC 7628 4.1", "OAUTHBEARER",
	  SAID("n,a=user@example.com,\1host=server.example.com\1port=143\1auth=Bearer "
	       "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"),
	  "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" },
	{ "OAUTHBEARER without a name is for whoever the token is of", "OAUTHBEARER",
	  SAID("n,,\1auth=bearer  a.b-c_d~e+f/g==\1\1"), "", "a.b-c_d~e+f/g==" },
	{ "SASL-16: without auth", "OAUTHBEARER", SAID("n,,\1host=x\1\1"), NULL, NULL },
	{ "SASL-16: with auth twice", "OAUTHBEARER", SAID("n,,\1auth=Bearer a\1auth=Bearer b\1\1"),
	  NULL, NULL },
	{ "SASL-16: with an empty token", "OAUTHBEARER", SAID("n,,\1auth=Bearer \1\1"), NULL,
	  NULL },
	{ "SASL-16: with another scheme", "OAUTHBEARER", SAID("n,,\1auth=Basic a\1\1"), NULL,
	  NULL },
	{ "SASL-16: with a space in the token", "OAUTHBEARER", SAID("n,,\1auth=Bearer a b\1\1"),
	  NULL, NULL },
	{ "SASL-16: with a line feed in the token", "OAUTHBEARER",
	  SAID("n,,\1auth=Bearer a\nb\1\1"), NULL, NULL },
	{ "SASL-16: with NUL in the token", "OAUTHBEARER", SAID("n,,\1auth=Bearer a\0b\1\1"), NULL,
	  NULL },
	{ "SASL-16: without the last end", "OAUTHBEARER", SAID("n,,\1auth=Bearer a\1"), NULL,
	  NULL },
	{ "SASL-16: with something behind it", "OAUTHBEARER", SAID("n,,\1auth=Bearer a\1\1x"), NULL,
	  NULL },
	{ "SASL-16: without a header", "OAUTHBEARER", SAID("auth=Bearer a\1\1"), NULL, NULL },
	{ "SASL-16: only a header", "OAUTHBEARER", SAID("n,,"), NULL, NULL },
	{ "SASL-16: nothing", "OAUTHBEARER", SAID(""), NULL, NULL },
	{ "XOAUTH2 names the login in a pair", "XOAUTH2",
	  SAID("user=ann@example.org\1auth=Bearer abc\1\1"), "ann@example.org", "abc" },
	{ "XOAUTH2 without a login", "XOAUTH2", SAID("auth=Bearer abc\1\1"), NULL, NULL },
	{ "XOAUTH2 with two", "XOAUTH2", SAID("user=a\1user=b\1auth=Bearer abc\1\1"), NULL, NULL },
	{ "SASL-17: EXTERNAL with a name", "EXTERNAL", SAID("ann"), "ann", NULL },
	{ "SASL-17: EXTERNAL without one", "EXTERNAL", SAID(""), "", NULL },
	{ "SASL-17: EXTERNAL with NUL", "EXTERNAL", SAID("a\0b"), NULL, NULL },
};

static bool
single_fits(size_t i)
{
	const struct response *response = &singles[i].response;
	char *copy = check_copy(response->text, response->len);
	struct sasl sasl;
	const char *challenge;
	bool fits = false;

	if (sasl_start(&sasl, sasl_mechanisms, singles[i].mechanism,
	               strlen(singles[i].mechanism))) {
		enum sasl_state state = sasl_step(&sasl, copy, response->len, &challenge);

		fits = singles[i].login
		           ? state == SASL_COMPLETE && strcmp(sasl.login, singles[i].login) == 0
		           : state == SASL_REFUSED;
		if (singles[i].token)
			fits = fits && sasl.kind == SASL_TOKEN
			       && sasl.token_len == strlen(singles[i].token)
			       && memcmp(sasl.token, singles[i].token, sasl.token_len) == 0;
	}
	free(copy);
	return fits;
}

int
main(void)
{
	struct sasl sasl;
	const char *challenge;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(fits(i), cases[i].sentence);
	for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
		CHECK(single_fits(i), singles[i].sentence);
	CHECK(sasl_start(&sasl, sasl_mechanisms, "OAUTHBEARER", 11) && sasl_failure(&sasl)
	          && sasl_start(&sasl, sasl_mechanisms, "PLAIN", 5) && !sasl_failure(&sasl),
	      "SASL-15: a refused token has a reason, a refused password has none");
	CHECK(!sasl_start(&sasl, sasl_mechanisms, "CRAM-MD5", 8), "AUTH-12: CRAM-MD5 is not known");
	CHECK(!sasl_start(&sasl, "PLAIN", "LOGIN", 5), "LOGIN is refused where it is not offered");
	CHECK(!sasl_start(&sasl, sasl_mechanisms, "PLAI", 4), "part of a name is not the name");
	CHECK(!sasl_start(&sasl, "PLAIN CRAM-MD5", "CRAM-MD5", 8),
	      "SASL-20: what is offered must be known too");
	CHECK(!sasl_start(&sasl, sasl_mechanisms, "SCRAM-SHA-256-PLUS", 18),
	      "a mechanism with channel binding is not known");
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
