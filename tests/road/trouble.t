# AUTH-10, AUTH-11, AUTH-18, TLS-06, TLS-16, SMTP-25, SIZE-04, SEC-10: what goes wrong has its reply, and
# nothing is lost: our own faults are always "later"
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start
cat >talk.py <<'PY'
"""talk.py PORT [LINE ...]: over STARTTLS, says each line and prints the last line of each reply."""
import socket, ssl, sys
sock = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 60)
file = sock.makefile('rb')
def reply():
    while True:
        line = file.readline().decode('latin-1').rstrip()
        if line[3:4] != '-':
            return line
def say(line):
    sock.sendall(line.encode('latin-1').decode('unicode_escape').encode('latin-1') + b'\r\n')
    return reply()
reply(), say('EHLO client.example'), say('STARTTLS')
context = ssl._create_unverified_context()
sock = context.wrap_socket(sock)
file = sock.makefile('rb')
for line in sys.argv[2:]:
    print(say(line))
PY
plain=$(printf '\0alice\0wonderland' | base64)
wrong=$(printf '\0alice\0wrong' | base64)
login="AUTH PLAIN $plain"
from='MAIL FROM:<alice@example.test>' to='RCPT TO:<bob@example.test>'
talk() { python3 talk.py "$SUBMISSION" "$@"; }
last() { talk "$@" | tail -1; }

like 'AUTH-11: a wrong password' "$(last 'EHLO x' "AUTH PLAIN $wrong")" '^535 5\.7\.8'
like 'AUTH-10: garbage instead of base64' "$(last 'EHLO x' 'AUTH PLAIN !!!!')" '^501 5\.5\.2'
like 'TLS-04: nothing of before TLS counts' "$(last "$from")" '^503 5\.5\.1'
is 'TLS-06: bytes behind STARTTLS end the session' "$(printf 'EHLO x\r\nSTARTTLS\r\nNOOP\r\n' |
	nc -w 5 127.0.0.1 "$SUBMISSION" | tail -1 | cut -c 1-9)" '503 5.5.1'
not_ok 'TLS-16: a failed handshake ends the session' sh -c \
	"printf 'EHLO x\r\nSTARTTLS\r\n' | { cat; sleep 0.3; printf 'NOOP\r\nNOOP\r\n'; } |
	nc -w 2 127.0.0.1 $SUBMISSION | grep '250 2'"

chmod 644 "$DEMO/passwords"
like 'AUTH-18: a password file that all can read is not used' "$(last 'EHLO x' "$login")" '^454 4\.7\.0'
comes 'and the log says what to do' 'auth-check: .*passwords.*chmod' demo_log
mv "$DEMO/passwords" "$DEMO/hidden"
like 'AUTH-18: without a password file nobody can log in, later' "$(last 'EHLO x' "$login")" '^454 4\.7\.0'
mv "$DEMO/hidden" "$DEMO/passwords"
chmod 600 "$DEMO/passwords"
like 'then it works again' "$(last 'EHLO x' "$login")" '^235 2\.7\.0'

for steps in "$from" "$from|$to" "$from|$to|DATA" "$from|$to|DATA|half a message"; do
	IFS='|'
	set -- $steps
	unset IFS
	# The last line has no reply: the client goes away behind it.
	timeout 60 python3 - "$SUBMISSION" "$plain" "$@" <<-'PY'
		import smtplib, ssl, sys
		server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))
		server.starttls(context=ssl._create_unverified_context())
		server.ehlo()
		server.docmd('AUTH', 'PLAIN ' + sys.argv[2])
		for line in sys.argv[3:-1]:
		    server.docmd(line)
		server.send(sys.argv[-1].encode() + b'\r\n')
	PY
done
ok 'SMTP-25: clients that go away at each step leave nothing' queue_empty
is 'and no mail' "$(new_mail bob)" ''

# The queue's folders are not there.
mv "$DEMO/queue/msg" "$DEMO/queue/away"
like 'a missing queue folder is "later"' \
	"$(last 'EHLO x' "$login" "$from" "$to" DATA 'Subject: no-queue\r\n\r\nx\r\n.')" '^451 4\.3\.0'
comes 'and the log names the folder' 'queue-add: .*queue/msg' demo_log
rmdir "$DEMO/queue/msg" 2>/dev/null
mv "$DEMO/queue/away" "$DEMO/queue/msg"
ok 'then it works again' send_mail folder-back
ok 'to the end' until_true 20 has_mail bob 'Subject: folder-back'
demo_stop

# A stage that is not there; a table that is not there. All exec'd, one after the other.
mkdir exec && cd exec || exit 1
serve() {
	port=$1
	shift
	tcpserver -HR -l0 127.0.0.1 "$port" "$@" 2>>log &
	background="$background $!"
	until_true 20 nc -z 127.0.0.1 "$port"
}
mail_to() { # ADDRESS: the first refusal, or the reply to the message
	swaks --server 127.0.0.1 --port "$port" --from eve@remote.test --to "$1" 2>&1 |
		sed -n 's/^<\*\* //p;s/^<-  250 2.0.0/250 2.0.0/p;s/^<-  250 2.1.5 deliv/250 2.1.5 deliv/p' | head -1
}
serve "$(free_port)" smtp-accept -h mail.example.test received-add no-such-stage
like 'a missing stage inside the chain is "later"' "$(mail_to bob@example.test)" '^451 4\.3\.0'
serve "$(free_port)" smtp-accept -h mail.example.test -p 'recipient-check -p' received-add maildir-deliver
like 'without the table domains all is "later"' "$(mail_to bob@example.test)" '^451 4\.3\.5'
echo 'example.test:' >domains
like 'without mailboxes too' "$(mail_to bob@example.test)" '^451 4\.3\.5'
printf 'bob: bob/Maildir\n' >mailboxes
: >aliases
like 'a mail root that is not there is "later"' "$(mail_to bob@example.test)" '^451 4\.3\.0'
mkdir mail
like 'now all is there' "$(mail_to bob@example.test)" '^250 2\.'
like 'and an unknown user is refused' "$(mail_to nobody@example.test)" '^550 5\.1\.1'

if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=300k tmpfs full 2>/dev/null; then
	mkdir -p full/queue
	for c in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v; do
		mkdir -p full/queue/msg/$c full/queue/journal/$c
	done
	serve "$(free_port)" smtp-accept -h mail.example.test received-add queue-add -q full/queue
	like 'SIZE-04: below the reserve it is 452 4.3.1' "$(mail_to bob@example.test)" '^452 4\.3\.1'
	serve "$(free_port)" smtp-accept -h mail.example.test received-add queue-add -q full/queue -b 0 -i 0
	head -c 400000 /dev/zero | tr '\0' x | fold -w 70 >body
	like 'SIZE-04: a disk that fills up is 452 4.3.1' "$(swaks --server 127.0.0.1 --port "$port" \
		--from eve@remote.test --to bob@example.test --body @body 2>&1 | grep '^<\*\*')" '452 4\.3\.1'
	is 'and nothing of it is left' "$(find full/queue -type f)" ''
	until_true 20 umount full
else
	skip 'a full disk' 'tmpfs cannot be mounted'
fi
