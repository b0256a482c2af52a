# LMTP-04 LMTP-09: a real mail store behind a unix socket
. tests/lib.sh
. "$ROOT/tests/sink.sh"

have dovecot || { skip 'Dovecot' 'it is not installed'; exit 0; }
me=$(id -un) owner=$(id -u) group=$(id -g)
[ "$owner" != 0 ] || owner=$(id -u nobody) group=$(id -g nobody) # Dovecot delivers nothing as root
mkdir mail && chmod 711 . && chown "$owner:$group" mail
cat >dovecot.conf <<CONF
base_dir = $WORK/run
state_dir = $WORK/state
log_path = $WORK/dovecot.log
protocols = lmtp
listen = 127.0.0.1
ssl = no
default_internal_user = $me
default_login_user = $me
first_valid_uid = 0
mail_location = maildir:$WORK/mail/%n
postmaster_address = postmaster@example.test
hostname = store.example.test
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = passwd-file
  args = $WORK/users
}
service lmtp {
  chroot =
  user = $me
  unix_listener $WORK/lmtp {
    mode = 0600
  }
}
service anvil {
  chroot =
}
CONF
for user in bob carl; do
	printf '%s@example.test::%s:%s::%s::\n' "$user" "$owner" "$group" "$WORK/mail/$user"
done >users
dovecot -F -c dovecot.conf >dovecot.out 2>&1 &
background="$background $!"
until_true 20 test -S lmtp || { cat dovecot.out dovecot.log; exit 1; }

printf 'Subject: hi\n\n.dot\n\344\n' | wire >message
envelope ann@example.org bob@example.test nobody@example.test carl@example.test >envelope
not_ok 'one of three is unknown' stage message lmtp-send "unix:$WORK/lmtp"
is 'LMTP-09: each has its own outcome' "$(cut -d' ' -f1-3 verdict)" 'D1 550 5.1.1
K0 250 2.0.0
K2 250 2.0.0'
for user in bob carl; do
	is "$user has the message, as it was" "$(sed '1,/^Subject/{/^Subject/!d}' mail/$user/new/* | wire | cksum)" "$(cksum <message)"
done
envelope ann@example.org bob@example.test bob@example.test >envelope
ok 'LMTP-04: a recipient named twice' stage message lmtp-send "unix:$WORK/lmtp"
is 'LMTP-04: has two answers' "$(grep -c '^K' verdict)" 2
