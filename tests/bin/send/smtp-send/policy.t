# How a destination has to be protected: the operator's table, MTA-STS as others know it, and what came
# of it. STS-04 STS-05 RTLS-03 RTLS-06 TRPT-02
. tests/lib.sh
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/tls_results.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@Example.net >envelope
certificate ca ca root 2>/dev/null
certificate mx.example.net mx.example.net ca 2>/dev/null
certificate wrong.test wrong.test ca 2>/dev/null
certificate self nobody.test self -1 2>/dev/null
printf '#!/bin/sh\necho "10 mx.example.net 127.0.0.1"\necho "end ok"\n' >find
chmod +x find
results_start
# send [options]: by MX to mx.example.net, which is the sink
send() { stage message smtp-send -m ./find -p "$port" -w 30 -t 'tls-connect -A ca.pem' -r results "$@"; }
outcome() { sed 's/mx.example.net\[127.0.0.1\] //' verdict; }
# policy LINE [options]: sends with this one in the table, then shows the outcome's begin
policy() {
	printf 'example.net: %s\n' "$1" >tls-policy
	shift
	send "$@"
	outcome | cut -d' ' -f1-4
}
delivered='K0 250 2.0.0 TLSv1.3'
hash=$(openssl x509 -in self.pem -outform DER | sha256sum | cut -d' ' -f1)
key=$(openssl x509 -in self.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)

sink -c mx.example.net.pem -k mx.example.net.key
is 'verify: the name of the host' "$(policy verify)" "$delivered,verified"
is 'and it is told' "$(told)" 'example.net local success mx.example.net'
is 'verify: another name' "$(policy 'verify name=other.test')" 'Z0 454 4.7.5 -'
is 'and that is told' "$(told)" 'example.net local certificate-host-mismatch mx.example.net'
is 'hosts that the policy names' "$(policy 'encrypt mx=*.example.net')" "$delivered,verified"
is 'and no other ones' "$(policy 'encrypt mx=mx.test')" 'Z0 451 4.7.5 -'
is 'nobody was asked then' "$(connections)" 3
is 'none' "$(policy none)" 'K0 250 2.0.0 -'
is 'a policy that is over' "$(policy 'none until=2026-01-01')" "$delivered,verified"
like 'is seen' "$(cat log)" 'warning .*example.net.*is over'
is 'one that is not' "$(policy 'none until=2999-01-01')" 'K0 250 2.0.0 -'
is 'one that cannot be read: mail waits' "$(policy nonsense)" 'Z0 451 4.7.5 -'
like 'and it is said why' "$(cat log)" 'warning .*example.net.*cannot be read'
is 'an option holds for all' "$(policy none -T encrypt)" "$delivered,verified"
is 'dane without DNSSEC' "$(policy dane)" 'Z0 451 4.7.5 -'
told >/dev/null
policy dane >/dev/null
is 'is told' "$(told)" 'example.net local dane-required mx.example.net'
sink
is 'encrypt, and no TLS is offered' "$(policy encrypt)" 'Z0 454 4.7.4 -'
is 'is told' "$(told)" 'example.net local starttls-not-supported mx.example.net'

sink -c self.pem -k self.key
is 'a fingerprint: its names and dates do not matter' "$(policy "fingerprint sha256=$hash")" \
	"$delivered,verified"
is 'a fingerprint of the key' "$(policy "fingerprint key-sha256=$key")" "$delivered,verified"
is 'one of several' "$(policy "fingerprint key-sha256=$hash key-sha256=$key")" "$delivered,verified"
is 'none of them' "$(policy "fingerprint sha256=$key key-sha256=$hash")" 'Z0 454 4.7.5 -'
told >/dev/null
is 'may takes any certificate' "$(policy may)" "$delivered"
is 'which is a success' "$(told)" 'example.net local success mx.example.net'
is 'testing: it is judged' "$(policy 'verify testing')" "$delivered"
like 'and told, and nothing is held back' "$(told)" 'example.net local certificate-[a-z-]* mx.example.net'

