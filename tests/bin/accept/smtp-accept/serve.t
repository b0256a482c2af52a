# LIM-20, SEC-10, SMTP-35: one parent for all connections: limits, isolation, a graceful stop
. tests/lib.sh
port=$(free_port)
smtp-accept -S "127.0.0.1:$port" -h mail.example.test -j 6 -J 4 -R 9 ./take 9>ready 2>log &
server=$!
background=$server
ok 'it says when it is ready' until_true 20 test -s ready

cat >client.py <<'PY'
import os, signal, socket, sys, time
port, server = int(sys.argv[1]), int(sys.argv[2])
def connect(source='127.0.0.1'):
    s = socket.create_connection(('127.0.0.1', port), 30, (source, 0))
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
def still(c):
    try:
        return say(c, 'NOOP').startswith('250')
    except OSError:
        return False
check('SEC-10: a speaker that is killed costs one session only', sum(map(still, [a, fair] + more + others)) == 5)
for _ in range(200):
    new = connect('127.0.0.2')
    greeting = reply(new[1])
    if greeting.startswith('220'):
        break
    time.sleep(0.1) # its parent has not heard of it yet
check('... and makes room for another', greeting.startswith('220'))
for line in 'HELO x', 'MAIL FROM:<a@example.org>':
    say(new, line)
os.kill(server, signal.SIGTERM)
idle = [reply(c[1]) for c in [a, fair] + more + others]
check('SMTP-35: TERM ends idle sessions with 421: %s' % idle, sum(text.startswith('421 4.3.2') for text in idle) == 5)
check('... and closes them', [c[1].read() for c in [a, fair] + more + others] == [b''] * len(idle))
refused = False
for _ in range(200): # who waits for a client hears of it a moment later
    try:
        connect('127.0.0.4')[0].close()
        time.sleep(0.1)
    except OSError:
        refused = True
        break
check('after TERM no new client is taken', refused)
for line in 'RCPT TO:<b@example.org>', 'DATA':
    say(new, line)
check('... but a transaction comes to its end', say(new, 'hello\r\n.') == '250 2.0.0 taken')
check('... and then the session', reply(new[1]).startswith('421 4.3.2') and new[1].read() == b'')
for c in [a, fair] + more + others + [new]:
    c[1].close()
    c[0].close()
PY
python3 client.py "$port" "$server"
ok 'when the last one has gone it ends' until_true 20 sh -c "! kill -0 $server"
gone() { ! pgrep -f "^smtp-accept -S 127.0.0.1:$port"; }
ok '... and with it those who wait for clients' until_true 20 gone
comes 'the log names who was turned away, and which setting says so' 'turned-away .*client=127.0.0.1 .*-J' cat log
like 'each line has its connection' "$(grep -c 'connect conn=[0-9a-v]\{16\} client=127' log)" '^[1-9]'

not_ok '-s 0 is wrong use: announced as SIZE 0 it would mean no limit' smtp-accept -s 0 -h mail.example.test ./take </dev/null

# New settings: HUP ends the server, and nobody's session.
port=$(free_port)
smtp-accept -S "127.0.0.1:$port" -h old.example.test -R 9 ./take 9>ready.old 2>log.old &
server=$!
until_true 20 test -s ready.old
cat >left.py <<'PY'
import os, signal, socket, subprocess, sys
port, server = int(sys.argv[1]), int(sys.argv[2])
def connect():
    s = socket.create_connection(('127.0.0.1', port), 30)
    return s, s.makefile('rb')
def reply(f):
    return f.readline().decode().strip()
def say(c, text):
    c[0].sendall(text.encode() + b'\r\n')
    return reply(c[1])
def check(sentence, holds):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence))
idle, busy = connect(), connect()
reply(idle[1])
reply(busy[1])
for line in 'HELO x', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>':
    say(busy, line)
os.kill(server, signal.SIGSTOP) # so that one is at the door when it hears us
door = connect()
os.kill(server, signal.SIGHUP)
os.kill(server, signal.SIGCONT)
print('told', flush=True)
sys.stdin.readline()
check('HUP: who waits at the door comes in', reply(door[1]).startswith('220 old.example.test'))
new = connect()
check('HUP: the successor has new settings', reply(new[1]).startswith('220 new.example.test'))
check('HUP: a transaction goes on', say(busy, 'DATA')[:3] == '354' and say(busy, 'hello\r\n.') == '250 2.0.0 taken')
check('HUP: and the next one on that connection', say(busy, 'MAIL FROM:<a@example.org>')[:3] == '250')
check('HUP: an idle session is not disturbed', say(idle, 'NOOP')[:3] == '250')
PY
mkfifo go
python3 left.py "$port" "$server" <go >left 2>&1 &
client=$!
exec 8>go
until_true 20 grep -q told left
wait "$server"
is 'HUP: the server ends, as asked' $? 0
smtp-accept -S "127.0.0.1:$port" -h new.example.test -R 9 ./take 9>ready.new 2>log.new &
background="$background $!"
ok 'HUP: a successor can listen at once' until_true 20 test -s ready.new
echo >&8
wait $client
grep -v '^told$' left
gone() { ! pgrep -f "^smtp-accept -S 127.0.0.1:$port -h old"; }
ok 'HUP: what was left behind ends with the last of them' until_true 20 gone

port=$(free_port)
systemd-socket-activate -E PATH -l "127.0.0.1:$port" smtp-accept -S systemd -h mail.example.test ./take 2>>activate.log &
background="$background $!"
ok 'a socket from systemd' until_true 20 sh -c "printf 'QUIT\r\n' | nc -w 2 127.0.0.1 $port | grep -q '^221'"

# Without -S: the process that was started hears TERM, and its other half says good bye.
cat >one.py <<'PY'
import signal, socket, subprocess
ours, theirs = socket.socketpair()
child = subprocess.Popen(['smtp-accept', '-h', 'mail.example.test', './take'], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
theirs.close()
ours.settimeout(30)
f = ours.makefile('rb')
f.readline()
child.send_signal(signal.SIGTERM)
last = f.readline() + f.read()
print('%s - SMTP-35: one connection alone, too' % ('ok' if last.startswith(b'421 4.3.2 ') and child.wait(30) == 0 else 'not ok'))
PY
python3 one.py
