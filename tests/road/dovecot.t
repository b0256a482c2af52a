# LMTP-02 .. LMTP-04, MBX-01: Dovecot reads our Maildirs by IMAP, and takes mail from us by LMTP
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start
imap=$(free_port)
chmod 755 "$WORK" "$DEMO"
mkdir -p lmtp run
# Dovecot serves nobody's mail as root.
owner=$(id -un)
[ "$owner" != root ] || owner=nobody
group=$(id -gn "$owner")
chown "$owner" lmtp
cat >dovecot.conf <<CONF
base_dir = $WORK/run
state_dir = $WORK/run
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path = $WORK/dovecot.log
default_internal_user = dovecot
default_internal_group = dovecot
default_login_user = dovenull
first_valid_uid = 0
mail_location = maildir:$DEMO/mail/%n/Maildir
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=$owner gid=$group home=$WORK/lmtp/%n allow_all_users=yes
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service lmtp {
  unix_listener $WORK/lmtp.sock {
    mode = 0666
  }
}
protocol lmtp {
  mail_location = maildir:$WORK/lmtp/%n
  auth_username_format = %n
}
CONF
dovecot -F -c dovecot.conf 2>>dovecot.out &
background="$background $!"
until_true 20 nc -z 127.0.0.1 "$imap" || cat dovecot.log dovecot.out
cat >imap.py <<'PY'
import imaplib, sys, time
port, user, subject = int(sys.argv[1]), sys.argv[2], sys.argv[3]
end = time.time() + 15
while time.time() < end:
    box = imaplib.IMAP4('127.0.0.1', port)
    box.login(user, 'secret')
    box.select()
    found = box.search(None, 'SUBJECT', subject)[1][0].split()
    if found:
        sys.stdout.buffer.write(box.fetch(found[0], '(BODY.PEEK[])')[1][0][1])
        sys.exit(0)
    box.logout()
    time.sleep(0.2)
sys.exit('not found')
PY
ok 'a message is submitted' send_mail for-imap --body 'read me by IMAP'
until_true 20 has_mail bob 'Subject: for-imap'
chown -R "$owner" "$DEMO/mail"
ok 'IMAP finds it in the Maildir' sh -c "python3 imap.py $imap bob for-imap >fetched"
like 'whole' "$(tr -d '\r' <fetched)" 'read me by IMAP'

# From here on, carl and dora have their mailboxes in Dovecot.
printf 'lists.test: any\n' >>"$DEMO/domains"
printf 'lists.test: lmtp-send unix:%s\n' "$WORK/lmtp.sock" >>"$DEMO/routes"
ok 'a message for two users in Dovecot' send_mail by-lmtp --to carl@lists.test,dora@lists.test
for user in carl dora; do
	ok "LMTP brought it to $user" until_true 20 \
		sh -c "grep -qs 'Subject: by-lmtp' $WORK/lmtp/$user/new/*"
done
ok 'the queue is empty' until_true 20 queue_empty
demo_stop
