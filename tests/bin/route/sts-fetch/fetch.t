# STS-01 STS-02: what the DNS and a web server say about a domain
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/web.sh"
if ! have nsd || ! have unbound; then
	skip 'policies are fetched' 'no nsd or unbound'
	exit 0
fi

web_start
cat >zone.source <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
*.good A 127.0.0.1
_mta-sts.good TXT "v=STSv1; id=20261122;"
mta-sts.none A 127.0.0.1
_mta-sts.two TXT "v=STSv1; id=1;"
_mta-sts.two TXT "v=STSv1; id=2;"
_mta-sts.other TXT "v=spf1 -all"
_mta-sts.other TXT "v=STSv1; " "id=3"
mta-sts.other A 127.0.0.1
_mta-sts.invalid TXT "v=STSv1; id=a-b;"
_mta-sts.alias CNAME _mta-sts.good
mta-sts.alias CNAME mta-sts.good
_mta-sts.homeless TXT "v=STSv1; id=1;"
_mta-sts.twofold TXT "v=STSv1; id=1;"
mta-sts.twofold AAAA ::1
mta-sts.twofold A 127.0.0.1
ZONE
for name in redirect html broken missing large slow wrong expired self closed testing off many; do
	printf '_mta-sts.%s TXT "v=STSv1; id=1;"\nmta-sts.%s A 127.0.0.1\n' $name $name
done >>zone.source
dns_start zone.source

# fetch QUESTION [OPTION...]
fetch() {
	question=$1
	shift
	echo "$question" | timeout 60 sts-fetch -n 127.0.0.0/8 -A ca.pem -p "$WEB_PORT" "$@" 2>log
}
requests() { [ ! -e web/requests ] || wc -l <web/requests | tr -d ' '; }

web_certificate mta-sts.good.test mta-sts.good.test
web_policy good.test 'mode: enforce' 'mx: mx.good.test' 'mx: *.example.test' 'max_age: 86400'
is 'a policy' "$(fetch good.test)" \
	'policy 20261122 86400 verify sts id=20261122 max_age=86400 mx=mx.good.test mx=*.example.test'
is 'it was asked for at its one place' "$(cat web/requests)" 'mta-sts.good.test GET /.well-known/mta-sts.txt'
is 'a policy that is known is not fetched' "$(fetch 'good.test 20261122'; requests)" "same 20261122
1"
like 'one that was another is' "$(fetch 'good.test 20261121')" '^policy 20261122 '
like 'names are asked for in any letter case' "$(fetch GOOD.test)" '^policy 20261122 '
like 'a CNAME is followed to the record; the server has to have the name' "$(fetch alias.test)" \
	'^failed 20261122 sts-webpki-invalid'

web_certificate mta-sts.off.test mta-sts.off.test
printf 'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\nversion: STSv1\nmode: none\n\r\nb\r\nmax_age: 60\r\n0\r\n\r\n' \
	>web/mta-sts.off.test
is 'a policy of mode none, in chunks' "$(fetch off.test)" 'policy 1 60 -'
web_policy testing.test 'mode: testing' 'mx: mx.good.test' 'max_age: 1'
is 'a policy that is tried out' "$(fetch testing.test)" \
	'policy 1 1 verify sts testing id=1 max_age=1 mx=mx.good.test'
web_policy other.test 'mode: testing' 'mx: mx.good.test' 'max_age: 1'
like 'other records do not matter, strings are joined' "$(fetch other.test)" '^policy 3 1 '

is 'no record' "$(fetch none.test)" 'none the domain has no policy'
like 'two records are none' "$(fetch two.test)" '^none .*not the only one'
like 'a record that is not valid is none' "$(fetch invalid.test)" '^none .*not valid'
is 'no domain' "$(fetch nowhere.test)" 'none the domain has no policy'
like 'an address literal has none' "$(fetch '[192.0.2.1]')" '^none '
like 'nor has what is no domain' "$(fetch '../../etc/passwd')" '^none '
like 'nor an empty line' "$(fetch '')" '^none '
like 'a look-up that fails says nothing' "$(fetch x.broken)" '^tempfail '
like 'nor does a resolver that is not there' "$(fetch good.test -r 127.0.0.1@1)" '^tempfail '

