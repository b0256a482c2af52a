/* What is told about TLS reads again as itself, and nothing else does. TRPT-02 */
#include "net/tls_result.h"

#include "check.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct tls_result whole = {
	.time_s = 1795314600,
	.domain = "example.org",
	.type = "tlsa",
	.tlsa = { "3 1 1 ab", "2 0 1 cd" },
	.result = "validation-failure",
	.mx = "mx.example.org",
	.address = "2001:db8::25",
	.source = "2001:db8::1",
	.text = "the certificate is none of those in the DNS",
};

/* "|" stands for NUL */
static const struct {
	const char *sentence, *list;
	bool good;
} cases[] = {
	{ "the least", "time=1|domain=a.test|type=sts|result=success||", true },
	{ "fields that we do not know are for others",
	  "time=1|domain=a.test|type=sts|result=success|new=1||", true },
	{ "no end", "time=1|domain=a.test|type=sts|result=success|", false },
	{ "bytes behind the end", "time=1|domain=a.test|type=sts|result=success||x|", false },
	{ "nothing", "|", false },
	{ "no time", "domain=a.test|type=sts|result=success||", false },
	{ "a time that is none", "time=-1|domain=a.test|type=sts|result=success||", false },
	{ "a time beyond all", "time=18446744073709551615|domain=a.test|type=sts|result=success||",
	  false },
	{ "no domain", "time=1|type=sts|result=success||", false },
	{ "a domain that is a path", "time=1|domain=../x|type=sts|result=success||", false },
	{ "an address literal", "time=1|domain=[192.0.2.1]|type=sts|result=success||", false },
	{ "a type that is none", "time=1|domain=a.test|type=x|result=success||", false },
	{ "a result that is none", "time=1|domain=a.test|type=sts|result=good||", false },
	{ "a line end", "time=1|domain=a.test|type=sts|result=success|text=a\nb||", false },
	{ "an address that is none", "time=1|domain=a.test|type=sts|result=success|source=x||",
	  false },
	{ "a host that is none", "time=1|domain=a.test|type=sts|result=success|mx=a b||", false },
};

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
same_result(const struct tls_result *a, const struct tls_result *b)
{
	bool records = true;

	for (size_t i = 0; i <= TLS_RESULT_TLSA_MAX; i++)
		records = records && same(a->tlsa[i], b->tlsa[i]);
	return records && a->time_s == b->time_s && same(a->domain, b->domain)
	       && same(a->type, b->type) && same(a->policy, b->policy) && same(a->result, b->result)
	       && same(a->mx, b->mx) && same(a->address, b->address) && same(a->source, b->source)
	       && same(a->text, b->text);
}

static void
check_socket(void)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static char datagram[TLS_RESULT_MAX_BYTES];
	struct tls_result out;
	ssize_t len;

	snprintf(here.sun_path, sizeof here.sun_path, "%s/tls-result.%ld",
	         getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid());
	CHECK(!tls_result_send(here.sun_path, &whole), "nobody listens");
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
		abort();
	CHECK(tls_result_send(here.sun_path, &whole), "somebody does");
	len = recv(fd, datagram, sizeof datagram, 0);
	CHECK(len > 0 && tls_result_read(&out, datagram, (size_t)len) && same_result(&out, &whole),
	      "and understands");
	close(fd);
	unlink(here.sun_path);
}

int
main(void)
{
	stralloc list = STRALLOC_ZERO;
	struct tls_result many = whole, out;
	char longest[1000];

	CHECK(tls_result_add(&list, &whole) && tls_result_read(&out, list.s, list.len)
	          && same_result(&out, &whole),
	      "what is written reads again as itself");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].list);
		char *copy = check_copy(cases[i].list, len);

		for (size_t j = 0; j < len; j++)
			copy[j] = copy[j] == '|' ? 0 : copy[j];
		CHECK(tls_result_read(&out, copy, len) == cases[i].good, cases[i].sentence);
		free(copy);
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	for (size_t i = 0; i < TLS_RESULT_TLSA_MAX; i++)
		many.tlsa[i] = longest;
	list.len = 0;
	CHECK(tls_result_add(&list, &many) && list.len <= TLS_RESULT_MAX_BYTES
	          && tls_result_read(&out, list.s, list.len),
	      "there are never too many records");
	stralloc_free(&list);
	check_socket();
	return check_end();
}
