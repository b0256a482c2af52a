# LIM-20: connections without end from one address, or from the addresses of one /64, leave the others their places.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
attack_start

# At the doors of an instance: all that one address may have, each with TLS; on port 25 with a message half sent, so that
# there is a chain behind each of them, and on the others with half a login.
attack <<'PYTHON'
from attack import *

CROWD, PLACES = 115, 100
HALF = b'Subject: half of it\r\n\r\nhalf\r\n'


def come(door, source):
    """As far as this one gets; None: turned away."""
    try:
        client = Client(door, stop='connect', source=source)
        if door == 'submissions':
            client.sock = NO_CHECK.wrap_socket(client.sock)
        if not client.reply().startswith('220'):
            return None
        client.say(b'EHLO crowd.example')
        if door != 'submissions':
            client.starttls()
            client.say(b'EHLO crowd.example')
        if door == 'smtp':
            assert client.begin(sender=b'crowd@example.org').startswith('354')
            client.send(HALF)
        elif not client.say(b'AUTH LOGIN').startswith('334'):
            return None
        return client
    except OSError:
        return None


for door in DOORS:
    crowd = [come(door, '127.0.0.5') for number in range(CROWD)]
    served = [client for client in crowd if client]
    equal('%s: of %d from one address, so many are served' % (door, CROWD), len(served), PLACES)
    if door == 'smtp':
        equal('smtp: ... and may finish', served[0].say(b'\r\n.')[:3], '250')
    else:
        equal('%s: ... and may finish' % door, [served[0].say(line)[:3] for line in (b'*', b'NOOP')], ['501', '250'])
    subject = b'Subject: beside the crowd at ' + door.encode()
    client = Client(door, source='127.0.0.9')
    reply = client.mail(b'From: alice@example.test\r\nTo: bob@example.test\r\n' + subject + b'\r\n\r\nhi')
    ok('%s: mail from elsewhere is taken meanwhile' % door, reply.startswith('250'), reply)
    ok('%s: ... and delivered' % door, mail_arrives('bob', subject))
    client.close()
    for client in served:
        client.close()
    ok('%s: the crowd gone, its address is served again' % door, until(lambda: come(door, '127.0.0.5')))
equal('of the messages half sent none is there but the one that got its end',
      len([mail for mail in maildir('bob') if b'half of it' in mail]), 1)
PYTHON
ok 'nothing is left in the queue' until_true 20 queue_empty
ok 'the logs hold printable lines only' log_is_plain
until_true 20 logged_often 3 turned-away
ok 'who was turned away is in the log, and not once for each' \
	sh -c "n=\$(cat '$DEMO'/log/*/current | grep -c turned-away); test \"\$n\" -ge 3 && test \"\$n\" -le 30"
demo_stop

cat >flood.py <<'PY'
import resource, socket, subprocess, sys
sys.path.insert(0, sys.argv[1] + '/tests/attack')
from attack import ok
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
PORT = 2525


def connect(family, source, target):
    sock = socket.socket(family)
    sock.settimeout(60)
    sock.bind((source, 0))
    sock.connect((target, PORT))
    return sock


def word(sock):
    try:
        return sock.recv(100)[:3].decode()
    except OSError:
        return ''


def flood(sentence, family, target, sources, other):
    crowd = [connect(family, source, target) for source in sources]
    words = [word(sock) for sock in crowd]
    ok('%s: 100 places, and no more' % sentence, words.count('220') == 100 and words.count('421') == len(words) - 100,
       words.count('220'), words.count('421'))
    one = connect(family, other, target)
    ok('%s: another one is served' % sentence, word(one) == '220')
    one.sendall(b'EHLO x\r\n')
    ok('%s: ... to the end' % sentence, word(one) == '250')
    for sock in crowd + [one]:
        sock.close()


flood('300 from one address', socket.AF_INET, '127.0.0.1', ['127.0.0.5'] * 300, '127.0.0.6')
flood('300 from the addresses of one /64', socket.AF_INET6, 'fd00:1::1',
      ['fd00:2::%x' % number for number in range(2, 302)], 'fd00:3::2')
PY
cat >inside <<'SH'
ip link set lo up && ip -6 addr add fd00:1::1/64 dev lo nodad && ip -6 addr add fd00:3::2/64 dev lo nodad || exit 111
for i in $(seq 2 301); do printf 'addr add fd00:2::%x/64 dev lo nodad\n' "$i"; done | ip -6 -batch - || exit 111
smtp-accept -S 127.0.0.1:2525 -S '[fd00:1::1]:2525' -h mail.example.test -R 9 ./take 9>ready 2>log &
server=$!
for i in $(seq 1000); do [ -s ready ] && break; sleep 0.05; done
python3 flood.py "$ROOT"
kill "$server" && wait "$server"
SH
if ! have ip || ! unshare -rn sh -c 'ip link set lo up && ip -6 addr add fd00::1/64 dev lo' 2>/dev/null; then
	skip 'floods of connections' 'no network namespace, or no IPv6'
	exit 0
fi
unshare -rn sh inside || echo 'not ok - the flood went to its end'
ok 'who was turned away is in the log, and not once for each' \
	sh -c 'n=$(grep -c turned-away log); test "$n" -ge 1 && test "$n" -le 100'
