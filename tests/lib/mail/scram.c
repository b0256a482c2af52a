/* SASL-08 SASL-09 SASL-10 SASL-11 SASL-12 SASL-13 */
#include "mail/scram.h"

#include "mail/base64.h"

#include "check.h"

/* The exchange of RFC 7677 3; its server nonce is no 18 bytes, so it is put in behind our back. */
#define FIRST  "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
#define NONCE  "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define ANSWER "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define FINAL  "c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define PROOF  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static bool
first(struct scram *scram, const char *text)
{
	char *copy = check_copy(text, strlen(text));
	bool taken = scram_first(scram, copy, strlen(text));

	free(copy);
	return taken;
}

static bool
final(const struct scram *scram, const char *text, char proof[64])
{
	char *copy = check_copy(text, strlen(text));
	bool right = scram_final(scram, copy, strlen(text), proof);

	free(copy);
	return right;
}

static void
prepare(struct scram *scram)
{
	static const char salt[] =
	    "\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81";
	struct scram_keys keys;
	char nonce[SCRAM_NONCE_BYTES] = { 0 };

	memset(scram, 0, sizeof *scram);
	scram_keys_make(&keys, "pencil", salt, sizeof salt - 1, 4096);
	if (!first(scram, FIRST) || !scram_answer(scram, &keys, nonce))
		abort();
	strcpy(scram->keyed, ANSWER);
	scram->keyed_len = sizeof ANSWER - 1;
	scram->full_nonce_len = sizeof NONCE - 1;
}

static const struct {
	const char *sentence;
	const char *message;
	const char *name; /* NULL: refused */
} firsts[] = {
	{ "a plain first message", "n,,n=ann,r=abc", "ann" },
	{ "SASL-10: a client that could bind, and saw that we offer none", "y,,n=ann,r=abc",
	  "ann" },
	{ "SASL-10: a binding is refused", "p=tls-exporter,,n=ann,r=abc", NULL },
	{ "SASL-13: =2C and =3D are a comma and an equals sign", "n,,n=a=2Cb=3Dc,r=abc", "a,b=c" },
	{ "SASL-13: =3d in small letters is an error", "n,,n=a=3d,r=abc", NULL },
	{ "SASL-13: another = is an error", "n,,n=a=ZZ,r=abc", NULL },
	{ "SASL-13: a = at the end is an error", "n,,n=a=2,r=abc", NULL },
	{ "the same name as authzid", "n,a=ann,n=ann,r=abc", "ann" },
	{ "another name as authzid is refused", "n,a=bob,n=ann,r=abc", NULL },
	{ "an empty authzid is refused", "n,a=,n=ann,r=abc", NULL },
	{ "extensions behind the nonce are passed over", "n,,n=ann,r=abc,x=1", "ann" },
	{ "an extension that must be understood is refused", "n,,m=1,n=ann,r=abc", NULL },
	{ "no name", "n,,r=abc", NULL },
	{ "an empty name", "n,,n=,r=abc", NULL },
	{ "no nonce", "n,,n=ann", NULL },
	{ "an empty nonce", "n,,n=ann,r=", NULL },
	{ "a nonce with a space", "n,,n=ann,r=a b", NULL },
	{ "attributes in another order", "n,,r=abc,n=ann", NULL },
	{ "no header", "n=ann,r=abc", NULL },
	{ "half a header", "n,", NULL },
	{ "nothing", "", NULL },
};

static const struct {
	const char *sentence;
	const char *message;
} wrongs[] = {
	{ "SASL-11: a wrong proof",
	  "c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVU=" },
	{ "SASL-11: a proof that is too short", "c=biws,r=" NONCE ",p=dHzbZapW" },
	{ "SASL-11: an empty proof", "c=biws,r=" NONCE ",p=" },
	{ "SASL-11: no proof", "c=biws,r=" NONCE },
	{ "SASL-11: another header",
	  "c=eSws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=" },
	{ "SASL-11: only the client's part of the nonce",
	  "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=" },
	{ "SASL-11: a longer nonce",
	  "c=biws,r=" NONCE "x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=" },
	{ "SASL-11: something behind the proof", FINAL ",x=1" },
	{ "SASL-11: an extension that was not signed",
	  "c=biws,r=" NONCE ",x=1,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=" },
	{ "SASL-11: no header", "r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=" },
	{ "SASL-11: nothing", "" },
};

