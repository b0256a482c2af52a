/* SASL: only what can be a login and a password ever comes out. */
#include "mail/sasl.h"

#include "fuzz/fuzz.h"

static void
exchange(const char *name, const char *bytes, size_t len)
{
	const char *challenge, *half = memchr(bytes, '\n', len);
	size_t first = half ? (size_t)(half - bytes) : len;
	struct sasl sasl;
	enum sasl_state state;

	assert(sasl_start(&sasl, sasl_mechanisms, name, strlen(name)));
	assert(sasl_step(&sasl, NULL, 0, &challenge) == SASL_CHALLENGE);
	state = sasl_step(&sasl, bytes, first, &challenge);
	if (state == SASL_CHALLENGE)
		state = sasl_step(&sasl, bytes + first, len - first, &challenge);
	assert(state != SASL_CHALLENGE);
	if (state == SASL_COMPLETE) {
		assert(sasl_prepared(sasl.login, strlen(sasl.login)));
		assert(sasl_prepared(sasl.password, strlen(sasl.password)));
		assert(strlen(sasl.login) <= SASL_LOGIN_MAX);
		assert(strlen(sasl.password) <= SASL_PASSWORD_MAX);
	}
	sasl_wipe(&sasl);
}

static void
fuzz(char *bytes, size_t len)
{
	struct sasl sasl;

	exchange("PLAIN", bytes, len);
	exchange("LOGIN", bytes, len);
	if (sasl_start(&sasl, "LOGIN", bytes, len))
		assert(strcmp(sasl_name(&sasl), "LOGIN") == 0);
}
