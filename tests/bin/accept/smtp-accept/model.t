# SMTP-09, SMTP-16, SMTP-34, SMTP-20, BDAT-06, BDAT-08, PIPE-02, PIPE-04, PIPE-08, SEC-04: after any refusal the
# transaction is clean again. Sessions made by chance, right and wrong, are held against a small model of RFC 5321
# 4.1.4 and 3030, cut into packets by chance; then a good message must go through with its own envelope only.
. tests/lib.sh
cat >judge <<'EOS'
#!/bin/sh
while read -r line; do
	case $line in
	recipient=eve*) action="550 5.1.1 no such user" ;;
	recipient=slow*) action="450 4.2.1 later" ;;
	sender=mallory*) action="550 5.7.1 not from you" ;;
	'') printf 'action=%s\n\n' "${action:-DUNNO}" && action= ;;
	esac
done
EOS
cat >stage <<'EOS'
#!/bin/sh
cat >$$.text
tr '\0' '\n' <&3 >$$.facts
grep -q '^\.' $$.facts || exec rm -f $$.text $$.facts
case $(grep '^F' $$.facts) in
Frefused*) printf 'D* 550 5.7.1 - - refused\0\0' >&4 && exec rm -f $$.text $$.facts ;;
Flater*) exec rm -f $$.text $$.facts ;;
esac
mv $$.text taken && mv $$.facts taken.envelope
printf 'K* 250 2.0.0 - - taken\0\0' >&4
EOS
printf '#!/bin/sh\nread line\nprintf "Aann\\0\\0" >&4\nprintf "235 2.7.0 ok\\r\\n"\n' >auth
chmod +x judge stage auth
cat >model.py <<'PY'
import os, random, socket, subprocess, sys

SIZE_MAX, RECIPIENTS_MAX = 2000, 3


class Model:
    """What each command must be answered with, and what the server must know after it."""

    def __init__(self, submission):
        self.submission = submission
        self.greeted = self.extended = False
        self.clear()

    def clear(self):
        self.sender, self.recipients, self.chunks = None, [], None
        self.utf8 = False

    def gate(self, mail):
        if not self.greeted:
            return '503'
        return '503' if mail and self.sender is None else None

    def ehlo(self, argument, extended):
        if argument != 'a.example':
            return '501'
        self.clear()
        self.greeted, self.extended = True, extended
        return '250'

    def mail(self, path, parameters):
        if self.gate(False) or self.sender is not None:
            return '503'
        self.clear()
        if path.startswith('bad'):
            return '501'
        if self.submission and path == 'ann@sales':
            return '554'
        for parameter in parameters:
            if not self.extended or parameter == 'FOO=1':
                return '555'
            if parameter == 'SIZE=9999':
                return '552'
            if parameter in ('BODY=X', 'RET=X', 'SIZE=x'):
                return '501'
            self.utf8 |= parameter == 'SMTPUTF8'
        if '\xc3' in path and not self.utf8:
            self.clear()
            return '550'
        if self.submission and path.startswith('mallory'): # else it is asked at RCPT
            self.clear()
            return '550'
        self.sender = path
        return '250'

    def rcpt(self, path, parameters):
        if self.gate(True) or self.chunks is not None:
            return '503'
        if path.startswith('bad'):
            return '501'
        if '\xc3' in path and not self.utf8:
            return '553'
        for parameter in parameters:
            if not self.extended:
                return '555'
            if parameter == 'NOTIFY=X':
                return '501'
        if len(self.recipients) == RECIPIENTS_MAX:
            return '452'
        if path.startswith('eve'):
            return '550'
        if path.startswith('slow'):
            return '450'
        if self.sender.startswith('mallory'):
            return '550'
        if path not in self.recipients:
            self.recipients.append(path)
        return '250'

    def finish(self, text):
        sender, self.taken = self.sender, None
        recipients = self.recipients
        self.clear()
        if len(text) > SIZE_MAX:
            return '552'
        if b'\n' in text.replace(b'\r\n', b'') or b'\0' in text:
            return '554'
        if sender.startswith('refused'):
            return '550'
        if sender.startswith('later'):
            return '451'
        self.taken = (sender, recipients, text)
        return '250'

    def data(self, text):
        if self.gate(True) or self.chunks is not None:
            return ['503']
        if not self.recipients:
            return ['554']
        return ['354', self.finish(text)]

    def bdat(self, chunk, last):
        if self.gate(True):
            return '503'
        if not self.recipients:
            return '554'
        self.chunks = (self.chunks or b'') + chunk
        if last:
            text = self.chunks
            return self.finish(text if text.endswith(b'\r\n') or not text else text + b'\r\n')
        if len(self.chunks) > SIZE_MAX or b'\n' in self.chunks.replace(b'\r\n', b'') or b'\0' in self.chunks:
            self.clear()
            return '552' if len(self.chunks or b'') > SIZE_MAX else None
        return '250'


