# What a resolver that fails, lies or does not validate is believed, and that it is said. DANE-01
. tests/lib.sh
. "$ROOT/tests/dns.sh"

check() { mx-find -c 2>log; echo $?; }
mx() { echo "$1" | mx-find 2>log | sed 's/^end \([a-z]*\) .*/end \1/'; }
cat >records <<'ZONE'
$ORIGIN test.
@ 60 SOA ns.test. root.test. 1 60 60 60 60
@ 60 NS ns.test.
ns 60 A 127.0.0.1
ZONE
dns_start records
is 'one that does not validate' "$(check)" 100
like 'is told so, and what to do' "$(cat log)" 'warning .*does not validate DNSSEC.*unbound'
is 'what it says of domains counts' "$(mx gone.test)" 'end nxdomain'

# One that says of all domains that they are not there, as on a network that wants a login first.
dns_answers() { dns-ask -s a ns.test | grep -q nxdomain; }
dns_run iterator 'local-zone: "." always_nxdomain' . test
is 'one that knows no domain' "$(check)" 100
like 'is told so' "$(cat log)" 'warning .*does not know the root'
is 'OUT-03: and gives no mail back' "$(mx gone.test)" 'end tempfail'
like 'for a reason' "$(cat log)" 'warning .*does not know the root'

dns_answers() { dns-ask a any.invalid; }
dns_run iterator 'local-zone: "invalid." redirect
 local-data: "invalid. A 192.0.2.1"' . test
is 'one that has addresses for what is not there' "$(check)" 100
like 'is told so' "$(cat log)" 'warning .*addresses for domains that do not exist'

DNS_RESOLVER=127.0.0.1@1
is 'one that does not answer' "$(check)" 100
like 'is told so' "$(cat log)" 'warning .*does not answer'
is 'OUT-16: and mail waits' "$(mx gone.test)" 'end tempfail'
like 'of which the log has the reason' "$(cat log)" 'warning .*the resolver 127.0.0.1@1 does not answer'