static void
keys_are_kept_as_text(void)
{
	stralloc text = STRALLOC_ZERO, again = STRALLOC_ZERO;
	struct scram_keys keys, read;
	char *copy;

	scram_keys_make(&keys, "pencil", "0123456789abcdef", 16, 4096);
	if (!scram_keys_format(&text, &keys))
		abort();
	copy = check_copy(text.s, text.len);
	CHECK(scram_keys_parse(&read, copy, text.len) && scram_keys_format(&again, &read)
	          && again.len == text.len && memcmp(again.s, text.s, text.len) == 0,
	      "keys are the same after they were written and read");
	CHECK(!scram_keys_parse(&read, copy, text.len - 1), "a key that was cut short is none");
	free(copy);
	copy = check_copy("SCRAM-SHA-256$4095:AAAA$AAAA:AAAA", 33);
	CHECK(!scram_keys_parse(&read, copy, 33),
	      "SASL-08: fewer than 4096 iterations are refused");
	free(copy);
	stralloc_free(&text);
	stralloc_free(&again);
}

int
main(void)
{
	struct scram scram;
	struct scram_keys one, two;
	char proof[64], long_name[2 * SCRAM_FIRST_MAX];

	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
		bool taken = first(&scram, firsts[i].message);

		CHECK(firsts[i].name ? taken && strcmp(scram.name, firsts[i].name) == 0 : !taken,
		      firsts[i].sentence);
	}
	CHECK(!scram_first(&scram, "n,,n=a\0b,r=abc", 14), "NUL in a name is refused");
	snprintf(long_name, sizeof long_name, "n,,n=%0321d,r=abc", 0);
	CHECK(!first(&scram, long_name), "a name of 321 bytes is refused");
	snprintf(long_name, sizeof long_name, "n,,n=%0320d,r=%0*d", 0, SCRAM_FIRST_MAX - 328, 0);
	CHECK(strlen(long_name) == SCRAM_FIRST_MAX && first(&scram, long_name),
	      "a first message of the longest kind is taken");
	scram_keys_make(&one, "x", "salt", 4, 4096);
	CHECK(scram_answer(&scram, &one, "0123456789abcdefg"), "and answered");
	strcat(long_name, "0");
	CHECK(!first(&scram, long_name), "a longer one is refused");

	prepare(&scram);
	CHECK(final(&scram, FINAL, proof) && strcmp(proof, PROOF) == 0,
	      "SASL-08, SASL-09: the exchange of RFC 7677 3");
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++)
		CHECK(!final(&scram, wrongs[i].message, proof), wrongs[i].sentence);

	first(&scram, "n,,n=ann,r=abc");
	scram_answer(&scram, &one, "0123456789abcdefg");
	CHECK(strncmp(scram.keyed, "r=abcMDEy", 9) == 0
	          && strstr(scram.keyed, ",s=c2FsdA==,i=4096"),
	      "SASL-08: our answer has the client's nonce, ours, the salt and the count");
	scram_keys_pretend(&one, "secret", 6, "nobody", 4096);
	scram_keys_pretend(&two, "secret", 6, "nobody", 4096);
	CHECK(memcmp(&one, &two, sizeof one) == 0 && one.salt_len == SCRAM_SALT_BYTES,
	      "SASL-12: made-up keys are the same each time");
	scram_keys_pretend(&two, "secret", 6, "nobody2", 4096);
	CHECK(memcmp(one.salt, two.salt, SCRAM_SALT_BYTES) != 0, "SASL-12: and differ by login");
	scram_keys_pretend(&two, "other", 5, "nobody", 4096);
	CHECK(memcmp(one.salt, two.salt, SCRAM_SALT_BYTES) != 0, "SASL-12: and by site");
	keys_are_kept_as_text();
	return check_end();
}
