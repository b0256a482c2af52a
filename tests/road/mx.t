# ARCH-01, ARCH-02, SEC-01 .. SEC-04, HDR-15, TLS-09, AUTH-27, SYN-14, SYN-15, BNC-18: the MX port
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start
printf 'team: alice, bob\n' >>"$DEMO/aliases"

printf 'Subject: bare\r\n\r\nno Date, no From\r\n' >bare
cat >talk.py <<'PY'
import smtplib, sys
def connect():
    server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))
    server.ehlo('other.example')
    return server
server = connect()
print(server.has_extn('auth'), server.has_extn('starttls'))
def rcpt(address, sender='eve@remote.test'):
    server = connect()  # anew: many errors end a session
    server.docmd('MAIL', 'FROM:<%s>' % sender)
    print(address, *server.docmd('RCPT', 'TO:<%s>' % address))
for address in sys.argv[2:]:
    rcpt(address)
    rcpt(address, 'alice@example.test')
    rcpt(address, '')
PY
refused='carl@remote.test carl%remote.test@example.test remote.test!carl@example.test
	"carl@remote.test"@example.test @example.test:carl@remote.test carl@remote.test@example.test
	carl@[127.0.0.1] "carl%remote.test"@example.test nobody@example.test ../../x@example.test
	carl@REMOTE.TEST postmaster@remote.test'
python3 talk.py "$SMTP" $refused >answers
is 'AUTH-27, TLS-01: no AUTH, but STARTTLS' "$(head -1 answers)" 'False True'
unlike 'SEC-01, SEC-02, SEC-03: no relaying, by no trick, for no sender' "$(tail -n +2 answers)" \
	"^[^ ]+ (2|4)"
is 'all of them were answered' "$(tail -n +2 answers | wc -l)" 36
like 'SEC-03: an unknown user is 550 5.1.1' "$(cat answers)" "^nobody@example.test 550 b'5\.1\.1"
python3 talk.py "$SMTP" alice@example.test ALICE@EXAMPLE.TEST alice+tag@example.test \
	'"alice"@example.test' team@example.test postmaster Postmaster@Example.Test >answers
unlike 'SYN-11, SYN-14, SYN-15, MBX-06: who is here is known in every writing' \
	"$(tail -n +2 answers)" '^[^ ]+ [45]'
like 'TLS-09: without TLS' "$(cat answers)" '^alice@example.test 250'

cat >deliver.py <<'PY'
import smtplib, sys
server = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))
server.ehlo('other.example')
server.mail('eve@remote.test')
codes = [server.rcpt(r)[0] for r in sys.argv[3:]]
print(*codes, server.data(open(sys.argv[2], 'rb').read())[0])
PY
is 'SEC-04: one is refused, the other gets it' \
	"$(python3 deliver.py "$SMTP" bare nobody@example.test alice@example.test)" '550 250 250'
ok 'it arrives' until_true 20 has_mail alice 'Subject: bare'
file=$(mail_with alice 'Subject: bare')
is 'ARCH-02, HDR-15: with trace, and nothing repaired' "$(grep -oE '^[A-Za-z-]+:' "$file" | tr '\n' ' ')" \
	'Return-Path: Delivered-To: Received: Subject: '
like 'TRC-06: the trace says ESMTP' "$(cat "$file")" 'with ESMTP id'
python3 deliver.py "$SMTP" bare team@example.test >/dev/null
ok 'an alias reaches all it names' until_true 20 has_mail bob 'Delivered-To: team@example.test'
ok 'all' until_true 20 has_mail alice 'Delivered-To: team@example.test'
ok 'STARTTLS works on it too' swaks --server 127.0.0.1 --port "$SMTP" --tls \
	--from eve@remote.test --to bob@example.test --h-Subject mx-tls
ok 'and the trace says so' until_true 20 has_mail bob 'with ESMTPS id'
demo_stop
