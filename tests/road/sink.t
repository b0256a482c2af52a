# LIM-10, DATA-11: a thousand small messages through smtp-sink, none lost, none twice
. tests/lib.sh
. "$ROOT/tests/road.sh"
port=$(free_port)
mkdir sunk && chmod 777 sunk
(cd sunk && exec smtp-sink -u nobody -d '%H%M.' "127.0.0.1:$port" 100) 2>sink.log &
background="$background $!"
until_true 20 nc -z 127.0.0.1 "$port"
demo_start DEMO_LIMITS=0 DEMO_RELAY="127.0.0.1:$port"
cat >client.py <<'PY'
import smtplib, ssl, sys
server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))
server.starttls(context=ssl._create_unverified_context())
server.login('alice', 'wonderland')
for n in range(200):
    server.sendmail('alice@example.test', ['x%d@remote.test' % n],
        'From: alice@example.test\r\nTo: x@remote.test\r\nSubject: n%04d\r\n\r\nx\r\n' % n)
hundred = ['r%d@remote.test' % n for n in range(100)]
server.sendmail('alice@example.test', hundred,
    'From: alice@example.test\r\nTo: x@remote.test\r\nSubject: hundred\r\n\r\nx\r\n')
PY
ok '201 messages are submitted in one session' python3 client.py "$SUBMISSION"
ok 'the queue empties' until_true 200 queue_empty
written() { [ "$(cat sunk/* | grep -c '^Subject: ')" = 201 ]; }
until_true 20 written # smtp-sink may write what it has said yes to
is 'each arrived once' "$(cat sunk/* | tr -d '\r' | grep -c '^Subject: n')" 200
is 'none is missing' "$(cat sunk/* | tr -d '\r' | grep '^Subject: n' | sort -u | wc -l)" 200
is 'LIM-10: a hundred recipients in one transaction' \
	"$(cat sunk/* | tr -d '\r' | grep -c '^X-Rcpt-Args: <r[0-9]*@remote.test>')" 100
demo_stop
