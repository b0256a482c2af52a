# OUT-14 OUT-15: TLS where it is offered, or where the settings want it
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net >envelope
certificate ca ca root 2>/dev/null
certificate mail.test mail.test ca 2>/dev/null
certificate wrong.test wrong.test ca 2>/dev/null
cat >find <<'FIND'
#!/bin/sh
echo '10 mail.test 127.0.0.1'
echo 'end ok'
FIND
chmod +x find
good='-c mail.test.pem -k mail.test.key'
# send [options]: by MX to mail.test, which is the sink
patience=30
send() { stage message smtp-send -m ./find -p "$port" -w "$patience" -t 'tls-connect -A ca.pem' "$@"; }
outcome() { sed 's/mail.test\[127.0.0.1\] //' verdict; }

sink $good
ok 'OUT-14: TLS is used where it is offered' send
is 'OUT-14: and the outcome says so' "$(outcome)" 'K0 250 2.0.0 TLSv1.3,verified taken'
is 'OUT-14: EHLO again inside, and the transaction' "$(commands | sed 's/MAIL.*DATA/MAIL/')" \
	'EHLO mail.example.test / STARTTLS / EHLO mail.example.test / MAIL / QUIT'
like 'OUT-14: inside TLS' "$(grep -A3 'C: STARTTLS' sink/log)" '1 tls TLSv1.3'
ok 'a verified server' send -T verify
send -T none
is 'without TLS where the settings say so' "$(outcome)" 'K0 250 2.0.0 - taken'
sink -c wrong.test.pem -k wrong.test.key
send
is 'OUT-14: opportunistic TLS takes any certificate' "$(outcome)" 'K0 250 2.0.0 TLSv1.3 taken'
ok 'and so does encrypt' send -T encrypt
not_ok 'verify does not' send -T verify
like 'that is for now' "$(outcome)" '^Z0 454 4.7.5 - .'
is 'and nothing was sent' "$(commands 3)" 'EHLO mail.example.test / STARTTLS'
sink
not_ok 'no offer is not enough for encrypt' send -T encrypt
is 'and is for now' "$(outcome | cut -c1-14)" 'Z0 454 4.7.4 -'
is 'no message is sent then' "$(commands)" 'EHLO mail.example.test / QUIT'
sink $good 'starttls=454 4.7.0 not now'
send
is 'OUT-14: a server that has no TLS now gets the mail in the clear' "$(outcome)" 'K0 250 2.0.0 - taken'
is 'on the same connection' "$(connections)" 1
not_ok 'but not with encrypt' send -T encrypt
is 'and in its own words' "$(outcome)" 'Z0 454 4.7.0 - not now'
for trouble in alert drop words stall; do
	handshake=$trouble
	[ $trouble != alert ] || handshake='raw \x15\x03\x01\x00\x02\x02\x28;drop'
	[ $trouble != words ] || handshake='raw 250 hello\r\n;stall'
	case $handshake in *stall) patience=3 ;; *) patience=30 ;; esac
	sink $good "handshake=$handshake"
	send
	is "OUT-14: a handshake that fails ($trouble) falls back to the clear" "$(outcome)" 'K0 250 2.0.0 - taken'
	is "on a new connection" "$(commands 1) | $(commands 2 | cut -c1-36)" \
		'EHLO mail.example.test / STARTTLS | EHLO mail.example.test / MAIL FROM:<'
	not_ok 'but not with encrypt' send -T encrypt
	is 'and is for now' "$(outcome | cut -c1-14)" 'Z0 454 4.7.5 -'
done
patience=30
sink $good 'starttls=raw 220 go\r\n250 injected\r\n'
not_ok 'OUT-15: words in the clear behind STARTTLS end it' send
is 'OUT-15: that server is for later, and gets nothing in the clear' "$(outcome) $(commands)" \
	'Z0 451 4.7.0 - the server spoke in the clear behind STARTTLS EHLO mail.example.test / STARTTLS'
sink $good -x PIPELINING 'ehlo/1=250-sink|250-8BITMIME|250-SIZE 1|250 STARTTLS'
ok 'OUT-15: what EHLO said before TLS is forgotten' send
sink $good -s
ok 'TLS from the first byte' send -s -T verify
is 'and the outcome says so' "$(outcome)" 'K0 250 2.0.0 TLSv1.3,verified taken'
is 'without STARTTLS' "$(commands | cut -c1-29)" 'EHLO mail.example.test / MAIL'
sink
not_ok 'TLS from the first byte has no way back' send -s -T may
is 'and is for now' "$(outcome | cut -c1-14)" 'Z0 454 4.7.5 -'
until_true 20 sink_idle
is 'the first byte is a TLS record (RFC 8446 5.1), nothing in the clear' \
	"$(head -c 1 sink/1.client | od -An -tx1 | tr -d ' ')" 16
sink $good
stage message smtp-send -m ./find -p "$port" -w 30 -t ./no-such-program
is 'no TLS program: in the clear where TLS is not asked for' "$(outcome)" 'K0 250 2.0.0 - taken'
yes 'a line of a long message' | head -n 400000 | wire >message
sink -x PIPELINING $good
ok 'a long message through TLS' send -T encrypt
is 'arrives whole' "$(head -c -3 sink/1.1.data | cksum)" "$(cksum <message)"
sink -x PIPELINING $good 'content/100000=552 5.3.4 too big;sleep 0.5;drop'
not_ok 'a refusal in the midst of it' send -T encrypt
is 'is heard' "$(outcome)" 'D0 552 5.3.4 TLSv1.3,verified too big'
