/* What tls-connect is told to expect. */
#include "net/tls_expected.h"

#include "check.h"

static const struct {
	const char *sentence, *list; /* "|" for NUL */
	bool good;
	size_t names, records;
} cases[] = {
	{ "a name", "name=mx.test||", true, 1, 0 },
	{ "names and records", "tlsa=3 1 0 00|name=a.test|tlsa=2 0 0 01|name=b.test||", true, 2,
	  2 },
	{ "a record alone", "tlsa=3 1 0 00||", true, 0, 1 },
	{ "nothing at all", "", false, 0, 0 },
	{ "nothing is no expectation", "|", false, 0, 0 },
	{ "no end", "name=mx.test|", false, 0, 0 },
	{ "bytes behind the end", "name=mx.test||x", false, 0, 0 },
	{ "a name that is none", "name=a b||", false, 0, 0 },
	{ "an empty name", "name=||", false, 0, 0 },
	{ "a record that is none", "tlsa=3 1 0||", false, 0, 0 },
	{ "a word that we do not know might be a condition", "hash=00||", false, 0, 0 },
};

int
main(void)
{
	static struct tls_expected expected;
	char many[(TLS_EXPECTED_RECORDS_MAX + 1) * sizeof "tlsa=3 1 0 00" + 1];
	size_t len = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t list_len = strlen(cases[i].list);
		char *list = check_copy(cases[i].list, list_len);

		for (size_t j = 0; j < list_len; j++)
			list[j] = list[j] == '|' ? 0 : list[j];
		CHECK(tls_expected_read(&expected, list, list_len) == cases[i].good
		          && (!cases[i].good
		              || (expected.name_count == cases[i].names
		                  && expected.record_count == cases[i].records)),
		      cases[i].sentence);
		free(list);
	}
	for (int i = 0; i <= TLS_EXPECTED_RECORDS_MAX; i++)
		len += (size_t)sprintf(many + len, "tlsa=3 1 0 00") + 1;
	many[len++] = 0;
	CHECK(!tls_expected_read(&expected, many, len), "no more than there is room for");
	return check_end();
}
