# FR-03, DSN-09, DSN-10, UTF8-06, UTF8-07, RTLS-04, DBY-05, PRI-04, BDAT-01, BDAT-13, LMT-01, SUB-08, SUB-14, SUB-21,
# SUB-33: what a client asks for with an extension is kept all along the road, by clients that have it
. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/sink.sh"
sink -x 'PIPELINING,SIZE,8BITMIME,DSN,SMTPUTF8,DELIVERBY,MT-PRIORITY'
demo_start DEMO_RELAY="127.0.0.1:$port"
cat >client.py <<'PY'
import email.message, smtplib, socket, ssl, sys, time
server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), timeout=60)
def check(sentence, holds):
    print('%s - %s' % ('ok' if holds else 'not ok', sentence), flush=True)
server.ehlo()
check('SUB-33: nothing goes without a login, local recipients neither',
      server.mail('alice@example.test')[0] == server.rcpt('bob@example.test')[0] == 530)
server.starttls(context=ssl._create_unverified_context())
server.ehlo()
wanted = 'pipelining size auth 8bitmime chunking binarymime smtputf8 dsn requiretls futurerelease deliverby mt-priority limits'
check('SUB-21: all is offered: %s' % ' '.join(server.esmtp_features), set(wanted.split()) <= set(server.esmtp_features))
check('SUB-33: nor a wrong one', server.mail('alice@example.test')[0] == 530)
server.login('alice', 'wonderland')
server.mail('bob@example.test')
server.rcpt('bob@example.test')
check('SUB-08: a sender that is not the login\'s own is refused', server.data('Subject: x\r\n\r\nx\r\n')[0] == 550)
def text(subject):
    return ('From: alice@example.test\r\nTo: bob@example.test\r\nSubject: %s\r\n\r\nhi\r\n' % subject)
def send(subject, to, mail=(), rcpt=()):
    server.sendmail('alice@example.test', [to], text(subject), mail, rcpt)
send('kept', 'bob@example.test', ['RET=HDRS', 'ENVID=env1'], ['NOTIFY=SUCCESS', 'ORCPT=rfc822;Bob@example.test'])
send('passed', 'carl@remote.test', ['ENVID=env2', 'BY=1000;N', 'MT-PRIORITY=-2'], ['NOTIFY=SUCCESS,FAILURE'])
print(int(time.time()), file=open('held', 'w'))
send('held', 'bob@example.test', ['HOLDFOR=3'])
send('required', 'dora@remote.test', ['REQUIRETLS'])
m = email.message.EmailMessage()
m['From'], m['To'], m['Subject'] = 'alice@example.test', 'jörg@remote.test', 'grüße'
m.set_content('hällo', cte='8bit')
server.send_message(m)
body = text('chunks').encode()
server.mail('alice@example.test')
server.rcpt('bob@example.test')
for at in range(0, len(body), 7):
    server.send(b'BDAT %d\r\n' % len(body[at:at + 7]) + body[at:at + 7])
    server.getreply()
server.send(b'BDAT 0 LAST\r\n')
check('BDAT-01: a message in chunks', server.getreply()[0] == 250)
binary = (b'From: alice@example.test\r\nSubject: binary\r\nContent-Type: application/octet-stream\r\n'
          b'MIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n\r\n' + bytes(range(256)))
server.mail('alice@example.test', ['BODY=BINARYMIME'])
server.rcpt('bob@example.test')
server.send(b'BDAT %d LAST\r\n' % len(binary) + binary)
check('BDAT-13: a binary message', server.getreply()[0] == 250)
server.mail('alice@example.test')
server.rcpt('bob@example.test')
check('SUB-14: a From that is not the login\'s own is refused after the data',
      server.data(text('forged').replace('From: alice', 'From: bob'))[0] == 550)
server.quit()
PY
python3 client.py "$SUBMISSION"
report() { # SUBJECT-OR-ID: the report about it
	mail_with alice "$1" | xargs -r grep -l multipart/report | head -1
}
ok 'DSN-09: a delivery is reported' until_true 20 sh -c "grep -qsr 'Original-Envelope-Id: env1' '$DEMO/mail/alice/Maildir/new'"
like 'DSN-09: as delivered, for whom it was asked' "$(cat "$(report env1)")" 'Action: delivered'
like 'DSN-15: without the text' "$(cat "$(report env1)")" 'Original-Recipient: rfc822; *Bob@example.test'
ok 'the next hop has what is for it' until_true 20 grep -q 'RCPT TO:<carl@remote.test>' sink/log
like 'DBY-05, PRI-04: with the time that is left, and the priority' "$(grep 'ENVID=env2' sink/log)" 'MT-PRIORITY=-2.* BY=(1000|9[0-9][0-9]);N|BY=(1000|9[0-9][0-9]);N.*MT-PRIORITY=-2'
like 'DSN-06: and its wishes' "$(grep 'carl@remote' sink/log)" 'NOTIFY=SUCCESS,FAILURE'
ok 'UTF8-07: SMTPUTF8 goes with what needs it' until_true 20 grep -q 'MAIL FROM:<alice@example.test>.* SMTPUTF8' sink/log
ok 'RTLS-04: what asks for TLS comes back where there is none' until_true 20 has_mail alice 'dora@remote.test'
like 'RTLS-04: as 5.7.10' "$(cat "$(mail_with alice 'Final-Recipient: rfc822; dora@remote.test' | head -1)")" 'Status: 5.7.10'
unlike 'RTLS-03: and was not shown to anybody' "$(cat sink/log)" 'dora'
ok 'BDAT-01: chunks are one message' until_true 20 has_mail bob 'Subject: chunks'
ok 'BDAT-13: a binary message arrives' until_true 20 has_mail bob 'Subject: binary'
is 'BDAT-13: with every bit' "$(sed '1,/^$/d' "$(mail_with bob 'Subject: binary')" | base64 -d | cksum)" \
	"$(python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)))' | cksum)"
ok 'FR-03: what is held comes, too' until_true 20 has_mail bob 'Subject: held'
file=$(mail_with bob 'Subject: held')
ok 'FR-03: but not before' test "$(stat -c %Y "$file")" -ge $(($(cat held) + 2))
is 'DSN-10: nobody else is told of success' "$(grep -rl 'Action: delivered' "$DEMO/mail/alice/Maildir/new" | wc -l)" 1

echo 'bob: messages=1' >"$DEMO/limits"
from_bob() {
	swaks --server 127.0.0.1 --port "$SUBMISSION" --tls --auth-user bob --auth-password builder \
		--from bob@example.test --to alice@example.test
}
ok 'a login with a limit sends a message' from_bob
not_ok 'and no second one' from_bob
ok 'postmaster is told' until_true 20 has_mail alice 'The login bob'
like 'by a message with all that it needs' "$(cat "$(mail_with alice 'The login bob')")" '^Message-ID: '
