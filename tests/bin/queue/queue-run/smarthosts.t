# Smarthosts by sender and by destination, each with its password or token, its source address, its fallback
. tests/lib.sh
. "$ROOT/tests/queue.sh"
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
certificate cert relay.test self 2>/dev/null
P=$(free_port)
sink_in provider -a 127.0.0.2 -p "$P" -c cert.pem -k cert.key
sink_in tokens -a 127.0.0.3 -p "$P" -c cert.pem -k cert.key -x 'AUTH XOAUTH2'
sink_in plain -a 127.0.0.4 -p "$P"
sink_in local -u "$WORK/socket"
(
	umask 077
	echo '127.0.0.2: ann@provider.test apple' >ann-password
	echo '127.0.0.2: bea@provider.test berry' >bea-password
	echo '127.0.0.3: cid@provider.test ya29.token' >cid-token
)
# Nobody answers at the mail server of any domain.
printf '#!/bin/sh\nread -r question\necho "10 mx.test 127.0.0.9"\necho "end ok"\n' >find && chmod +x find
send="smtp-send -e mail.example.test -p $P"
cat >routes <<ROUTES
inside.test:       $send -h 127.0.0.4 -T none
lost.test:         $send -F 127.0.0.4 -T none -m $WORK/find
<ann@example.org>: $send -h 127.0.0.2 -T encrypt -a ann-password
<bea@example.org>: $send -h 127.0.0.2 -T encrypt -a bea-password
<cid@example.org>: $send -h 127.0.0.3 -T encrypt -a cid-token -o
<@example.org>:    $send -h 127.0.0.4 -T none -b 127.0.0.77
*:                 $send -h unix:$WORK/socket
ROUTES
queue-run 2>/dev/null & first=$! # makes the queue
until_true 20 test -e queue/lock
kill $first
wait $first
{
	for sender in ann@example.org bea@example.org ann+tag@example.org cid@example.org dan@example.org eve@example.net; do
		add "$sender" somebody@far.test
	done
	add ann@example.org member@inside.test
	add eve@example.net anybody@lost.test
} >ids
run_queue
done_all() { [ "$(grep -c ' done ' runlog)" = 8 ]; }
ok 'all are sent' until_true 20 done_all
stop_queue
# said FOLDER: of each message who had logged in, the client's address, sender and recipient
said() {
	until_true 20 sink_idle "$1"
	python3 - "$1" <<'PY' | sort
import base64, collections, re, sys
sessions = collections.defaultdict(lambda: ['-', '-', '-'])
for line in open(sys.argv[1] + '/log'):
    number, words = line.rstrip('\n').split(' ', 1)
    session = sessions[number]
    if words.startswith('connect '):
        session[1] = words.split()[1]
    elif words.startswith('C: AUTH '):
        session[0] = re.sub('[\0\1]+', ':', base64.b64decode(words.split()[3]).decode()).strip(':')
    elif words.startswith('C: MAIL '):
        session[2] = re.search('<(.*?)>', words)[1]
    elif words.startswith('C: RCPT '):
        print(*session, re.search('<(.*?)>', words)[1])
PY
}
is 'at one provider each sender is somebody else' "$(said provider)" \
	'ann@provider.test:apple 127.0.0.1 ann+tag@example.org somebody@far.test
ann@provider.test:apple 127.0.0.1 ann@example.org somebody@far.test
bea@provider.test:berry 127.0.0.1 bea@example.org somebody@far.test'
is 'a third has a token, at another one' "$(said tokens)" \
	'user=cid@provider.test:auth=Bearer ya29.token 127.0.0.1 cid@example.org somebody@far.test'
is 'the rest of their domain has an address of its own, a domain a host for all, and one a fallback' \
	"$(said plain)" \
	'- 127.0.0.1 ann@example.org member@inside.test
- 127.0.0.1 eve@example.net anybody@lost.test
- 127.0.0.77 dan@example.org somebody@far.test'
is 'and all others a server behind a socket' "$(said local)" '- unix eve@example.net somebody@far.test'
like 'the log says why the fallback was asked' "$(cat runlog)" 'host-failed .*host=mx.test.127.0.0.9.*Connection refused'
unlike 'and no password' "$(cat runlog)" 'apple|berry|ya29'
