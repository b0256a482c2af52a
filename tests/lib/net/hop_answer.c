/* What mx-find writes is what smtp-send reads. */
#include "net/hop_answer.h"

#include "net/next_hop.h"

#include "check.h"

/* A copy is read, which is cut in place. */
static const struct next_hops *
read_back(const struct hop_answer *answer)
{
	static struct next_hops hops;

	CHECK(answer->text.len < sizeof hops.answer, "there is room to read all of it");
	memcpy(hops.answer, answer->text.s, answer->text.len);
	hops.answer[answer->text.len] = 0;
	next_hops_read(&hops, hops.answer);
	return &hops;
}

static void
check_all(void)
{
	struct hop_answer answer = { .hosts = 0 };
	const struct next_hops *hops;

	CHECK(hop_answer_domain(&answer, "xn--bcher-kva.test")
	          && hop_answer_tlsa(&answer, "mx.test", "base.test", "3 1 0 00")
	          && hop_answer_host(&answer, 10, "mx.test", "192.0.2.1", "dane")
	          && hop_answer_host(&answer, 20, "mx2.test", "2001:db8::1", NULL)
	          && hop_answer_end(&answer, "tempfail", "not now"),
	      "an answer");
	hops = read_back(&answer);
	CHECK(hops->domain && strcmp(hops->domain, "xn--bcher-kva.test") == 0, "its domain");
	CHECK(hops->tlsa_count == 1 && strcmp(hops->tlsa[0].host, "mx.test") == 0
	          && strcmp(hops->tlsa[0].base, "base.test") == 0
	          && strcmp(hops->tlsa[0].record, "3 1 0 00") == 0,
	      "its TLSA record");
	CHECK(hops->count == 2 && strcmp(hops->list[0].name, "mx.test") == 0
	          && strcmp(hops->list[0].address, "192.0.2.1") == 0
	          && hops->list[0].trust == HOP_DANE && hops->list[1].trust == HOP_PLAIN,
	      "its hosts");
	CHECK(!hops->complete && strcmp(hops->trouble.text, "not now") == 0, "its end");
	stralloc_free(&answer.text);
}

static void
check_cut(void)
{
	struct hop_answer answer = { .hosts = 0 };
	const struct next_hops *hops;
	struct hop_mark mark;

	CHECK(hop_answer_host(&answer, 10, "a.test", "192.0.2.1", NULL), "a host");
	mark = hop_answer_mark(&answer);
	CHECK(hop_answer_tlsa(&answer, "b.test", "b.test", "3 1 0 00")
	          && hop_answer_host(&answer, 20, "b.test", "192.0.2.2", "dane"),
	      "another one");
	hop_answer_cut(&answer, &mark);
	CHECK(hop_answer_end(&answer, "ok", "x"), "is taken back");
	hops = read_back(&answer);
	CHECK(hops->complete && hops->count == 1 && hops->tlsa_count == 0,
	      "what stood before it is left, and all of it is");
	CHECK(answer.hosts == 1 && answer.tlsa == 0, "its lines do not count");
	stralloc_free(&answer.text);
}

static void
check_many(void)
{
	struct hop_answer answer = { .hosts = 0 };
	const struct next_hops *hops;

	for (int i = 0; i < 3 * NEXT_HOPS_MAX; i++)
		CHECK(hop_answer_host(&answer, 10, "a.test", "192.0.2.1", NULL), "many addresses");
	CHECK(!hop_answer_is_over(&answer) && hop_answer_end(&answer, "ok", "x"), "are no trouble");
	hops = read_back(&answer);
	CHECK(hops->complete && hops->count == NEXT_HOPS_MAX, "as many stand there as are read");
	stralloc_free(&answer.text);
}

/* Until it says that it is over, with a line as long as this one at its end. */
static void
check_room(const char *record, size_t most, const char *sentence)
{
	struct hop_answer answer = { .hosts = 0 };
	struct hop_mark mark = hop_answer_mark(&answer);
	const struct next_hops *hops;
	size_t records = 0;
	char text[NEXT_HOP_NAME_MAX];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	for (;; records++) {
		CHECK(hop_answer_tlsa(&answer, "a.test", "a.test", record), "one more");
		if (hop_answer_is_over(&answer))
			break;
		mark = hop_answer_mark(&answer);
	}
	hop_answer_cut(&answer, &mark);
	CHECK(!hop_answer_is_over(&answer) && hop_answer_end(&answer, "ok", text), sentence);
	hops = read_back(&answer);
	CHECK(hops->complete && hops->tlsa_count == records && records <= most, sentence);
	stralloc_free(&answer.text);
}

int
main(void)
{
	char whole[2 * 4096 + sizeof "3 0 0 "] = "3 0 0 ";

	memset(whole + strlen(whole), '0', 2 * 4096);
	check_all();
	check_cut();
	check_many();
	check_room("3 1 0 00", NEXT_TLSA_MAX, "no more records than are read");
	check_room(whole, 8, "no more bytes than are read");
	return check_end();
}
