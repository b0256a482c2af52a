/* STS-01, STS-02: records and policies of MTA-STS. */
#include "mail/sts.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *records[3];
	const char *id; /* NULL: no policy */
} records[] = {
	{ "one record", { "v=STSv1; id=20160831085700Z;" }, "20160831085700Z" },
	{ "others do not count", { "v=spf1 -all", "v=STSv1;id=1", "" }, "1" },
	{ "none", { "v=spf1 -all" }, NULL },
	{ "two are none", { "v=STSv1;id=1", "v=STSv1;id=1" }, NULL },
	{ "two are none, even if one is broken", { "v=STSv1;id=1", "v=STSv1;" }, NULL },
	{ "unknown fields are let pass", { "v=STSv1;x=y;id=1;z.1=@" }, "1" },
	{ "the first id counts", { "v=STSv1;id=1;id=2" }, "1" },
	{ "no id", { "v=STSv1;x=y" }, NULL },
	{ "an id of 32 bytes",
	  { "v=STSv1;id=abcdefghijklmnopqrstuvwxyz012345" },
	  "abcdefghijklmnopqrstuvwxyz012345" },
	{ "an id of 33 bytes", { "v=STSv1;id=abcdefghijklmnopqrstuvwxyz0123456" }, NULL },
	{ "an id with a mark", { "v=STSv1;id=a-b" }, NULL },
	{ "an id with a path", { "v=STSv1;id=../x" }, NULL },
	{ "a field that is none", { "v=STSv1;id=1;x" }, NULL },
	{ "a field with a space", { "v=STSv1;id=1;x=a b" }, NULL },
	{ "another version", { "v=STSv2;id=1" }, NULL },
	{ "the version has to be the first", { "id=1;v=STSv1;" }, NULL },
};

#define POLICY "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmax_age: 604800\r\n"

static const struct {
	const char *sentence, *text;
	size_t len;
	bool good;
	enum sts_mode mode;
	uint32_t max_age_s;
} policies[] = {
#define BYTES(text) text, sizeof text - 1
	{ "a policy", BYTES(POLICY), true, STS_ENFORCE, 604800 },
	{ "lines that end in LF", BYTES("version: STSv1\nmode: testing\nmx: a.b\nmax_age: 1\n"),
	  true, STS_TESTING, 1 },
	{ "no end of the last line", BYTES("version: STSv1\nmode: none\nmax_age: 0"), true,
	  STS_NONE, 0 },
	{ "another order, and no space", BYTES("max_age:5\nmx:a.b\nmode:enforce\nversion:STSv1"),
	  true, STS_ENFORCE, 5 },
	{ "empty lines and space at ends", BYTES("\r\n" POLICY "\n \n"), true, STS_ENFORCE,
	  604800 },
	{ "unknown fields", BYTES(POLICY "x-y.z_1: \303\244 b\n"), true, STS_ENFORCE, 604800 },
	{ "the first one counts", BYTES(POLICY "mode: none\nmax_age: 1\nversion: STSv2\n"), true,
	  STS_ENFORCE, 604800 },
	{ "more than a year is a year",
	  BYTES("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 9999999999\n"), true, STS_ENFORCE,
	  STS_AGE_MAX_S },
	{ "eleven digits", BYTES("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 00000000001\n"),
	  false, 0, 0 },
	{ "a sign", BYTES("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: -1\n"), false, 0, 0 },
	{ "no mx", BYTES("version: STSv1\nmode: enforce\nmax_age: 1\n"), false, 0, 0 },
	{ "no mode", BYTES("version: STSv1\nmx: a.b\nmax_age: 1\n"), false, 0, 0 },
	{ "no age", BYTES("version: STSv1\nmx: a.b\nmode: enforce\n"), false, 0, 0 },
	{ "no version", BYTES("mode: enforce\nmx: a.b\nmax_age: 1\n"), false, 0, 0 },
	{ "another version", BYTES("version: STSv2\nmode: enforce\nmx: a.b\nmax_age: 1\n"), false,
	  0, 0 },
	{ "another mode", BYTES("version: STSv1\nmode: report\nmx: a.b\nmax_age: 1\n"), false, 0,
	  0 },
	{ "a mode in capitals", BYTES("version: STSv1\nmode: Enforce\nmx: a.b\nmax_age: 1\n"),
	  false, 0, 0 },
	{ "an mx that is no name", BYTES(POLICY "mx: a..b\n"), false, 0, 0 },
	{ "an mx with a star inside", BYTES(POLICY "mx: a.*.b\n"), false, 0, 0 },
	{ "an mx that is a star", BYTES(POLICY "mx: *\n"), false, 0, 0 },
	{ "an mx that is an address", BYTES(POLICY "mx: [192.0.2.1]\n"), false, 0, 0 },
	{ "an mx in Unicode", BYTES(POLICY "mx: \303\244.test\n"), false, 0, 0 },
	{ "an empty value", BYTES(POLICY "x:\n"), false, 0, 0 },
	{ "a line without colon", BYTES(POLICY "<html>\n"), false, 0, 0 },
	{ "a NUL", BYTES(POLICY "x: a\0b\n"), false, 0, 0 },
	{ "NULs at the end", BYTES(POLICY "\0\0"), false, 0, 0 },
	{ "a bare CR", BYTES(POLICY "x: a\rmode: none\n"), false, 0, 0 },
	{ "nothing", BYTES(""), false, 0, 0 },
};

#define HOSTS "version: STSv1\nmode: enforce\nmx: Mail.example.com\nmx: *.example.net\nmax_age: 1\n"

int
main(void)
{
	struct sts_policy policy;
	struct sts_line line;
	char all[200] = "";
	size_t at = 0;

	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		struct sts_record record = { .count = 0 };

		for (size_t n = 0; n < 3 && records[i].records[n]; n++) {
			char *copy =
			    check_copy(records[i].records[n], strlen(records[i].records[n]) + 1);

			sts_record_add(&record, copy);
			free(copy);
		}
		CHECK(sts_record_valid(&record) == (records[i].id != NULL)
		          && (!records[i].id || strcmp(record.id, records[i].id) == 0),
		      records[i].sentence);
	}
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		char *copy = check_copy(policies[i].text, policies[i].len);
		bool good = !sts_policy_parse(&policy, copy, policies[i].len);

		CHECK(good == policies[i].good
		          && (!good
		              || (policy.mode == policies[i].mode
		                  && policy.max_age_s == policies[i].max_age_s)),
		      policies[i].sentence);
		free(copy);
	}
	CHECK(!sts_policy_parse(&policy, HOSTS, sizeof HOSTS - 1), "a policy with two patterns");
	while (sts_policy_next_line(&policy, &at, &line)) {
		strncat(all, line.text, line.len);
		strcat(all, "|");
	}
	CHECK(strcmp(all, "version: STSv1|mode: enforce|mx: Mail.example.com|mx: *.example.net|"
	                  "max_age: 1|")
	          == 0,
	      "a policy line by line");
	return check_end();
}
