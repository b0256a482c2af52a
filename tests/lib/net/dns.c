/* What a resolver may answer, and what we make of it, however broken. */
#include "net/dns.h"

#include "check.h"

#define HEADER(flags, answers) "\x12\x34" flags "\0\1\0" answers "\0\0\0\0"
#define YES                    "\x81\x80"    /* QR RD RA, NOERROR */
#define NAME_A                 "\1a\4test\0" /* at byte 12 */
#define QUESTION_MX            NAME_A "\0\x0f\0\1"
#define POINTER_A              "\xc0\x0c" /* to NAME_A */
#define RECORD(type, length)   "\0" type "\0\1\0\0\0\1\0" length

static const struct {
	const char *sentence;
	const char *bytes;
	size_t len;
	enum dns_status status;
	const char *host; /* of the first MX; NULL: none */
} cases[] = {
#define BYTES(text) text, sizeof text - 1
	{ "an MX record",
	  BYTES(HEADER(YES, "\1") QUESTION_MX POINTER_A RECORD("\x0f", "\4") "\0\5\xc0\x0c"),
	  DNS_INSECURE, "a.test" },
	{ "AD makes it secure",
	  BYTES(HEADER("\x81\xa0", "\1") QUESTION_MX POINTER_A RECORD("\x0f", "\4") "\0\5\xc0\x0c"),
	  DNS_SECURE, "a.test" },
	{ "no records", BYTES(HEADER(YES, "\0") QUESTION_MX), DNS_NODATA, NULL },
	{ "NXDOMAIN", BYTES(HEADER("\x81\x83", "\0") QUESTION_MX), DNS_NXDOMAIN, NULL },
	{ "SERVFAIL", BYTES(HEADER("\x81\x82", "\0") QUESTION_MX), DNS_TEMPFAIL, NULL },
	{ "REFUSED", BYTES(HEADER("\x81\x85", "\0") QUESTION_MX), DNS_TEMPFAIL, NULL },
	{ "a question is no answer",
	  BYTES(HEADER("\1\0", "\1") QUESTION_MX POINTER_A RECORD("\x0f", "\4") "\0\5\xc0\x0c"),
	  DNS_TEMPFAIL, NULL },
	{ "a truncated answer is none", BYTES(HEADER("\x83\x80", "\0") QUESTION_MX), DNS_TEMPFAIL,
	  NULL },
	{ "a record of another name does not count",
	  BYTES(HEADER(YES, "\1") QUESTION_MX "\1b\xc0\x0e" RECORD("\x0f", "\4") "\0\5\xc0\x0c"),
	  DNS_NODATA, NULL },
	{ "a record of another type does not count",
	  BYTES(HEADER(YES, "\1") QUESTION_MX POINTER_A RECORD("\1", "\4") "\1\2\3\4"), DNS_NODATA,
	  NULL },
	{ "a CNAME is followed, wherever it stands",
	  BYTES(HEADER(YES, "\2") QUESTION_MX "\1b\xc0\x0e" RECORD(
	      "\x0f", "\4") "\0\5\xc0\x0e" POINTER_A RECORD("\5", "\4") "\1b\xc0\x0e"),
	  DNS_INSECURE, "test" },
	{ "a CNAME to itself ends",
	  BYTES(HEADER(YES, "\1") QUESTION_MX POINTER_A RECORD("\5", "\2") POINTER_A), DNS_TEMPFAIL,
	  NULL },
	{ "a name that points at itself is no record",
	  BYTES(HEADER(YES, "\1") QUESTION_MX "\xc0\x18" RECORD("\x0f", "\4") "\0\5\xc0\x0c"),
	  DNS_NODATA, NULL },
	{ "an exchange that points behind the answer is left out",
	  BYTES(HEADER(YES, "\1") QUESTION_MX POINTER_A RECORD("\x0f", "\4") "\0\5\xff\xff"),
	  DNS_INSECURE, NULL },
	{ "an MX record without exchange is left out",
	  BYTES(HEADER(YES, "\1") QUESTION_MX POINTER_A RECORD("\x0f", "\2") "\0\5"), DNS_INSECURE,
	  NULL },
	{ "an empty MX record is left out",
	  BYTES(HEADER(YES, "\1") QUESTION_MX POINTER_A RECORD("\x0f", "\0")), DNS_INSECURE, NULL },
	{ "nothing", BYTES(""), DNS_TEMPFAIL, NULL },
	{ "more records are promised than there are", BYTES(HEADER(YES, "\xff") QUESTION_MX),
	  DNS_TEMPFAIL, NULL },
};

