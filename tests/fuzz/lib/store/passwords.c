/* The table of logins: whoever is found has an entry of that name, and nobody is found in none. */
#include "store/passwords.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static struct credential credential;
	static struct scram_keys keys;
	const char *text = bytes, *why;
	char *login = fuzz_next(&text, &len);
	struct passwords passwords = { .table.text = { .s = (char *)text, .len = len },
		                       .domain = "example.test" };
	int64_t end_s;

	if (passwords_find(&passwords, login, &credential, &why)) {
		assert(credential.login.len && credential.login.text >= text
		       && credential.login.text + credential.login.len <= text + len);
		assert(credential.from_count <= PASSWORDS_ITEMS_MAX
		       && credential.as_count <= PASSWORDS_ITEMS_MAX);
		credential_refuses(&credential, 1700000000, "192.0.2.7");
	}
	passwords_find_certificate(&passwords, "SHA256:00", &credential, &why);
	passwords_pretend(&passwords, &keys, login);
	if (passwords_day(login, strlen(login), &end_s))
		assert(strlen(login) == 10);
	passwords.table.text.len = 0;
	assert(!passwords_find(&passwords, login, &credential, &why));
	passwords_spelling(&passwords, login);
	free(login);
}
