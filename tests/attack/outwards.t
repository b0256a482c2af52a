# DATA-03, OUT-15, SEC-09: what comes in by any door goes out as one message; a server's words reach nobody as lines.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
. "$ROOT/tests/sink.sh"
# A server that means harm to whom it answers: line ends of all kinds, escapes, NUL, words for later commands.
sink 'rcpt:cr@=raw 550 5.1.1 no\rX-Evil: 1\r\n' 'rcpt:lf@=raw 550 5.1.1 no\nX-Evil: 1\n250 2.1.5 ok\r\n' \
	'rcpt:nul@=raw 550 5.1.1 no\0X-Evil: 1\r\n' 'rcpt:escape@=raw 550 5.1.1 \x1b[2J\x1b]0;owned\x07\x9b31m\r\n' \
	'rcpt:lines@=550-5.1.1 no|550-X-Evil: 1|550- |550 X-Evil: 2' 'rcpt:long@=flood 5000 550-5.1.1 X-Evil: 1' \
	'rcpt:early@=raw 550 5.1.1 no\r\n250 2.0.0 queued\r\n354 go\r\n250 2.0.0 queued\r\n' \
	'rcpt:html@=550 5.1.1 <script>--=_boundary</script>'
attack_start DEMO_RELAY="127.0.0.1:$port"
sink_in seven -x PIPELINING
echo "seven.test: smtp-send -h 127.0.0.1 -p $port -T none" >>"$DEMO/routes"

attack <<'PYTHON'
from attack import *
import re

# To a server that takes them, from each door: a message of another sender is in the text, behind all that looks like an
# end. What is refused is not sent; what is taken comes out once.
SMUGGLED = b'MAIL FROM:<eve@example.org>\r\nRCPT TO:<smuggled@remote.test>\r\nDATA\r\nSubject: SMUGGLED\r\n\r\nx\r\n'
ENDS = [b'\r\n..\r\n', b'\n..\n', b'\r\n..\n', b'\n..\r\n', b'\r..\r', b'\r\n..\r', b'\r\n\0..\r\n', b'\r\r\n..\r\r\n',
        b'\r\n..\r\n..\r\n', b'\r\n.. \r\n', b'\r\n ..\r\n', b'\x85..\x85', b'\r\n...\r\n']
taken = 0
for door in ('submission', 'submissions'):
    wrong, client = [], Client(door)
    for number, end in enumerate(ENDS):
        if not client.begin(recipient=b'carl%d@remote.test' % number).startswith('354'):
            wrong.append((end, 'no 354'))
        client.send(b'From: alice@example.test\r\nSubject: carrier\r\n\r\nbody' + end + SMUGGLED + b'\r\n.\r\n')
        reply = client.reply()
        taken += reply.startswith('250')
        if reply[:3] not in ('250', '554') or not client.say(b'NOOP').startswith('250'):
            wrong.append((end, reply))
        if number % 6 == 5:
            client.close()
            client = Client(door)
    # By BDAT the dots are as they are: we have to stuff them.
    for end in (b'\r\n.\r\n', b'\r\n.\r\n.\r\n', b'\r\n..\r\n', b'\r\n.'):
        body = b'From: alice@example.test\r\nSubject: carrier\r\n\r\nbody' + end + SMUGGLED
        client.say(b'MAIL FROM:<alice@example.test>')
        client.say(b'RCPT TO:<dora@remote.test>')
        client.send(b'BDAT %d LAST\r\n' % len(body) + body)
        reply = client.reply()
        taken += reply.startswith('250')
        if not reply.startswith('250'):
            wrong.append((end, reply))
    equal('%s: %d ways to write an end, each one message or none' % (door, len(ENDS) + 4), wrong, [])
    client.close()
    # Addresses that would be commands further on.
    client = Client(door)
    for path in (b'<"a\\\r\nDATA"@remote.test>', b'<a@remote.test>\rDATA', b'<"a> BODY=8BITMIME"@remote.test>x', b'<a@remote.test\0>'):
        client.say(b'RSET')
        client.say(b'MAIL FROM:<alice@example.test>')
        client.send(b'RCPT TO:' + path + b'\r\nNOOP\r\n')
        replies = [client.reply()]
        while not (replies[-1].startswith('250 2.0.0') or replies[-1].endswith('gone')):
            replies.append(client.reply())
        ok('%s: the recipient %r is refused' % (door, path), replies[0][:1] == '5', replies)
    client.close()
# And one that may be: it is quoted as it was, and is one recipient.
client = Client('submission')
reply = client.mail(b'From: alice@example.test\r\nSubject: carrier\r\n\r\nx', recipient=b'"a> b\\" @c"@remote.test')
ok('a quoted local part with all in it is taken', reply.startswith('250'), reply)
taken += 1

FOLDER = os.path.join(os.environ['DEMO'], '..', 'sink')


