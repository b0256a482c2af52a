/* STS-03: policies that are kept, and files that are none. */
#include "store/sts_cache.h"

#include "check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *sentence, *text;
	bool good, valid; /* at second 2000 */
} files[] = {
	{ "a policy", "1500 1900 policy 1a 600 verify sts mx=a.test\n", true, true },
	{ "its last second", "1400 1900 policy 1a 601 verify sts mx=a.test\n", true, true },
	{ "its time is over", "1400 1900 policy 1a 600 verify sts mx=a.test\n", true, false },
	{ "one of mode none", "1999 1999 policy 1a 600 -\n", true, true },
	{ "one from the future: the clock was set back",
	  "9000 9000 policy 1a 600 verify sts mx=a.test\n", true, true },
	{ "a failure", "0 1900 failed 1a sts-policy-fetch-error a b\n", true, false },
	{ "no line feed", "1500 1900 policy 1a 600 -", false, false },
	{ "half of it", "1500 1900 pol\n", false, false },
	{ "nothing", "", false, false },
	{ "one time", "1500 policy 1a 600 -\n", false, false },
	{ "a time before all", "-1 1900 policy 1a 600 -\n", false, false },
	{ "a time after all", "1500 9223372036854775807 policy 1a 600 -\n", false, false },
	{ "what is not kept", "1500 1900 none x\n", false, false },
	{ "two lines", "1500 1900 policy 1a 600 -\n1500 1900 policy 1a 600 -\n", false, false },
};

int
main(void)
{
	char folder[] = "/tmp/sts-cache.XXXXXX", path[100], name[] = "a.test.sts",
	     other[] = "a.test.new", bare[] = ".sts";
	struct sts_cached cached;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/a.test.sts", folder);
	CHECK(!sts_cache_read(&cached, folder, "a.test") && errno == ENOENT,
	      "no file is no policy");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		FILE *file = fopen(path, "w");
		bool good;

		fputs(files[i].text, file);
		fclose(file);
		good = sts_cache_read(&cached, folder, "a.test");
		CHECK(good == files[i].good && (good || errno == EPROTO)
		          && (!good || sts_cached_is_valid(&cached, 2000) == files[i].valid),
		      files[i].sentence);
		sts_cached_free(&cached);
	}
	CHECK(sts_cache_write(folder, "a.test", 10, 20, "policy 2 30 verify sts mx=b.test")
	          && sts_cache_read(&cached, folder, "a.test") && cached.fetched_s == 10
	          && cached.checked_s == 20 && strcmp(cached.answer.id, "2") == 0
	          && cached.answer.max_age_s == 30
	          && strcmp(cached.answer.line, "verify sts mx=b.test") == 0,
	      "what is written is read");
	sts_cached_free(&cached);
	CHECK(sts_cache_domain(name) && strcmp(name, "a.test") == 0 && !sts_cache_domain(other)
	          && !sts_cache_domain(bare),
	      "files of policies are told from those in the making");
	CHECK(sts_cache_remove(folder, "a.test") && access(path, F_OK) < 0, "a file is removed");
	CHECK(rmdir(folder) == 0, "nothing is left behind");
	return check_end();
}
