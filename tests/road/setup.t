# What setup makes of a machine without systemd's services: under s6-svscan, then by tcpserver; with mail
. tests/lib.sh
. "$ROOT/tests/nspawn.sh"
have s6-svscan && have tcpserver || {
	skip 'setup with s6 and tcpserver' 'there is no s6 or tcpserver here'
	exit 0
}
mkdir tree
make -s -C "$ROOT" BUILD="$BUILD" PREFIX=/usr DESTDIR="$WORK/tree" install >install.log 2>&1 ||
	{ cat install.log && echo 'not ok - make install' && exit 1; }
# The programs of s6 and ucspi-tcp, and what they are linked with.
mkdir -p tree/usr/lib
for program in /usr/bin/s6-* /usr/bin/tcpserver; do
	[ -e "$program" ] && cp "$program" tree/usr/bin
done
ldd /usr/bin/s6-* 2>/dev/null | sed -n 's/.*=> \(.*lib\(s6\|skarnet\|execline\)[^ ]*\) .*/\1/p' | sort -u |
	while read -r library; do cp "$library" tree/usr/lib; done
machine_start "$WORK/tree"
inside sh -c 'cp -a /mnt/usr / && ldconfig'

send() { # SUBJECT [swaks arguments]
	subject=$1 && shift
	near swaks --server 127.0.0.1 --port 587 --tls --auth-user ann --auth-password "$password" \
		--from ann@example.org --to bob@example.org --h-Subject "$subject" "$@"
}
received() { inside grep -qr "Subject: $1" /var/mail/bob/Maildir/new; }
answers() { near smtp-ask -p 587 127.0.0.1; }
users() { # of our programs, sorted
	inside sh -c 'for p in /proc/[0-9]*; do
		exe=$(readlink $p/exe) || continue
		case $exe in /usr/libexec/smtpipe/*) echo "${exe##*/} $(stat -c %U $p)" ;; esac
	done' | sort -u
}

# --- s6 ---
inside mkdir -p /run/service
inside s6-svscan -t 0 /run/service >svscan.log 2>&1 &
background="$background $!"
until_true 20 inside test -p /run/service/.s6-svscan/control
inside smtpipe setup -s s6 -h mail.example.org example.org ann@example.org bob@example.org >setup 2>&1
is 's6: setup succeeds' "$?" 0
password=$(sed -n 's/^ *ann@example.org *//p' setup)
ok 's6: it answers' until_true 20 answers
ok 's6: a message is accepted' until_true 20 send by-s6
ok 's6: and delivered' until_true 20 received by-s6
is 's6: signed twice' "$(inside sh -c 'cat /var/mail/bob/Maildir/new/* | grep -c "^DKIM-Signature: "')" 2
users >users
for line in 'auth-check smtpipe-auth' 'digest-sign smtpipe-dkim' 'maildir-deliver smtpipe-mail' 'queue-add smtpipe-queue' \
	'queue-run smtpipe-queue' 'smtp-accept smtpipe' 'smtpipe-tables smtpipe-tables' 'tls-wrap smtpipe-tls'; do
	grep -qx "$line" users || echo "$line"
done >missing
is 's6: each service runs under a user of its own' "$(cat missing)" ''
is 's6: none as root' "$(grep -v ' smtpipe' users)" ''
inside smtpipe doctor -b none.invalid >said
for check in settings folders services sandbox queue ports relay; do
	like "s6: doctor: $check" "$(grep " $check " said)" "^ok +$check "
