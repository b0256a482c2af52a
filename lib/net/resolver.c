#include "net/resolver.h"

bool
resolver_knows_root(struct dns *dns)
{
	static struct dns_answer answer;
	enum dns_status status = dns_ask(dns, ".", DNS_SOA, &answer);

	return status == DNS_SECURE || status == DNS_INSECURE;
}

const char *
resolver_fault(struct dns *dns)
{
	static struct dns_answer answer;
	enum dns_status root = dns_ask(dns, ".", DNS_SOA, &answer);

	if (root != DNS_SECURE && root != DNS_INSECURE)
		return "the resolver does not answer, or does not know the root of the DNS: mail "
		       "for other hosts waits. See /etc/resolv.conf";
	/* RFC 6761 6.4: that name is never there. */
	if (dns_ask(dns, "smtpipe.invalid", DNS_A, &answer) <= DNS_INSECURE)
		return "the resolver has addresses for domains that do not exist, and mail for "
		       "them goes there: take another one";
	if (!dns_is_trusted(dns))
		return "the resolver is on another host, so DANE is not used: run one on this "
		       "host that validates DNSSEC, such as unbound, or say \"options trust-ad\" "
		       "in /etc/resolv.conf if nobody can come between";
	if (root != DNS_SECURE)
		return "the resolver does not validate DNSSEC, so DANE is not used: run one on "
		       "this host that does, such as unbound";
	return NULL;
}
