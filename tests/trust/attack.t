# Each program that meets strangers is taken over, under the users of the default services, and gains
# nothing but what trust(7) says that it holds
#
# The programs are the same objects, linked once more with tests/trust/taken_over.c, which has its own
# way of reading: a word in the input makes it try all there is to gain, and tell.
. tests/lib.sh

. "$ROOT/tests/trust/attack.sh"
if [ "$(id -u)" != 0 ]; then
	skip 'programs that are taken over' 'only root can start services under other users'
	exit 0
fi
for program in s6-svscan setpriv openssl; do
	have $program || { skip 'programs that are taken over' "there is no $program"; exit 0; }
done
chmod 755 "$WORK"

# --- the services, as they are installed, with users that this machine need not have ---
mkdir -p i/libexec
cp "$ATTACKED"/*/* i/libexec/
cp -r "$ROOT/sv" i/sv
find i/sv -type f -exec sed -i "s,@LIBEXECDIR@,$WORK/i/libexec,g; s,@SHAREDIR@,$WORK/i,g; s,@ETCDIR@,$WORK/etc,g" {} +
mkdir stub etc etc/tls queue mail run service tmp state state/auth state/sent
chmod 1777 tmp
user() { # NAME: its number
	case $1 in
	smtpipe) echo 64000 ;;
	smtpipe-tls) echo 64001 ;;
	smtpipe-auth) echo 64002 ;;
	smtpipe-queue) echo 64003 ;;
	smtpipe-mail) echo 64004 ;;
	smtpipe-dkim) echo 64005 ;;
	smtpipe-limit) echo 64006 ;;
	esac
}
cat >stub/s6-setuidgid <<'E2'
#!/bin/sh
case $1 in
smtpipe) id=64000 ;; smtpipe-tls) id=64001 ;; smtpipe-auth) id=64002 ;;
smtpipe-queue) id=64003 ;; smtpipe-mail) id=64004 ;; smtpipe-dkim) id=64005 ;;
smtpipe-limit) id=64006 ;;
*) exit 111 ;;
esac
shift
exec /usr/bin/setpriv --reuid $id --regid $id --groups 64000,$id "$@"
E2
cat >stub/setpriv <<'E2'
#!/bin/sh
# of those with a port below 1024, which this test has not
while :; do
	case $1 in
	--reuid | --regid) shift 2 ;;
	--*) shift ;;
	*) break ;;
	esac
done
exec s6-setuidgid smtpipe "$@"
E2
chmod 755 stub/*
(
	cd etc || exit 111
	echo mail.example.test >me
	echo example.test: >domains
	echo 'bob: bob/Maildir' >mailboxes
	: >aliases
	: >senders
	: >limits
	echo "@: unix:$WORK/run/maildir-deliver" >routes
	echo 'wonderland' | password-set -f passwords alice >/dev/null 2>&1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj /CN=mail.example.test -keyout tls/key.pem -out tls/cert.pem 2>/dev/null
	chown -R "0:$(user smtpipe-tls)" tls && chmod 750 tls && chmod 640 tls/key.pem
	chown "0:$(user smtpipe-auth)" passwords && chmod 640 passwords
)
chown "$(user smtpipe-queue)" queue && chmod 700 queue
chown "$(user smtpipe-auth)" state/auth && chmod 700 state/auth
chown "$(user smtpipe-limit)" state/sent && chmod 700 state/sent
chown "$(user smtpipe-mail)" mail && chmod 700 mail
chown "0:$(user smtpipe)" run && chmod 3771 run
SMTP=$(free_port) SUBMISSION=$(free_port)
for service in tls auth-check sender-check sending-limit header-fix dkim-sign digest-sign \
	recipient-check queue-add queue-trace maildir-deliver queue inject smtp submission; do
	[ -e "i/sv/$service/s6/run" ] || continue
	case $service in
	smtp) listen=127.0.0.1:$SMTP ;;
	submission) listen=127.0.0.1:$SUBMISSION ;;
	*) listen= ;;
	esac
	mkdir "service/$service"
	echo 3 >"service/$service/notification-fd"
	printf '#!/bin/sh\nexport SMTPIPE_LISTEN=%s\nexec %s/i/sv/%s/s6/run\n' \
		"$listen" "$WORK" "$service" >"service/$service/run"
	chmod 755 "service/$service/run"
done
mkdir etc/dkim
chown "0:$(user smtpipe-dkim)" etc/dkim && chmod 2751 etc/dkim
env PATH="$WORK/stub:$PATH" SMTPIPE_RUN="$WORK/run" SMTPIPE_QUEUE="$WORK/queue" \
	SMTPIPE_MAIL="$WORK/mail" TMPDIR="$WORK/tmp" \
	SMTPIPE_STATE="$WORK/state" ATTACK="key=$WORK/etc/tls/key.pem passwords=$WORK/etc/passwords queue=$WORK/queue mail=$WORK/mail port=$SMTP" \
	s6-svscan -t 0 service >log 2>&1 &
scan=$!
background="$background $scan"
stop_services() { # before the folder goes
	s6-svscanctl -t service
	wait "$scan"
	background=
}
until_true 30 sh -c "[ -S run/queue-add ] && [ -S run/maildir-deliver ] && [ -S run/tls ] && [ -d queue/msg ] &&
	[ -S run/auth-check ] && grep -q 'smtp-accept: listening.*:$SMTP' log && grep -q 'smtp-accept: listening.*:$SUBMISSION' log" || {
	cat log
	echo 'not ok - the services start'
	stop_services
	exit 1
}
# Who runs as whom? None as root.
ps -eo uid,args >processes
is 'no service runs as root' \
	"$(grep -F "$WORK/" processes | grep -v 's6-\|grep\|attack\.t' | grep '^ *0 ')" ''

# --- an attack: mail that names the program which is to fall ---
talk() { # LINE...: an SMTP session, each line behind the reply to the one before
	python3 - "$SMTP" "$@" <<'E2'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(60)
f = s.makefile("rb")
def reply():
    while True:
        line = f.readline()
        if not line or line[3:4] != b"-":
            return line
print(reply())
for line in sys.argv[2:]:
    try:
        s.sendall(line.encode().decode("unicode_escape").encode() + b"\r\n")
        print(reply())
    except OSError:
        break
E2
}
attack_mail() { # PROGRAM
	talk "EHLO take-over-$1-now" 'MAIL FROM:<ann@example.org>' 'RCPT TO:<bob@example.test>' DATA \
		'Subject: hello\r\n\r\nhi\r\n.' >"talk.$1" 2>&1
}

attack_mail smtp-accept
is 'smtp-accept, the speaker: nothing' "$(taken_over smtp-accept)" ''
openssl s_client -connect "127.0.0.1:$SUBMISSION" -starttls smtp -servername take-over-tls-wrap-now.example.test \
	</dev/null >tls.out 2>&1
is 'tls-wrap, with a client: nothing' "$(taken_over tls-wrap)" ''
attack_mail recipient-check
is 'recipient-check: it may read settings, and a unix socket, for the next stage' \
	"$(taken_over recipient-check)" 'read-settings unix-socket '
attack_mail queue-add
is 'queue-add: the queue' "$(taken_over queue-add)" 'make-queue read-queue '
attack_mail maildir-deliver
is 'maildir-deliver: the mailboxes, and it may read settings' "$(taken_over maildir-deliver)" \
	'make-mail read-mail read-settings '
# over submission: before the login, and behind it
cat >submit.py <<'E2'
import smtplib, ssl, sys
port, word, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl._create_unverified_context()
s = smtplib.SMTP("127.0.0.1", port, local_hostname=word, timeout=60)
s.starttls(context=context)
s.ehlo(word)
if password == "raw":
    print(s.docmd("AUTH PLAIN " + word))
else:
    s.login("alice", password)
    s.sendmail("alice@example.test", ["bob@example.test"], "From: alice@example.test\r\n\r\nhi\r\n")
E2
submit() { # PROGRAM PASSWORD
	python3 submit.py "$SUBMISSION" "take-over-$1-now" "$2" >"submit.$1" 2>&1
}
submit auth-check raw
is 'auth-check: the passwords, and other settings' "$(taken_over auth-check)" 'read-passwords read-settings '
submit sender-check wonderland
is 'sender-check: settings, and a unix socket' "$(taken_over sender-check)" 'read-settings unix-socket '
submit sending-limit wonderland
is 'sending-limit: settings, what it counts, and a unix socket' "$(taken_over sending-limit)" \
	'read-settings unix-socket '
submit header-fix wonderland
is 'header-fix: a unix socket' "$(taken_over header-fix)" 'unix-socket '
submit dkim-sign wonderland
is 'dkim-sign: a unix socket, and files in TMPDIR' "$(taken_over dkim-sign)" 'make-tmp unix-socket '
printf 'From: ann@example.test\n\ntake-over-mail-inject-now\n' |
	SMTPIPE_INJECT="$WORK/run/inject" sendmail -f ann@example.test bob@example.test >inject.out 2>&1
is 'mail-inject: the settings, the names of users, and a unix socket' "$(taken_over mail-inject)" \
	'read-etc read-settings read-system unix-socket '

# --- and those that are started by exec, as the queue's user ---
printf 'Subject: hello\r\n\r\nhi\r\n' >message
chmod 644 message
export ATTACK="key=$WORK/etc/tls/key.pem passwords=$WORK/etc/passwords queue=$WORK/queue mail=$WORK/mail port=$SMTP"
alone() { # PROGRAM ARGUMENT...
	program=$1
	shift
	FACTS="Ltestconn00000000 Q0testmessage0001 Jmail.example.test htake-over-$program-now rmx" \
		envelope ann@example.org bob@example.test >envelope
	{ cat envelope && seal message; } >sealed
	chmod 644 sealed
	(cd etc && s6="$WORK/stub/s6-setuidgid" && PATH="$WORK/i/libexec:$PATH" TMPDIR="$WORK/tmp" \
		timeout 60 "$s6" smtpipe-queue "$program" "$@" <"$WORK/message" 3<"$WORK/sealed" 4>/dev/null 2>>"$WORK/log")
}
alone lmtp-send 127.0.0.1 "$SUBMISSION"
is 'lmtp-send: connections, and files in TMPDIR' "$(taken_over lmtp-send)" \
	'abstract-socket connect make-tmp send-udp unix-socket '
alone bounce-make -k failed "unix:$WORK/run/queue-add"
is 'bounce-make: a unix socket' "$(taken_over bounce-make)" 'unix-socket '
alone token-check -i issuer -a audience
is 'token-check: nothing but its public keys' "$(taken_over token-check)" ''
alone auth-ask-dovecot "$WORK/run/dovecot"
is 'auth-ask-dovecot: connections' "$(taken_over auth-ask-dovecot)" 'abstract-socket connect send-udp unix-socket '
alone eight-bit-fix "unix:$WORK/run/queue-add"
is 'eight-bit-fix: a unix socket, and files in TMPDIR' "$(taken_over eight-bit-fix)" 'make-tmp unix-socket '
alone received-add "unix:$WORK/run/queue-add"
is 'received-add: a unix socket' "$(taken_over received-add)" 'unix-socket '
alone alias-expand "unix:$WORK/run/queue-add"
is 'alias-expand: may read what the user of the queue may, and has a unix socket' "$(taken_over alias-expand)" \
	'read-etc read-queue read-settings read-system unix-socket '
alone smtp-send -h 127.0.0.1 -p "$SUBMISSION" -T none
is 'smtp-send: connections, mx-find and tls-connect, and files in TMPDIR' "$(taken_over smtp-send)" \
	'abstract-socket connect fork-bomb make-tmp send-udp unix-socket '
echo take-over-mx-find-now.example.test | (cd etc && PATH="$WORK/i/libexec:$PATH" \
	timeout 60 "$WORK/stub/s6-setuidgid" smtpipe-queue mx-find 2>>"$WORK/log")
is 'mx-find: connections' "$(taken_over mx-find)" 'abstract-socket connect send-udp unix-socket '

echo take-over-sts-fetch-now.example.test | (cd etc && PATH="$WORK/i/libexec:$PATH" \
	timeout 60 "$WORK/stub/s6-setuidgid" smtpipe-queue sts-fetch 2>>"$WORK/log")
is 'sts-fetch: connections' "$(taken_over sts-fetch)" 'abstract-socket connect send-udp unix-socket '
echo take-over-sts-keep-now.example.test | (cd etc && timeout 60 "$WORK/stub/s6-setuidgid" smtpipe-queue \
	"$WORK/i/libexec/sts-keep" -d "$WORK/state/sts" -f "unix:$WORK/run/sts-fetch" 2>>"$WORK/log")
is 'sts-keep: nothing but its folder, and a unix socket' "$(taken_over sts-keep)" 'unix-socket '

asked() { # PROGRAM: with a line that names it
	printf 'https://take-over-%s-now.example.test/\n' "$1" | (cd etc && PATH="$WORK/i/libexec:$PATH" \
		timeout 60 "$WORK/stub/s6-setuidgid" smtpipe-queue "$1" 2>>"$WORK/log")
}
asked report-find
is 'report-find: connections' "$(taken_over report-find)" 'abstract-socket connect send-udp unix-socket '
asked report-post
is 'report-post: connections' "$(taken_over report-post)" 'abstract-socket connect send-udp unix-socket '
mkdir state/tls && chown "$(user smtpipe-queue)" state/tls
(cd etc && exec timeout 60 "$WORK/stub/s6-setuidgid" smtpipe-queue "$WORK/i/libexec/tls-count" \
	-S "unix:$WORK/state/tls/socket" -d "$WORK/state/tls" 2>>"$WORK/log") &
until_true 20 test -S state/tls/socket
python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"take-over-tls-count-now", "state/tls/socket")'
is 'tls-count: nothing but its folder' "$(taken_over tls-count)" ''

printf 'Dtake-over-digest-sign-now.example.test\0\0' | (cd etc && timeout 60 \
	"$WORK/stub/s6-setuidgid" smtpipe-dkim "$WORK/i/libexec/digest-sign" -f dkim 2>>"$WORK/log" >/dev/null)
is 'digest-sign: nothing but the keys of its folder' "$(taken_over digest-sign)" ''
# In TLS 1.2 anybody can read a certificate, and so can our word.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=take-over-tls-connect-now -keyout hostile.key -out hostile.pem 2>/dev/null
HOSTILE=$(free_port)
openssl s_server -quiet -tls1_2 -accept "127.0.0.1:$HOSTILE" -key hostile.key -cert hostile.pem >server.out 2>&1 &
hostile=$!
background="$background $hostile"
# Listening is seen by who asks in vain, as a client would use the only turn up.
until_true 20 sh -c "ss -ltn 2>/dev/null | grep -q ':$HOSTILE ' || grep -qi ':$(printf %04X "$HOSTILE") .* 0A ' /proc/net/tcp"
PATH="$WORK/i/libexec:$PATH" timeout 60 tcpclient -HRl0 127.0.0.1 "$HOSTILE" "$WORK/stub/s6-setuidgid" smtpipe-queue \
	tls-connect -n localhost -v may 4>/dev/null 2>>log </dev/null
is 'tls-connect: nothing' "$(taken_over tls-connect)" ''
kill "$hostile"

# --- all is as it was ---
is 'the passwords, the key and the settings are as they were' \
	"$(ls etc/me etc/passwords etc/tls/key.pem | tr '\n' ' ')" 'etc/me etc/passwords etc/tls/key.pem '
talk 'EHLO peace' 'MAIL FROM:<ann@example.org>' 'RCPT TO:<bob@example.test>' DATA \
	'Subject: after all\r\n\r\nhi\r\n.' >talk.peace 2>&1
ok 'and mail goes on' until_true 30 grep -rq 'Subject: after all' mail/bob/Maildir/new
stop_services
