# PIPE-03, ARCH-04: every answer is one packet, sent at once: no client ever waits for a second one, which
# Nagle's rule and a delayed acknowledgement would hold back for 40 ms
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start DEMO_START=s6
cat >segments.py <<'PY'
import base64, socket, ssl, struct, sys
DATA_SEGMENTS_IN = 152 # in struct tcp_info, linux/tcp.h

class Client:
    def __init__(self, port):
        self.tcp = self.talk = socket.create_connection(('127.0.0.1', port), 60)
        self.seen = 0
    def segments(self): # with data, from the server, since the last look
        info = self.tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        now = struct.unpack_from('=I', info, DATA_SEGMENTS_IN)[0]
        new, self.seen = now - self.seen, now
        return new
    def answer(self, replies):
        text = b''
        while sum(line[3:4] == b' ' for line in text.splitlines()) < replies or text[-2:] != b'\r\n':
            more = self.talk.recv(65536)
            if not more:
                break
            text += more
        return text
    def tls(self):
        context = ssl._create_unverified_context()
        fd = self.tcp.detach() # the number of segments is asked for by this one
        self.tcp = socket.socket(fileno=fd)
        self.talk = context.wrap_socket(self.tcp.dup())
    def step(self, sentence, sent, replies, code):
        self.talk.sendall(sent)
        said = self.answer(replies)
        new = self.segments()
        holds = said.startswith(code) and new == 1
        print('%s - %s' % ('ok' if holds else 'not ok', sentence))
        if not holds:
            print('#   %d packets: %r' % (new, said))

PIPELINED = b'MAIL FROM:<%s>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n'
BODY = b'From: alice@example.test\r\nSubject: packets\r\n\r\n' + b'x' * 70 + b'\r\n.\r\n'
c = Client(int(sys.argv[1]))
c.step('the greeting is one packet', b'', 1, b'220')
c.step('so is the answer to EHLO, of many lines', b'EHLO client.example\r\n', 1, b'250')
c.step('those to MAIL, RCPT and DATA that came in one are sent in one', PIPELINED % b'eve@example.net', 3, b'250')
c.step('the 250 of a message is one', BODY, 1, b'250')
for number in 'second', 'third':
    c.step('and of the %s, on the same connection' % number, PIPELINED % b'eve@example.net', 3, b'250')
    c.step('it is one, too', BODY, 1, b'250')
c.step('and the last word', b'QUIT\r\n', 1, b'221')

c = Client(int(sys.argv[2]))
c.step('submission: the greeting is one packet', b'', 1, b'220')
c.step('EHLO', b'EHLO client.example\r\n', 1, b'250')
c.step('STARTTLS', b'STARTTLS\r\n', 1, b'220')
c.tls()
hello = c.segments()
print('%s - the handshake is one packet of ours: %d' % ('ok' if hello == 1 else 'not ok', hello))
c.step('in TLS: nothing but the answer to EHLO', b'EHLO client.example\r\n', 1, b'250')
plain = base64.b64encode(b'\0alice\0wonderland')
c.step('in TLS: the 235 of a login', b'AUTH PLAIN ' + plain + b'\r\n', 1, b'235')
c.step('in TLS: MAIL, RCPT and DATA', PIPELINED % b'alice@example.test', 3, b'250')
c.step('in TLS: the 250 of a message', BODY, 1, b'250')
PY
# On a machine that is held up, the kernel may send a packet again: by chance, and not three times.
for nth in 1 2 3; do
	python3 segments.py "$SMTP" "$SUBMISSION" >said 2>&1 && ! grep -q '^not ok' said && break
done
cat said
