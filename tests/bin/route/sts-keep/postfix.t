# STS-04: a real Postfix asks, and keeps to what a domain wants
#
# It needs DNS on port 53 and servers on port 25: all runs in a network and with mounts of its own.
if [ -z "$OWN_NETWORK" ] && [ "$(id -u)" = 0 ] && unshare -mn ip link set lo up 2>/dev/null; then
	OWN_NETWORK=yes exec unshare -mn sh "$0"
fi
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/web.sh"
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/postfix.sh"
for program in nsd unbound postfix s6-ipcserver; do
	have $program || { skip 'Postfix asks' "there is no $program"; exit 0; }
done
[ -n "$OWN_NETWORK" ] || { skip 'Postfix asks' 'no network namespace can be had'; exit 0; }
ip link set lo up
echo 'nameserver 127.0.0.1' >resolv.conf
mount --make-rprivate / && mount --bind resolv.conf /etc/resolv.conf || exit 111

web_start
cat >zone.source <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
mx.good A 127.0.0.2
mx.bad A 127.0.0.3
good MX 10 mx.good
bad MX 10 mx.bad
wild MX 10 mx.good
elsewhere MX 10 mx.good
trying MX 10 mx.bad
plain MX 10 mx.bad
ZONE
for name in good bad wild elsewhere trying; do
	printf '_mta-sts.%s TXT "v=STSv1; id=1;"\nmta-sts.%s A 127.0.0.1\n' $name $name
done >>zone.source
RESOLVER_PORT=53 dns_start zone.source
web_policy good.test 'mode: enforce' 'mx: mx.good.test' 'max_age: 86400'
web_policy bad.test 'mode: enforce' 'mx: mx.bad.test' 'max_age: 86400'
web_policy wild.test 'mode: enforce' 'mx: mx.bad.test' 'mx: *.good.test' 'max_age: 86400'
web_policy elsewhere.test 'mode: enforce' 'mx: mx.elsewhere.test' 'max_age: 86400'
web_policy trying.test 'mode: testing' 'mx: mx.bad.test' 'max_age: 86400'
certificate good mx.good.test ca 2>/dev/null
certificate bad other.test ca 2>/dev/null
sink_in good.sink -a 127.0.0.2 -p 25 -c good.pem -k good.key
sink_in bad.sink -a 127.0.0.3 -p 25 -c bad.pem -k bad.key

# The one that fetches, and the one that keeps, each behind its socket.
mkdir kept
sts-fetch -n 127.0.0.0/8 -A ca.pem -p "$WEB_PORT" -S "unix:$WORK/sts-fetch" 2>fetch.log &
background="$background $!"
s6-ipcserver -a 0777 sts-socket sts-keep -p -d kept -f "unix:$WORK/sts-fetch" 2>keep.log &
background="$background $!"
until_true 20 test -S sts-socket -a -S sts-fetch
chmod 755 "$WORK"

postfix_start 'mynetworks = 127.0.0.0/8' "smtp_tls_policy_maps = socketmap:unix:$WORK/sts-socket:sts" \
	'smtp_tls_security_level = may' 'smtp_tls_loglevel = 1' "smtp_tls_CAfile = $WORK/ca.pem" \
	'smtpd_recipient_restrictions = permit_mynetworks, reject'
query() { postmap -c "$POSTFIX" -q "$1" "socketmap:unix:$WORK/sts-socket:sts" 2>/dev/null; }
is 'a policy that is in force' "$(query good.test)" 'secure match=mx.good.test servername=hostname'
is 'all below a domain' "$(query wild.test)" 'secure match=mx.bad.test:.good.test servername=hostname'
is 'for who reports on TLS, with the lines of the policy' \
	"$(postmap -c "$POSTFIX" -q wild.test "socketmap:unix:$WORK/sts-socket:tlsrpt" 2>/dev/null)" \
	'secure match=mx.bad.test:.good.test servername=hostname policy_type=sts policy_domain=wild.test policy_ttl=86400 mx_host_pattern=mx.bad.test mx_host_pattern=*.good.test { policy_string = version: STSv1 } { policy_string = mode: enforce } { policy_string = mx: mx.bad.test } { policy_string = mx: *.good.test } { policy_string = max_age: 86400 }'
is 'one that is being tried is not found' "$(query trying.test)" ''
is 'nor is none' "$(query plain.test)" ''
is 'a relay has none' "$(query '[mx.good.test]')$(query good.test:2525)$(query .good.test)" ''
is 'many questions on one connection' "$(printf 'good.test\nplain.test\nbad.test\n' |
	postmap -c "$POSTFIX" -q - "socketmap:unix:$WORK/sts-socket:sts" 2>/dev/null | wc -l | tr -d ' ')" 2

for domain in good bad wild elsewhere trying plain; do
	python3 - "$POSTFIX_PORT" "$domain.test" <<'PY'
import smtplib, sys
s = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), local_hostname='client.test')
s.sendmail('ann@example.org', ['bob@' + sys.argv[2]], f'Subject: to {sys.argv[2]}\r\n\r\nhi\r\n')
PY
done
# fate DOMAIN: what became of the message
fate() { sed -n "s/.*postfix\/smtp.*to=<bob@$1>.*status=\([a-z]*\).*/\1/p" "$POSTFIX/maillog"; }
decided() { [ -n "$(fate "$1")" ]; }
for domain in good bad wild elsewhere trying plain; do until_true 20 decided $domain.test; done
is 'mail goes to a server that the policy names, with its certificate' "$(fate good.test)" sent
comes 'which was verified' 'Verified TLS connection established to mx.good.test' cat "$POSTFIX/maillog"
is 'or to one below a domain that it names' "$(fate wild.test)" sent
is 'where the certificate is another one, it waits' "$(fate bad.test)" deferred
is 'where the policy names another server, too' "$(fate elsewhere.test)" deferred
is 'where it is only tried, it goes' "$(fate trying.test)" sent
is 'where there is none, it goes' "$(fate plain.test)" sent
is 'to the server with the wrong certificate went only these' \
	"$(grep -c 'C: DATA' bad.sink/log)" 2
