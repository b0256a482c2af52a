/* Postfix's requests, as they come in. */
#include "mail/socketmap.h"

#include "check.h"

static const struct {
	const char *sentence, *bytes;
	size_t len;
	enum socketmap_state state;
	const char *key;
} cases[] = {
#define BYTES(text) text, sizeof text - 1
	{ "a request", BYTES("15:sts example.org,"), SOCKETMAP_WHOLE, "example.org" },
	{ "another one behind it", BYTES("5:a b c,5:a b d,"), SOCKETMAP_WHOLE, "b c" },
	{ "an empty key", BYTES("4:sts ,"), SOCKETMAP_WHOLE, "" },
	{ "nothing yet", BYTES(""), SOCKETMAP_MORE, NULL },
	{ "a number alone", BYTES("15"), SOCKETMAP_MORE, NULL },
	{ "not all of it", BYTES("15:sts example.or"), SOCKETMAP_MORE, NULL },
	{ "not its end", BYTES("15:sts example.org"), SOCKETMAP_MORE, NULL },
	{ "another end", BYTES("15:sts example.org;"), SOCKETMAP_BROKEN, NULL },
	{ "no key", BYTES("3:sts,"), SOCKETMAP_BROKEN, NULL },
	{ "no name", BYTES("4: key,"), SOCKETMAP_BROKEN, NULL },
	{ "nothing in it", BYTES("0:,"), SOCKETMAP_BROKEN, NULL },
	{ "no number", BYTES(":,"), SOCKETMAP_BROKEN, NULL },
	{ "a zero in front", BYTES("04:a b,"), SOCKETMAP_BROKEN, NULL },
	{ "a sign", BYTES("-4:a b,"), SOCKETMAP_BROKEN, NULL },
	{ "the longest", BYTES("4096:"), SOCKETMAP_MORE, NULL },
	{ "one longer", BYTES("4097:"), SOCKETMAP_BROKEN, NULL },
	{ "a number that is too long for any", BYTES("99999999999999999999999"), SOCKETMAP_BROKEN,
	  NULL },
	{ "a line of SMTP", BYTES("EHLO x\r\n"), SOCKETMAP_BROKEN, NULL },
};

int
main(void)
{
	stralloc reply = STRALLOC_ZERO;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].bytes, cases[i].len);
		struct socketmap_request request;

		CHECK(socketmap_read(&request, copy, cases[i].len) == cases[i].state
		          && (!cases[i].key
		              || (request.key_len == strlen(cases[i].key) && request.name_len
		                  && memcmp(request.key, cases[i].key, request.key_len) == 0)),
		      cases[i].sentence);
		free(copy);
	}
	CHECK(socketmap_reply(&reply, "OK", "secure") && socketmap_reply(&reply, "NOTFOUND", "")
	          && stralloc_0(&reply) && strcmp(reply.s, "9:OK secure,9:NOTFOUND ,") == 0,
	      "replies are netstrings, too");
	stralloc_free(&reply);
	return check_end();
}
