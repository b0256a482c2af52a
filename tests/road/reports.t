# STS-04 TRPT-02 TRPT-03 RTLS-06: a domain asks for TLS, its server has a wrong certificate; mail waits, and
# the domain is told, in spite of that
#
# It needs DNS and servers on their own ports: all runs in a network of its own.
if [ -z "$OWN_NETWORK" ] && [ "$(id -u)" = 0 ] && unshare -n ip link set lo up 2>/dev/null; then
	OWN_NETWORK=yes exec unshare -n sh "$0"
fi
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/web.sh"
. "$ROOT/tests/sink.sh"
for program in nsd unbound; do
	have $program || { skip 'a domain is told' "there is no $program"; exit 0; }
done
[ -n "$OWN_NETWORK" ] || { skip 'a domain is told' 'no network namespace can be had'; exit 0; }
ip link set lo up
day_lasts 60 # what is counted is of one day

web_start
cat >zone.source <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
mx.good A 127.0.0.2
mx.wrong A 127.0.0.3
good MX 10 mx.good
wrong MX 10 mx.wrong
_mta-sts.good TXT "v=STSv1; id=1;"
mta-sts.good A 127.0.0.1
_mta-sts.wrong TXT "v=STSv1; id=1;"
mta-sts.wrong A 127.0.0.1
_smtp._tls.wrong TXT "v=TLSRPTv1; rua=mailto:tls@wrong.test"
ZONE
dns_start zone.source
web_policy good.test 'mode: enforce' 'mx: mx.good.test' 'max_age: 86400'
web_policy wrong.test 'mode: enforce' 'mx: *.wrong.test' 'max_age: 86400'
certificate good mx.good.test ca 2>/dev/null
certificate wrong other.test ca 2>/dev/null
sink_in good.sink -a 127.0.0.2 -p 25 -c good.pem -k good.key
sink_in wrong.sink -a 127.0.0.3 -p 25 -c wrong.pem -k wrong.key

# The services, each behind its socket, as sv/ has them.
mkdir etc sts tls queue tmp
cd etc || exit 111
mkdir dkim
echo us.test: >domains
echo me.us.test >me
echo "*: unix:$WORK/smtp-send" >routes
dkim-key us.test s1 >../keys
mv dkim/us.test/s1.new dkim/us.test/s1.key
export SMTPIPE_INJECT="$WORK/inject" TMPDIR="$WORK/tmp"
serve() {
	"$@" 2>>"$WORK/log" &
	background="$background $!"
}
serve sts-fetch -S "unix:$WORK/sts-fetch" -A "$WORK/ca.pem" -p "$WEB_PORT" -n 127.0.0.0/8
serve sts-keep -S "unix:$WORK/sts-keep" -d "$WORK/sts" -f "unix:$WORK/sts-fetch" -r "$WORK/tls-count"
serve tls-count -S "unix:$WORK/tls-count" -d "$WORK/tls"
counter=$!
serve smtp-send -n 127.0.0.0/8 -S "unix:$WORK/smtp-send" -t "tls-connect -A $WORK/ca.pem" -q "unix:$WORK/sts-keep" -r "$WORK/tls-count"
serve mail-inject -S "unix:$WORK/inject" -h me.us.test -d us.test header-fix -d us.test dkim-sign queue-add -q "$WORK/queue"
serve queue-run -q "$WORK/queue" -r 1000
cd "$WORK" || exit 111
for socket in sts-fetch sts-keep tls-count smtp-send inject; do until_true 20 test -S $socket; done

for domain in good wrong; do
	printf 'Subject: to %s\n\nhi\n' $domain | sendmail "bob@$domain.test"
done
ok 'mail reaches a server with the certificate that its domain wants' \
	until_true 20 grep -q 'Subject: to good' good.sink/1.1.data
ok 'one with another certificate does not get it' until_true 20 grep -q 'queue-run: deferred .*bob@wrong.test' log
like 'the log says why' "$(grep 'deferred .*bob@wrong.test' log)" '4\.7\.5'
is 'it waits' "$(queue-list -q queue | grep -c bob@wrong.test)" 1
is 'nothing of it was sent' "$(grep -c 'C: MAIL' wrong.sink/log)" 0

# The day is over.
kill "$counter" && wait "$counter"
yesterday=$(date -u -d '1 day ago' +%Y-%m-%d)
cat tls/20* >counted && rm tls/20* && mv counted "tls/$yesterday"
like 'it was counted' "$(cat "tls/$yesterday")" '^[1-9].*domain=wrong.test.type=sts.result=certificate-host-mismatch.mx=mx.wrong.test.address=127.0.0.3'
like 'so was what went well' "$(cat "tls/$yesterday")" '^1.*domain=good.test.type=sts.result=success'
if [ "$(date -u +%H%M)" -lt 11 ]; then
	skip 'the domain is told' 'the day is too young'
	exit 0
fi
ok 'a report is made' tls-report -d tls -c postmaster@us.test
ok 'it reaches the domain, in spite of the certificate' until_true 20 sh -c "grep -qs 'TLS-Report-Domain: wrong.test' wrong.sink/*.data"
sed '$d; s/^\.//' "$(grep -l 'TLS-Report-Domain' wrong.sink/*.data | head -n 1)" >report
cat >read.py <<'PY'
import email, gzip, json
mail = email.message_from_binary_file(open('report', 'rb'))
report = json.loads(gzip.decompress(mail.get_payload()[1].get_payload(decode=True)))
policy, = report['policies']
detail, = policy['failure-details']
print(report['contact-info'], policy['policy']['policy-string'], policy['summary']['total-failure-session-count'] > 0,
      detail['result-type'], detail['receiving-mx-hostname'], detail['receiving-ip'], detail['sending-mta-ip'] != '')
PY
is 'and says what happened' "$(python3 read.py)" \
	"postmaster@us.test ['version: STSv1', 'mode: enforce', 'mx: *.wrong.test', 'max_age: 86400'] True certificate-host-mismatch mx.wrong.test 127.0.0.3 True"
is 'signed by our domain' "$(dkim-verify.py keys <report)" pass
is 'nobody else is told' "$(grep -l 'TLS-Report' good.sink/*.data)" ''
is 'the message still waits' "$(queue-list -q queue | grep -c bob@wrong.test)" 1
