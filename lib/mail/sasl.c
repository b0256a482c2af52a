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

/* [authzid] NUL authcid NUL passwd, RFC 4616 2. */
static enum sasl_state
plain_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	const char *login, *password;
	size_t as_len, login_len, password_len;

	if (!response) {
		*challenge = "";
		return SASL_CHALLENGE;
	}
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
	if (!response) {
		*challenge = "Username:";
		return SASL_CHALLENGE;
	}
	if (sasl->steps++ == 0) {
		*challenge = "Password:";
		return copy(sasl->login, SASL_LOGIN_MAX, response, len) ? SASL_CHALLENGE
		                                                        : SASL_REFUSED;
	}
	return copy(sasl->password, SASL_PASSWORD_MAX, response, len) ? SASL_COMPLETE
	                                                              : SASL_REFUSED;
}

static const struct {
	const char *name;
	enum sasl_state (*step)(struct sasl *, const char *, size_t, const char **);
} mechanisms[] = {
	{ "PLAIN", plain_step },
	{ "LOGIN", login_step },
};
enum { MECHANISMS = sizeof mechanisms / sizeof *mechanisms };

const char sasl_mechanisms[] = "PLAIN LOGIN";

static bool
has_word(const char *words, const char *word, size_t len)
{
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size_t word_len = strcspn(words, " ");

		if (word_len == len && strncasecmp(words, word, len) == 0)
			return true;
		words += word_len;
	}
	return false;
}

bool
sasl_start(struct sasl *sasl, const char *offered, const char *name, size_t len)
{
	memset(sasl, 0, sizeof *sasl);
	for (; sasl->mechanism < MECHANISMS; sasl->mechanism++)
		if (has_word(mechanisms[sasl->mechanism].name, name, len))
			return has_word(offered, name, len);
	return false;
}

enum sasl_state
sasl_step(struct sasl *sasl, const char *response, size_t len, const char **challenge)
{
	return mechanisms[sasl->mechanism].step(sasl, response, len, challenge);
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
