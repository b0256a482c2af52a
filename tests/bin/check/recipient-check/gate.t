# SEC-01 SEC-02 SEC-03 SEC-04 SEC-13 SYN-07 SYN-11 SYN-14 SYN-15 MBX-06
. tests/lib.sh

cat >domains <<'TABLE'
example.test:
any.example: any
caught.example:
TABLE
cat >mailboxes <<'TABLE'
ann: ann/Maildir
bob@example.test: bob/Maildir
@caught.example: lost/Maildir
TABLE
echo 'team: ann, bob@example.net' >aliases
printf 'V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0A\0\0' >facts

# question STATE RECIPIENT: as the acceptor asks
question() {
	printf '%s\n' 'request=smtpd_access_policy' "protocol_state=$1" 'protocol_name=ESMTP' \
		'client_address=198.51.100.9' 'helo_name=client.example' 'sender=eve@example.net' \
		"recipient=$2" 'instance=x' ''
}
rcpt() { question RCPT "$1" | recipient-check -p 3<facts 2>log; }
message() {
	envelope eve@example.net "$@" >envelope
	rm -f taken
	stage message recipient-check ./take
}
printf 'Subject: hi\n\nbody\n' | wire >message

for recipient in ann@example.test Ann@EXAMPLE.Test bob@example.test team@example.test \
	ann+news@example.test postmaster@example.test PostMaster@Example.Test Postmaster postmaster \
	who@any.example who@caught.example; do
	is "SYN-11, SYN-14, SYN-15, MBX-06: RCPT for $recipient passes" "$(rcpt "$recipient")" \
		'action=DUNNO'
	ok "a message for $recipient passes" message "$recipient"
	is 'as it is' "$(cksum <taken)" "$(cksum <message)"
done

# refused REPLY RECIPIENT: both faces say it, and nothing goes on
refused() {
	like "$2: RCPT is refused" "$(rcpt "$2")" "^action=$1 "
	message "$2"
	is "$2: a message is refused" "$? $(cut -c 1-13 verdict | head -1)" "100 D* $1 "
	not_ok "$2: nothing went on" test -e taken
}
refused '550 5.7.1' ann@example.net
refused '550 5.1.1' eve@example.test
refused '550 5.1.1' 'ann%example.net@example.test'
refused '550 5.1.1' 'example.net!ann@example.test'
refused '550 5.1.1' '"ann@example.net"@example.test'
refused '550 5.7.1' 'ann%example.net@any.example'
refused '550 5.7.1' 'example.net!ann@caught.example'
refused '550 5.7.1' '"ann@example.net"@caught.example'
refused '501 5.1.3' 'example.net!ann'
refused '501 5.1.3' '"ann@example.net"'
refused '501 5.1.3' '@example.test:ann@example.net'
refused '501 5.1.3' 'ann@example.net@example.test'
refused '501 5.1.3' 'ann@example.test.'
refused '550 5.7.1' 'ann@[192.0.2.1]'
refused '550 5.7.1' 'ann@[IPv6:2001:db8::1]'
refused '550 5.1.1' '/etc/passwd@example.test'
refused '501 5.1.3' '../../etc/passwd@example.test'
refused '501 5.1.3' '<ann@example.test>'
like 'nothing: RCPT is refused' "$(rcpt '')" '^action=501 5.1.3 '

like 'a refusal is logged with the client that the acceptor knows' \
	"$(rcpt ann@example.net >/dev/null; cat log)" \
	'conn=testconn00000000 .*client=192.0.2.7 .*recipient=ann@example.net'
message ann@example.test bob@example.test ann@example.net
like 'SEC-04: one foreign recipient refuses the message, and is named' "$(cat verdict)" \
	'^D\* 550 5.7.1 - - <ann@example.net>: relaying denied'
is 'policy: MAIL passes' "$(question MAIL '' | recipient-check -p 3<facts)" 'action=DUNNO'
is 'policy: one process answers all questions of a connection' \
	"$({ question RCPT ann@example.test; question RCPT ann@example.net; question RCPT Postmaster; } |
		recipient-check -p 3<facts 2>log | cut -c 1-16 | tr '\n' ' ')" \
	'action=DUNNO  action=550 5.7.1  action=DUNNO  '
is 'policy: another mail server may leave fd 3 closed' \
	"$(question RCPT ann@example.test | recipient-check -p 3<&-)" 'action=DUNNO'
for junk in 'hello' 'request=other' '=x'; do
	printf '%s\n\n' "$junk" | recipient-check -p 3<facts >answers 2>log
	is "policy: '$junk' is no question" "$? $(cat answers)" '111 '
done
printf 'V1\0Lbroken' >short
question RCPT ann@example.test | recipient-check -p 3<short >answers 2>log
is 'policy: broken facts are our fault' "$? $(cat answers)" '111 '
not_ok 'wrong use: -p and a next stage' recipient-check -p true
not_ok 'wrong use: neither of them' recipient-check

# later TABLE: without it, nobody can tell about a user
later() {
	mv "$1" away
	like "without $1, RCPT is told to come again" "$(rcpt eve@example.test)" '^action=451 4.3.5 '
	like "the log names $1" "$(cat log)" "cannot read the table $1 .*No such file"
	message eve@example.test
	is "without $1, so is a message" "$? $(cut -c 1-13 verdict | head -1)" '111 Z* 451 4.3.5 '
	mv away "$1"
}
later domains
later mailboxes
later aliases

# The whole way, through the acceptor.
printf '%s\r\n' 'EHLO client.example' 'MAIL FROM:<postmaster@example.test>' \
	'RCPT TO:<ann@example.net>' 'RCPT TO:<eve@example.test>' 'RCPT TO:<@example.test:u@example.net>' \
	'RCPT TO:<"ann"@example.test>' 'RCPT TO:<POSTMASTER>' 'DATA' 'Subject: hi' '' 'body' . QUIT >session
rm -f taken
smtp-accept -h mail.example.test -p 'recipient-check -p' recipient-check ./take <session >replies 2>log
is 'SEC-01, SEC-02, SEC-03, SYN-07: each RCPT gets its own answer' \
	"$(tr -d '\r' <replies | grep -E '^(2|5)50 [25]\.[17]\.' | cut -c 1-9 | tr '\n' ' ')" \
	'250 2.1.0 550 5.7.1 550 5.1.1 550 5.7.1 250 2.1.5 250 2.1.5 '
is 'SEC-04: only those accepted go on' "$(grep ^T taken.envelope | tr '\n' ' ')" \
	'Tann@example.test TPOSTMASTER '

recipient-check -S "unix:$WORK/socket" ./take 2>served &
background=$!
until_true 20 test -S socket
envelope eve@example.net ann@example.test >envelope
kill -HUP $background # there is nothing to read anew
ok 'a waiting parent does the same' stage message received-add "unix:$WORK/socket"
envelope eve@example.net ann@example.net >envelope
stage message received-add "unix:$WORK/socket"
like 'and refuses the same' "$(cat verdict)" '^D\* 550 5.7.1'
recipient-check -p -S "unix:$WORK/policy" 2>served &
background="$background $!"
until_true 20 test -S policy
smtp-accept -h mail.example.test -p "unix:$WORK/policy" ./take <session >replies 2>log
is 'the policy may be a waiting parent too' \
	"$(tr -d '\r' <replies | grep -E '^(2|5)50 [25]\.[17]\.' | cut -c 1-9 | tr '\n' ' ')" \
	'250 2.1.0 550 5.7.1 550 5.1.1 550 5.7.1 250 2.1.5 250 2.1.5 '
