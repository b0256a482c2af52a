#include "mail/solicit.h"

#include <string.h>
#include <strings.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_of_class(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'
	       || c == ':';
}

bool
solicit_valid(const char *list, size_t len)
{
	bool starts = true;

	for (size_t i = 0; i < len; i++) {
		if (starts ? !is_letter(list[i]) : !is_of_class(list[i]) && list[i] != ',')
			return false;
		starts = list[i] == ',';
	}
	return !starts && len <= SOLICIT_MAX;
}

static bool
names(const char *list, const char *class, size_t len)
{
	while (*list) {
		size_t span = strcspn(list, ",");

		if (span == len && strncasecmp(list, class, len) == 0)
			return true;
		list += span + (list[span] == ',');
	}
	return false;
}

const char *
solicit_first(const char *list, const char *unwelcome, size_t *len)
{
	while (*list) {
		*len = strcspn(list, ",");
		if (names(unwelcome, list, *len))
			return list;
		list += *len + (list[*len] == ',');
	}
	return NULL;
}
