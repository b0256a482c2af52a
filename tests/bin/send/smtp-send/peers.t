# OUT-14 TLS-11 DANE-05: real mail servers as next hops, with good certificates and bad ones
. tests/lib.sh
. "$ROOT/tests/dns.sh"
. "$ROOT/tests/postfix.sh"

printf 'From: ann@example.org\nSubject: hi\n\nbody\n' | wire >message
certificate ca ca root 2>/dev/null
certificate good mx.test ca 2>/dev/null
certificate expired mx.test ca -1 2>/dev/null
certificate wrong other.test ca 2>/dev/null
certificate self mx.test self 2>/dev/null
key=$(openssl x509 -in expired.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
postfix_start "smtpd_tls_cert_file = $WORK/server.pem" "smtpd_tls_key_file = $WORK/server.key" \
	'smtpd_tls_security_level = may' "smtpd_tls_session_cache_database =" \
	'max_use = 1'
cat >records <<ZONE
\$ORIGIN test.
\$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
ns A 127.0.0.1
danemx A 127.0.0.1
_$POSTFIX_PORT._tcp.danemx TLSA 3 1 1 $key
ZONE
sed 's/test\./plain./g; s/^.ORIGIN.*/$ORIGIN plain./' records >plain
printf '$ORIGIN plain.\n@ 60 SOA ns.test. root.test. 1 60 60 60 60\n@ 60 NS ns.test.\n' >plain
dns_start_signed records plain >/dev/null
printf '#!/bin/sh\necho "10 mx.test 127.0.0.1"\necho "end ok"\n' >find && chmod +x find
# send [options]: to Postfix, as the MX of its domain; the outcome's begin
send() {
	FACTS=Jme.example envelope ann@example.org carl@relay.test >envelope
	stage message smtp-send -m ./find -p "$POSTFIX_PORT" -w 60 -t "tls-connect -A $WORK/ca.pem" "$@"
	grep . verdict | cut -d' ' -f1-3,5
}
serve() { # NAME: Postfix shows this certificate from now on; its processes take it with their next start
	cat "$1.pem" >server.pem && cat "$1.key" >server.key && chmod 600 server.key
	postfix -c "$POSTFIX" reload >/dev/null 2>&1
}
serve good
shows() { send -T may >/dev/null; grep -q 'TLSv1.3' verdict; }
ok 'Postfix takes mail over TLS' until_true 20 shows
is 'a good certificate' "$(send -T verify)" 'K0 250 2.0.0 TLSv1.3,verified'
# bad NAME RESULT
bad() {
	serve "$1"
	until_true 20 sh -c "openssl s_client -connect 127.0.0.1:$POSTFIX_PORT -starttls smtp </dev/null 2>/dev/null |
		openssl x509 | cmp -s - $1.pem"
	is "$1: never where it must be verified" "$(send -T verify)" 'Z0 454 4.7.5 -'
	like 'and the log has the reason' "$(cat log)" "tls-result .*result=$2"
	is "$1: but by default" "$(send)" 'K0 250 2.0.0 TLSv1.3'
}
bad wrong certificate-host-mismatch
bad self certificate-not-trusted
bad expired certificate-expired
is 'DANE-05: an expired one that the DNS names' "$(send -m mx-find\ -d\ $POSTFIX_PORT -h danemx.test)" 'K0 250 2.0.0 TLSv1.3,dane'
