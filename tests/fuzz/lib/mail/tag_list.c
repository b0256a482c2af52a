/* Records of tags: what is found stands in the record, one behind the other, and holds no separator. */
#include "mail/tag_list.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 200 };

static void
fuzz(char *bytes, size_t len)
{
	char *text = fuzz_string(bytes, len);
	const char *at = text, *end = text;
	struct tag tag;

	tag_list_is(text, "v=STSv1");
	while (tag_list_next(&at, &tag)) {
		assert(tag.name >= end && tag.name_len && tag.name_len <= TAG_NAME_MAX);
		assert(tag.value == tag.name + tag.name_len + 1 && tag.value[-1] == '=');
		assert(tag.value_len && !memchr(tag.value, ';', tag.value_len));
		assert(tag.value[tag.value_len - 1] > ' ');
		end = tag.value + tag.value_len;
		assert(end <= text + strlen(text) && at >= end);
	}
	assert(!at || !*at);
	free(text);
}