#define QUESTION_TXT NAME_A "\0\x10\0\1"
#define TXT(length)  POINTER_A RECORD("\x10", length)

static const struct {
	const char *sentence;
	const char *bytes;
	size_t len;
	const char *text; /* of the first record; NULL: none */
} texts[] = {
	{ "a text", BYTES(HEADER(YES, "\1") QUESTION_TXT TXT("\4") "\3v=1"), "v=1" },
	{ "strings are put together without spaces",
	  BYTES(HEADER(YES, "\1") QUESTION_TXT TXT("\10") "\3v=1\0\2;x"), "v=1;x" },
	{ "an empty one", BYTES(HEADER(YES, "\1") QUESTION_TXT TXT("\1") "\0"), "" },
	{ "one without strings", BYTES(HEADER(YES, "\1") QUESTION_TXT TXT("\0")), "" },
	{ "a string that ends behind its record is left out",
	  BYTES(HEADER(YES, "\1") QUESTION_TXT TXT("\6") "\2ab\3cd"), "ab" },
	{ "a text ends at a NUL", BYTES(HEADER(YES, "\1") QUESTION_TXT TXT("\4") "\3a\0b"), "a" },
	{ "an MX record is none",
	  BYTES(HEADER(YES, "\1") QUESTION_TXT POINTER_A RECORD("\x0f", "\4") "\0\5\xc0\x0c"),
	  NULL },
};

static enum dns_status
read_as(struct dns_answer *answer, const char *bytes, size_t len, enum dns_type type)
{
	memset(answer, 0, sizeof *answer);
	memcpy(answer->bytes, bytes, len);
	return dns_answer_read(answer, len, "a.test", type);
}

static const char reverse[] = HEADER(YES, "\2") NAME_A "\0\x0c\0\1" POINTER_A RECORD(
    "\x0c", "\4") "\1b\xc0\x0e" POINTER_A RECORD("\x0c", "\2") "\xff\xff";

static enum dns_status
read_answer(struct dns_answer *answer, const char *bytes, size_t len)
{
	return read_as(answer, bytes, len, DNS_MX);
}

static const char tlsa[] = HEADER(YES, "\2") NAME_A "\0\x34\0\1" POINTER_A RECORD(
    "\x34", "\5") "\3\1\0\xab\xcd" POINTER_A RECORD("\x34", "\2") "\3\1";

static void
check_tlsa(struct dns_answer *answer)
{
	static struct tlsa record;
	static char out[TLSA_TEXT_MAX];
	bool whole;

	CHECK(read_as(answer, tlsa, sizeof tlsa - 1, DNS_TLSA) == DNS_INSECURE
	          && dns_next_tlsa(answer, &record, &whole) && whole,
	      "a TLSA record");
	tlsa_write(out, &record);
	CHECK(strcmp(out, "3 1 0 abcd") == 0, "has its fields");
	CHECK(dns_next_tlsa(answer, &record, &whole) && !whole, "one that is cut is seen");
	CHECK(!dns_next_tlsa(answer, &record, &whole), "and there are no more");
}

