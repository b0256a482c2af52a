# OUT-14 OUT-16: a real OpenSMTPD as next hop. That of Debian 12 offers STARTTLS and fails in the handshake, as it
# does not go with its OpenSSL: so do many on the internet.
. tests/lib.sh
. "$ROOT/tests/packages.sh"

can_overlay || { skip 'mail to OpenSMTPD' 'no mount namespace can be made here'; exit 0; }
package opensmtpd && devices opensmtpd || { skip 'mail to OpenSMTPD' "$missing"; exit 0; }
printf 'From: ann@example.org\nSubject: hi\n\n.dot\nbody\n' | wire >message
chmod 755 "$WORK"
peer=opensmtpd/upper
rm -r "$peer/lib" # a unit of systemd; the machine's /lib is a link
mkdir -p "$peer/data" "$peer/run" "$peer/var/spool/smtpd" "$peer/var/lib/opensmtpd/empty"
chmod 711 "$peer/var/spool/smtpd"
mkdir -m 777 "$peer/data/mail"
certificate mx mx.test self 2 rsa 2>/dev/null
cp mx.pem mx.key "$peer/data" && chmod 600 "$peer/data/mx.key"
{
	cat /etc/passwd
	printf '%s:x:%s:64999::/nowhere:/bin/false\n' opensmtpd 64998 opensmtpq 64999 carl 64997 dora 64996
} >"$peer/etc/passwd"
{ cat /etc/group && printf '%s:x:%s:\n' opensmtpd 64998 opensmtpq 64999; } >"$peer/etc/group"
port_tls=$(free_port) port_plain=$(free_port)
cat >"$peer/etc/smtpd.conf" <<CONF
pki good cert "/data/mx.pem"
pki good key "/data/mx.key"
listen on 127.0.0.1 port $port_tls tls pki good
listen on 127.0.0.1 port $port_plain
smtp max-message-size "100K"
action "keep" maildir "/data/mail/%{dest.user}"
match from any for domain "relay.test" action "keep"
CONF
overlay opensmtpd /usr/sbin/smtpd -d >errors 2>&1 &
shell=$!
until_true 20 nc -z 127.0.0.1 "$port_plain" || { cat errors; echo 'not ok - OpenSMTPD starts'; exit 1; }
background="$background $(pgrep -P $shell)" # the other one is the shell that waits for it

printf '#!/bin/sh\necho "10 mx.test 127.0.0.1"\necho "end ok"\n' >find && chmod +x find
# send PORT [options]: the outcomes' begin
send() {
	port=$1
	shift
	stage message smtp-send -m ./find -p "$port" -w 60 "$@"
	grep . verdict | cut -d' ' -f1-3,5 | tee -a outcomes
}
to() { FACTS=Jme.example envelope ann@example.org "$@" >envelope; }
to carl@relay.test
is 'without TLS' "$(send "$port_plain")" 'K0 250 2.0.0 -'
is 'without TLS: never where it must be' "$(send "$port_plain" -T encrypt)" 'Z0 454 4.7.4 -'
like 'with TLS that fails: all the same' "$(send "$port_tls")" '^K0 250 2\.0\.0 '
like 'with TLS that fails: for now where it must be' "$(send "$port_tls" -T encrypt)" '^(Z0 454 4\.7\.5 -|K0 250 2\.0\.0 TLS)'
to dora@relay.test carl@elsewhere.test
is 'each recipient has its own answer' "$(send "$port_plain" | sort)" 'D1 550 5.0.0 -
K0 250 2.0.0 -'
like 'in its words' "$(cat verdict)" '^D1 .* Invalid recipient'
arrived() { [ "$(find "$peer"/data/mail/*/new -type f 2>/dev/null | wc -l)" = "$(grep -c ^K outcomes)" ]; }
ok 'what it took is in its mailboxes, once each' until_true 20 arrived
is 'and its dot' "$(cat "$peer"/data/mail/dora/new/* | grep -c '^\.dot')" 1
yes 'a line of a long message' | head -n 9000 | wire >message
is 'more than it takes is refused' "$(send "$port_plain" | cut -d' ' -f1-3 | sort -u)" 'D0 552 5.3.4
D1 552 5.3.4'
