#include "mail/jwt.h"

#include "mail/jwk.h"

#include <string.h>
#include <strings.h>

enum { PARTS = 3 };

struct part {
	const char *text;
	size_t len;
};

static bool
parts_cut(struct part *parts, const char *token, size_t len)
{
	for (size_t i = 0; i < PARTS; i++) {
		const char *dot = memchr(token, '.', len);

		if (!dot != (i == PARTS - 1))
			return false;
		parts[i] = (struct part){ token, dot ? (size_t)(dot - token) : len };
		if (!parts[i].len)
			return false;
		len -= parts[i].len + (dot != NULL);
		token += parts[i].len + (dot != NULL);
	}
	return true;
}

/* An object, in which no name comes twice: two readers would see two. */
static json_t *
part_read(const struct part *part)
{
	stralloc text = STRALLOC_ZERO;
	json_t *object = NULL;

	if (base64url_decode(&text, part->text, part->len))
		object = json_loadb(text.s, text.len, JSON_REJECT_DUPLICATES, NULL);
	stralloc_free(&text);
	if (!json_is_object(object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* RFC 8725 3.11: a token that was made for something else is none. */
static bool
type_good(const json_t *header)
{
	const json_t *type = json_object_get(header, "typ");
	const char *text = json_string_value(type);

	if (!type)
		return true;
	if (!text)
		return false;
	if (strncasecmp(text, "application/", 12) == 0)
		text += 12;
	return strcasecmp(text, "JWT") == 0 || strcasecmp(text, "at+jwt") == 0;
}

/*
 * The key by its name; without a name, the only one that fits. NULL: none.
 */
static const json_t *
key_find(const json_t *set, const json_t *header, const char *algorithm)
{
	const json_t *keys = json_object_get(set, "keys"), *name = json_object_get(header, "kid");
	const json_t *found = NULL;

	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);

		if (!jwk_fits(key, algorithm)
		    || (name && !json_equal(name, json_object_get(key, "kid"))))
			continue;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}

static bool
signature_right(const struct part *parts, const json_t *header, const json_t *set, const char **why)
{
	const char *algorithm = text_of(header, "alg");
	stralloc signature = STRALLOC_ZERO;
	const json_t *key;
	bool right = false;

	if (strcmp(algorithm, "RS256") != 0 && strcmp(algorithm, "ES256") != 0)
		*why = "its algorithm is neither RS256 nor ES256";
	else if (json_object_get(header, "crit"))
		*why = "it wants something to be understood that we do not know";
	else if (!type_good(header))
		*why = "it is a token for something else";
	else if (!(key = key_find(set, header, algorithm)))
		*why = "the set has no key for it, or several";
	else if (!base64url_decode(&signature, parts[2].text, parts[2].len))
		*why = "its signature is not base64url";
	else
		right = jwk_verify(key, algorithm, parts[0].text, parts[0].len + 1 + parts[1].len,
		                   &signature, why);
	stralloc_free(&signature);
	return right;
}

static bool
audience_good(const json_t *claims, const char *wanted)
{
	const json_t *audience = json_object_get(claims, "aud");
	size_t i;

	if (json_is_string(audience))
		return strcmp(json_string_value(audience), wanted) == 0;
	for (i = 0; i < json_array_size(audience); i++) {
		const char *text = json_string_value(json_array_get(audience, i));

		if (text && strcmp(text, wanted) == 0)
			return true;
	}
	return false;
}

static bool
scope_good(const json_t *claims, const char *wanted)
{
	const char *scope = text_of(claims, "scope");

	if (!wanted)
		return true;
	for (scope += strspn(scope, " "); *scope; scope += strspn(scope, " ")) {
		size_t len = strcspn(scope, " ");

		if (len == strlen(wanted) && memcmp(scope, wanted, len) == 0)
			return true;
		scope += len;
	}
	return false;
}

/* exp must be there; nbf need not. Both are in seconds since 1970, perhaps with a fraction. */
static bool
time_good(const json_t *claims, int64_t time_s, const char **why)
{
	const json_t *end = json_object_get(claims, "exp"), *start = json_object_get(claims, "nbf");

	*why = "it has no end, or a start or end that is no number";
	if (!json_is_number(end) || (start && !json_is_number(start)))
		return false;
	*why = "it has expired";
	if ((double)(time_s - JWT_LEEWAY_S) >= json_number_value(end))
		return false;
	*why = "it is not valid yet";
	return !start || (double)(time_s + JWT_LEEWAY_S) >= json_number_value(start);
}

static bool
claims_good(const json_t *claims, const struct jwt_wanted *wanted, char *login, const char **why)
{
	const char *name = text_of(claims, wanted->claim);

	if (!time_good(claims, wanted->time_s, why))
		return false;
	if (strcmp(text_of(claims, "iss"), wanted->issuer) != 0)
		*why = "it is of another issuer";
	else if (!audience_good(claims, wanted->audience))
		*why = "it is for another audience";
	else if (!scope_good(claims, wanted->scope))
		*why = "it is not for this scope";
	else if (!*name || strlen(name) > JWT_LOGIN_MAX)
		*why = "it names no login";
	else {
		strcpy(login, name);
		return true;
	}
	return false;
}

enum jwt_verdict
jwt_judge(const char *token, size_t len, const stralloc *keys, const struct jwt_wanted *wanted,
          char login[JWT_LOGIN_MAX + 1], const char **why)
{
	json_t *set = json_loadb(keys->len ? keys->s : "", keys->len, JSON_REJECT_DUPLICATES, NULL);
	json_t *header = NULL, *claims = NULL;
	enum jwt_verdict verdict = JWT_INVALID;
	struct part parts[PARTS];

	*why = "it is not three parts of base64url with JSON in them";
	if (!json_is_array(json_object_get(set, "keys"))) {
		*why = "this is no set of keys";
		verdict = JWT_NO_KEYS;
	} else if (parts_cut(parts, token, len) && (header = part_read(&parts[0]))
	           && (claims = part_read(&parts[1])) && signature_right(parts, header, set, why)
	           && claims_good(claims, wanted, login, why)) {
		verdict = JWT_VALID;
	}
	json_decref(header);
	json_decref(claims);
	json_decref(set);
	return verdict;
}
