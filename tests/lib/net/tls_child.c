/* What the TLS program says, whole and broken. */
#include "net/tls_child.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *list;
	size_t len;
	bool must_verify;
	const char *protocol; /* NULL: no TLS */
	const char *error;
} cases[] = {
#define BYTES(text) text, sizeof text - 1
	{ "a verified session", BYTES("SSL_PROTOCOL=TLSv1.3\0SSL_CIPHER=X\0SSL_VERIFIED=yes\0\0"),
	  true, "TLSv1.3,verified", NULL },
	{ "an unverified one", BYTES("SSL_PROTOCOL=TLSv1.2\0SSL_VERIFIED=no\0\0"), false, "TLSv1.2",
	  NULL },
	{ "an unverified one does not do where it must be verified",
	  BYTES("SSL_PROTOCOL=TLSv1.2\0SSL_VERIFIED=no\0SSL_VERIFY_ERROR=it is old\0\0"), true,
	  NULL, "it is old" },
	{ "what is not said is not verified", BYTES("SSL_PROTOCOL=TLSv1.2\0\0"), true, NULL,
	  "the server's certificate was not verified" },
	{ "an error", BYTES("SSL_ERROR=handshake \xff\n failed\0\0"), false, NULL,
	  "handshake ?? failed" },
	{ "an error without words", BYTES("SSL_ERROR=\0\0"), false, NULL,
	  "the TLS program does not say why" },
	{ "an error beside a protocol", BYTES("SSL_PROTOCOL=TLSv1.3\0SSL_ERROR=x\0\0"), false, NULL,
	  "x" },
	{ "a list without end", BYTES("SSL_PROTOCOL=TLSv1.3\0"), false, NULL,
	  "the TLS program ended without a word" },
	{ "nothing", BYTES(""), false, NULL, "the TLS program ended without a word" },
	{ "an empty list", BYTES("\0"), false, NULL, "the TLS program named no protocol" },
	{ "a protocol is one word of what can be printed, and not endless",
	  BYTES("SSL_PROTOCOL=a b\n0123456789012345678901234567890123456789\0\0"), false,
	  "a?b?0123456789012345678901234", NULL },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *list = check_copy(cases[i].list, cases[i].len);
		struct tls_child child = { 0 };
		const struct tls_order order = {
			.policy = cases[i].must_verify ? "verify" : "may",
			.proof = "verified",
		};
		bool good = tls_child_facts(&child, list, cases[i].len, &order);

		free(list);
		CHECK(good ? cases[i].protocol && strcmp(child.protocol, cases[i].protocol) == 0
		           : cases[i].error && strcmp(child.error, cases[i].error) == 0,
		      cases[i].sentence);
	}
	return check_end();
}
