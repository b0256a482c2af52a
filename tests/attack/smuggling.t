# DATA-05 .. DATA-10, SMTP-24: no line ends but CRLF end a message, at no door and however they are cut.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
attack_start

attack <<'PYTHON'
from attack import *
import random
import re

random.seed(1)
# What some server takes for a line end, or skips.
ENDS = [b'\r\n', b'\n', b'\r', b'\r\r\n', b'\r\r\r\n', b'\n\r', b'\r\n\0', b'\0\r\n', b'\r\0\n', b'\n\n', b'\r\r',
        b'\x85', b'\xe2\x80\xa8', b'\x0b', b'\x0c', b'\r\n ', b' \r\n', b'\r\n\x1a']
SMUGGLED = b'MAIL FROM:<bob@example.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n' \
           b'Subject: SMUGGLED\r\n\r\nx\r\n.\r\n'


def attempt(client, before, after, pieces):
    """Returns the replies to one message with this in it, and to the NOOP behind it."""
    if not client.begin().startswith('354'):
        return ['no 354']
    data = b'Subject: carrier\r\n\r\nbody' + before + b'.' + after + SMUGGLED
    client.send(data, sorted(random.sample(range(1, len(data)), pieces)))
    return [client.reply(), client.say(b'NOOP')]


for door in DOORS:
    wrong, client, count = [], Client(door), 0
    for before in ENDS:
        for after in ENDS:
            if re.search(rb'(?<!\r)\r\n\.\r\n', before + b'.' + after):
                continue  # the right one
            count += 1
            replies = attempt(client, before, after, count % 8)
            # Taken as text, or refused for what is bare in it; in any case as one message.
            if len(replies) != 2 or replies[0][:3] not in ('250', '554') or replies[1][:3] != '250':
                wrong.append((before, after, replies))
            if replies[0].startswith('250') and b'\n' in (before + after).replace(b'\r\n', b'') \
                    or replies[0].startswith('250') and b'\r' in (before + after).replace(b'\r\n', b''):
                wrong.append((before, after, 'taken', replies))
            if count % 15 == 0:  # before there are too many errors
                client.close()
                client = Client(door)
    equal('%s: %d ways to write a line end around a dot smuggle nothing' % (door, count), wrong, [])
    client.close()

equal('nobody got a smuggled message', [mail for user in ('alice', 'bob') for mail in maildir(user)
                                        if mail.count(b'Subject: carrier') == 0], [])

# The same by BDAT: whatever is in a chunk is the message, or the message is refused.
for door in DOORS:
    client = Client(door)
    if '250-CHUNKING' not in client.say(b'EHLO again.example') and door == 'smtp':
        break
    body = b'Subject: chunk\r\n\r\n.\r\n' + SMUGGLED
    replies = [client.say(b'MAIL FROM:<alice@example.test>'), client.say(b'RCPT TO:<bob@example.test>')]
    client.send(b'BDAT %d LAST\r\n' % len(body) + body + b'NOOP\r\n')
    replies += [client.reply(), client.reply()]
    equal('%s: a dot in a chunk ends nothing' % door, [reply[:3] for reply in replies], ['250'] * 4)
    body = b'Subject: chunk\r\n\r\na\n.\nb\r\n'
    client.say(b'MAIL FROM:<alice@example.test>')
    client.say(b'RCPT TO:<bob@example.test>')
    client.send(b'BDAT %d LAST\r\n' % len(body) + body + b'NOOP\r\n')
    replies = [client.reply(), client.reply()]
    equal('%s: a bare LF in a chunk is refused, too' % door, [reply[:3] for reply in replies], ['554', '250'])
    # Length and bytes that do not agree: the next command is what follows the chunk, never a part of it.
    client.say(b'MAIL FROM:<alice@example.test>')
    client.say(b'RCPT TO:<bob@example.test>')
    for size in (b'-1', b'+5', b'0x5', b'5 5', b'99999999999999999999999', b'5 LAST LAST', b''):
        reply = client.say(b'BDAT ' + size)
        ok('%s: BDAT with the size "%s" is refused' % (door, size.decode()), reply[:1] == '5' or reply == 'gone', reply)
        client.close()
        client = Client(door)
    client.close()
ok('all that was taken is delivered', until(lambda: sum(b'Subject: chunk' in mail for mail in maildir('bob')) >= 3))
equal('and nothing else came of it', [mail for user in ('alice', 'bob') for mail in maildir(user)
                                      if b'Subject: SMUGGLED' in mail.split(b'\n\n')[0]], [])
PYTHON
ok 'the queue is empty in the end' until_true 20 queue_empty
ok 'the logs hold printable lines only' log_is_plain
