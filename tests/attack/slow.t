# LIM-16, LIM-20, SEC-10: a thousand clients that say nothing, or a byte now and then, keep nobody out.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
ulimit -n 4096
attack_start

attack <<'PYTHON'
from attack import *

# From so many addresses that all of them together may have more places than there are.
SOURCES = ['127.0.1.%d' % number for number in range(1, 21)]
CLIENTS = 1000


def idle(door, number):
    try:
        sock = socket.create_connection(('127.0.0.1', int(os.environ[door.upper()])), TIMEOUT_S,
                                        (SOURCES[number % len(SOURCES)], 0))
    except OSError:
        return None
    sock.setblocking(False)
    return sock


def drip(sockets, byte):
    """One byte from each that is still there."""
    for sock in sockets:
        try:
            sock.send(byte)
        except OSError:
            pass


for door, words in (('smtp', b'EHLO a.example\r\nMAIL FROM:<'), ('submission', b'EHLO a.example\r\nSTARTTLS\r\n\x16'),
                    ('submissions', b'\x16\x03\x01\x02\x00\x01')):
    crowd = [sock for sock in (idle(door, number) for number in range(CLIENTS)) if sock]
    ok('%s: %d clients connect' % (door, CLIENTS), len(crowd) > CLIENTS / 2, len(crowd))
    for number in range(3):
        drip(crowd, words[number * 10:number * 10 + 10] if number else words[:1])
        subject = b'Subject: %s through the crowd %d' % (door.encode(), number)
        client = Client(door, source='127.0.0.9')
        reply = client.mail(b'From: alice@example.test\r\nTo: bob@example.test\r\n' + subject + b'\r\n\r\nhi')
        ok('%s: ordinary mail is taken meanwhile' % door, reply.startswith('250'), reply)
        client.close()
        ok('%s: and delivered' % door, mail_arrives('bob', subject))
    for sock in crowd:
        sock.close()
PYTHON
ok 'the logs hold printable lines only' log_is_plain
