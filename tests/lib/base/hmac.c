#include "base/hmac.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *key, *text;
	const char *hex;
} cases[] = {
	{ "HMAC: a key of a few bytes (RFC 4231, test 2)", "Jefe", "what do ya want for nothing?",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "HMAC: no key and no text", "", "",
	  "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

static bool
is_hex(const char *bytes, size_t len, const char *hex)
{
	char text[2 * SHA256_BYTES + 1];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
	return strcmp(text, hex) == 0;
}

int
main(void)
{
	char out[SHA256_BYTES], key[131];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = check_copy(cases[i].text, strlen(cases[i].text));

		hmac_of(out, cases[i].key, strlen(cases[i].key), text, strlen(cases[i].text));
		free(text);
		CHECK(is_hex(out, sizeof out, cases[i].hex), cases[i].sentence);
	}
	memset(key, 0xaa, sizeof key);
	hmac_of(out, key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54);
	CHECK(is_hex(out, sizeof out,
	             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
	      "HMAC: a key longer than a block is hashed first (RFC 4231, test 6)");
	pbkdf2(out, "passwd", 6, "salt", 4, 1);
	CHECK(is_hex(out, sizeof out,
	             "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"),
	      "PBKDF2: one iteration (RFC 7914 11)");
	pbkdf2(out, "Password", 8, "NaCl", 4, 80000);
	CHECK(is_hex(out, sizeof out,
	             "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"),
	      "PBKDF2: eighty thousand (RFC 7914 11)");
	CHECK(equal_bytes("abc", "abd", 2) && !equal_bytes("abc", "abd", 3), "bytes are compared");
	return check_end();
}
