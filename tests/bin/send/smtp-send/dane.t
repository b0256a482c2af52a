# DANE-01 .. DANE-07: from the signed MX record to the certificate, through a resolver that validates
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/tls_results.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
certificate ca 'Test CA' root 2>/dev/null
certificate mx.test mx.test ca 2>/dev/null
certificate self nobody.example self -1 2>/dev/null
cat mx.test.pem ca.pem >chain.pem
der() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
other=0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab
ports=$(free_port) && self=$(free_port) && clear=$(free_port)
cat >records <<ZONE
\$ORIGIN test.
\$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
ns A 127.0.0.1
mx A 127.0.0.1
mx2 A 127.0.0.1
mx3 A 127.0.0.1
mx4 A 127.0.0.1
mx5 A 127.0.0.1
authority MX 10 mx
_$ports._tcp.mx TLSA 2 1 1 $(der ca.pem)
_$clear._tcp.mx TLSA 2 1 1 $(der ca.pem)
named MX 10 mx2
_$ports._tcp.mx2 TLSA 2 1 1 $(der ca.pem)
itself MX 10 mx3
_$self._tcp.mx3 TLSA 3 1 1 $(der self.pem)
_$ports._tcp.mx3 TLSA 3 1 1 $(der self.pem)
useless MX 10 mx4
_$self._tcp.mx4 TLSA 1 1 1 $(der self.pem)
_$clear._tcp.mx4 TLSA 1 1 1 $(der self.pem)
hidden MX 10 mx5
_$self._tcp.mx5 TLSA 3 1 1 ${other}dead
next MX 10 mx5
next MX 20 mx3
without MX 10 ns
xn--bcher-kva MX 10 mx3
ZONE
cat >plain <<ZONE
\$ORIGIN plain.
\$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
a MX 10 mx3.test.
ZONE
dns_start_signed records plain >/dev/null
results_start
sink_in authority -p "$ports" -c chain.pem -k mx.test.key
sink_in self -p "$self" -c self.pem -k self.key
sink_in clear -p "$clear"
# send PORT DOMAIN: the outcome's begin, without the host
send() {
	envelope ann@example.org "bob@$2" >envelope
	port=$1
	shift 2
	stage message smtp-send -e me.test -n 127.0.0.0/8 -p "$port" -w 30 -t 'tls-connect -A ca.pem' -r results "$@"
	sed -E 's/[a-z0-9.]+\[127.0.0.1\] //' verdict | cut -d' ' -f1-4
}
good='K0 250 2.0.0 TLSv1.3,dane'
is 'DANE-06: 2 1 1 and the name' "$(send "$ports" authority.test)" "$good"
is 'it is told' "$(told)" 'authority.test tlsa success mx.test'
is 'DANE-05: 3 1 1, and an old certificate of another name' "$(send "$self" itself.test)" "$good"
like 'the records are told' "$(heard; cat told)" "tlsa=3 1 1 $(der self.pem)"
told >/dev/null
is 'DANE-02 DANE-06: 2 1 1 and another name: never in the clear' "$(send "$ports" named.test)" 'Z0 454 4.7.5 -'
is 'it is told' "$(told)" 'named.test tlsa certificate-host-mismatch mx2.test'
is 'DANE-02: another key' "$(send "$ports" itself.test)" 'Z0 454 4.7.5 -'
is 'it is told' "$(told)" 'itself.test tlsa validation-failure mx3.test'
is 'DANE-02: no STARTTLS' "$(send "$clear" authority.test)" 'Z0 454 4.7.4 -'
like 'and why' "$(cat verdict)" 'does not offer TLS, and its TLSA records ask for it'
is 'it is told' "$(told)" 'authority.test tlsa starttls-not-supported mx.test'
is 'DANE-02: not a word of the message was said' "$(grep -c 'C: MAIL' clear/log)" 0
is 'DANE-03: records of no use: any certificate' "$(send "$self" useless.test)" 'K0 250 2.0.0 TLSv1.3'
is 'DANE-03: but TLS it must be' "$(send "$clear" useless.test)" 'Z0 454 4.7.4 -'
told >/dev/null
is 'DANE-04: records that cannot be believed: not this host' "$(send "$self" hidden.test)" 'Z0 451 4.7.5 -'
is 'it is told' "$(told)" 'hidden.test tlsa dnssec-invalid mx5.test'
is 'DANE-02: but the next one' "$(send "$self" next.test)" "$good"
told >/dev/null
is 'no records: any certificate, or none' "$(send "$self" without.test), $(send "$clear" without.test)" \
	'K0 250 2.0.0 TLSv1.3, K0 250 2.0.0 -'
is 'they are told' "$(told)" 'without.test no-policy-found success ns.test
without.test no-policy-found starttls-not-supported ns.test'
is 'DANE-01: MX records that are not signed prove nothing' "$(send "$ports" a.plain)" 'K0 250 2.0.0 TLSv1.3'
is 'a bogus domain is for later' "$(send "$self" a.bogus)" 'Z0 451 4.4.3 -'
is 'the table may ask for DANE' "$(echo '*: dane' >tls-policy && send "$self" itself.test)" "$good"
is 'and then there has to be some' "$(send "$self" without.test)" 'Z0 451 4.7.5 -'
rm tls-policy
told >/dev/null
is 'a relay has records, too' "$(send "$self" anybody.example -h mx3.test)" "$good"
is 'and is told by its name' "$(told)" 'mx3.test tlsa success mx3.test'
FACTS='u Jme.example' envelope ann@example.org 'bob@bücher.test' >envelope
stage message smtp-send -n 127.0.0.0/8 -p "$self" -w 30 -r results
like 'UTF8-09: a domain outside ASCII' "$(cat verdict)" '^K0 250 2.0.0 mx3.test.* TLSv1.3,dane'
is 'is told as A-labels' "$(told)" 'xn--bcher-kva.test tlsa success mx3.test'
