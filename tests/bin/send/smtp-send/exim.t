# OUT-14 OUT-16: a real Exim as next hop, whose TLS is GnuTLS, with good certificates and bad ones
. tests/lib.sh
. "$ROOT/tests/packages.sh"

can_overlay || { skip 'mail to Exim' 'no mount namespace can be made here'; exit 0; }
package exim4-daemon-light && devices exim4-daemon-light || { skip 'mail to Exim' "$missing"; exit 0; }
printf 'From: ann@example.org\nSubject: hi\n\n.dot\nbody\n' | wire >message
chmod 755 "$WORK"
exim=exim4-daemon-light/upper
mkdir -p "$exim/etc/exim4" "$exim/data"
certificate ca ca root 2>/dev/null
certificate good mx.test ca 2>/dev/null
certificate wrong other.test ca 2>/dev/null
certificate self mx.test self 2>/dev/null
certificate expired mx.test ca -1 2>/dev/null
# A port for each certificate, and one without TLS.
for name in good wrong self expired plain; do
	eval "port_$name=$(free_port)"
	eval "echo \"\$port_$name: $name\"" >>"$exim/data/ports"
done
cp ./*.pem ./*.key "$exim/data"
{ cat /etc/passwd && echo 'Debian-exim:x:64999:64999::/data:/bin/false'; } >"$exim/etc/passwd"
{ cat /etc/group && echo 'Debian-exim:x:64999:'; } >"$exim/etc/group"
chown -R 64999:64999 "$exim/data"
cat >"$exim/etc/exim4/exim4.conf" <<CONF
primary_hostname = mx.test
spool_directory = /data/spool
log_file_path = /data/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = $port_good : $port_wrong : $port_self : $port_expired : $port_plain
rfc1413_query_timeout = 0s
notifier_socket =
pid_file_path = /data/pid
keep_environment =
acl_smtp_rcpt = check_rcpt
message_size_limit = 100K
tls_advertise_hosts = \${if eq{\$received_port}{$port_plain}{}{*}}
tls_certificate = /data/\${lookup{\$received_port}lsearch{/data/ports}}.pem
tls_privatekey = /data/\${lookup{\$received_port}lsearch{/data/ports}}.key
begin acl
check_rcpt:
  deny local_parts = nobody
    message = no such user
  defer local_parts = later
    message = not now
  accept domains = relay.test
begin routers
local:
  driver = accept
  local_parts = carl : dora
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = /data/mail/\$local_part_data
  maildir_format
  user = Debian-exim
CONF
overlay exim4-daemon-light /usr/sbin/exim4 -bdf >errors 2>&1 &
background="$background $!"
until_true 20 nc -z 127.0.0.1 "$port_good" || { cat errors "$exim"/data/log/*; echo 'not ok - Exim starts'; exit 1; }
until_true 20 test -s "$exim/data/pid"
background="$background $(cat "$exim/data/pid")" # the other one is the shell that waits for it

printf '#!/bin/sh\necho "10 mx.test 127.0.0.1"\necho "end ok"\n' >find && chmod +x find
# send NAME [options]: to the port with this certificate; the outcomes' begin
send() {
	eval "port=\$port_$1"
	shift
	stage message smtp-send -m ./find -p "$port" -w 60 -t "tls-connect -A $WORK/ca.pem" "$@"
	grep . verdict | cut -d' ' -f1-3,5
}
to() { FACTS=Jme.example envelope ann@example.org "$@" >envelope; }
to carl@relay.test
is 'a good certificate' "$(send good -T verify)" 'K0 250 2.0.0 TLSv1.3,verified'
for case in wrong:certificate-host-mismatch self:certificate-not-trusted expired:certificate-expired; do
	name=${case%:*}
	is "$name: never where it must be verified" "$(send "$name" -T verify)" 'Z0 454 4.7.5 -'
	like 'and the log has the reason' "$(cat log)" "tls-result .*result=${case#*:}"
	is "$name: but by default" "$(send "$name")" 'K0 250 2.0.0 TLSv1.3'
done
is 'no TLS: never where it must be' "$(send plain -T encrypt)" 'Z0 454 4.7.4 -'
is 'no TLS: but by default' "$(send plain)" 'K0 250 2.0.0 -'
to dora@relay.test nobody@relay.test later@relay.test
is 'each recipient has its own answer' "$(send good | sort)" 'D1 550 5.0.0 TLSv1.3,verified
K0 250 2.0.0 TLSv1.3,verified
Z2 451 4.0.0 TLSv1.3,verified'
like 'in its words' "$(cat verdict)" '^D1 .* no such user'
mails() { find "$exim/data/mail/$1/new" -type f 2>/dev/null | wc -l; }
arrived() { [ "$(mails carl)$(mails dora)" = 51 ]; }
ok 'what it took is in its mailboxes, once each' until_true 20 arrived
is 'and its dot' "$(cat "$exim"/data/mail/dora/new/* | grep -c '^\.dot')" 1
yes 'a line of a long message' | head -n 9000 | wire >message
is 'more than it takes is refused' "$(send good | cut -d' ' -f1-3 | sort -u)" 'D0 552 5.3.4
D1 552 5.3.4
D2 552 5.3.4'
