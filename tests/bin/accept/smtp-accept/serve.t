# LIM-20, SEC-10, SMTP-35: one parent for all connections: limits, isolation, a graceful stop
. tests/lib.sh
port=$(free_port)
smtp-accept -S "127.0.0.1:$port" -h mail.example.test -j 6 -J 4 -R 9 ./take 9>ready 2>log &
server=$!
background=$server
ok 'it says when it is ready' until_true 5 test -s ready

cat >client.py <<'PY'
import os, signal, socket, sys, time
port, server = int(sys.argv[1]), int(sys.argv[2])
def connect(source='127.0.0.1'):
    s = socket.create_connection(('127.0.0.1', port), 5, (source, 0))
    return s, s.makefile('rb')
def reply(f):
    return f.readline().decode().strip()
def say(c, text):
    c[0].sendall(text.encode() + b'\r\n')
    return reply(c[1])
def check(sentence, holds):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence))
def children(pid):
    return [int(p) for p in open('/proc/%d/task/%d/children' % (pid, pid)).read().split()]
def speakers(): # their parent is the only child of the server; who waits for a client has no fd 0
    return [p for p in children(children(server)[0]) if os.path.exists('/proc/%d/fd/0' % p)]
def message(c):
    for line in 'HELO x', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>', 'DATA':
        last = say(c, line)
    return say(c, 'hello\r\n.')

a = connect()
check('SMTP-01: a greeting', reply(a[1]).startswith('220 mail.example.test'))
check('a message is taken', message(a) == '250 2.0.0 taken')
speaker = speakers()[0]
fds = sorted(os.listdir('/proc/%d/fd' % speaker), key=int)
check('a speaker holds the client, the log and its channel: %s' % fds, len(fds) == 4)
more = [connect() for _ in range(3)]
for c in more:
    reply(c[1])
over = connect()
check('LIM-20: a client with too many connections gets 421', reply(over[1]).startswith('421 4.7.0'))
check('... and the end', over[1].read() == b'')
others = [connect('127.0.0.2') for _ in range(2)]
for c in others:
    check('others are served', reply(c[1]).startswith('220'))
fair = connect('127.0.0.3')
check('LIM-20: who has none of the places of a full house gets one', reply(fair[1]).startswith('220'))
check('... of the client that has the most, the oldest that has sent nothing', more[0][1].readline()[:3] == b'421'
      and more.pop(0)[1].read() == b'')
check('... who had sent a message stays', say(a, 'NOOP').startswith('250'))
full = connect('127.0.0.2')
check('a full house says 421 to who has as many as anybody', reply(full[1]).startswith('421'))
os.kill(speakers()[0], signal.SIGKILL)
time.sleep(0.2)
alive = sum(1 for c in [a] + more + others if say_safe(c) == '250') if False else 0
def still(c):
    try:
        return say(c, 'NOOP').startswith('250')
    except OSError:
        return False
check('SEC-10: a speaker that is killed costs one session only', sum(map(still, [a, fair] + more + others)) == 5)
new = connect('127.0.0.2')
check('... and makes room for another', reply(new[1]).startswith('220'))
for line in 'HELO x', 'MAIL FROM:<a@example.org>':
    say(new, line)
os.kill(server, signal.SIGTERM)
idle = [reply(c[1]) for c in [a, fair] + more + others]
check('SMTP-35: TERM ends idle sessions with 421: %s' % idle, sum(text.startswith('421 4.3.2') for text in idle) == 5)
check('... and closes them', [c[1].read() for c in [a, fair] + more + others] == [b''] * len(idle))
try:
    connect('127.0.0.4')
    refused = False
except OSError:
    refused = True
check('after TERM no new client is taken', refused)
for line in 'RCPT TO:<b@example.org>', 'DATA':
    say(new, line)
check('... but a transaction comes to its end', say(new, 'hello\r\n.') == '250 2.0.0 taken')
check('... and then the session', reply(new[1]).startswith('421 4.3.2') and new[1].read() == b'')
for c in [a, fair] + more + others + [new]:
    c[1].close()
    c[0].close()
PY
sed -i '/say_safe/d' client.py
python3 client.py "$port" "$server"
ok 'when the last one has gone it ends' until_true 5 sh -c "! kill -0 $server"
gone() { ! pgrep -f "^smtp-accept -S 127.0.0.1:$port"; }
ok '... and with it those who wait for clients' until_true 5 gone
like 'the log names who was turned away, and which setting says so' "$(cat log)" \
	'turned-away .*client=127.0.0.1 .*-J'
like 'each line has its connection' "$(grep -c 'connect conn=[0-9a-v]\{16\} client=127' log)" '^[1-9]'

not_ok '-s 0 is wrong use: announced as SIZE 0 it would mean no limit' smtp-accept -s 0 -h mail.example.test ./take </dev/null

port=$(free_port)
systemd-socket-activate -E PATH -l "127.0.0.1:$port" smtp-accept -S systemd -h mail.example.test ./take 2>>activate.log &
background="$background $!"
ok 'a socket from systemd' until_true 10 sh -c "printf 'QUIT\r\n' | nc -w 2 127.0.0.1 $port | grep -q '^221'"

# Without -S: the process that was started hears TERM, and its other half says good bye.
cat >one.py <<'PY'
import signal, socket, subprocess
ours, theirs = socket.socketpair()
child = subprocess.Popen(['smtp-accept', '-h', 'mail.example.test', './take'], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
theirs.close()
ours.settimeout(10)
f = ours.makefile('rb')
f.readline()
child.send_signal(signal.SIGTERM)
last = f.readline() + f.read()
print('%s - SMTP-35: one connection alone, too' % ('ok' if last.startswith(b'421 4.3.2 ') and child.wait(10) == 0 else 'not ok'))
PY
python3 one.py
