# OUT-08 OUT-09 OUT-10 OUT-11 OUT-13 OUT-15 OUT-16 NMX-03 QUE-03 REP-12
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net carl@example.net dora@example.net >envelope

becomes 'OUT-08: a 5yz and a 4yz to RCPT concern that recipient' \
	'D0 550 5.1.1 no bob
Z1 450 4.2.1 carl is busy
K2 250 2.0.0 taken' 'rcpt:bob=550 5.1.1 no bob' 'rcpt:carl=450 4.2.1 carl is busy'
becomes 'OUT-09: a 5yz to MAIL concerns all' \
	"$(all D '550 5.7.1 not you')" 'mail=550 5.7.1 not you'
becomes 'OUT-09: a 4yz to MAIL is for now' \
	"$(all Z '451 4.7.1 wait')" 'mail=451 4.7.1 wait'
becomes 'OUT-09: a 5yz to the message concerns all' \
	"$(all D '554 5.7.1 spam')" 'dot=554 5.7.1 spam'
becomes 'OUT-09: a 4yz to the message is for now' \
	"$(all Z '451 4.3.0 try again')" 'dot=451 4.3.0 try again'
becomes 'a 5yz to DATA concerns all' \
	"$(all D '554 5.5.0 no')" 'data=554 5.5.0 no'
becomes 'all recipients refused: DATA is never begun' \
	"$(all D '550 5.1.1 no')" 'rcpt=550 5.1.1 no'
not_ok 'and no message is sent' test -e sink/1.1.data
becomes '354 though all were refused changes nothing' \
	"$(all D '550 5.1.1 no')" 'rcpt=550 5.1.1 no' 'data=354 go'
is 'and an empty message is sent, which is for nobody' "$(od -An -c sink/1.1.data | tr -d ' ')" '.\r\n'
becomes 'OUT-10: a lost connection instead of the last reply is for now' \
	"$(all Z '451 4.4.2 connection lost before the reply to the end of the message')" 'dot=drop'
becomes 'OUT-10: so is silence' \
	"$(all Z '451 4.4.2 no reply in time to the end of the message')" 'dot=stall'
becomes 'OUT-11: 552 without more is "too many recipients"' \
	"$(all Z '452 4.5.3 too many')" 'rcpt=552 too many'
becomes 'a 552 with its own reason is kept' \
	"$(all D '552 5.2.2 full')" 'rcpt=552 5.2.2 full'
becomes 'REP-12: 599 is a refusal, 477 is for now, 299 is a yes' \
	'D0 599 5.0.0 x
Z1 477 4.0.0 y
K2 299 2.0.0 fine' 'rcpt:bob=599 x' 'rcpt:carl=477 y' 'rcpt:dora=299 z' 'dot=299 fine'
becomes 'NMX-03: 521 at the greeting is for good' \
	"$(all D '521 5.0.0 no mail here')" 'connect=521 no mail here'
is 'OUT-13: QUIT even then' "$(commands)" QUIT
becomes 'OUT-12: 4yz at the greeting is for now' \
	"$(all Z '421 4.0.0 busy')" 'connect=421 busy;drop'
becomes '421 to MAIL is for now' \
	"$(all Z '421 4.3.2 going down')" 'mail=421 4.3.2 going down;drop'
becomes '421 between recipients leaves no half transaction' \
	"$(all Z '421 4.3.2 going down')" 'rcpt:carl=421 4.3.2 going down;drop'
becomes '421 after the message: it was refused for now' \
	"$(all Z '421 4.3.2 later')" 'dot=421 4.3.2 later'
becomes 'EHLO and HELO refused is for good' \
	"$(all D '550 5.7.1 go away')" 'ehlo=550 no' 'helo=550 5.7.1 go away'
becomes 'EHLO put off is for now' \
	"$(all Z '450 4.7.1 wait')" 'ehlo=450 4.7.1 wait'
becomes 'OUT-16: a long reply is cut' \
	"$(all D "550 5.7.1 $(printf '%0500d' 0)")" \
	"mail=550-5.7.1 $(printf '%01000d' 0)|550-5.7.1 one|550 5.7.1 two"
becomes 'OUT-16: several lines become one' \
	"$(all D '550 5.7.1 one two')" 'mail=550-5.7.1 one|550 5.7.1 two'
becomes 'no reply can forge a record' \
	"$(all D '550 5.7.1 a?K0 250 2.0.0 x?[1m')" 'mail=raw 550 5.7.1 a\0K0 250 2.0.0 x\x1b[1m\r\n'
becomes 'a "250" to DATA is out of step' \
	"$(all Z '451 4.5.0 the server is out of step: an unfit reply to DATA')" 'data=250 2.0.0 ok'
becomes 'a "250" before the message is no promise' \
	"$(all Z '451 4.5.0 the server is out of step: an unfit reply to the message')" 'data=354 go|250 2.0.0 taken'
unlike 'and the message is not ended then' "$(od -An -c sink/1.client | tr -d ' \n')" 'body'
becomes 'one reply too many before MAIL is out of step' \
	"$(all Z '451 4.5.0 the server spoke unasked before MAIL')" 'ehlo=250-sink|250 PIPELINING|250 2.1.0 ok'
becomes 'a reply too many behind the message changes nothing' \
	"$(all K '250 2.0.0 taken')" 'dot=250 2.0.0 taken|550 5.0.0 or not'
sink 'quit=stall'
elapsed=$(date +%s)
stage message smtp-send -h 127.0.0.1 -p "$port"
elapsed=$(($(date +%s) - elapsed))
is 'a slow QUIT changes nothing' "$(cut -c1-12 verdict)" "$(all K '250 2.0.0')"
[ "$elapsed" -le 30 ] && echo 'ok - and takes no more than a moment' || echo "not ok - QUIT took $elapsed s"
sink_stop
until_true 20 sh -c "! nc -z 127.0.0.1 $port"
stage message smtp-send -h 127.0.0.1 -p "$port"
like 'no server is for now' "$(cat verdict)" \
	"^Z0 451 4.4.1 127.* - cannot connect to port $port: Connection refused"
