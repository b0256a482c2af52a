# DATA-04, SUB-28, HDR-20, MBX-03: what was complete arrives byte for byte, below our trace
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start

cat >client.py <<'PY'
import smtplib, ssl, sys
port = int(sys.argv[1])
message = open(sys.argv[2], 'rb').read()
context = ssl._create_unverified_context()
server = smtplib.SMTP('127.0.0.1', port)
server.starttls(context=context)
server.login('bob', 'builder')
server.ehlo()
server.mail('bob@example.test', ['BODY=8BITMIME'])
server.rcpt('alice@example.test')
code, text = server.data(message)
assert code == 250, (code, text)
server.quit()
PY
python3 - <<'PY'
import random
random.seed(7)
header = b''.join([
    b'X-First: kept in place\r\n', b'From: "Bob \\"B\\" Builder" <bob@example.test> (a comment)\r\n',
    b'to: Team: alice@example.test, "a b"@example.test;\r\n', b'SUBJECT:=?utf-8?q?=C3=A4?=\r\n',
    b'Date: Thu, 1 Jan 2026 00:00:00 +0100\r\n', b'Message-ID: <x.1@example.test>\r\n',
    b'X-Folded: one\r\n two\r\n\tthree\r\n', b'X-Empty:\r\n', b'x-first: again\r\n'])
words = [b'.', b'..', b'', b'From here', b'>From', b' lead', b'trail ', b'\xff\xfe\x80', b'a' * 998, b'\t']
body = b''.join(random.choice(words) + b'\r\n' for _ in range(4000))
open('message', 'wb').write(header + b'\r\n' + body)
PY
ok 'a message of odd lines is taken' python3 client.py "$SUBMISSION" message
ok 'and delivered' until_true 20 has_mail alice 'X-First: kept in place'
file=$(mail_with alice 'X-First: kept in place')
tr -d '\r' <message >wanted
tail -c "$(wc -c <wanted)" "$file" >got
ok 'its header and body are those that were sent, with LF' cmp wanted got
extra=$(head -c "-$(wc -c <wanted)" "$file" | grep -oE '^[A-Za-z-]+:' | tr '\n' ' ')
is 'above it stands trace only' "$extra" 'Return-Path: Delivered-To: Received: '
