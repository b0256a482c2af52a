#include "mail/sasl.h"

#include "mail/utf8.h"

#include <string.h>
#include <strings.h>

static bool
copy(char *to, size_t max, const char *text, size_t len)
{
	if (len > max || !sasl_prepared(text, len))
		return false;
	memcpy(to, text, len);
	to[len] = 0;
	return true;
}

static enum sasl_state
ask(const char **challenge, const char *text)
{
	*challenge = text;
	return SASL_CHALLENGE;
}

/* [authzid] NUL authcid NUL passwd, RFC 4616 2. */
static enum sasl_state
plain_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	const char *login, *password;
	size_t as_len, login_len, password_len;

	if (!response)
		return ask(challenge, "");
	login = memchr(response, 0, len);
	if (!login)
		return SASL_REFUSED;
	as_len = (size_t)(login++ - response);
	password = memchr(login, 0, len - as_len - 1);
	if (!password)
		return SASL_REFUSED;
	login_len = (size_t)(password++ - login);
	password_len = len - as_len - login_len - 2;
	/* A third NUL would be in the password, which can hold none. */
	if (!copy(sasl->login, SASL_LOGIN_MAX, login, login_len)
	    || !copy(sasl->password, SASL_PASSWORD_MAX, password, password_len))
		return SASL_REFUSED;
	/* Nobody acts for another here. */
	if (as_len && (as_len != login_len || strncasecmp(response, login, login_len) != 0))
		return SASL_REFUSED;
	return SASL_COMPLETE;
}

static enum sasl_state
login_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	if (!response)
		return ask(challenge, "Username:");
	if (sasl->steps++ == 0)
		return copy(sasl->login, SASL_LOGIN_MAX, response, len)
		           ? ask(challenge, "Password:")
		           : SASL_REFUSED;
	return copy(sasl->password, SASL_PASSWORD_MAX, response, len) ? SASL_COMPLETE
	                                                              : SASL_REFUSED;
}

/* The client's first message, our keys, its proof, our proof, and its empty line. */
static enum sasl_state
scram_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	if (!response)
		return ask(challenge, "");
	switch (sasl->steps++) {
	case 0:
		return scram_first(&sasl->scram, response, len)
		               && copy(sasl->login, SASL_LOGIN_MAX, sasl->scram.name,
		                       strlen(sasl->scram.name))
		           ? SASL_WANTS_KEYS
		           : SASL_REFUSED;
	case 1:
		/* RFC 4954 4: no data comes with 235, so it is one more challenge. */
		return scram_final(&sasl->scram, response, len, sasl->proof)
		           ? ask(challenge, sasl->proof)
		           : SASL_REFUSED;
	default: return len ? SASL_REFUSED : SASL_COMPLETE;
	}
}

/* "Bearer" and a token, RFC 6750 2.1. */
static bool
token_take(struct sasl *sasl, const char *text, size_t len)
{
	static const char scheme[] = "Bearer ";
	size_t i = sizeof scheme - 1, body;

	if (len < i || strncasecmp(text, scheme, i) != 0)
		return false;
	while (i < len && text[i] == ' ')
		i++;
	sasl->token = text + i;
	sasl->token_len = len - i;
	body = sasl->token_len;
	while (body && sasl->token[body - 1] == '=')
		body--;
	for (i = 0; i < body; i++) {
		char c = sasl->token[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		      || (c && strchr("-._~+/", c))))
			return false;
	}
	return body;
}

enum { KVSEP = 1 };

/* Pairs NAME=VALUE, each with its end, and one more end; takes those that count. */
static bool
pairs_take(struct sasl *sasl, const char *text, size_t len, bool names_login)
{
	bool has_token = false, has_login = !names_login;
	const char *end;

	for (; len > 1; len -= (size_t)(end + 1 - text), text = end + 1) {
		size_t pair_len;

		end = memchr(text, KVSEP, len);
		if (!end)
			return false;
		pair_len = (size_t)(end - text);
		if (pair_len >= 5 && memcmp(text, "auth=", 5) == 0) {
			if (has_token || !token_take(sasl, text + 5, pair_len - 5))
				return false;
			has_token = true;
		} else if (names_login && pair_len >= 5 && memcmp(text, "user=", 5) == 0) {
			if (has_login || !copy(sasl->login, SASL_LOGIN_MAX, text + 5, pair_len - 5))
				return false;
			has_login = true;
		}
	}
	return has_token && has_login && len == 1 && *text == KVSEP;
}

