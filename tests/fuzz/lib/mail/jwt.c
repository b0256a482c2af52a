/* Signed tokens: nobody is let in by words alone, and no set of keys is too odd to be read. */
#include "mail/jwt.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static char ours[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\","
	                     "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	                     "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
	static const char token[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA";
	struct jwt_wanted wanted = {
		.issuer = "x", .audience = "y", .claim = "sub", .time_s = 1700000000
	};
	stralloc keys = { .s = ours, .len = sizeof ours - 1 }, theirs = { .s = bytes, .len = len };
	char login[JWT_LOGIN_MAX + 1];
	const char *why = NULL;

	assert(jwt_judge(bytes, len, &keys, &wanted, login, &why) == JWT_INVALID && why);
	assert(jwt_judge(token, sizeof token - 1, &theirs, &wanted, login, &why) != JWT_VALID
	       && why);
}