done
ok 's6: trace finds the logs by itself' until_true 20 sh -c "nsenter -t $leader -m -u -i -n -p -C smtpipe trace --last | grep -q 'queue-run  *done'"
inside sh -c 'echo 1234567 >/etc/smtpipe/size && s6-svc -h /run/service/smtpipe-smtp'
size() { near smtp-ask -p 25 127.0.0.1 'EHLO client.example.net' | grep -q 'SIZE 1234567'; }
ok 's6: after a HUP the next client meets new settings' until_true 20 size
is 's6: figures are not told' "$(inside s6-svstat -o up,normallyup /run/service/smtpipe-metrics)" 'false false'
inside sh -c 'rm /run/service/smtpipe-metrics/down && s6-svc -u /run/service/smtpipe-metrics'
figures() { near curl -sS --max-time 20 http://127.0.0.1:9587/metrics >metrics 2>curl.log && [ -s metrics ]; }
ok 's6: until somebody wants them' until_true 20 figures
like 's6: what was delivered' "$(cat metrics)" '^smtpipe_recipients_delivered_total [1-9]'
like 's6: what waits' "$(cat metrics)" '^smtpipe_queue_messages '
is 's6: whole' "$(tail -n 1 metrics)" '# EOF'
inside s6-svc -d /run/service/smtpipe-header-fix
inside smtpipe doctor -b none.invalid >said
like 's6: doctor: a service that is down, and what mends it' "$(grep ' services ' said)" \
	'^wrong +services +not running: /run/service/smtpipe-header-fix; do: s6-svc -u /run/service/smtpipe-header-fix$'
inside s6-svc -u /run/service/smtpipe-header-fix

# Restarts of the system: of what is in memory nothing is left, then not even the services.
svscan_start() {
	inside s6-svscan -t 0 /run/service >>svscan.log 2>&1 &
	svscan_pid=$!
	background="$background $svscan_pid"
	until_true 10 inside s6-svscanctl -a /run/service
}
ended() { [ -z "$(inside pidof s6-svscan)$(inside pidof s6-supervise)$(users)" ]; }
inside s6-svscanctl -t /run/service
ok 's6: all ends' until_true 20 ended
inside rm -rf /run/smtpipe
svscan_start
ok 's6: after a restart the services make what they lack' until_true 20 answers
ok 's6: a message is accepted again' until_true 20 send restarted
ok 's6: and delivered' until_true 20 received restarted
like 's6: setup has said what comes back only by itself' "$(cat setup)" '^again .*: smtpipe setup -s s6 -d /run/service example.org; '
inside s6-svscanctl -t /run/service
ok 's6: all ends again' until_true 20 ended
inside sh -c 'rm -rf /run/smtpipe /run/service/* /run/service/.s6-svscan'
svscan_start
ok 's6: and that makes the services again' inside sh -c "$(sed -n 's/^again .* run: \(.*\); .*/\1/p' setup)"
ok 's6: they answer' until_true 20 answers
ok 's6: a message is accepted once more' until_true 20 send remade
ok 's6: and delivered, too' until_true 20 received remade
inside smtpipe remove --purge >removed 2>&1
is 's6: remove takes all away' "$? $(users)" '0 '
is 's6: and leaves nothing behind but the program' "$(inside sh -c 'find /etc /var /run -xdev -name "*smtpipe*"; grep smtpipe /etc/passwd /etc/group')" ''

inside s6-svscanctl -t /run/service

# --- tcpserver ---
inside sh -c 'rm -rf /var/mail/*'
inside smtpipe setup -s tcpserver -h mail.example.org example.org ann@example.org bob@example.org >setup 2>&1
is 'tcpserver: setup succeeds' "$?" 0
password=$(sed -n 's/^ *ann@example.org *//p' setup)
inside sh -c 'echo $$ >/run/start.pid && exec /etc/smtpipe/start' >start.log 2>&1 &
background="$background $!"
ok 'tcpserver: it answers' until_true 20 answers
ok 'tcpserver: a message is accepted' until_true 20 send by-tcpserver
ok 'tcpserver: and delivered' until_true 20 received by-tcpserver
ok 'tcpserver: a program of this machine sends, too' inside sh -c 'smtpipe send-test -t 1 bob@example.org >/dev/null; test $? != 111 ||
	for i in $(seq 100); do grep -qr "^Subject: smtpipe test" /var/mail/bob/Maildir/new && exit 0; sleep 0.1; done; false'
is 'tcpserver: signed twice' "$(inside sh -c 'cat $(grep -l by-tcpserver /var/mail/bob/Maildir/new/*) | grep -c "^DKIM-Signature: "')" 2
is 'tcpserver: none as root' "$(users | grep -v ' smtpipe')" ''
inside sh -c 'seq -f "user%g: ann/Maildir" 10000 >>/etc/smtpipe/mailboxes'
ok 'tcpserver: a large table is compiled by itself' until_true 20 inside test -e /etc/smtpipe/compiled/mailboxes.cdb
inside smtpipe doctor -b none.invalid >said
for check in settings folders services queue ports relay; do
	like "tcpserver: doctor: $check" "$(grep " $check " said)" "^ok +$check "
done
inside sh -c 'kill $(cat /run/start.pid)'
nobody() { [ -z "$(users)" ]; }
ok 'tcpserver: a signal ends all of it' until_true 20 nobody
inside smtpipe remove --purge >removed 2>&1
is 'tcpserver: remove leaves nothing behind but the program' "$? $(inside sh -c 'find /etc /var -xdev -name "*smtpipe*"; grep smtpipe /etc/passwd /etc/group')" '0 '
