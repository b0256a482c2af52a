# The default services under a real systemd: from an installed tree to mail, with nothing but setup.
. tests/lib.sh
. "$ROOT/tests/nspawn.sh"

mkdir tree
make -s -C "$ROOT" BUILD="$BUILD" PREFIX=/usr DESTDIR="$WORK/tree" install >install.log 2>&1 ||
	{ cat install.log && echo 'not ok - make install' && exit 1; }
machine_start "$WORK/tree"
inside sh -c 'cp -a /mnt/usr /'

before=$(inside sh -c 'find /etc /var /usr -xdev | sort | md5sum')
inside smtpipe setup -n -h mail.example.org example.org ann@example.org >plan 2>&1
is '--dry-run tells all and does nothing' "$? $(inside sh -c 'find /etc /var /usr -xdev | sort | md5sum')" "0 $before"
inside smtpipe setup -h mail.example.org example.org ann@example.org bob@example.org >setup 2>&1
is 'setup succeeds' "$?" 0
for unit in submission.socket submissions.socket smtp.socket queue.service; do
	is "$unit is there" "$(inside systemctl is-active "smtpipe-$unit")" active
done
password=$(sed -n 's/^ *ann@example.org *//p' setup)
like 'the password is shown, and shown once' "$password" '^.{10,}$'
before=$(inside sh -c 'cat /etc/smtpipe/passwords /etc/smtpipe/mailboxes /etc/smtpipe/tls/cert.pem | md5sum')
inside smtpipe setup -h mail.example.org example.org ann@example.org bob@example.org >again 2>&1
is 'setup may be run again, and changes nothing' "$? $(inside sh -c 'cat /etc/smtpipe/passwords /etc/smtpipe/mailboxes /etc/smtpipe/tls/cert.pem | md5sum')" "0 $before"
unlike 'nor shows anything' "$(cat again)" "$password"

send() { # SUBJECT [swaks arguments]
	subject=$1 && shift
	near swaks --server 127.0.0.1 --port 587 --tls --auth-user ann --auth-password "$password" \
		--from ann@example.org --to bob@example.org --h-Subject "$subject" "$@"
}
received() { inside grep -qr "Subject: $1" /var/mail/bob/Maildir/new; }
ok 'the first message starts the services, and is accepted' send first
ok 'and delivered' until_true 20 received first
is 'signed' "$(inside sh -c 'grep -c "^DKIM-Signature: .*d=example.org" /var/mail/bob/Maildir/new/* || grep -h -A2 ^DKIM /var/mail/bob/Maildir/new/*')" 2
ok 'TLS on connect' near swaks --server 127.0.0.1 --port 465 --tls-on-connect --auth-user ann --auth-password "$password" \
	--from ann@example.org --to bob@example.org --h-Subject second
ok 'mail from elsewhere' near swaks --server 127.0.0.1 --port 25 --from x@example.net --to bob@example.org --h-Subject third
ok 'is delivered' until_true 20 received second
ok 'and that one, too' until_true 20 received third
inside sh -c 'for p in /proc/[0-9]*; do
	exe=$(readlink $p/exe) || continue
	case $exe in /usr/libexec/smtpipe/*) echo "${exe##*/} $(stat -c %U $p)" ;; esac
done' | sort -u >users
for line in 'auth-check smtpipe-auth' 'digest-sign smtpipe-dkim' 'dkim-sign smtpipe' 'maildir-deliver smtpipe-mail' \
	'queue-add smtpipe-queue' 'queue-run smtpipe-queue' 'smtp-accept smtpipe' 'smtpipe-tables smtpipe-tables' 'tls-wrap smtpipe-tls'; do
	grep -qx "$line" users || echo "$line"
