/* DNS answers: read to an end, and what comes out are names and addresses as text. */
#include "net/dns.h"

#include "fuzz/fuzz.h"

static void
read_answer(struct dns_answer *answer, const char *bytes, size_t len, enum dns_type type)
{
	char address[INET6_ADDRSTRLEN], host[DNS_NAME_MAX], text[DNS_TXT_MAX + 1];
	unsigned int preference, found = 0;
	static struct tlsa record;
	bool is_whole;
	enum dns_status status;

	memcpy(answer->bytes, bytes, len);
	status = dns_answer_read(answer, len, "a.test", type);
	assert(memchr(answer->name, 0, sizeof answer->name) || status == DNS_TEMPFAIL);
	if (status != DNS_SECURE && status != DNS_INSECURE)
		return;
	while (type == DNS_TXT && dns_next_txt(answer, text))
		assert(strlen(text) <= DNS_TXT_MAX && ++found <= len);
	while (type == DNS_TLSA && dns_next_tlsa(answer, &record, &is_whole))
		assert((!is_whole || record.len <= TLSA_DATA_MAX) && ++found <= len);
	if (type == DNS_TXT || type == DNS_TLSA)
		return;
	while (type == DNS_MX ? dns_next_mx(answer, &preference, host)
	                      : dns_next_address(answer, address)) {
		assert(type == DNS_MX ? fuzz_printable(host, strlen(host))
		                      : strspn(address, "0123456789abcdef:.") == strlen(address));
		assert(++found <= len);
	}
}

static void
fuzz(char *bytes, size_t len)
{
	static struct dns_answer answer;

	if (len > sizeof answer.bytes)
		return;
	memset(&answer.message, 0, sizeof answer.message);
	read_answer(&answer, bytes, len, DNS_MX);
	read_answer(&answer, bytes, len, DNS_A);
	read_answer(&answer, bytes, len, DNS_AAAA);
	read_answer(&answer, bytes, len, DNS_TXT);
	read_answer(&answer, bytes, len, DNS_TLSA);
}