# What a program says of domains that the table does not know.
rm tls-policy
printf '#!/bin/sh\nread -r domain\necho "$domain" >>asked\ncat answer\n' >ask
chmod +x ask
# asked ANSWER [options]
asked() {
	printf '%s' "$1" >answer
	shift
	send -q ./ask "$@"
	outcome | cut -d' ' -f1-4
}
sts='verify sts mx=*.example.net max_age=86400 id=1'
told >/dev/null
is 'STS-04: enforce, and a certificate that is not good: it waits' "$(asked "$sts
")" 'Z0 454 4.7.5 -'
is 'the question is the domain in small letters' "$(cat asked)" example.net
like 'TRPT-02: the result has the policy' "$(heard; cat told)" "policy=$(echo "$sts" | sed 's/\*/[*]/')"
like 'TRPT-02: and the addresses' "$(heard; cat told)" 'address=127.0.0.1.*source=127.0.0.1'
like 'and is told' "$(told)" 'example.net sts certificate-[a-z-]* mx.example.net'
is 'STS-04: testing: it is delivered' "$(asked "verify sts testing mx=*.example.net
")" "$delivered"
like 'and told' "$(told)" 'example.net sts certificate-[a-z-]* mx.example.net'
is 'STS-04: testing, and a host that it does not name' "$(asked "verify sts testing mx=mx.test
")" "$delivered"
is 'is told once' "$(told)" 'example.net sts validation-failure mx.example.net'
is 'STS-04: enforce, and a host that it does not name' "$(asked "verify sts mx=mx.test
")" 'Z0 451 4.7.5 -'
cp message plain
{ printf 'TLS-Required: No\r\n' && cat plain; } >message
is 'RTLS-06: unless the sender waives it' "$(asked "$sts
")" "$delivered"
like 'RTLS-06: and it is told all the same' "$(told)" 'example.net sts certificate-[a-z-]* mx.example.net'
is 'RTLS-06: the names of hosts too' "$(asked "verify sts mx=mx.test
")" "$delivered"
is 'RTLS-06: what the operator demands stays' "$(policy verify)" 'Z0 454 4.7.5 -'
rm tls-policy
FACTS='X Jme.example' envelope ann@example.org bob@Example.net >envelope
is 'RTLS-06: and REQUIRETLS outweighs it' "$(asked "$sts
")" 'Z0 454 4.7.5 -'
cp plain message
envelope ann@example.org bob@Example.net >envelope
is 'no policy' "$(asked '
')" "$delivered"
is 'no answer: it waits' "$(asked '')" 'Z0 451 4.7.5 -'
is 'half an answer is none' "$(asked may)" 'Z0 451 4.7.5 -'
is 'an answer that cannot be read' "$(asked 'maybe
')" 'Z0 451 4.7.5 -'
echo '*: none' >tls-policy
is 'what the table says is not asked' "$(asked "$sts
")" 'K0 250 2.0.0 -'
rm tls-policy
sink -c mx.example.net.pem -k mx.example.net.key
told >/dev/null
is 'STS-04: enforce, and all is well' "$(asked "$sts
")" "$delivered,verified"
is 'is told' "$(told)" 'example.net sts success mx.example.net'
# One that waits and knows one policy, which is of today.
mkdir kept
echo "$(date +%s) $(date +%s) policy 1 86400 verify sts mx=wrong.test" >kept/example.net.sts
sts-keep -S unix:policies -d kept -f false 2>keep.log &
background="$background $!"
until_true 20 test -S policies
not_ok 'a socket may be asked' send -q unix:policies
is 'and what it says holds' "$(outcome | cut -d' ' -f1-4)" 'Z0 451 4.7.5 -'
ok 'nobody has to listen to results' send -r nowhere

# DANE goes before MTA-STS, and a wrong name of the host is worth nothing to REQUIRETLS.
printf '#!/bin/sh\necho "tlsa mx.example.net mx.example.net 3 1 1 %s"\necho "10 mx.example.net 127.0.0.1 dane"\necho "end ok"\n' \
	"$key" >find
told >/dev/null
is 'STS-05: a policy of MTA-STS does not mend DANE' "$(asked "$sts
")" 'Z0 454 4.7.5 -'
is 'and it is told as DANE' "$(told)" 'example.net tlsa validation-failure mx.example.net'
for trust in '' secure; do
	printf '#!/bin/sh\necho "10 mx.example.net 127.0.0.1 %s"\necho "end ok"\n' "$trust" >find
	sink -x REQUIRETLS -c mx.example.net.pem -k mx.example.net.key
	FACTS='X Jme.example' envelope ann@example.org bob@example.net >envelope
	send
	grep . verdict | cut -d" " -f1-3
done >required
is 'RTLS-03: a verified name counts only where something secures that it is the right one' \
	"$(cat required)" 'D0 550 5.7.10
K0 250 2.0.0'