done >missing
is 'each service that holds something runs under a user of its own' "$(cat missing)" ''
is 'none as root' "$(grep -v ' smtpipe' users)" ''
for unit in $(cd "$ROOT" && ls sv/*/systemd | grep '\.service$'); do
	inside systemd-analyze --no-pager security "$unit" 2>/dev/null | sed -n "s/.*Overall exposure level for \([^:]*\): \([0-9.]*\).*/\1 \2/p"
done | awk '!($2 < 2.0) { print } { count++ } END { if (count < 15) print "only " count " units" }' >exposed
is 'systemd-analyze finds each service exposed by less than 2.0' "$(cat exposed)" ''
inside smtpipe doctor -b none.invalid >said
for check in settings folders disk services sandbox queue ports relay; do
	like "doctor: $check" "$(grep " $check " said)" "^ok +$check "
done
unlike 'and nothing of these is wrong' "$(grep ' settings \| folders \| disk \| services \| sandbox \| queue \| ports ' said)" ^wrong
is 'no unit has failed' "$(inside systemctl --no-legend --plain --failed)" ''

inside systemctl stop smtpipe-header-fix.socket smtpipe-tables.service
inside smtpipe doctor -b none.invalid >said
like 'doctor: a service that is down, and what mends it' "$(grep ' services ' said)" \
	'^wrong +services +not running: smtpipe-header-fix.socket smtpipe-tables.service; do: systemctl stop smtpipe-header-fix.service; systemctl start'
ok 'which it does' inside sh -c "$(sed -n 's/.* services .*; do: //p' said | head -n 1)"
is 'and all are running' "$(inside smtpipe doctor -b none.invalid | sed -n 's/ services  */ /p')" 'ok       all are running'

# Any part may die: the next message goes through all the same.
for service in tls auth-check sender-check header-fix queue-add maildir-deliver submission; do
	inside systemctl kill -s KILL "smtpipe-$service.service"
	ok "after the death of $service" until_true 20 send "after-$service"
done
ok 'nothing is lost by it' until_true 20 received after-submission
# A restart of everything while a message is half sent: it is finished by the processes that have it.
cat >half.py <<'PY'
import smtplib, ssl, subprocess, sys
leader, password = sys.argv[1:]
context = ssl._create_unverified_context()
client = smtplib.SMTP('127.0.0.1', 587, timeout=30)
client.starttls(context=context)
client.login('ann', password)
client.mail('ann@example.org')
client.rcpt('bob@example.org')
client.putcmd('data')
client.getreply()
client.send('From: ann@example.org\r\nTo: bob@example.org\r\nSubject: half\r\n\r\n' + 'x' * 60 + '\r\n')
subprocess.check_call(['nsenter', '-t', leader, '-m', '-u', '-i', '-n', '-p', '-C', 'sh', '-c',
    # The one that has the client waits for it; all others are done.
    'systemctl --no-block restart smtpipe-submission.service; systemctl restart '
    '$(systemctl list-units --plain --no-legend "smtpipe-*.service" | cut -d" " -f1 | grep -v submission)'])
client.send('.\r\n')
print(client.getreply()[0])
PY
is 'a message that is half sent outlives a restart of all services' \
	"$(near python3 half.py "$leader" "$password" 2>&1 | tail -n 1)" 250
ok 'and is delivered' until_true 20 received half
inside systemctl kill -s KILL smtpipe-queue.service
ok 'the queue dies' send after-queue
ok 'and works on by itself' until_true 20 received after-queue
ok 'trace reads the journal' until_true 20 sh -c "nsenter -t $leader -m -u -i -n -p -C smtpipe trace --last | grep -q 'queue-run  *done'"

# Ten thousand users come at once: they are here at once, and a moment later found without their table being read.
inside sh -c 'seq -f "user%g: ann/Maildir" 10000 >>/etc/smtpipe/mailboxes'
is 'who stands at the end of a large table is here' "$(near smtp-ask -p 25 127.0.0.1 'EHLO c.example.net' 'MAIL FROM:<x@example.net>' \
	'RCPT TO:<user10000@example.org>' | grep -c '^250 2.1.5')" 1
ok 'which is compiled by itself' until_true 20 inside test -e /etc/smtpipe/compiled/mailboxes.cdb
ok 'and answers the same' near sh -c "smtp-ask -p 25 127.0.0.1 'EHLO c.example.net' 'MAIL FROM:<x@example.net>' \
	'RCPT TO:<user9999@example.org>' 'RCPT TO:<bob@example.org>' | grep -c '^250 2.1.5' | grep -qx 2"

# A reload while a message is half sent: who is here goes on as before, and the next one meets the new settings.
cat >reload.py <<'PY'
import smtplib, subprocess, sys
leader = sys.argv[1]
inside = ['nsenter', '-t', leader, '-m', '-u', '-i', '-n', '-p', '-C', 'sh', '-c']
main_pid = inside + ['systemctl show -P MainPID smtpipe-smtp.service']

def greeted():
    client = smtplib.SMTP('127.0.0.1', 25, timeout=30)
    client.ehlo('client.example.net')
    return client

old = greeted()
old.mail('x@example.net')
old.rcpt('bob@example.org')
old.putcmd('data')
old.getreply()
old.send('From: x@example.net\r\nTo: bob@example.org\r\nSubject: reloaded\r\n\r\n')
before = subprocess.check_output(main_pid)
subprocess.check_call(inside + ['echo 1234567 >/etc/smtpipe/size && systemctl reload smtpipe-smtp.service && '
    # That the process has ended is seen a moment later.
    'for i in $(seq 100); do systemctl -q is-active smtpipe-smtp.service || exit 0; sleep 0.1; done; exit 1'])
print('new', greeted().esmtp_features['size'])
old.send('.\r\n')
print('old', old.getreply()[0])
old.ehlo('client.example.net')
print(old.esmtp_features['size'])
print('another process', subprocess.check_output(main_pid) not in (before, b'0\n'))
PY
is 'after a reload the next client meets new settings, and who was here is served as before' \
	"$(near python3 reload.py "$leader" 2>&1 | paste -sd ' ' -)" 'new 1234567 old 250 52428800 another process True'
ok 'and its message is delivered' until_true 20 received reloaded
is 'a reload is no failure' "$(inside systemctl --no-legend --plain --failed)" ''

inside systemctl -q enable --now smtpipe-metrics.socket
near curl -sS -i --max-time 20 http://127.0.0.1:9587/metrics >metrics 2>&1
like 'figures are told on a port, once that is enabled' "$(cat metrics)" '^smtpipe_recipients_delivered_total [1-9]'
is 'whole' "$(tail -n 1 metrics)" '# EOF'
like 'with what waits in the queue' "$(cat metrics)" '^smtpipe_queue_messages '
like 'as OpenMetrics' "$(cat metrics)" '^Content-Type: application/openmetrics-text; version=1.0.0'

# Another certificate is there for the next connection, without a restart.
near openssl s_client -connect 127.0.0.1:465 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint >old
inside sh -c 'cd /etc/smtpipe/tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=new \
	-keyout new.key -out new.pem 2>/dev/null && cat new.key >key.pem && cat new.pem >cert.pem && rm new.*'
ok 'a new certificate is shown without a restart' until_true 20 sh -c "
	nsenter -t $leader -n openssl s_client -connect 127.0.0.1:465 </dev/null 2>/dev/null | openssl x509 -noout -subject | grep -q new"

inside smtpipe remove --purge >removed 2>&1
is 'remove takes the services away' "$? $(inside systemctl list-units --no-legend --plain 'smtpipe*' | wc -l)" '0 0'
is 'and leaves nothing behind but the program' "$(inside sh -c 'find /etc /var /run -xdev -name "*smtpipe*"; grep smtpipe /etc/passwd /etc/group')" ''
