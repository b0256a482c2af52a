# LIM-20: connections without end from one address, or from the addresses of one /64, leave the others their places.
. tests/lib.sh

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
