# LIM-01 .. LIM-13, SIZE-05: whatever is too long, too deep or too many is refused, or taken whole, and soon.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
attack_start DEMO_MAX_SIZE=8000000

attack <<'PYTHON'
from attack import *

FROM = b'From: alice@example.test\r\nTo: bob@example.test\r\n'
MEGA = 1 << 20


def line_of(door, sentence, line, codes):
    client = Client(door, stop='tls' if b'AUTH' in line[:5] else None)
    if line[:5] == b'RCPT ':
        client.say(b'MAIL FROM:<alice@example.test>')
    client.send(line + b'\r\nNOOP\r\n')
    replies = [client.reply(), client.reply()]
    ok('%s: %s: one refusal, and the session goes on' % (door, sentence),
       replies[0][:3] in codes and replies[1].startswith('250'), [reply[:100] for reply in replies])
    client.close()


for door in DOORS:
    line_of(door, 'a verb of a megabyte', b'X' * MEGA, ('500',))
    line_of(door, 'an EHLO of a megabyte', b'EHLO ' + b'x' * MEGA, ('500', '501'))
    line_of(door, 'a name of 300 bytes', b'EHLO ' + b'x' * 300, ('501',))
    line_of(door, 'a local part of a megabyte', b'MAIL FROM:<' + b'x' * MEGA + b'@example.test>', ('500', '501'))
    line_of(door, 'a quoted local part of 5000 bytes', b'MAIL FROM:<"' + b'\\x' * 2500 + b'"@example.test>', ('501',))
    line_of(door, 'a domain of 5000 labels', b'RCPT TO:<bob@' + b'a.' * 5000 + b'test>', ('501',))
    line_of(door, 'a route of 500 hosts', b'RCPT TO:<' + b','.join([b'@a.test'] * 500) + b':bob@nowhere.test@>', ('501', '500'))
    line_of(door, 'a thousand parameters', b'MAIL FROM:<alice@example.test>' + b' A=b' * 1000, ('555', '501'))
    line_of(door, 'a parameter of 10000 bytes', b'MAIL FROM:<alice@example.test> ENVID=' + b'x' * 10000, ('555', '501'))
    line_of(door, 'a size of 21 digits', b'MAIL FROM:<alice@example.test> SIZE=' + b'9' * 21, ('501',))
    line_of(door, 'a size over all bounds', b'MAIL FROM:<alice@example.test> SIZE=' + b'9' * 20, ('552',))
    line_of(door, '200000 spaces', b'NOOP' + b' ' * 200000, ('500',))
for door in ('submission', 'submissions'):
    line_of(door, 'a login of a megabyte', b'AUTH PLAIN ' + b'A' * MEGA, ('500',))
    line_of(door, 'a login of 12000 bytes', b'AUTH PLAIN ' + b'A' * 12000, ('535', '501'))

for door in DOORS:
    client = Client(door)
    client.say(b'MAIL FROM:<alice@example.test>')
    replies = {}
    client.send(b''.join(b'RCPT TO:<bob+%d@example.test>\r\n' % number for number in range(1200)))
    for number in range(1200):
        replies.setdefault(client.reply()[:3], []).append(number)
    ok('%s: of 1200 recipients the first 1000 are taken, the others are for later' % door,
       len(replies.get('250', ())) == 1000 and sorted(replies) == ['250', '452'], {code: len(of) for code, of in replies.items()})
    client.close()

# Headers. On port 25 they are not ours to judge; on submission they are read.
MESSAGES = {
    'a million fields': b'a:\r\n' * 1000000 + b'\r\nx',
    'a field of a megabyte': FROM + b'Subject: ' + b'\r\n '.join([b'x' * 900] * 1100) + b'\r\n\r\nx',
    'a field that never ends': FROM + b'Subject: ' + b' x' * (2 * MEGA) + b'\r\n\r\nx',
    'comments 100000 deep': b'From: ' + b'(' * 900 + b'\r\n ' + b'\r\n '.join([b'(' * 900] * 110) + b'\r\n\r\nx',
    '100000 addresses': FROM[:26] + b'To: ' + b',\r\n '.join([b'a@b.example,' * 50] * 2000) + b'\r\n\r\nx',
    '100000 empty members': FROM[:26] + b'To: ' + b'\r\n '.join([b',' * 900] * 120) + b'\r\n\r\nx',
    'a group of 100000 quotes': FROM[:26] + b'To: x:' + b'\r\n '.join([b'"\\"" ' * 150] * 120) + b';\r\n\r\nx',
    '101 Received fields': b'Received: from a by b; Sun, 22 Nov 2026 02:30:00 +0000\r\n' * 101 + FROM + b'\r\nx',
    'parts 20000 deep': FROM + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n' + b''.join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n' % (depth, depth + 1) for depth in range(20000)),
    'a million lines': FROM + b'\r\n' + b'\r\n' * 1000000,
    'a boundary that matches nearly everywhere': FROM + b'Content-Type: multipart/mixed; boundary=' + b'-' * 70 + b'\r\n\r\n'
        + (b'-' * 71 + b'\r\n') * 20000,
    'an empty message': b'',
    'only an empty line': b'\r\n',
}
for door in DOORS:
    for sentence, content in MESSAGES.items():
        client = Client(door)
        reply = client.mail(content)
        ok('%s: %s: an answer, and the session goes on' % (door, sentence),
           reply[:3] in ('250', '552', '554', '550', '553') and client.say(b'NOOP').startswith('250'), reply[:200])
        client.close()
    client = Client(door)
    reply = client.mail(FROM + b'\r\n' + b'x' * 70 + b'\r\n' + (b'y' * 78 + b'\r\n') * 120000)
    ok('%s: a message over the size is refused, and the session goes on' % door,
       reply.startswith('552') and client.say(b'NOOP').startswith('250'), reply[:200])
    client.close()
PYTHON
ok 'all that was taken is handed on' until_true 200 queue_empty
ok 'the logs hold printable lines only' log_is_plain
