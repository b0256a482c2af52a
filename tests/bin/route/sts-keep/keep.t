# STS-02 STS-03 STS-04: policies are kept, fetched anew, and told
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/web.sh"
. "$ROOT/tests/tls_results.sh"
if ! have nsd || ! have unbound || ! have drill; then
	skip 'policies are kept' 'no nsd, unbound or drill'
	exit 0
fi

web_start
# zone ID: the zone, with this id for each domain
zone() {
	cat <<-'ZONE'
		$ORIGIN test.
		$TTL 0
		@ SOA ns hostmaster 1 3600 600 86400 0
		@ NS ns
		ns A 127.0.0.1
		mx.none A 127.0.0.1
	ZONE
	for name in good testing off short; do
		printf '_mta-sts.%s TXT "v=STSv1; id=%s;"\nmta-sts.%s A 127.0.0.1\n' $name "$1" $name
	done
}
zone 1 >zone.source
dns_start zone.source
# zone_change ID, or nothing: no records at all
zone_change() {
	if [ -n "$1" ]; then zone "$1"; else zone 1 | grep -v _mta-sts; fi | sed 's/hostmaster 1/hostmaster 2/' >zone
	kill -HUP "$(cat nsd.pid)"
	until_true 20 zone_is "$1"
}
zone_is() {
	seen=$(drill -Q -p "$authority_port" @127.0.0.1 TXT _mta-sts.good.test 2>/dev/null)
	if [ -n "$1" ]; then [ "$seen" = "\"v=STSv1; id=$1;\"" ]; else [ -z "$seen" ]; fi
}
mkdir kept
keep() { timeout 60 sts-keep -d kept -f "sts-fetch -n 127.0.0.0/8 -A ca.pem -p $WEB_PORT" "$@" 2>>log; }
ask() { echo "$1" | keep; }
requests() { [ ! -e web/requests ] || wc -l <web/requests | tr -d ' '; }
# older DOMAIN SECONDS: as if so much time had passed
older() {
	awk -v by="$2" '{ if ($1) $1 -= by; $2 -= by; print }' "kept/$1.sts" >older && cat older >"kept/$1.sts"
}

web_policy good.test 'mode: enforce' 'mx: mx.good.test' 'mx: *.example.test' 'max_age: 604800'
web_policy testing.test 'mode: testing' 'mx: mx.good.test' 'max_age: 604800'
web_policy off.test 'mode: none' 'max_age: 604800'
web_policy short.test 'mode: enforce' 'mx: mx.short.test' 'max_age: 60'
good='verify sts id=1 max_age=604800 mx=mx.good.test mx=*.example.test'
is 'a policy is fetched' "$(ask good.test)" "$good"
like 'and kept' "$(cat kept/good.test.sts)" "^[0-9]+ [0-9]+ policy 1 604800 verify sts id=1 .*test\$"
is 'for its owner' "$(stat -c %a kept/good.test.sts)" 600
is 'then it is told without a question to anybody' "$(ask Good.TEST; requests)" "$good
1"
is 'a domain without policy' "$(ask mx.none.test)" ''
is 'an answer is given in any case' "$(ask nowhere.test | wc -l | tr -d ' ')" 1
is 'of domains without policy nothing is kept' "$(ls kept)" good.test.sts
is 'a policy of mode none is none' "$(ask off.test)" ''
is 'one that is being tried says so' "$(ask testing.test)" 'verify sts testing id=1 max_age=604800 mx=mx.good.test'
is 'several questions, one after the other' "$(printf 'good.test\nnowhere.test\ntesting.test\n' | keep)" "$good

verify sts testing id=1 max_age=604800 mx=mx.good.test"
is 'what is no domain has none' "$(printf '[192.0.2.1]\n\n../x\nlocalhost\n%0250d.test\n' 0 | keep | tr '\n' .)" .....

# Time passes, and the domain changes its mind.
before=$(requests)
older good.test 301
is 'five minutes later the DNS is asked' "$(ask good.test; requests)" "$good
$before"
sed -i 's/enforce/testing/' web/mta-sts.good.test
is 'a change without a new id is not seen' "$(ask good.test)" "$good"
zone_change 2
is 'nor is a new id in the first five minutes' "$(ask good.test)" "$good"
older good.test 301
is 'with a new id the policy is fetched' "$(ask good.test)" \
	'verify sts testing id=2 max_age=604800 mx=mx.good.test mx=*.example.test'
