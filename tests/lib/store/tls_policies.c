/* Which line of tls-policy(5) holds. */
#include "store/tls_policies.h"

#include "check.h"

#include <fcntl.h>
#include <unistd.h>

static const char lines[] = "a.test:    verify\n"
                            ".a.test:   encrypt\n"
                            ".test:     may\n"
                            "old.test:  none until=2026-01-01\n"
                            "bad.test:  nonsense\n"
                            "gone.x:    none until=2026-01-01\n"
                            "*:         dane\n";

static const struct {
	const char *sentence, *domain;
	bool with_all;
	enum tls_policies answer;
	enum tls_level level;
	bool is_over;
} cases[] = {
	{ "a domain", "a.test", true, TLS_POLICIES_FOUND, TLS_LEVEL_VERIFY, false },
	{ "one below", "mx.a.test", true, TLS_POLICIES_FOUND, TLS_LEVEL_ENCRYPT, false },
	{ "far below", "c.b.a.test", true, TLS_POLICIES_FOUND, TLS_LEVEL_ENCRYPT, false },
	{ "below another", "b.test", true, TLS_POLICIES_FOUND, TLS_LEVEL_MAY, false },
	{ "all others", "example.org", true, TLS_POLICIES_FOUND, TLS_LEVEL_DANE, false },
	{ "but not for a relay", "example.org", false, TLS_POLICIES_NOTHING, TLS_LEVEL_NONE,
	  false },
	{ "after its end the next one holds", "old.test", true, TLS_POLICIES_FOUND, TLS_LEVEL_MAY,
	  true },
	{ "or none", "gone.x", false, TLS_POLICIES_NOTHING, TLS_LEVEL_NONE, true },
	{ "a line that cannot be read is not passed over", "bad.test", true, TLS_POLICIES_BROKEN,
	  TLS_LEVEL_NONE, false },
};

int
main(void)
{
	char path[] = "/tmp/smtpipe-policies.XXXXXX";
	int fd = mkstemp(path);
	struct tls_policy policy;
	struct table table;
	bool is_over;

	if (fd < 0 || write(fd, lines, sizeof lines - 1) < 0 || !table_open(&table, path))
		abort();
	unlink(path);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(tls_policies_find(&table, cases[i].domain, cases[i].with_all, 1795314600,
		                        &policy, &is_over)
		              == cases[i].answer
		          && is_over == cases[i].is_over
		          && (cases[i].answer != TLS_POLICIES_FOUND
		              || policy.level == cases[i].level),
		      cases[i].sentence);
	table_close(&table);
	close(fd);
	return check_end();
}