/* A record as long as records can be: its text ends at our limit. */
static void
long_text(struct dns_answer *answer)
{
	static const char head[] = HEADER(YES, "\1") QUESTION_TXT TXT("\xff");
	char bytes[sizeof head + 0xff00], text[DNS_TXT_MAX + 1];
	size_t len = sizeof head - 1;

	memcpy(bytes, head, len);
	for (size_t i = 0; i < 0xff00; i++)
		bytes[len++] = i % 256 ? 'x' : '\xff';
	bytes[sizeof head - 3] = '\xff';
	bytes[sizeof head - 2] = 0;
	CHECK(read_as(answer, bytes, len, DNS_TXT) == DNS_INSECURE && dns_next_txt(answer, text)
	          && strlen(text) > DNS_TXT_MAX - 256 && strlen(text) <= DNS_TXT_MAX
	          && strspn(text, "x") == strlen(text) && !dns_next_txt(answer, text),
	      "of a text that is too long the beginning is taken");
}

/* Every cut and every changed byte of a good answer: any answer will do, but it ends. */
static void
spoiled_ones(struct dns_answer *answer)
{
	char host[DNS_NAME_MAX], bytes[512];
	unsigned int preference, found = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t at = 0; at < cases[i].len; at++) {
			for (unsigned int byte = 0; byte < 256; byte++) {
				memcpy(bytes, cases[i].bytes, cases[i].len);
				bytes[at] = (char)byte;
				read_answer(answer, bytes, cases[i].len);
				while (dns_next_mx(answer, &preference, host))
					found++;
			}
			read_answer(answer, cases[i].bytes, at);
			while (dns_next_mx(answer, &preference, host))
				found++;
		}
	CHECK(found > 1000, "answers with one byte changed, and cut ones, are read to an end");
}

int
main(void)
{
	struct dns_answer *answer = malloc(sizeof *answer);
	char host[DNS_NAME_MAX];
	unsigned int preference;
	struct dns dns;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = read_answer(answer, cases[i].bytes, cases[i].len) == cases[i].status;
		bool has = good && cases[i].status <= DNS_INSECURE
		           && dns_next_mx(answer, &preference, host);

		CHECK(good && has == (cases[i].host != NULL)
		          && (!has || (preference == 5 && strcmp(host, cases[i].host) == 0)),
		      cases[i].sentence);
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char text[DNS_TXT_MAX + 1];
		bool has = read_as(answer, texts[i].bytes, texts[i].len, DNS_TXT) == DNS_INSECURE
		           && dns_next_txt(answer, text);

		CHECK(has == (texts[i].text != NULL) && (!has || strcmp(text, texts[i].text) == 0),
		      texts[i].sentence);
	}
	memcpy(answer->bytes, reverse, sizeof reverse - 1);
	CHECK(dns_answer_read(answer, sizeof reverse - 1, "a.test", DNS_PTR) == DNS_INSECURE
	          && dns_next_ptr(answer, host) && strcmp(host, "b.test") == 0
	          && !dns_next_ptr(answer, host),
	      "a pointer's name, and a broken one is left out");
	long_text(answer);
	check_tlsa(answer);
	spoiled_ones(answer);
	free(answer);
	CHECK(!dns_open(&dns, "127.0.0.1") && !dns_open(&dns, "x@53")
	          && !dns_open(&dns, "::1@65536") && !dns_open(&dns, "@53")
	          && !dns_open(&dns, "127.0.0.1@"),
	      "a resolver is address@port");
	CHECK(dns_open(&dns, "127.0.0.1@53") && dns_open(&dns, "::1@53"), "of either family");
	CHECK(dns_open(&dns, "127.0.0.2@53") && dns_is_trusted(&dns) && dns_open(&dns, "::1@53")
	          && dns_is_trusted(&dns),
	      "a resolver on this host is believed");
	CHECK(dns_open(&dns, "192.0.2.1@53") && dns_is_trusted(&dns) == dns.conf.trusts_ad
	          && dns_open(&dns, "2001:db8::1@53") && dns_is_trusted(&dns) == dns.conf.trusts_ad,
	      "another one only where the settings of this host say so");
	return check_end();
}