sed -i 's/testing/enforce/' web/mta-sts.good.test
older good.test 86401
is 'after a day it is, even with the same one' "$(ask good.test)" "$(echo "$good" | sed s/id=1/id=2/)"

# What was fetched holds on when nothing can be had any more.
mv web/mta-sts.good.test gone
older good.test 86401
is 'where it cannot be fetched, what is kept holds' "$(ask good.test)" "$(echo "$good" | sed s/id=1/id=2/)"
like 'and the log says so' "$(cat log)" \
	'sts-keep: sts-failed domain=good.test id=2 result=sts-policy-fetch-error .*kept'
is 'a failure is not repeated at once' "$(: >log; ask good.test >/dev/null; cat log)" ''
zone_change ''
older good.test 301
is 'where the record is gone, too' "$(ask good.test)" "$(echo "$good" | sed s/id=1/id=2/)"
older good.test 604800
is 'until its time is over' "$(ask good.test)" ''
is 'then it is forgotten' "$(ls kept | grep -c good)" 0
zone_change 3
is 'a policy that was never seen, and cannot be had, is none' "$(ask good.test)" ''
like 'that it failed is kept' "$(cat kept/good.test.sts)" '^0 [0-9]+ failed 3 sts-policy-fetch-error '
mv gone web/mta-sts.good.test
is 'for five minutes' "$(ask good.test)" ''
older good.test 301
like 'then it is tried again' "$(ask good.test)" '^verify sts id=3'
is 'a short one is told' "$(ask short.test)" 'verify sts id=3 max_age=60 mx=mx.short.test'
mv web/mta-sts.short.test gone
older short.test 60
is 'and not once it has passed' "$(ask short.test)" ''

# Nobody asks.
mv gone web/mta-sts.short.test
older good.test 90000
older short.test 90000
older testing.test 1000
before=$(requests)
ok 'a walk over all that is kept' keep -w
is 'fetches what is a day old' "$(tail -n +$((before + 1)) web/requests)" 'mta-sts.good.test GET /.well-known/mta-sts.txt'
is 'and drops what is of no use' "$(ls kept | grep -c short)" 0

# What cannot be had is told to its domain, whether it is in force or tried out.
results_start
telling() { # DOMAIN: all that is told of it
	echo "$1" | keep -r results >answer && heard
	cut -d'|' -f2-4,6 told | grep . && : >told
}
mv web/mta-sts.testing.test gone
older testing.test 86401
is 'TRPT-02: a policy that is only tried out, and cannot be had any more, is told' "$(telling testing.test)" \
	'domain=testing.test|type=sts|result=sts-policy-fetch-error|policy=verify sts testing id=1 max_age=604800 mx=mx.good.test'
rm -f kept/testing.test.sts
is 'so is one that was never seen' "$(telling testing.test)" \
	'domain=testing.test|type=sts|result=sts-policy-fetch-error|'
mv gone web/mta-sts.testing.test
older testing.test 301
is 'and nothing of one that can be had' "$(telling testing.test)" ''

# Trouble of ours.
is 'a file that is none is fetched anew' "$(echo x >kept/good.test.sts; ask good.test)" "$(echo "$good" | sed s/id=1/id=3/)"
older good.test 301
is 'without sts-fetch, what is kept is told' "$(echo good.test | sts-keep -d kept -f /nowhere/sts-fetch 2>log)" \
	"$(echo "$good" | sed s/id=1/id=3/)"
is 'without it and what is kept, there is no answer' "$(echo other.test | sts-keep -d kept -f /nowhere/sts-fetch 2>log)" ''
not_ok 'which is "later"' sh -c 'echo other.test | sts-keep -d kept -f false'
is 'a folder that is not there does not keep an answer back' \
	"$(echo good.test | sts-keep -d nowhere -f "sts-fetch -n 127.0.0.0/8 -A ca.pem -p $WEB_PORT" 2>log)" \
	"$(echo "$good" | sed s/id=1/id=3/)"
like 'but the log has it' "$(cat log)" 'sts-keep: warning .*cannot keep the policy of good.test in nowhere'
