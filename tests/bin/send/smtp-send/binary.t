# BDAT-13, LMTP-05, SIZE-11: a binary message goes as it is to a server that takes it, and encoded to others
. tests/lib.sh
. "$ROOT/tests/sink.sh"

send() { stage message smtp-send -h 127.0.0.1 -p "$port" -w 30; }
FACTS='BBINARYMIME Jme.example' envelope ann@example.org bob@example.net carl@example.net >envelope
python3 - <<'PY'
head = b'MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n'
body = bytes(range(256)) * 300 + b'\r\n.\r\n\r\r\n\n\0'
open('body', 'wb').write(body)
open('message', 'wb').write(head + body)
parts = b'MIME-Version: 1.0\r\nContent-Type: multipart/%s; boundary=b\r\n\r\n--b\r\n\r\na\rb\nc\r\n\n--b--\n\r\n--b--\r\n'
open('parts', 'wb').write(parts % b'mixed')
open('signed', 'wb').write(parts % b'signed')
PY
size=$(wc -c <message | tr -d ' ')
all='PIPELINING,SIZE,8BITMIME,CHUNKING,BINARYMIME'
transaction='MAIL FROM:<ann@example.org> SIZE='$size' BODY=BINARYMIME / RCPT TO:<bob@example.net> / RCPT TO:<carl@example.net>'
sink -x "$all"
ok 'a binary message goes to a server with BINARYMIME' send
is 'BDAT-13: every byte as it is' "$(cksum <sink/1.1.data)" "$(cksum <message)"
is 'BDAT-13, SIZE-11: in a chunk, of the size that was said' "$(commands)" \
	"EHLO me.example / $transaction / BDAT $size LAST / QUIT"
sink -x CHUNKING,BINARYMIME
ok 'without PIPELINING too' send
is 'BDAT-13: there too it is the same' "$(cksum <sink/1.1.data)" "$(cksum <message)"
unlike 'and each command waits for its reply' "$(cat sink/log)" ' early '
sink -x "$all" 'rcpt=550 5.1.1 nobody'
not_ok 'nobody is there' send
unlike 'and no chunk is sent' "$(commands)" BDAT
sink -x "$all" 'rcpt:bob=550 5.1.1 no bob' 'dot=552 5.3.4 too big'
not_ok 'refusals are the recipients'\''' send
is 'of the command, and of the message' "$(cut -d' ' -f1-3 verdict)" 'D0 550 5.1.1
D1 552 5.3.4'
sink -x "$all" 'dot=421 4.3.2 I go;drop'
not_ok 'a server that goes behind it' send
is 'has not taken it' "$(cut -d' ' -f1-3 verdict)" 'Z0 421 4.3.2
Z1 421 4.3.2'
for offers in PIPELINING,8BITMIME,CHUNKING PIPELINING ''; do
	sink -x "$offers"
	ok "BDAT-13: a server with only \"$offers\" gets it encoded" send
	unlike 'BDAT-13: by DATA, and not called binary' "$(commands)" 'BDAT|BINARYMIME'
	python3 - <<'PY'
import email
body = email.message_from_bytes(open('sink/1.1.data', 'rb').read()[:-3]).get_payload(decode=True)
print('%s - BDAT-13: no bit of it is another' % ('ok' if body == open('body', 'rb').read() else 'not ok'))
PY
done
cp parts message
sink -x PIPELINING,8BITMIME
ok 'a text with line ends of other systems' send
like 'is encoded, and what is not a boundary there is none' "$(tr -d '\r' <sink/1.1.data)" '^a=0Db=0Ac$'
is 'up to its end' "$(tail -n 3 sink/1.1.data | tr -d '\r')" '=0A--b--=0A
--b--
.'
cp signed message
sink -x PIPELINING,8BITMIME
not_ok 'what is signed is not changed' send
is 'BDAT-13: and does not go to a server without BINARYMIME' "$(cut -d' ' -f1-3 verdict)" 'D0 554 5.6.1
D1 554 5.6.1'
printf 'Subject: x\n\nlines\n' | wire >message
sink -x PIPELINING
ok 'what was only called binary goes everywhere' send
is 'as it is' "$(head -c -3 sink/1.1.data | cksum)" "$(cksum <message)"

cp parts message
sink -L -u "$WORK/socket" -x PIPELINING,CHUNKING,BINARYMIME 'dot:carl=452 4.2.2 full'
stage message lmtp-send -w 30 "unix:$WORK/socket"
is 'LMTP-05: by LMTP the last chunk has an answer for each recipient' "$(cut -d' ' -f1-3 verdict)" 'K0 250 2.0.0
Z1 452 4.2.2'
like 'LMTP-05: it was a chunk' "$(commands)" 'BDAT'
printf 'bob@example.net: bob/Maildir\n*: carl/Maildir\n' >mailboxes
printf 'example.net:\n' >domains
mkdir mail
stage message maildir-deliver
is 'a mailbox of lines takes no binary message' "$(cut -d' ' -f1-3 verdict)" 'D* 554 5.6.1'
stage message program-deliver ./take
is 'nor does a program' "$(cut -d' ' -f1-3 verdict)" 'D* 554 5.6.1'
