# AUTH-11, AUTH-26, AUTH-28, SMTP-27: nobody guesses for long, and no answer tells which logins there are.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
attack_start

attack <<'PYTHON'
from attack import *


def plain(login, password):
    return b'AUTH PLAIN ' + base64.b64encode(b'\0' + login + b'\0' + password)


# Guesses are counted for each address, so every attacker here has one of its own.
OURS = '127.0.0.60'
for number, door in enumerate(('submission', 'submissions')):
    Client(door, source=OURS).close()
    client, replies = Client(door, stop='tls', source='127.0.2.%d' % (number + 1)), []
    while len(replies) < 20 and (not replies or not replies[-1].startswith('421') and replies[-1] != 'gone'):
        replies.append(client.say(plain(b'alice', b'guess%d' % len(replies))))
    ok('%s: the session ends after a few wrong passwords' % door, len(replies) <= 6 and
       all(reply.startswith(('535', '421', '454')) for reply in replies[:-1]), replies)
    client.close()

    equal('%s: ... and keeps nobody out who has logged in from elsewhere' % door, Client(door, source=OURS).say(b'NOOP')[:3], '250')

    answers = {}
    for login in (b'alice', b'bob', b'nobody', b'postmaster', b'root', b'alice@example.test', b'alice@victim.example', b'ALICE ', b'%s'):
        answers[login] = Client(door, stop='tls', source='127.0.%d.%d' % (number + 3, len(answers) + 1))
        answers[login].send(plain(login, b'wrong') + b'\r\n')  # all at one time: each answer takes a second
    answers = {login: client.reply() for login, client in answers.items()}
    equal('%s: a login that is there and one that is not get the same words' % door,
          sorted({answer.split()[0] for answer in answers.values()} - {'454'}), ['535'])
    texts = {answer for answer in answers.values() if answer.startswith('535')}
    equal('%s: ... to the letter' % door, len(texts), 1)

    client = Client(door, source=OURS)
    words = {client.say(b'VRFY ' + name)[:3] for name in (b'alice', b'nobody', b'root', b'<alice@example.test>')}
    equal('%s: VRFY tells nothing' % door, words, {'252'})
    equal('%s: EXPN is not there' % door, client.say(b'EXPN staff')[:3], '502')
    client.close()
    client = Client(door, stop='tls', source='127.0.7.%d' % (number + 1))
    replies = [client.say(line)[:3] for line in (b'AUTH', b'AUTH X', b'AUTH CRAM-MD5', b'AUTH PLAIN !', b'AUTH PLAIN =', b'AUTH PLAIN AA=A')]
    ok('%s: broken logins are refused' % door, all(reply[:1] == '5' for reply in replies), replies)
    client.close()
client = Client('smtp')
equal('smtp: no logins on port 25', client.say(plain(b'alice', b'wonderland'))[:3], '502')
equal('smtp: VRFY tells nothing', {client.say(b'VRFY ' + name)[:3] for name in (b'bob', b'nobody')}, {'252'})
PYTHON
unlike 'no password is in any log' "$(demo_log)" 'wonderland|guess[0-9]'
comes 'who guessed is in the log' 'login-refused .*client=127' demo_log
ok 'the logs hold printable lines only' log_is_plain
