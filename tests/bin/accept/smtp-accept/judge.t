# ARCH-04: who has judged a client's connection is given the next one of the same client, and nobody else's
. tests/lib.sh
port=$(free_port)
cat >judge.py <<'PY'
# A judge of the test's own: one process, so that it can tell which of its jobs meets which client.
import array, os, socket, sys, threading
log = open('judged', 'a')
def facts(fd):
    text = b''
    while not text.endswith(b'\0\0') and (more := os.read(fd, 4096)):
        text += more
    os.close(fd)
    records = [r.decode() for r in text.split(b'\0') if r]
    return {r[0]: r[1:] for r in records}
def connection(number, talk, fd):
    known = facts(fd)
    client = known.get('I')
    log.write('%s %s %s\n' % (number, client, known['L']))
    log.flush()
    while question := talk.recv(4096):
        talk.sendall(b'action=DUNNO\n\n')
    talk.close()
    return client
def job(number, fds):
    talk, more = socket.socket(fileno=fds[0]), socket.socket(fileno=fds[3])
    os.close(fds[1])
    fd = fds[2]
    try:
        while True:
            client = connection(number, talk, fd)
            if client == '127.0.0.9': # one that does not ask
                break
            more.sendall(b'?')
            data, new, *_ = socket.recv_fds(more, 8, 8)
            if not data:
                break
            talk, fd = socket.socket(fileno=new[0]), new[2]
            os.close(new[1])
    except OSError:
        pass
    more.close()
    log.write('%s ended\n' % number)
    log.flush()
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('judge')
number = 0
while True:
    data, fds, *_ = socket.recv_fds(s, 16, 8)
    if data == b'\0\1\3\5':
        number += 1
        threading.Thread(target=job, args=(number, fds), daemon=True).start()
PY
cat >client.py <<'PY'
import socket, sys, time
port = int(sys.argv[1])
def check(sentence, holds):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence))
def judged():
    return [line.split() for line in open('judged')]
def until(what):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.01)
    return False
class Client:
    def __init__(self, source):
        self.s = socket.create_connection(('127.0.0.1', port), 30, (source, 0))
        self.f = self.s.makefile('rb')
        self.f.readline()
        before = len(judged())
        for line in 'HELO x', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>':
            self.s.sendall(line.encode() + b'\r\n')
            last = self.f.readline()
        assert last.startswith(b'250 2.1.5'), last
        new = [line for line in judged()[before:] if line[1] == source]
        self.judge, _, self.conn = new[-1]
    def end(self):
        self.s.sendall(b'QUIT\r\n')
        self.f.read()
        self.s.close()
# The clock may run while we wait for a processor, and a judge waits for a second only: so each may
# be tried again.
def meets_again(first, second):
    for _ in range(20):
        a = Client(first)
        a.end()
        b = Client(second)
        b.end()
        if a.judge == b.judge:
            return a.conn != b.conn
    return False
check('the same client meets its judge again, as another connection', meets_again('127.0.0.1', '127.0.0.1'))
a = Client('127.0.0.2')
a.end()
check('another client meets another', Client('127.0.0.3').judge != a.judge)
a, b = Client('127.0.0.4'), Client('127.0.0.4')
check('so do two connections at one time', a.judge != b.judge)
a = Client('127.0.0.9')
a.end()
check('and who has a judge that does not ask', Client('127.0.0.9').judge != a.judge)
a = Client('127.0.0.5')
a.end()
check('who waits for a second is let go', until(lambda: [a.judge, 'ended'] in judged()))
check('and its client meets another', Client('127.0.0.5').judge != a.judge)
PY
: >judged
python3 judge.py 2>log.judge &
background=$!
ok 'the judge waits' until_true 20 test -S judge
smtp-accept -S "127.0.0.1:$port" -h mail.example.test -p "unix:$WORK/judge" -R 9 "unix:$WORK/judge" 9>ready 2>log &
background="$background $!"
ok 'the acceptor listens' until_true 20 test -s ready
timeout 100 python3 client.py "$port" || cat log log.judge