def step(rng, model):
    """One command: its bytes, and the codes of its replies."""
    likely = 'mail' if model.sender is None else 'rcpt' if not model.recipients else rng.choice(['data', 'bdat', 'rcpt', 'rset'])
    kind = rng.choice([likely] * 12 + 'ehlo helo mail rcpt data bdat rset noop vrfy junk'.split())
    if kind in ('ehlo', 'helo'):
        argument = rng.choice(['a.example', 'a.example', '', '-bad'])
        code = model.ehlo(argument, kind == 'ehlo')
        return ('%s %s' % (kind, argument)).encode() + b'\r\n', [code]
    if kind == 'mail':
        path = rng.choice(['ann@example.org', 'ann@example.org', '', 'bad..dot@example.org', 'mallory@example.org', 'j\xc3\xb6rg@example.org',
                           'refused@example.org', 'later@example.org', 'ann@sales'])
        parameters = rng.sample(['SIZE=10', 'SMTPUTF8', 'SMTPUTF8', 'BODY=8BITMIME', 'RET=HDRS', 'FOO=1', 'SIZE=9999', 'BODY=X', 'RET=X'], rng.choice([0, 1, 1, 2]))
        if len({p.split('=')[0] for p in parameters}) < len(parameters):
            parameters = parameters[:1]
        line = 'MAIL FROM:<%s>%s' % (path, ''.join(' ' + p for p in parameters))
        return line.encode('latin-1') + b'\r\n', [model.mail(path, parameters)]
    if kind == 'rcpt':
        path = rng.choice(['bob@example.net', 'carl@example.net', 'dora@example.net', 'gus@example.net', 'eve@example.net', 'slow@example.net',
                           'bad..dot@example.net', 'd\xc3\xb6ra@example.net', 'd\xc3\xb6ra@example.net'])
        parameters = rng.sample(['NOTIFY=NEVER', 'NOTIFY=X'], rng.choice([0, 0, 0, 1]))
        line = 'RCPT TO:<%s>%s' % (path, ''.join(' ' + p for p in parameters))
        return line.encode('latin-1') + b'\r\n', [model.rcpt(path, parameters)]
    text = rng.choice([b'Subject: x\r\n\r\ny\r\n', b'', b'a\nb\r\n', b'a\0b\r\n', b'z' * 70 + b'\r\n', b'x' * 900 + b'\r\n' + b'y' * 900 + b'\r\n' + b'z' * 300 + b'\r\n'])
    if kind == 'data':
        # Refused, its lines would be commands: then only the command is sent.
        codes = model.data(text)
        return b'DATA\r\n' + (text + b'.\r\n' if len(codes) == 2 else b''), codes
    if kind == 'bdat':
        last = rng.random() < 0.4
        chunk = text if rng.random() < 0.7 else text[:rng.randrange(len(text) + 1)]
        chunk = chunk[:-1] if chunk.endswith(b'\r') else chunk
        before = model.chunks or b''
        code = model.bdat(chunk, last)
        if code is None:
            code = '552' if len(before + chunk) > SIZE_MAX else '554'
        return b'BDAT %d%s\r\n' % (len(chunk), b' LAST' if last else b'') + chunk, [code]
    if kind == 'rset':
        model.clear()
        return b'RSET\r\n', ['250']
    return {'noop': (b'NOOP\r\n', ['250']), 'vrfy': (b'VRFY x\r\n', ['252']), 'junk': (b'JUNK\r\n', ['500'])}[kind]


class Server:
    def __init__(self, submission):
        ours, theirs = socket.socketpair()
        command = ['smtp-accept', '-h', 'mail.example.test', '-s', str(SIZE_MAX), '-r', str(RECIPIENTS_MAX), '-p', './judge']
        if submission:
            command += ['-a', './auth']
        env = dict(os.environ, TCPREMOTEIP='192.0.2.7', PROTO='TCP', SSL_PROTOCOL='TLSv1.3')
        self.child = subprocess.Popen(command + ['./stage'], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=env)
        theirs.close()
        ours.settimeout(20)
        self.socket, self.file = ours, ours.makefile('rb')
        self.reply()
        if submission:
            self.socket.sendall(b'EHLO a.example\r\nAUTH PLAIN AA\r\n')
            self.reply(), self.reply()

    def reply(self):
        line = self.file.readline()
        while line[3:4] == b'-':
            line = self.file.readline()
        return line.decode()

    def close(self):
        self.file.close()
        self.socket.close()
        self.child.wait(20)


def run(seed):
    rng = random.Random(seed)
    submission = bool(seed % 2)
    model = Model(submission)
    model.greeted = model.extended = submission
    steps = [step(rng, model) for _ in range(rng.randrange(6, 24))]
    steps += [(b'RSET\r\n', ['250'])] if rng.random() < 0.5 else []
    steps += [(b'EHLO a.example\r\n', ['250']), (b'MAIL FROM:<good@example.org>\r\n', ['250']),
              (b'RCPT TO:<%d@example.net>\r\n' % seed, ['250']), (b'DATA\r\nlast %d\r\n.\r\n' % seed, ['354', '250'])]
    wanted = [(text, code) for text, codes in steps for code in codes]
    if sum(code[0] == '5' for _, code in wanted) > 20:
        return True  # too many errors end a session
    server = Server(submission)
    data = b''.join(text for text, _ in steps)
    while data:
        cut = rng.choice([1, 3, 20, 200, len(data)])
        server.socket.sendall(data[:cut])
        data = data[cut:]
    for text, code in wanted:
        got = server.reply()
        if got[:3] != code:
            print('# seed %d: %r: wanted %s, got %r' % (seed, text[:80], code, got))
            print(''.join('#   %r %s\n' % (text[:80], codes) for text, codes in steps), end='')
            server.close()
            return False
    server.close()
    own = [fact for fact in open('taken.envelope').read().split('\n') if fact[:1] in tuple('FTNORBUEX')]
    text = open('taken', 'rb').read()
    if own != ['Fgood@example.org', 'T%d@example.net' % seed] or text != b'last %d\r\n' % seed:
        print('# seed %d: %s %r' % (seed, own, text))
        return False
    return True


first, count = int(sys.argv[1]), int(sys.argv[2])
bad = [seed for seed in range(first, first + count) if not run(seed)]
print('%s - %d sessions by chance are answered as the model says, and leave nothing behind' % ('not ok' if bad else 'ok', count))
PY
python3 model.py "${MODEL_FIRST:-1}" "${MODEL_COUNT:-100}"
