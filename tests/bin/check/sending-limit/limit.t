# What a login may send in a day ends; the refusal says until when, and the operator hears of it once
. tests/lib.sh
day_lasts 60 # counts are those of a day

mkdir state
printf 'From: ann@example.org\r\n\r\nbody\r\n' >message
# send LOGIN RECIPIENT...: status and verdict are left in variables
send() {
	login=$1
	shift
	FACTS="Ltestconn00000000 Q0testmessage0001 Jmail.example.test rsubmission I192.0.2.7 A$login" \
		envelope ann@example.org "$@" >envelope
	rm -f taken taken.envelope
	stage message sending-limit state ./take
	status=$?
	answer="$status $(head -1 verdict | cut -c 1-14)"
}
send ann bob@example.net
is 'a message passes' "$answer" '0 K* 250 2.0.0 -'
is 'as it was' "$(cksum <taken)" "$(cksum <message)"
is 'with its envelope and a seal' "$(head -1 taken.envelope) $(tail -1 taken.envelope)" "V1 .$(wc -c <message | tr -d ' ')"
is 'the login has a file, of one size' "$(stat -c '%n %s %a' state/*)" 'state/ann 69632 600'
not_ok 'in which no address stands' grep -q example.net state/ann

printf 'ann: messages=3 recipients=100 new-recipients=3\nbob: none\nbytes: bytes=10\nslow: rate=2\n' >limits
send ann bob@example.net BOB@EXAMPLE.net
is 'recipients that were written to before' "$answer" '0 K* 250 2.0.0 -'
send ann a@example.net b@example.net c@example.net
is 'three new ones are one too many today' "$answer" '111 Z* 450 4.7.1 -'
like 'the reply says what, and until when' "$(cat verdict)" \
	'this login has reached its limit of 3 recipients a day that it has not written to before; try again after [A-Z][a-z]{2}, [0-9 ]+ [A-Z][a-z]{2} [0-9]{4} [0-9:]+ \+0000'
like 'the operator is told' "$(cat log)" \
	'limit-reached conn=testconn00000000 msg=0testmessage0001 login=ann limit=new-recipients until="'
not_ok 'and the next stage got no seal' grep -q '^\.' taken.envelope
send ann a@example.net b@example.net c@example.net
unlike 'the operator is told once' "$(cat log)" limit-reached
send ann a@example.net b@example.net c@example.net d@example.net
is 'more than in any day: for good' "$answer" '100 D* 550 5.7.1 -'
send ann bob@example.net
is 'the third message' "$answer" '0 K* 250 2.0.0 -'
send ann bob@example.net
is 'the fourth is one too many' "$answer" '111 Z* 450 4.7.1 -'
send bob a@example.net b@example.net c@example.net d@example.net e@example.net
is 'another login has its own limits' "$answer" '0 K* 250 2.0.0 -'
send bytes bob@example.net
is 'a message that is too long' "$answer" '100 D* 552 5.3.4 -'
like 'says how long one may be' "$(cat verdict)" 'this login may send 10 bytes in a message'
for i in 1 2 3; do send slow bob@example.net; done
is 'too fast' "$answer" '111 Z* 450 4.7.1 -'
send '' bob@example.net
is 'nobody has logged in' "$answer" '100 D* 530 5.7.0 -'
printf 'ann: mesages=3\n' >limits
send ann bob@example.net
is 'limits that are not understood: later' "$answer" '111 Z* 451 4.3.5 -'
rm limits && mkdir limits
send ann bob@example.net
is 'limits that cannot be read: later' "$answer" '111 Z* 451 4.3.5 -'
rmdir limits
printf x >state/carl
send carl bob@example.net
is 'a file of counts that is none: later' "$answer" '111 Z* 451 4.3.5 -'
is 'and left as it is' "$(cat state/carl)" x

printf 'dora: messages=1\n' >limits
FACTS='Ltestconn00000000 Q0testmessage0001 Jmail.example.test Adora' envelope a@example.org b@example.net >envelope
cp envelope short
sending-limit state ./take <message 3<short 4>verdict 2>log
send dora b@example.net
is 'a message that was cut short is not counted' "$answer" '0 K* 250 2.0.0 -'
mkdir told
printf '#!/bin/sh\ncd told && exec ../take\n' >take-notice && chmod +x take-notice
mail-inject -S "unix:$WORK/inject" -h mail.example.test header-fix ./take-notice 2>injected &
background=$!
until_true 20 test -S inject
printf 'emil: messages=1\nfred: messages=1\n' >limits
FACTS='Lconnemil00000000 Q0testmessage0001 Jmail.example.test I192.0.2.7 Aemil' envelope a@example.org b@example.net >envelope
stage message sending-limit state ./take
for i in 1 2; do
	stage message sending-limit -n "unix:$WORK/inject" state ./take
	is 'the message is refused' "$(cut -c 1-14 verdict | head -1)" 'Z* 450 4.7.1 -'
	is 'and postmaster is told once' "$(cat told/taken.envelope | grep -c '^Tpostmaster') $(grep -c injecting injected)" '1 1'
done
like 'who, what, and until when' "$(tr -d '\r' <told/taken | tr '\n' ' ')" 'The login emil has reached its limit of messages. Its messages are refused until [A-Z][a-z]{2}, .* from 192.0.2.7; its connection is connemil00000000'
like 'by a message that nobody is to answer' "$(cat told/taken.envelope)" '^F$'
like 'and that says so' "$(cat told/taken)" '^Auto-Submitted: auto-generated'
FACTS='Jmail.example.test Afred' envelope a@example.org b@example.net >envelope
stage message sending-limit state ./take
stage message sending-limit -n "unix:$WORK/nobody" state ./take
is 'where nobody takes it, the message is refused all the same' "$(cut -c 1-14 verdict | head -1)" 'Z* 450 4.7.1 -'
like 'and the log has it' "$(cat log)" 'cannot tell postmaster'

printf 'dora: messages=1\n' >limits
FACTS='Ltestconn00000000 Q0testmessage0001 Jmail.example.test Adora' envelope a@example.org b@example.net >envelope
sending-limit -S "unix:$WORK/socket" state ./take 2>served &
background="$background $!"
until_true 20 test -S socket
stage message received-add "unix:$WORK/socket"
like 'a waiting parent counts on' "$(cat verdict)" '^Z\* 450 4.7.1'

# One process lets many messages pass; nothing of one is there when the next comes.
queue-add -S "unix:$WORK/queue-socket" 2>queued &
background="$background $!"
until_true 20 test -S queue-socket
sending-limit -S "unix:$WORK/socket.2" state "unix:$WORK/queue-socket" 2>served &
server=$!
background="$background $server"
until_true 20 test -S socket.2
FACTS='Ltestconn00000000 Q0testmessage0001 Jmail.example.test Agina' envelope a@example.org hanna@example.net >envelope
# stays: has a message passed, and the processes are those before?
stays() {
	was=$(pgrep -P "$server")
	stage message received-add "unix:$WORK/socket.2"
	grep -q '^K\* 250' verdict && [ "$(pgrep -P "$server")" = "$was" ]
}
ok 'one process lets many messages pass' until_true 20 stays
if [ "$(id -u)" = 0 ] && ! grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	forgets() { remembers "$1" $(pgrep -P "$server"); [ $? = 1 ]; }
	ok 'and forgets their recipients' until_true 20 forgets hanna
	ok 'their senders' until_true 20 forgets a@example.org
	ok 'and their texts' until_true 20 forgets body
else
	skip 'it forgets what it had' 'only root may look, and not where the sanitizers keep it'
fi
