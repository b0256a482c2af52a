# SEC-09, DSN-18, REP-04: nobody writes a line of ours: no header field, no command, no report, no log line.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
attack_start

attack <<'PYTHON'
from attack import *
import base64

EVIL = b'\r\nX-Evil: 1'
for door in DOORS:
    client = Client(door, stop='tls' if door != 'smtp' else None)
    for name, line in (('EHLO', b'EHLO a%s'), ('HELO', b'HELO a%s'), ('VRFY', b'VRFY a%s'), ('NOOP', b'NOOP a%s')):
        client.send(line % b'\rX-Evil: 1' + b'\r\n' + line % b'\nX-Evil: 1' + b'\r\n' + line % b'\0X' + b'\r\nRSET\r\n')
        replies = []
        while not replies or not (replies[-1].startswith('250 2.0.0') and 'nothing' in replies[-1] or replies[-1].endswith('gone')):
            replies.append(client.reply())
        ok('%s: line ends and NUL inside of %s are refused' % (door, name),
           all(reply[:1] == '5' for reply in replies[:-1]), replies)
        client.close()
        client = Client(door, stop='tls' if door != 'smtp' else None)
    client.close()

for login in (b'alice' + EVIL, b'alice\nX', b'alice\0bob', b'\x1b[2Jalice', b'alice\x7f', b'\xff\xfe', b'a' * 5000):
    client = Client('submission', stop='tls')
    reply = client.say(b'AUTH PLAIN ' + base64.b64encode(b'\0' + login + b'\0wonderland'))
    ok('submission: the login %r is refused' % login[:20], reply[:3] in ('535', '500', '501'), reply)

# Parameters that decode to anything: they come back in a report.
client = Client('submission')
orcpt = b'rfc822;bob+0D+0AX-Evil:+201+0D+0A+0D+0ABcc:+20x@example.test'
equal('submission: xtext may hold what it likes', [client.say(line)[:3] for line in (
    b'MAIL FROM:<alice@example.test> RET=FULL ENVID=Q+0D+0AX-Evil:+201+1B[2J',
    b'RCPT TO:<bob@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=' + orcpt, b'DATA')], ['250', '250', '354'])
client.send(b'From: alice@example.test\r\nSubject: wants a report\r\n\r\nX-Evil: body\r\n.\r\n')
client.reply()
ok('submission: ... its report arrives', mail_arrives('alice', b'message/delivery-status'))
report = ([mail for mail in maildir('alice') if b'delivery-status' in mail] or [b''])[0]
own = report.split(b'Subject: wants a report')[0]
ok('submission: ... with no line of the sender in it', b'Original-' in own and b'\nX-Evil' not in own and b'\nBcc' not in own
   and b'\x1b' not in report, own)
for parameter in (b'ENVID=a\tb', b'ENVID=a\x01', b'ENVID=' + b'x' * 5000, b'RET=FULL RET=HDRS', b'AUTH=<>\x01', b'SIZE=1 SIZE=2',
                  b'BODY=8BITMIME\x00', b'ENVID=a+0d', b'ENVID=', b'=x', b'ENVID'):
    client.say(b'RSET')
    reply = client.say(b'MAIL FROM:<alice@example.test> ' + parameter)
    ok('submission: the parameter %r is refused' % parameter[:20], reply[:1] == '5', reply)
    if reply.startswith('421'):
        client = Client('submission')

# Header fields that end early, begin late, or hide others.
HEADERS = {
    'a bare CR in a field': (b'Subject: a\rX-Evil: 1\r\n', '554'),
    'a NUL in a field': (b'Subject: a\0X-Evil: 1\r\n', '554'),
    'white space before a colon': (b'Subject : a\r\nFrom : eve@example.org\r\n', '55'),
    'a field without a name': (b': a\r\n', '554'),
    'a first line that is a fold': (b' X: 1\r\n', '554'),
    'a line without colon': (b'Subject: a\r\nX-Evil 1\r\n', '554'),
    'two From fields': (b'From: alice@example.test\r\nFrom: eve@example.org\r\n', '55'),
    'a From with two readings': (b'From: alice@example.test, eve@example.org\r\n', '55'),
    'a From whose comment hides another': (b'From: eve@example.org (<alice@example.test>)\r\n', '55'),
    'a From that ends in NUL': (b'From: alice@example.test\0@example.org\r\n', '554'),
    'a From with a quoted way': (b'From: "alice@example.test" <eve@example.org>\r\n', '55'),
    'a From with a route': (b'From: <@example.test:eve@example.org>\r\n', '55'),
}
for sentence, (header, code) in HEADERS.items():
    for door in ('submission', 'submissions'):
        client = Client(door)
        reply = client.mail(header + b'To: bob@example.test\r\n\r\nhi')
        ok('%s: %s is refused' % (door, sentence), reply.startswith(code), reply)
        client.close()
equal('no evil field reached anybody', [mail for user in ('alice', 'bob') for mail in maildir(user)
                                        if b'\nX-Evil: 1' in mail.split(b'\n\n')[0]], [])

# Claims in our name go, from inside and outside.
client = Client('smtp')
client.mail(b'Return-Path: <evil@example.org>\r\nDelivered-To: nobody@example.test\r\nFrom: eve@example.org\r\n'
            b'Subject: claims\r\nBcc: secret@example.org\r\n\r\nhi', sender=b'eve@example.org')
ok('smtp: mail with claims is delivered', mail_arrives('bob', b'Subject: claims'))
mail = ([text for text in maildir('bob') if b'Subject: claims' in text] or [b''])[0]
ok('smtp: the only Return-Path is ours', mail.count(b'Return-Path:') == 1 and b'evil@' not in mail, mail)
PYTHON
ok 'the queue is empty in the end' until_true 20 queue_empty

# Settings are the operator's, and still make no second line.
evil=$(printf 'mail.example.test\r\nX-Evil: 1')
printf 'Subject: x\r\n\r\nx\r\n' >message
envelope alice@example.test bob@example.test >envelope
not_ok 'smtp-accept takes no host name with a line end' sh -c 'smtp-accept -h "$1" ./take </dev/null' sh "$evil"
not_ok 'header-fix no domain' stage message header-fix -d "$evil" ./take
unlike '... and writes none' "$(cat taken 2>/dev/null)" '^X-Evil'
rm -f taken
not_ok 'bounce-make no host' stage message bounce-make -h "$evil" ./take
unlike '... and writes none' "$(cat taken 2>/dev/null)" '^X-Evil'
ok 'the logs hold printable lines only' log_is_plain
