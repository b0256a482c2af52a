# TRPT-01: where domains want reports
. tests/lib.sh
. "$ROOT/tests/dns.sh"
if ! have nsd || ! have unbound; then
	skip 'addresses for reports are found' 'no nsd or unbound'
	exit 0
fi
cat >zone.source <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
_smtp._tls.good TXT "v=TLSRPTv1; rua=mailto:tls@good.test," "https://r.good.test/x?y=z"
_smtp._tls.good TXT "something else"
_smtp._tls.two TXT "v=TLSRPTv1; rua=mailto:tls@two.test"
_smtp._tls.two TXT "v=TLSRPTv1; rua=mailto:tls@two.test;"
_smtp._tls.odd TXT "v=TLSRPTv1; rua=ftp://odd.test"
_smtp._tls.alias CNAME _smtp._tls.good
ZONE
dns_start zone.source
find_for() { echo "$1" | report-find 2>log; }
is 'a domain with two addresses' "$(find_for good.test)" 'to mailto:tls@good.test https://r.good.test/x?y=z'
is 'a CNAME is followed' "$(find_for alias.test)" 'to mailto:tls@good.test https://r.good.test/x?y=z'
is 'two records are none' "$(find_for two.test)" none
is 'nor is an address that we cannot send to one' "$(find_for odd.test)" none
is 'no record' "$(find_for ns.test)" none
is 'no domain' "$(find_for '../x')$(find_for '[192.0.2.1]')$(find_for '')" nonenonenone
like 'a look-up that fails says nothing' "$(find_for x.broken)" '^tempfail '