/* RFC 7628 3.1 */
static enum sasl_state
bearer_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	struct gs2 gs2;

	if (!response)
		return ask(challenge, "");
	if (!gs2_parse(&gs2, response, len)
	    || (gs2.identity
	        && (!gs2_name(sasl->login, sizeof sasl->login, gs2.identity, gs2.identity_len)
	            || !sasl_prepared(sasl->login, strlen(sasl->login)))))
		return SASL_REFUSED;
	response += gs2.len;
	len -= gs2.len;
	return len && *response == KVSEP && pairs_take(sasl, response + 1, len - 1, false)
	           ? SASL_COMPLETE
	           : SASL_REFUSED;
}

/* The same without a header, and with the login as a pair: what some large sites still ask for. */
static enum sasl_state
xoauth2_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	if (!response)
		return ask(challenge, "");
	return pairs_take(sasl, response, len, true) ? SASL_COMPLETE : SASL_REFUSED;
}

static enum sasl_state
external_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	if (!response)
		return ask(challenge, "");
	/* Nothing: whoever the certificate says. */
	return !len || copy(sasl->login, SASL_LOGIN_MAX, response, len) ? SASL_COMPLETE
	                                                                : SASL_REFUSED;
}

static const struct {
	const char *name;
	enum sasl_kind kind;
	enum sasl_state (*step)(struct sasl *, const char *, size_t, const char **);
	const char *failure; /* a challenge in front of the refusal of a token */
} mechanisms[] = {
	{ "PLAIN", SASL_PASSWORD, plain_step, NULL },
	{ "LOGIN", SASL_PASSWORD, login_step, NULL },
	{ "SCRAM-SHA-256", SASL_KEYS, scram_step, NULL },
	{ "OAUTHBEARER", SASL_TOKEN, bearer_step, "{\"status\":\"invalid_token\"}" },
	{ "XOAUTH2", SASL_TOKEN, xoauth2_step, "{\"status\":\"401\",\"schemes\":\"Bearer\"}" },
	{ "EXTERNAL", SASL_CERTIFICATE, external_step, NULL },
};
enum { MECHANISMS = sizeof mechanisms / sizeof *mechanisms };

const char sasl_mechanisms[] = "PLAIN LOGIN SCRAM-SHA-256 OAUTHBEARER XOAUTH2 EXTERNAL";

bool
sasl_offers(const char *offered, const char *name, size_t len)
{
	for (offered += strspn(offered, " "); *offered; offered += strspn(offered, " ")) {
		size_t offered_len = strcspn(offered, " ");

		if (offered_len == len && strncasecmp(offered, name, len) == 0)
			return true;
		offered += offered_len;
	}
	return false;
}

bool
sasl_start(struct sasl *sasl, const char *offered, const char *name, size_t len)
{
	memset(sasl, 0, sizeof *sasl);
	for (; sasl->mechanism < MECHANISMS; sasl->mechanism++)
		if (sasl_offers(mechanisms[sasl->mechanism].name, name, len)) {
			sasl->kind = mechanisms[sasl->mechanism].kind;
			return sasl_offers(offered, name, len);
		}
	return false;
}

enum sasl_state
sasl_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	return mechanisms[sasl->mechanism].step(sasl, response, len, challenge);
}

bool
sasl_keys(struct sasl *sasl, const struct scram_keys *keys, const char nonce[SCRAM_NONCE_BYTES],
          const char **challenge)
{
	struct scram *scram = &sasl->scram;

	if (!scram_answer(scram, keys, nonce))
		return false;
	*challenge = scram->keyed;
	return true;
}

const char *
sasl_failure(const struct sasl *sasl)
{
	return mechanisms[sasl->mechanism].failure;
}

bool
sasl_prepared(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return len && utf8_valid(text, len);
}

const char *
sasl_name(const struct sasl *sasl)
{
	return mechanisms[sasl->mechanism].name;
}

void
sasl_wipe(struct sasl *sasl)
{
	explicit_bzero(sasl, sizeof *sasl);
}
