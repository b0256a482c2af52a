/*
 * DKIM-01 DKIM-02: keys sign as RFC 8463 has it, and weak ones are not taken
 */
#include "store/signing_key.h"

#include "check.h"

#include <skalibs/sha256.h>

/* RFC 8463 A.1; the Ed25519 secret in the PKCS #8 form of RFC 8410. */
static const char rsa_pem[] = "-----BEGIN RSA PRIVATE KEY-----\n"
                              "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n"
                              "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n"
                              "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n"
                              "AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n"
                              "6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n"
                              "zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n"
                              "6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n"
                              "uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n"
                              "WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n"
                              "WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n"
                              "licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n"
                              "o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n"
                              "uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n"
                              "-----END RSA PRIVATE KEY-----\n";
static const char ed25519_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
static const char weak_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MIIB5AIBADANBgkqhkiG9w0BAQEFAASCAc4wggHKAgEAAmEAsAOT/opDsbHMwkrv\n"
                               "48qSmbkJ9LZrwex6OLyYpvPjSC9zYhyYb7QlDJpfcsnyiKRV0PNeZoDsvf70IPLR\n"
                               "DJ+egraBCWCDM8BgUHBGR9cJ3Lqa2RaR4kCkDLJBlTbAU3krAgMBAAECYBOxwsx3\n"
                               "Yg2u7E9NHTxqvS6QIsoL41DGigJxL892eJbqIEn5EyFkkcSwPT/V0tpxMK1KD/At\n"
                               "iAGzzisFA3jQd64ya99H0T4aPpH+vHS8d73B5q+hERLU8K45mOdDDE/52QIxAOez\n"
                               "h/avi9l+Q1oRHrby3lQbFPKQNEhS0p7i6IQhV4ARN9L1lZWk8bIJEQvebPF7jwIx\n"
                               "AMJ5A22jFJrHJRIJuNWFEy0sFvPPI1GqEKuJcMY52hUbdZzhvN6+ajkRLxwuV9DK\n"
                               "pQIwFVuGJ+YMlRK/cJjtZN3EQqpwZt+GAjioM38lAbD1GNf9dlOu4yleIhQV3ys0\n"
                               "jZnfAjAte+AxZFMNYEZrUZrJVbaGeilkHK5GC2CaviqCMkWvahy39JQYBLETZ9F8\n"
                               "5dnkG4ECMQChR4BpeqTbSgni53W25xKiDTFP1ZWy3jt1IQpMJOrxCgm+ZmXg5L7u\n"
                               "FWJ6p7L7qag=\n"
                               "-----END PRIVATE KEY-----\n";

/* RFC 8463 A.3: what its two signatures are made over, in relaxed form. */
#define FIELDS                                                                                     \
	"from:Joe SixPack <joe@football.example.com>\r\n"                                          \
	"to:Suzie Q <suzie@shopping.example.net>\r\n"                                              \
	"subject:Is dinner ready?\r\n"                                                             \
	"date:Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                           \
	"message-id:<20030712040037.46341.5F8J@football.example.com>\r\n"
#define SIGNATURE(algorithm, selector, list)                                                       \
	"dkim-signature:v=1; a=" algorithm "; c=relaxed/relaxed; d=football.example.com; "         \
	"i=@football.example.com; q=dns/txt; s=" selector "; t=1528637909; h=" list                \
	"; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b="
#define LIST "from : to : subject : date : message-id : from : subject : date"

static bool
signs(const struct signing_key *key, const char *text, const char *wanted)
{
	SHA256Schedule hash = SHA256_INIT();
	char digest[SIGNING_DIGEST_BYTES];
	stralloc out = STRALLOC_ZERO;
	bool same;

	sha256_update(&hash, text, strlen(text));
	sha256_final(&hash, digest);
	same = signing_key_sign(key, digest, &out) && out.len == strlen(wanted)
	       && memcmp(out.s, wanted, out.len) == 0;
	stralloc_free(&out);
	return same;
}

static struct signing_key *
read_key(const char *pem, const char **why)
{
	char *copy = check_copy(pem, strlen(pem));
	struct signing_key *key = signing_key_read(copy, strlen(pem), why);

	free(copy);
	return key;
}

static void
test_examples(void)
{
	const char *why;
	struct signing_key *rsa = read_key(rsa_pem, &why), *ed25519 = read_key(ed25519_pem, &why);
	stralloc public = STRALLOC_ZERO;

	if (!CHECK(rsa && ed25519, "the keys of RFC 8463 A.1 are read"))
		return;
	CHECK(signs(rsa, FIELDS SIGNATURE("rsa-sha256", "test", LIST),
	            "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
	            "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
	            "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8="),
	      "RFC 8463 A.3: its RSA signature");
	CHECK(signs(ed25519, FIELDS SIGNATURE("ed25519-sha256", "brisbane", LIST),
	            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
	            "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="),
	      "RFC 8463 A.3: its Ed25519 signature");
	CHECK(signing_key_public(ed25519, &public) && stralloc_0(&public)
	          && strcmp(public.s, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") == 0,
	      "RFC 8463 A.2: the public key of the Ed25519 one");
	public.len = 0;
	CHECK(signing_key_public(rsa, &public) && stralloc_0(&public)
	          && strncmp(public.s, "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR", 50)
	                 == 0,
	      "RFC 8463 A.2: that of the RSA one");
	stralloc_free(&public);
	signing_key_free(rsa);
	signing_key_free(ed25519);
}

static void
test_new(enum signing_type type, const char *sentence)
{
	static const char digest[SIGNING_DIGEST_BYTES];
	struct signing_key *key = signing_key_make(type), *again = NULL;
	stralloc pem = STRALLOC_ZERO, one = STRALLOC_ZERO, two = STRALLOC_ZERO;
	const char *why;

	CHECK(key && signing_key_type(key) == type && signing_key_write(key, &pem)
	          && (again = signing_key_read(pem.s, pem.len, &why)) != NULL
	          && signing_key_sign(key, digest, &one) && signing_key_sign(again, digest, &two)
	          && one.len == two.len && memcmp(one.s, two.s, one.len) == 0,
	      sentence);
	signing_key_free(key);
	signing_key_free(again);
	stralloc_free(&pem);
	stralloc_free(&one);
	stralloc_free(&two);
}

static void
test_refusals(void)
{
	const char *why = NULL;

	CHECK(!read_key("", &why) && why, "an empty file is no key");
	CHECK(!read_key("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &why)
	          && why,
	      "rubbish is no key");
	CHECK(!read_key(weak_pem, &why) && why && strstr(why, "1024"),
	      "an RSA key of 768 bits is refused, and why");
	CHECK(!read_key("-----BEGIN PRIVATE KEY-----\n"
	                "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2dhHt1x9WFP6uxnL\n"
	                "5GQsWohCY5yAg5T6Rob0Fqlw2G+hRANCAARjYaIZQ7DreO+vwZjxLZp59Nn1F1qR\n"
	                "JwC6my7RS8HDwWXRYVf0FE0SThOR3vtHXhwc6N0QjxYPF+npQNRSYgZx\n"
	                "-----END PRIVATE KEY-----\n",
	                &why)
	          && why && strstr(why, "neither"),
	      "a key for another algorithm is refused");
}

int
main(void)
{
	test_examples();
	test_new(SIGNING_RSA, "a new RSA key can be written and read");
	test_new(SIGNING_ED25519, "a new Ed25519 key can be written and read");
	test_refusals();
	return check_end();
}
