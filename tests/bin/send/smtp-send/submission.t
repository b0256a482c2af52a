# AUTH-05 OUT-14 OUT-16: a real Dovecot as relay: its submission proxy, with logins, good certificates and bad ones
. tests/lib.sh
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/packages.sh"

have dovecot && package dovecot-submissiond || { skip 'mail by Dovecot' "${missing:-no Dovecot}"; exit 0; }
printf 'From: ann@example.org\nSubject: hi\n\n.dot\nbody\n' | wire >message
chmod 755 "$WORK"
certificate ca ca root 2>/dev/null
certificate good mx.test ca 2>/dev/null
certificate wrong other.test ca 2>/dev/null
certificate self mx.test self 2>/dev/null
certificate expired mx.test ca -1 2>/dev/null
(umask 077 && echo 'mx.test: alice secret' >passwords && echo 'mx.test: alice guess' >guess)
mkdir run home
owner=$(id -un)
[ "$owner" != root ] || owner=nobody
group=$(id -gn "$owner")
chown "$owner" home
port_relay=$(free_port)
cat >settings <<CONF
state_dir = $WORK/run
protocols = submission
listen = 127.0.0.1
ssl = yes
log_path = $WORK/dovecot.log
default_internal_user = dovecot
default_internal_group = dovecot
default_login_user = dovenull
first_valid_uid = 0
auth_failure_delay = 0
auth_mechanisms = plain login
mail_location = maildir:$WORK/home/%n
hostname = mx.test
submission_relay_host = 127.0.0.1
submission_relay_port = $port_relay
passdb {
  driver = static
  args = user=alice password=secret
}
userdb {
  driver = static
  args = uid=$owner gid=$group home=$WORK/home/%n allow_all_users=yes
}
service submission {
  executable = $WORK/dovecot-submissiond/upper/usr/lib/dovecot/submission
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
CONF
# dovecot_start NAME: one that shows this certificate
dovecot_start() {
	eval "port_$1=$(free_port)"
	eval "port=\$port_$1"
	mkdir "run/$1"
	cat settings - >"$1.conf" <<-CONF
		base_dir = $WORK/run/$1
		ssl_cert = <$WORK/$1.pem
		ssl_key = <$WORK/$1.key
		service submission-login {
		  executable = $WORK/dovecot-submissiond/upper/usr/lib/dovecot/submission-login
		  chroot =
		  inet_listener submission {
		    port = $port
		  }
		  inet_listener submissions {
		    port = 0
		  }
		}
	CONF
	dovecot -F -c "$1.conf" 2>>dovecot.out &
	background="$background $!"
}
for name in good wrong self expired; do dovecot_start "$name"; done
for name in good wrong self expired; do
	eval "port=\$port_$name"
	until_true 20 nc -z 127.0.0.1 "$port" || { cat dovecot.log dovecot.out; echo 'not ok - Dovecot starts'; exit 1; }
done
behind() { sink -p "$port_relay" "$@"; } # what Dovecot hands its mail to
printf '#!/bin/sh\necho "0 mx.test 127.0.0.1"\necho "end ok"\n' >find && chmod +x find
# send NAME [options]: to the one with this certificate; the outcomes' begin
send() {
	eval "port=\$port_$1"
	shift
	stage message smtp-send -h mx.test -m ./find -p "$port" -w 60 -a passwords -t "tls-connect -A $WORK/ca.pem" "$@"
	grep . verdict | cut -d' ' -f1-3,5
}
to() { FACTS=Jme.example envelope ann@example.org "$@" >envelope; }
to carl@relay.test dora@relay.test
behind
is 'a good certificate' "$(send good)" 'K0 250 2.0.0 TLSv1.3,verified
K1 250 2.0.0 TLSv1.3,verified'
is 'and its dot' "$(grep -c '^\.\.dot' sink/1.1.data)" 1
behind 'rcpt:carl=550 5.1.1 no carl' 'dot=451 4.3.0 not now'
is 'what stands behind it answers each' "$(send good)" 'D0 550 5.1.1 TLSv1.3,verified
Z1 451 4.3.0 TLSv1.3,verified'
to carl@relay.test
for case in wrong:certificate-host-mismatch self:certificate-not-trusted expired:certificate-expired; do
	name=${case%:*}
	behind
	is "$name: it is shown no password" "$(send "$name")" 'Z0 454 4.7.5 -'
	like 'and the log has the reason' "$(cat log)" "tls-result .*result=${case#*:}"
	is "$name: but where the settings say so" "$(send "$name" -T encrypt)" 'K0 250 2.0.0 TLSv1.3'
done
behind
is 'a wrong password' "$(send good -a guess)" 'Z0 454 4.7.8 TLSv1.3,verified'
behind 'dot=drop'
like 'what stands behind it goes instead of answering' "$(send good)" '^Z0 4'
behind 'dot=421 4.3.2 going down;drop'
like 'or goes down' "$(send good)" '^Z0 4'
behind 'dot=raw taken\r\n'
like 'or does not speak SMTP' "$(send good)" '^Z0 4'
sink_stop
like 'or is not there' "$(send good)" '^Z0 4'
