# LOOP-01, LOOP-05, BNC-02, BNC-12: nothing goes round for ever, and nobody gets a bounce for mail that he did not send.
. tests/lib.sh
. "$ROOT/tests/attack/attack.sh"
. "$ROOT/tests/sink.sh"
# The world outside refuses everything but says so only at the end.
sink 'dot=550 5.7.1 not wanted'
attack_start DEMO_RELAY="127.0.0.1:$port" DEMO_RETRY=1
cat >>"$DEMO/aliases" <<'ALIASES'
out@example.test: carl@far.example
one@example.test: two@example.test
two@example.test: three@example.test
three@example.test: one@example.test
both@example.test: both@example.test, out@example.test
ALIASES

attack <<'PYTHON'
from attack import *

client = Client('smtp')
for recipient in (b'nobody@example.test', b'alice.@example.test', b'alice%example.test@example.test'):
    client.say(b'RSET')
    client.say(b'MAIL FROM:<victim@far.example>')
    reply = client.say(b'RCPT TO:<' + recipient + b'>')
    ok('smtp: %s is refused at once, so that no bounce can hit a forged sender' % recipient.decode(), reply.startswith('5'), reply)
client.close()


def send(recipient, subject, sender=b'eve@far.example', header=b''):
    client = Client('smtp')
    reply = client.mail(header + b'Subject: ' + subject + b'\r\n\r\nx', recipient=recipient, sender=sender)
    client.close()
    return reply[:3]


equal('smtp: mail that will be forwarded, and refused there, is taken', send(b'out@example.test', b'forwarded'), '250')
equal('smtp: ... without a sender, too', send(b'out@example.test', b'no-sender', sender=b''), '250')
reply = send(b'one@example.test', b'circle')
ok('smtp: aliases in a circle take mail or refuse it', reply in ('250', '550', '451'), reply)
equal('smtp: an alias that is itself and another', send(b'both@example.test', b'self'), '250')
equal('smtp: mail that has been here before', send(b'bob@example.test', b'again', header=b'Delivered-To: bob@example.test\r\n'), '250')
reply = send(b'bob@example.test', b'hops', header=b'Received: from a by b; Sun, 22 Nov 2026 02:30:00 +0000\r\n' * 101)
equal('smtp: mail with more than a hundred hops', reply, '554')
PYTHON
ok 'all of it comes to an end' until_true 100 queue_empty
until_true 20 logged_often 6 'bounce-make: double-bounce '
sent=$(sed -n 's/^[0-9]* C: \(MAIL FROM:<[^>]*>\).*/\1/p' sink/log | sort | uniq -c | sed 's/^ *//')
is 'nothing was sent twice: what was forwarded, and a bounce for each of them that had a sender' \
	"$(echo "$sent" | grep -v 'FROM:<>')" '2 MAIL FROM:<eve@far.example>'
is 'five failures of mail that had a sender make five bounces' "$(demo_log | grep 'bounce-make: report ' | grep -vc sender=postmaster)" 5
is 'which are refused, as the one without a sender was, and are told to postmaster and the log alone' \
	"$(echo "$sent" | sed -n 's/ MAIL FROM:<>//p') $(demo_log | grep -c 'bounce-make: report .*sender=postmaster') $(demo_log |
		grep -c 'bounce-make: double-bounce ')" '6 6 6'
is 'what has no sender was tried once' "$(grep -c 'Subject: no-sender' sink/*.data | grep -c ':1')" 1
is 'nobody else has anything of it' "$(grep -l '^To: <postmaster>' $(new_mail alice) | wc -l)$(new_mail bob)" 6
ok 'the logs hold printable lines only' log_is_plain
