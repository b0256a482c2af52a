# TLS-04, TLS-06, TLS-16: what was said in the clear counts for nothing, and nothing said there is obeyed inside.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
attack_start

attack <<'PYTHON'
from attack import *

BEHIND = [b'NOOP\r\n', b'EHLO evil.example\r\nMAIL FROM:<a@example.org>\r\n', b'\r\n', b' ', b'\0', b'\x16\x03\x01', b'QUIT']
for door in ('smtp', 'submission'):
    wrong = []
    for more in BEHIND:
        client = Client(door, stop='ehlo')
        client.send(b'STARTTLS\r\n' + more)
        replies = [client.reply(), client.reply()]
        if not replies[0].startswith('503') or replies[1] != 'gone':
            wrong.append((more, replies))
    equal('%s: whatever comes with STARTTLS in one packet ends the session' % door, wrong, [])

    wrong = []
    for more in BEHIND:
        client = Client(door, stop='ehlo')
        client.say(b'STARTTLS')
        client.send(more)
        hang_up(client)
        reply = client.reply()
        if not reply.endswith('gone') or reply[:1] in '2345':
            wrong.append((more, reply))
    equal('%s: words in the clear where a handshake belongs get no reply' % door, wrong, [])

client = Client('smtp', stop='greeting')
for line in (b'EHLO before.example', b'MAIL FROM:<eve@example.org>', b'RCPT TO:<bob@example.test>'):
    assert client.say(line).startswith('250')
client.starttls()
equal('smtp: a transaction from before TLS is not there', [client.say(line)[:3] for line in (
    b'DATA', b'RCPT TO:<bob@example.test>', b'MAIL FROM:<ann@example.org>')], ['503'] * 3)
client.say(b'EHLO inside.example')
equal('smtp: a message inside', client.mail(b'Subject: inside\r\n\r\nx', sender=b'ann@example.org')[:3], '250')
ok('smtp: ... is delivered', mail_arrives('bob', b'Subject: inside'))
mail = [text for text in maildir('bob') if b'Subject: inside' in text][0]
ok('smtp: ... and its trace has the name that was given inside', b'inside.example' in mail and b'before.example' not in mail, mail)

client = Client('submission', stop='ehlo')
equal('submission: a login in the clear is refused before its password is asked for', [client.say(line)[:3] for line in (
    b'AUTH LOGIN', b'AUTH PLAIN', b'AUTH PLAIN ' + LOGIN)], ['538'] * 3)
client.starttls()
equal('submission: ... and inside nobody has logged in', client.say(b'EHLO x.example')[:3], '250')
equal('submission: ... so nothing is taken', client.say(b'MAIL FROM:<alice@example.test>')[:3], '530')

for words in (b'EHLO a.example\r\n', b'GET / HTTP/1.0\r\n\r\n', b'\0' * 64, b'\x16\x03\x01\xff\xff' + b'x' * 600):
    client = Client('submissions', stop='connect')
    client.send(words)
    hang_up(client)
    reply = client.reply()
    ok('submissions: %r instead of TLS gets no word of SMTP' % words[:8], not reply[:3].isdigit(), reply)

# A session of one port is worth nothing at another.
sessions = []
for door in DOORS:
    client = Client(door, stop='greeting' if door == 'smtp' else 'tls')
    if door == 'smtp':
        client.starttls()
    client.say(b'EHLO x.example')
    sessions.append(client.sock.session)
    client.close()
taken_up = []
for door in DOORS:
    for session in sessions:
        client = Client(door, stop='connect')
        if door != 'submissions':
            client.reply()
            client.say(b'EHLO x.example')
            client.say(b'STARTTLS')
        client.sock = NO_CHECK.wrap_socket(client.sock, session=session)
        taken_up.append(client.sock.session_reused)
        client.close()
equal('no TLS session is taken up again, at the same door or another', set(taken_up), {False})

# Half of a handshake, and one of another time.
for door in ('submission', 'submissions'):
    client = Client(door, stop='ehlo' if door == 'submission' else 'connect')
    if door == 'submission':
        client.say(b'STARTTLS')
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers('ALL:@SECLEVEL=0')
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        old.wrap_socket(client.sock)
        ok('%s: a client may not talk it down to TLS 1.1' % door, False)
    except (ssl.SSLError, OSError):
        ok('%s: a client may not talk it down to TLS 1.1' % door, True)
    equal('%s: ... and others are served' % door, Client(door).say(b'NOOP')[:3], '250')
PYTHON
ok 'the logs hold printable lines only' log_is_plain
