/* Command lines: the parts lie in the line, follow each other, and hold what they may. */
#include "mail/command.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char *line = fuzz_string(bytes, len);
	const char *argument, *rest, *end;
	struct parameter parameter;
	uint64_t size;

	if (helo_valid(line))
		assert(fuzz_printable(line, strlen(line)) && !strpbrk(line, " <>@\"\\()"));
	command_is(line, "MAIL", &argument);
	if (command_is(line, "EHLO", &argument))
		assert(argument >= line + 4 && *argument != ' ');
	end = line + strlen(line);
	command_after(line, "FROM:");
	for (rest = line; parameter_next(&rest, &parameter) == PARAMETER_OK;) {
		assert(parameter.keyword > line && parameter.keyword_len && rest <= end);
		assert(parameter.keyword + parameter.keyword_len <= rest);
		assert(!parameter.value || parameter.value + parameter.value_len == rest);
		size_parse(&parameter, &size);
		if (parameter.value && xtext_valid(parameter.value, parameter.value_len))
			assert(fuzz_printable(parameter.value, parameter.value_len)
			       && !memchr(parameter.value, ' ', parameter.value_len));
	}
	free(line);
}
