. tests/lib.sh
. "$ROOT/tests/dns.sh"
cat >records <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
ns A 127.0.0.1
host A 192.0.2.1
host A 192.0.2.2
host AAAA 2001:db8::1
host TXT "two " "strings, a \"quote\" and \009a tab"
domain MX 10 host
alias CNAME domain
back PTR host
ZONE
dns_start records
is 'addresses' "$(dns-ask a host.test | sort | tr '\n' ' ')" '192.0.2.1 192.0.2.2 '
is 'of both kinds' "$(dns-ask AAAA host.test)" 2001:db8::1
is 'an exchanger, through an alias' "$(dns-ask mx alias.test)" '10 host.test'
is 'a name that is led back to' "$(dns-ask ptr back.test)" host.test
is 'a text in one piece, fit for a terminal' "$(dns-ask txt host.test)" 'two strings, a "quote" and \x09a tab'
is 'whether to believe it' "$(dns-ask -s ptr back.test)" "$(printf 'insecure\nhost.test')"
is 'no records are 100' "$(dns-ask -s mx host.test; echo $?)" "$(printf 'nodata\n100')"
is 'no name, too' "$(dns-ask -s a gone.test; echo $?)" "$(printf 'nxdomain\n100')"
is 'a resolver that cannot say is 111' "$(dns-ask a x.broken 2>/dev/null; echo $?)" 111
not_ok 'a type that it does not know is an error' dns-ask srv host.test
not_ok 'so is a resolver that is none' dns-ask -r here a host.test
