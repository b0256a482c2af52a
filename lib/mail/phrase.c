#include "mail/phrase.h"

#include "mail/encoded_word.h"
#include "mail/lex.h"

#include <string.h>

static bool
quoted_add(stralloc *out, const char *name)
{
	if (!stralloc_append(out, '"'))
		return false;
	for (; *name; name++)
		if (((*name == '"' || *name == '\\') && !stralloc_append(out, '\\'))
		    || !stralloc_append(out, *name))
			return false;
	return stralloc_append(out, '"');
}

bool
phrase_add(stralloc *out, const char *name)
{
	bool plain = *name && *name != ' ';

	for (const char *c = name; *c; c++) {
		if (*c & 0x80)
			return encoded_word_add(out, name, strlen(name), "\r\n");
		if (!lex_is_atext(*c) && !(*c == ' ' && c[1] && c[1] != ' '))
			plain = false;
	}
	return plain ? stralloc_cats(out, name) : quoted_add(out, name);
}