web_answer mta-sts.redirect.test '302 Found' text/plain </dev/null
sed -i 's,^Conn.*,Location: https://mta-sts.good.test/.well-known/mta-sts.txt\r,' web/mta-sts.redirect.test
before=$(requests)
like 'a redirect is an error' "$(fetch redirect.test)" '^failed 1 sts-policy-fetch-error .*302'
is 'it is not followed' "$(requests)" $((before + 1))
web_answer mta-sts.missing.test '404 Not Found' text/plain </dev/null
like 'so is what is not there' "$(fetch missing.test)" '^failed 1 sts-policy-fetch-error .*404'
web_answer mta-sts.html.test '200 OK' text/html <web/mta-sts.good.test.text
like 'a policy that is not text/plain is none' "$(fetch html.test)" '^failed 1 sts-policy-invalid .*text/plain'
echo 'Hello!' | web_answer mta-sts.broken.test '200 OK' text/plain
like 'nor is what is no policy' "$(fetch broken.test)" '^failed 1 sts-policy-invalid '
{ cat web/mta-sts.good.test.text && head -c 65536 /dev/zero | tr '\0' '\n'; } |
	web_answer mta-sts.large.test '200 OK' text/plain
like 'more than 64 KiB is an error' "$(fetch large.test)" '^failed 1 sts-policy-fetch-error .*too long'
yes 'mx: a.very.long.name.of.a.host.that.is.not.there.example.test' | head -n 900 |
	{ printf 'version: STSv1\nmode: enforce\nmax_age: 1\n' && cat; } |
	web_answer mta-sts.many.test '200 OK' text/plain
like 'more hosts than anybody has are none' "$(fetch many.test)" '^failed 1 sts-policy-invalid .*too many'
cp web/mta-sts.good.test web/mta-sts.slow.test
web_certificate mta-sts.slow.test mta-sts.slow.test
: >web/mta-sts.slow.test.slow
like 'an answer that drips has its time' "$(fetch slow.test -t 3)" '^failed 1 sts-policy-fetch-error .*too slow'
is 'a web server that is not there' "$(fetch good.test -p 1)" \
	'failed 20261122 sts-policy-fetch-error cannot connect to 127.0.0.1: Connection refused'
is 'one in our own network' "$(echo good.test | sts-fetch -A ca.pem -p "$WEB_PORT" 2>log)" \
	'failed 20261122 sts-policy-fetch-error mta-sts.good.test: its address is in a private network, where -n does not let us go'
like 'one without an address' "$(fetch homeless.test)" '^failed 1 sts-policy-fetch-error .*no address'

if grep -q . /proc/net/if_inet6 2>/dev/null; then
	silent.py "$WEB_PORT" silence &
	background="$background $!"
	until_true 20 test -e silence
	cp web/mta-sts.good.test web/mta-sts.twofold.test
	web_certificate mta-sts.twofold.test mta-sts.twofold.test
	like 'of a host whose first address is silent the other one is asked, beside it' \
		"$(fetch twofold.test -n ::1 -t 5)" '^policy 1 '
else skip 'a silent address is not waited for' 'no IPv6 here'; fi

for name in wrong expired self; do cp web/mta-sts.good.test web/mta-sts.$name.test; done
web_certificate mta-sts.wrong.test mta-sts.other.test
web_certificate mta-sts.expired.test mta-sts.expired.test ca -1
web_certificate mta-sts.self.test mta-sts.self.test self
like 'a certificate of another name' "$(fetch wrong.test)" '^failed 1 sts-webpki-invalid .*ame'
like 'one that has expired' "$(fetch expired.test)" '^failed 1 sts-webpki-invalid .*expired'
like 'one that nobody vouches for' "$(fetch self.test)" '^failed 1 sts-webpki-invalid .*self'
like 'one of a CA that the system does not know' \
	"$(echo good.test | sts-fetch -n 127.0.0.0/8 -p "$WEB_PORT" 2>log)" '^failed 20261122 sts-webpki-invalid '
is 'of these, no request was made' "$(grep -c 'wrong\|expired\|self' web/requests)" 0

sts-fetch -n 127.0.0.0/8 -A ca.pem -p "$WEB_PORT" -S "unix:$WORK/socket" 2>serve.log &
background="$background $!"
until_true 20 test -S socket
cat >ask.py <<'PY'
import array, socket, sys
ours, theirs = socket.socketpair()
job = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
job.sendmsg([b'\0\1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [theirs.fileno()] * 2))], 0, 'socket')
theirs.close()
ours.sendall(b'good.test\n')
print(ours.makefile().read(), end='')
PY
like 'behind a socket, the same' "$(timeout 60 python3 ask.py)" '^policy 20261122 86400 verify'
