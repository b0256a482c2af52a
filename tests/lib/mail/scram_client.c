/* The client's side of SCRAM-SHA-256. */
#include "mail/scram_client.h"

#include "check.h"
#include "mail/base64.h"

/* The exchange of RFC 7677 3. Its nonce is not one that base64 makes of 18 bytes, so it is put in. */
#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define FIRST "r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define FINAL                                                                                      \
	"c=biws,r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"                                        \
	"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define PROOF "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static void
prepare(struct scram_client *scram)
{
	stralloc out = STRALLOC_ZERO;

	if (!scram_client_first(scram, "user", "012345678901234567", &out)
	    || !stralloc_copys(&scram->first, "n=user,r=" NONCE))
		abort();
	stralloc_free(&out);
}

static const struct {
	const char *sentence, *message;
} wrongs[] = {
	{ "a nonce that is not ours", "r=x" NONCE "y,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096" },
	{ "our nonce and nothing behind it", "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096" },
	{ "too few iterations", "r=" NONCE "y,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095" },
	{ "too many", "r=" NONCE "y,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001" },
	{ "iterations that are no number", "r=" NONCE "y,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096x" },
	{ "a salt that is not base64", "r=" NONCE "y,s=W22,i=4096" },
	{ "an extension that must be understood", "m=x,r=" NONCE "y,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
	                                          "i=4096" },
	{ "nothing", "" },
	{ "a nonce alone", "r=" NONCE "y" },
	{ "half an attribute", "r" },
};

int
main(void)
{
	struct scram_client scram = { .first = STRALLOC_ZERO };
	stralloc out = STRALLOC_ZERO;
	char *copy;

	CHECK(scram_client_first(&scram, "a,b=c", "012345678901234567", &out) && stralloc_0(&out)
	          && strcmp(out.s, "n,,n=a=2Cb=3Dc,r=MDEyMzQ1Njc4OTAxMjM0NTY3") == 0,
	      "SASL-08: the first message");
	prepare(&scram);
	out.len = 0;
	copy = check_copy(FIRST, strlen(FIRST));
	CHECK(scram_client_final(&scram, "pencil", copy, strlen(FIRST), &out) && stralloc_0(&out)
	          && strcmp(out.s, FINAL) == 0,
	      "SASL-08: the exchange of RFC 7677 3");
	free(copy);
	copy = check_copy(PROOF, strlen(PROOF));
	CHECK(scram_client_check(&scram, copy, strlen(PROOF)), "SASL-09: the server's proof");
	CHECK(!scram_client_check(&scram, copy, strlen(PROOF) - 4), "a shorter one is none");
	copy[5]++;
	CHECK(!scram_client_check(&scram, copy, strlen(PROOF)), "another one is none");
	CHECK(!scram_client_check(&scram, "", 0) && !scram_client_check(&scram, "e=no", 4),
	      "nor is a word");
	free(copy);
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		prepare(&scram);
		copy = check_copy(wrongs[i].message, strlen(wrongs[i].message));
		CHECK(!scram_client_final(&scram, "pencil", copy, strlen(wrongs[i].message), &out),
		      wrongs[i].sentence);
		free(copy);
	}
	scram_client_free(&scram);
	stralloc_free(&out);
	return check_end();
}
