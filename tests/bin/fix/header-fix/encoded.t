# What people wrote in 8-bit is in ASCII then, and reads the same; what is right already is not touched again
. tests/lib.sh

cat >make.py <<'PY'
import random, sys
chance = random.Random(2047)
letters = ['a', 'Z', '0', '.', ',', '-', '=', '?', '_', 'ü', 'ß', '€', '漢', '字', '😀', '(', ')', '<', '"', '\\', ':', ';', '@']
def word(): return ''.join(chance.choice(letters) for _ in range(chance.choice((1, 3, 9, 20))))
def text(): return chance.choice((' ', '  ', '\n ', '\t')).join(word() for _ in range(chance.randrange(1, 9)))
def quoted(s): return '"' + s.replace('\n', '').replace('\\', '\\\\').replace('"', '\\"') + '"'
def name():
    atom = lambda: ''.join(c for c in word() if c not in '.,()<>"\\:;@') or 'x'
    return chance.choice((' '.join(atom() for _ in range(chance.randrange(1, 5))), quoted(text().strip() or 'x')))
out = ['From: ann@example.org']
out += ['To: ' + ',\n '.join('%s <a%d@example.net>' % (name(), i) for i in range(300))]
out += ['X-Text-%d: %s' % (i, text()) for i in range(1000)]
out += ['Subject: ' + text(), '', 'body']
sys.stdout.buffer.write('\n'.join(out).replace('\n', '\r\n').encode() + b'\r\n')
PY
cat >same.py <<'PY'
import email, email.header, email.utils, re, sys
def read(path):
    head = open(path, 'rb').read().split(b'\r\n\r\n')[0].decode()
    head = re.sub(r'\r\n(?=[ \t])', '', head)
    return [line.split(':', 1) for line in head.split('\r\n')]
# RFC 2047 6.2, by itself: email.header knows better what was meant
def plain(text):
    text = re.sub(r'(=\?[^?\s]+\?Q\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?Q\?[^?\s]*\?=)', r'\1', text)
    def one(match):
        return re.sub(rb'=([0-9A-F]{2})', lambda m: bytes([int(m[1], 16)]), match[1].encode()).decode()
    return re.sub(r'=\?UTF-8\?Q\?([^?\s]*)\?=', one, text)
def name(text):
    text = text.strip()
    if text.startswith('"') and text.endswith('"'): text = re.sub(r'\\(.)', r'\1', text[1:-1])
    return plain(text)
def names(text): return re.findall(r'\s*((?:"(?:[^"\\]|\\.)*"|[^,"])*?)\s*<a\d+@example.net>', text)
was, now = read(sys.argv[1]), [f for f in read(sys.argv[2]) if f[0] not in ('Received', 'Date', 'Message-ID')]
bad = [] if len(was) == len(now) else ['%d fields are %d' % (len(was), len(now))]
for (a, x), (b, y) in zip(was, now):
    if a == 'To':
        x, y = [name(n) for n in names(x)], [name(n) for n in names(y)]
        bad += ['%r is %r' % p for p in zip(x, y) if p[0] != p[1]] + ['%d names are %d' % (len(x), len(y))] * (len(x) != len(y))
    elif a != b or plain(y).strip() != x.strip(): bad.append('%s:%r is %r' % (a, x, y))
print('%d differ' % len(bad), *bad[:3], sep='\n')
PY
python3 make.py >message
FACTS='Q0testmessage0001 Jmail.example.test B8BITMIME' envelope ann@example.org bob@example.net >envelope
ok 'a message with an 8-bit header goes through' stage message header-fix -d example.org ./take
is 'and is not refused' "$(grep -a ^D verdict)" ''
is 'it is ASCII' "$(LC_ALL=C grep -c "$(printf '[\200-\377]')" taken)" 0
is 'and reads the same: three hundred names and a thousand texts' "$(python3 same.py message taken)" '0 differ'
is 'a line with an encoded word is only long where it cannot be folded' \
	"$(grep '=?UTF-8?Q?' taken | tr -d '\r' | awk 'length > 76 && NF > 1 && !/^[^ ]*: [^ ]*$/')" ''
# no_trace FILE: the message without Received
no_trace() { awk '/^[^ \t]/ { trace = /^Received:/ } !trace' "$1"; }
no_trace taken >once
ok 'it goes through again' stage once header-fix -d example.org ./take
is 'unchanged, but for one more Received' "$(no_trace taken | cksum)" "$(cksum <once)"
FACTS='Q0testmessage0001 Jmail.example.test U' envelope ann@example.org bob@example.net >envelope
stage message header-fix -d example.org ./take
is 'with SMTPUTF8 it stays as it is' "$(grep -c '=?UTF-8' taken)" 0
