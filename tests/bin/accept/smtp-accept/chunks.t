# BDAT-11, SEC-10, LIM-09: a message in thousands of chunks of one byte, at constant memory; 64 KiB and more
. tests/lib.sh
port=$(free_port)
smtp-accept -S "127.0.0.1:$port" -h mail.example.test -R 9 ./take 9>ready 2>log &
server=$!
background=$server
until_true 20 test -s ready
cat >client.py <<'PY'
import re, socket, sys, threading
port, server = int(sys.argv[1]), int(sys.argv[2])
def check(sentence, holds):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence))
s = socket.create_connection(('127.0.0.1', port), 60)
f = s.makefile('rb')
def say(line):
    s.sendall(line + b'\r\n')
    return f.readline()
def hello():
    s.sendall(b'EHLO a.example\r\n')
    while f.readline()[3:4] == b'-':
        pass
def held(): # counted page by page: what stands in status may be off by some hundred KiB
    child = open('/proc/%d/task/%d/children' % (server, server)).read().split()[0]
    return int(re.search(r'Rss:\s+(\d+)', open('/proc/%s/smaps_rollup' % child).read()).group(1))
def begin():
    say(b'MAIL FROM:<ann@example.org>')
    say(b'RCPT TO:<bob@example.net>')
f.readline()
hello()
text = (b'Subject: many\r\n\r\n' + b'.\r\n' * 4000)[:9999]
begin()
for byte in text[:100]:
    s.sendall(b'BDAT 1\r\n%c' % byte)
    f.readline()
before = held()
def send():
    s.sendall(b''.join(b'BDAT 1\r\n%c' % byte for byte in text[100:]) + b'BDAT 0 LAST\r\n')
threading.Thread(target=send).start()
replies, after = [], 0
for number in range(len(text) - 100 + 1):
    replies.append(f.readline())
    if number % 1000 == 0:
        after = max(after, held())
check('each chunk has its reply', all(reply.startswith(b'250 2.0.0 ') for reply in replies))
check('the message is whole', open('taken', 'rb').read() == text + b'\r\n')
after = max(after, held())
check('ten thousand chunks need no more memory than a hundred: %d KiB, %d KiB' % (before, after), after - before <= 64)
begin()
big = b'Subject: big\r\n\r\n' + b'0123456789abcde\r\n' * 5000
s.sendall(b'BDAT %d LAST\r\n' % len(big) + big)
check('LIM-09: 85 KB in one chunk', f.readline().startswith(b'250 2.0.0 taken') and open('taken', 'rb').read() == big)
begin()
check('... and as DATA', say(b'DATA').startswith(b'354') and say(big + b'.').startswith(b'250 2.0.0 taken'))
PY
python3 client.py "$port" "$server"