def sent(folder=FOLDER):
    return [open(os.path.join(folder, name), 'rb').read() for name in os.listdir(folder) if name.endswith('.data')]


ok('all that was taken has left us', until(lambda: len(sent()) >= taken), len(sent()), taken)
equal('as so many messages', len(sent()), taken)
equal('with an end each, and only one', [data for data in sent() if len(re.findall(rb'\r\n\.\r\n', data)) > 1], [])
log = open(os.path.join(FOLDER, 'log'), 'rb').read()
equal('nobody else was named', re.findall(rb'C: (?:MAIL|RCPT).*(?:eve|smuggled)@.*', log), [])
equal('a quoted local part is one', len(re.findall(rb'C: RCPT TO:<"a> b\\" @c"@remote.test>', log)), 1)

# A server that takes no 8-bit bytes: what is deep, many or mad inside is made 7-bit, or is refused and reported; soon.
MULTI = b'Content-Type: multipart/mixed; boundary=b%d\r\n\r\n'
TEXT = b'Content-Transfer-Encoding: 8bit\r\n\r\n\xc3\xbc\r\n'
DEEP = {
    'parts 20 deep': b''.join(MULTI % depth + b'--b%d\r\n' % depth for depth in range(20)) + TEXT,
    '900 parts': MULTI % 0 + (b'--b0\r\n' + TEXT) * 900 + b'--b0--\r\n',
    'parts 20000 deep': b''.join(MULTI % depth + b'--b%d\r\n' % depth for depth in range(20000)) + TEXT,
    '20000 parts': MULTI % 0 + (b'--b0\r\n' + TEXT) * 20000 + b'--b0--\r\n',
    'messages in messages': b'Content-Type: message/rfc822\r\n\r\n' * 20000 + TEXT,
    'a boundary of a thousand bytes': MULTI.replace(b'%d', b'b' * 900 + b'\r\n ' + b'b' * 900) + TEXT,
    'parts that all begin as the boundary does': MULTI.replace(b'%d', b'-' * 70) + (b'-' * 72 + b'x\r\n') * 20000 + TEXT,
    'an encoding that is none': b'Content-Transfer-Encoding: x-\xff\r\n\r\n\xc3\xbc\r\n',
}
SEVEN = os.path.join(os.environ['DEMO'], '..', 'seven')
client = Client('submission')
for number, (sentence, content) in enumerate(DEEP.items()):
    reply = client.mail(b'From: alice@example.test\r\nSubject: deep-%d.\r\nMIME-Version: 1.0\r\n' % number + content,
                        recipient=b'bob@seven.test')
    ok('%s: taken, or refused' % sentence, reply[:3] in ('250', '550', '554'), reply)
    subject = b'Subject: deep-%d.' % number
    ok('... and sent in seven bits, or reported', reply[:3] != '250' or until(
        lambda: any(subject in data for data in sent(SEVEN)) or mail_arrives('alice', subject, 0)))
client.close()
equal('no byte above 127 was sent to who takes none', [data[:80] for data in sent(SEVEN) if not data.isascii()], [])
equal('... and what is deep within reason was sent', len([data for data in sent(SEVEN) if re.search(rb'Subject: deep-[01]\.', data)]), 2)

# The other way round: what servers answer stands in reports and logs.
NAMES = (b'cr', b'lf', b'nul', b'escape', b'lines', b'long', b'early', b'html')
client = Client('submission')
for name in NAMES:
    reply = client.mail(b'From: alice@example.test\r\nSubject: to-' + name + b'\r\n\r\nx', recipient=name + b'@remote.test')
    ok('to a server that will answer with "%s"' % name.decode(), reply.startswith('250'), reply)
client.close()
for name in [name for name in NAMES if name != b'long']:
    ok('"%s" is refused, and reported' % name.decode(), mail_arrives('alice', b'Subject: to-' + name))
reports = [mail for mail in maildir('alice') if b'delivery-status' in mail]
owns = [mail.split(b'From: alice@example.test')[0] for mail in reports]
equal('no report has a line of the server', [own for own in owns if b'\nX-Evil' in own], [])
equal('... or anything but printable ASCII', [own for own in owns if re.search(rb'[^\t\n -~]', own)], [])
parts = [mail.count(b'\n--' + re.search(rb'boundary="?([^"\n;]+)', mail).group(1) + b'\n') for mail in reports]
equal('... and each has three parts', parts, [3] * len(reports))
PYTHON
ok 'a reply without end is none: that recipient is tried again later' until_true 20 sh -c \
	"cat '$DEMO'/log/*/current | grep -q ' deferred .*recipient=long@remote.test'"
ok 'the logs hold printable lines only' log_is_plain
ok 'and queue-list prints such lines' sh -c "! queue-list -q '$DEMO/queue' | LC_ALL=C grep '[^ -~]'"
