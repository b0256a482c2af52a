# SEC-01, SEC-02, SYN-13: nobody relays without a login, in whatever way the address is written.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
. "$ROOT/tests/sink.sh"
sink
attack_start DEMO_RELAY="127.0.0.1:$port"

attack <<'PYTHON'
from attack import *

OURS, THEIRS = b'example.test', b'victim.example'
# The classic list of relay testers, and what address parsers disagree about.
RECIPIENTS = [
    b'u@' + THEIRS, b'u%' + THEIRS + b'@' + OURS, b'u%' + THEIRS + b'@[127.0.0.1]', b'u%' + THEIRS, b'u%' + THEIRS + b'@',
    b'"u@' + THEIRS + b'"', b'"u%' + THEIRS + b'"', b'"u@' + THEIRS + b'"@' + OURS, b'"u%' + THEIRS + b'"@' + OURS,
    b'u@' + THEIRS + b'@' + OURS, b'u@' + THEIRS + b'@[127.0.0.1]', b'u@' + THEIRS + b'@localhost',
    b'@' + OURS + b':u@' + THEIRS, b'@[127.0.0.1]:u@' + THEIRS, b'@a,@b:u@' + THEIRS, b'@' + OURS + b':u%' + THEIRS,
    b'@' + OURS + b':"u@' + THEIRS + b'"@' + OURS, THEIRS + b'!u', THEIRS + b'!u@' + OURS, THEIRS + b'!u@[127.0.0.1]',
    b'a!b!' + THEIRS + b'!u@' + OURS, b'"' + THEIRS + b'!u"@' + OURS, b'u@[192.0.2.1]', b'u@[IPv6:2001:db8::1]',
    b'u@' + OURS + b'.' + THEIRS, b'u@' + OURS + b'\\@' + THEIRS, b'u@' + OURS + b'(' + THEIRS + b')',
    b'u@' + THEIRS + b' ', b' u@' + THEIRS, b'u @' + THEIRS, b'u@' + THEIRS + b'>,<bob@' + OURS, b'u@' + THEIRS + b' bob@' + OURS,
    b'bob@' + OURS + b'>,<u@' + THEIRS, b'bob@' + OURS + b',u@' + THEIRS, b'u@' + THEIRS + b';bob@' + OURS,
    b'bob@' + OURS + b'\0u@' + THEIRS, b'u@' + THEIRS + b'\0@' + OURS, b'u@' + THEIRS + b'.', b'u@' + OURS + b'..',
    b'u#' + THEIRS + b'@' + OURS, b'u@' + THEIRS + b'#@' + OURS, b'bob@' + OURS + b'\xe2\x80\xae' + THEIRS,
    b'bob@\xc2\xad' + OURS, b'bob@xn--' + OURS, b'=?utf-8?q?u=40victim.example=3e=00?=@' + OURS,
    b'bob\\@' + OURS, b'"bob\\"@' + OURS + b'"@' + THEIRS, b'|/bin/sh', b'/tmp/x', b'"|/bin/sh"@' + OURS, b'"/tmp/x"@' + OURS,
    b'../../bob@' + OURS, b'"../bob"@' + OURS, b':include:/etc/passwd', b'":include:/etc/passwd"@' + OURS, b'-f@' + OURS,
    b'$(id)@' + OURS, b'`id`@' + OURS, b'postmaster@' + THEIRS, b'@', b'@' + OURS, b'', b'>', b'<<u@' + THEIRS,
]
SENDERS = [b'', b'a@' + OURS, b'a@' + THEIRS, b'postmaster', b'a', b'"a@' + THEIRS + b'"@' + OURS, b'a@[127.0.0.1]', b'a@localhost']

wrong = []
for recipient in RECIPIENTS:
    client = Client('smtp')
    for sender in SENDERS:
        client.say(b'RSET')
        if not client.say(b'MAIL FROM:<' + sender + b'>').startswith('250'):
            client.say(b'MAIL FROM:<>')
        reply = client.say(b'RCPT TO:<' + recipient + b'>')
        if reply[:1] not in '5' and reply != 'gone':
            wrong.append((sender, recipient, reply))
        if reply == 'gone' or reply.startswith('421'):
            client.close()
            client = Client('smtp')
    client.close()
equal('%d addresses that name a way out are refused on port 25' % len(RECIPIENTS), wrong, [])

for door in ('submission', 'submissions'):
    client = Client(door, stop='tls')
    replies = [client.say(line)[:3] for line in (b'MAIL FROM:<alice@' + OURS + b'>', b'RCPT TO:<u@' + THEIRS + b'>', b'DATA',
                                                 b'MAIL FROM:<> AUTH=alice', b'BDAT 0 LAST')]
    equal('%s: without a login nothing is taken, not even for ourselves' % door, replies, ['530'] * 5)
client = Client('submission', stop='ehlo')
replies = [client.say(line)[:3] for line in (b'MAIL FROM:<alice@' + OURS + b'>', b'AUTH PLAIN ' + LOGIN, b'RCPT TO:<u@' + THEIRS + b'>')]
equal('submission: nor before TLS', replies, ['530', '538', '530'])

# Bytes that no address holds, in every place of it.
BYTES = [bytes([c]) for c in list(range(0, 33)) + [127, 128, 255]] + [b'\xc0\x80', b'\xed\xa0\x80']
for door in DOORS:
    wrong, client, count = [], Client(door), 0
    for byte in BYTES:
        for address in (b'a%sb@example.test', b'"a%sb"@example.test', b'ab@exam%sple.test', b'%sab@example.test', b'ab@[127%s.0.0.1]'):
            for verb in (b'MAIL FROM:<%s>', b'RCPT TO:<%s>'):
                if count % 15 == 0:
                    client.close()
                    client = Client(door)
                count += 1
                client.say(b'RSET')
                if verb[:4] == b'RCPT':
                    client.say(b'MAIL FROM:<alice@example.test>')
                if byte == b'\n':
                    continue  # that is a line end
                reply = client.say(verb % (address % byte))
                if reply[:1] not in '5' and not (byte in b' \t' and b'"' in address):
                    wrong.append((verb, address, byte, reply))
    equal('%s: control bytes and broken UTF-8 in addresses are refused' % door, wrong, [])
    client.close()
PYTHON
ok 'nothing is left in the queue' until_true 20 queue_empty
is 'nothing has left us' "$(cat sink/log 2>/dev/null)" ''
is 'and nobody got anything' "$(new_mail alice)$(new_mail bob)" ''
ok 'the logs hold printable lines only' log_is_plain
