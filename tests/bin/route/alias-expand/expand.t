# LOOP-05 DSN-17 ARCH-08 SYN-22 BNC-12 DATA-01
. tests/lib.sh

# A next stage that keeps each message under its number, and says done ($SAY: something else).
cat >keep <<'E2'
#!/bin/sh
number=1
while ! mkdir "copy$number" 2>/dev/null; do number=$((number + 1)); done
tr '\0' '\n' <&3 >"copy$number/envelope" &
cat >"copy$number/message"
wait
grep -q '^\.' "copy$number/envelope" || exit 111 # no seal
printf "${SAY:-K* 250 2.0.0 - - kept}\\0\\0" >&4
E2
chmod +x keep
# copy_to ADDRESS: the folder of the copy that has this recipient
copy_to() { grep -lx "T$1" copy*/envelope | sed 's,/.*,,'; }
# recipients COPY
recipients() { sed -n 's/^T//p' "$1/envelope" | tr '\n' ' '; }
fact() { sed -n "s/^$2//p" "$1/envelope" | head -1; }
count() { ls -d copy* 2>/dev/null | wc -l | tr -d ' '; }
# expand_to RECIPIENT...: run it, with the copies of the last run gone
expand_to() {
	rm -rf copy*
	envelope ann@example.org "$@" >envelope
	stage message alias-expand ./keep
}

printf 'example.test:\nother.test:\n' >domains
cat >aliases <<'E2'
team: ann, Bob@Example.NET, carl
one: Bob@example.net
list: ann, bob@example.net
owner-list: ann
all: list, carl, dora
self: self, bob@example.net
round: square
square: round
program: |/bin/cat
file: /var/mail/file
half: ann, |/bin/cat
utf8: jørn@example.net
many: :include:/nowhere/at/all
E2
printf 'Subject: hi\n\nbody\n' | wire >message

ok 'an alias is expanded' expand_to team@example.test
is '... into one message' "$(count)" 1
is '... for all targets' "$(recipients copy1)" 'ann@example.test Bob@Example.NET carl@example.test '
is '... which says so' "$(head -2 verdict)" "$(printf 'K0 250 2.1.5 - - expanded to 3 addresses\n')"
is '... with Delivered-To on top' "$(head -1 copy1/message)" "$(printf 'Delivered-To: team@example.test\r')"
is '... and all below as it was' "$(tail -n 3 copy1/message | cksum)" "$(cksum <message)"
is '... whole, as its seal says' "$(grep '^\.' copy1/envelope)" ".$(wc -c <copy1/message)"
is '... from the same sender' "$(fact copy1 F)" ann@example.org
is '... of the same connection' "$(fact copy1 L)" testconn00000000
like '... under an id of its own' "$(fact copy1 Q)" '^[0-9a-v]{16}$'
unlike '... indeed' "$(fact copy1 Q)" 0testmessage0001
is '... whose aliases are looked up no more' "$(grep -c '^x$' copy1/envelope)" 1
like '... with both ids in the log' "$(cat log)" \
	"msg=0testmessage0001 recipient=team@example.test new=$(fact copy1 Q) recipients=3"

expand_to Team+x@Example.TEST
is 'ARCH-08: the alias stands in Delivered-To as the sender wrote it' "$(head -1 copy1/message)" \
	"$(printf 'Delivered-To: Team+x@Example.TEST\r')"

# two aliases in one job: the message is read twice
expand_to team@example.test one@example.test
is 'two aliases are two messages' "$(count)" 2
is '... both whole' "$(for copy in copy1 copy2; do sed 1d $copy/message | cksum; done | uniq)" \
	"$(cksum <message)"
is '... with a word for each' "$(grep -c '^K[01] 25' verdict)" 2
rm -rf copy*
{ cat envelope && seal message; } >sealed
cat message | { alias-expand ./keep 3<sealed 4>report 2>log; echo $? >status; }
is 'from a pipe a short message is read twice, too' "$(count)" 2
cp message long
{ head -c 2000000 /dev/zero | tr '\0' 'x' | fold -w 70; echo; } | wire >>long
rm -rf copy*
{ cat envelope && seal long; } >sealed
cat long | { alias-expand ./keep 3<sealed 4>report 2>log; echo $? >status; }
is 'from a pipe a long message can be read only once' "$(count)" 1
is '... so the second alias waits' "$(tr '\0' '\n' <report | sed -n 2p | cut -c1-11)" 'Z1 451 4.3.'
is '... and the exit status says so' "$(cat status)" 111
mv message short && mv long message
expand_to team@example.test one@example.test self@example.test
is 'from a file it is read as often as needed' "$(count)" 4
is '... whole each time' \
	"$(for copy in copy*; do grep -v ^Delivered-To: $copy/message | cksum; done | uniq)" \
	"$(cksum <message)"
# The message in a queue file begins behind its envelope.
{ cat envelope message; } >queued
rm -rf copy*
{ cat envelope && seal message; } >sealed
python3 - queued "$(wc -c <envelope)" <<'E2'
import os, subprocess, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
os.lseek(fd, int(sys.argv[2]), 0)
subprocess.run("exec alias-expand ./keep 3<sealed 4>report", shell=True, stdin=fd)
E2
is 'from the middle of a file, too' \
	"$(for copy in copy*; do grep -v ^Delivered-To: $copy/message | cksum; done | uniq)" \
	"$(cksum <message)"
mv short message

# RFC 3461 5.2.7
wishes() {
	rm -rf copy*
	envelope ann@example.org | tr '\0' '\n' | sed '$d' >.facts
	{ cat .facts; printf '%s\n' RHDRS Eid1 "T$1" "N$2"; [ -n "$3" ] && echo "O$3"; echo; } |
		tr '\n' '\0' >envelope
	stage message alias-expand ./keep
}
wishes one@example.test SUCCESS,DELAY 'rfc822;x@y'
is 'DSN-17: an alias of one passes the wishes on' \
	"$(grep '^[RENO]' copy1/envelope | tr '\n' ' ')" 'RHDRS Eid1 NSUCCESS,DELAY Orfc822;x@y '
is '... and says that it only forwarded' "$(sed -n 1p verdict)" 'K0 251 2.1.5 - - forwarded'
wishes one+x@example.test FAILURE ''
is 'DSN-17: the original recipient is added, as xtext' "$(grep '^O' copy1/envelope)" \
	'Orfc822;one+2Bx@example.test'
wishes team@example.test SUCCESS,FAILURE 'rfc822;x@y'
is 'an alias of several passes on all but SUCCESS' "$(grep -c '^NFAILURE$' copy1/envelope)" 3
is '... with the original recipient' "$(grep -c '^Orfc822;x@y$' copy1/envelope)" 3
wishes team@example.test SUCCESS ''
is '... and nothing is left as NEVER' "$(grep -c '^NNEVER$' copy1/envelope)" 3
wishes team@example.test NEVER ''
is '... which stays' "$(grep -c '^NNEVER$' copy1/envelope)" 3
wishes list@example.test SUCCESS,FAILURE 'rfc822;x@y'
is 'DSN-17: a list passes no wishes on' "$(grep -c '^[RENO]' copy1/envelope)" 0
is '... has its owner as sender' "$(fact copy1 F)" owner-list@example.test
is '... and has got the message' "$(sed -n 1p verdict)" 'K0 250 2.0.0 - - given to the list'

envelope '' list@example.test >envelope
rm -rf copy*
stage message alias-expand ./keep
is 'BNC-12: the null sender stays null on a list' "$(fact copy1 F)" ''

# several kinds of targets
expand_to all@example.test
is 'a list among the targets gets a message of its own' "$(count)" 2
list=$(copy_to list@example.test) rest=$(copy_to dora@example.test)
is '... to be looked up in its turn' "$(recipients "$list")$(grep -c '^x$' "$list/envelope")" \
	'list@example.test 0'
is '... apart from the others' "$(recipients "$rest")$(grep -c '^x$' "$rest/envelope")" \
	'carl@example.test dora@example.test 1'
is 'both are one outcome' "$(sed -n 1p verdict)" 'K0 250 2.1.5 - - expanded to 3 addresses'
expand_to self@example.test
own=$(copy_to self@example.test) rest=$(copy_to bob@example.net)
is 'an alias that names itself keeps a copy' "$(recipients "$own")" 'self@example.test '
is '... which its mailbox will not take for a circle' "$(cksum <"$own/message")" "$(cksum <message)"
is '... whose aliases are looked up no more' "$(grep -c '^x$' "$own/envelope")" 1
is '... beside the one for the others' "$(head -1 "$rest/message")" \
	"$(printf 'Delivered-To: self@example.test\r')"
expand_to utf8@example.test
is 'a target in UTF-8 asks for SMTPUTF8' "$(grep -c '^U$' copy1/envelope)" 1
expand_to round@example.test
is 'LOOP-05: a circle ends as a mailbox' "$(recipients copy1)" 'round@example.test '

# loops
cp message plain
printf 'Received: x\nDelivered-To:\n  TEAM@example.test \nSubject: hi\n\nDelivered-To: one@example.test\n' |
	wire >message
not_ok 'LOOP-05: a message that was here is refused' expand_to team@example.test
is '... for good' "$(sed -n 1p verdict | cut -c1-12)" 'D0 554 5.4.6'
is '... and nothing is made of it' "$(count)" 0
is '... with a verdict that has its end' "$(tail -n 1 verdict)" ''
ok 'what stands in the body does not count' expand_to one@example.test
expand_to team@example.test one@example.test
is 'one alias in a circle does not stop another' "$(cut -c1-6 verdict | tr '\n' ' ')" 'D0 554 K1 251  '
cp plain message

# faults of ours
for alias in program file half many none; do
	expand_to $alias@example.test
	is "$alias: a fault in the table is later" "$? $(sed -n 1p verdict | cut -c1-12) $(count)" \
		'111 Z0 451 4.2.4 0'
	like '... and the log names the alias' "$(cat log)" "warning.*$alias@example.test"
done
expand_to program@example.test
like 'the log says where a command belongs' "$(cat log)" 'routes: program-deliver'
mv aliases gone
expand_to team@example.test
is 'no table is later, without a verdict' "$? $(cat verdict)" '111 '
like '... and the log names it' "$(cat log)" 'aliases.*No such file'
mv gone aliases
mv domains gone
expand_to team@example.test
is 'no local domain: nothing is an alias' "$? $(sed -n 1p verdict | cut -c1-6)" '111 Z0 451'
mv gone domains
printf 'other: ann\n' >elsewhere
envelope ann@example.org other@example.test >envelope
rm -rf copy*
ok '-a names the table' stage message alias-expand -a elsewhere ./keep

# what the next stage says
for say in 'Z* 452 4.3.1 - - full' 'D* 552 5.3.4 mx[192.0.2.1] - too big' 'K7 250 2.0.0 - - who?' \
	'K0 250 2.0.0 - - only one' 'nonsense'; do
	export SAY="$say"
	expand_to team@example.test
	echo "$say: $? $(sed -n 1p verdict)" >>said
done
is 'done is said only if the next stage said it for all' "$(cat said)" "$(
	cat <<'E2'
Z* 452 4.3.1 - - full: 111 Z0 452 4.3.1 - - full
D* 552 5.3.4 mx[192.0.2.1] - too big: 100 D0 552 5.3.4 mx[192.0.2.1] - too big
K7 250 2.0.0 - - who?: 111 Z0 451 4.3.0 - - the next stage gave no verdict
K0 250 2.0.0 - - only one: 111 Z0 451 4.3.0 - - the next stage gave no verdict
nonsense: 111 Z0 451 4.3.0 - - the next stage gave no verdict
E2
)"
SAY='K0 250 2.0.0 - - a\0K1 250 2.0.0 - - b\0K2 250 2.0.0 - - c'
ok 'a word for each is a word for all' expand_to team@example.test
SAY='K0 250 2.0.0 - - a\0D1 550 5.1.1 - - b\0Z2 450 4.1.1 - - c'
expand_to team@example.test
is 'the worst word counts' "$(sed -n 1p verdict)" 'Z0 450 4.1.1 - - c'
unset SAY

envelope ann@example.org team@example.test >envelope
rm -rf copy*
stage message alias-expand ./none
is 'a missing next stage is later' "$? $(sed -n 1p verdict | cut -c1-6)" '111 Z0 451'
like '... and named in the log' "$(cat log)" 'none.*No such file'
stage message alias-expand sh -c 'exit 0'
is 'a next stage that says nothing is later' "$? $(sed -n 1p verdict | cut -c1-6)" '111 Z0 451'
# Each of two copies must be whole before any is sealed.
cat >fussy <<'E2'
#!/bin/sh
if sed -z '/^$/q' <&3 | grep -qz '^Tlist@'; then
	printf 'Z* 452 4.3.1 - - no lists today\0\0' >&4
	exit 111
fi
exec ./keep
E2
chmod +x fussy
cat message >plain
{ cat plain; head -c 400000 /dev/zero | tr '\0' 'x' | fold -w 70 | wire; } >message
envelope ann@example.org all@example.test >envelope
{ cat envelope && seal message; } >sealed
rm -rf copy*
# The next stages outlive alias-expand; when the last of them has let go of fd 2, it is over.
alias-expand ./fussy <message 3<sealed 4>report 2>&1 | cat >log
is 'if one copy is not taken, the other is not sealed' \
	"$(tr '\0' '\n' <report | sed -n 1p) $(cat copy*/envelope | grep -c '^\.')" 'Z0 452 4.3.1 - - no lists today 0'
cp plain message

{ cat envelope && printf '.99\0'; } >sealed
rm -rf copy*
{ alias-expand ./keep <message 3<sealed 4>report; echo $? >ended; } 2>&1 | cat >log
is 'DATA-01: a message that was cut short is later' "$(cat ended) $(cat copy*/envelope | grep -c '^\.')" '111 0'
is '... without any verdict' "$(cat report)" ''
envelope ann@example.org team@example.test | sed 's/\x00F/\x00x\x00F/' >envelope
rm -rf copy*
stage message alias-expand ./keep
is 'what was expanded before is later, not a circle' "$? $(count)" '111 0'

alias-expand -S "unix:$WORK/socket" ./keep 2>served &
background=$!
until_true 20 test -S socket
envelope ann@example.org team@example.test all@example.test >envelope
rm -rf copy*
{ cat envelope && seal message; } >sealed
cat >ask.py <<'E2'
import array, os, socket
read, write = os.pipe()
fds = [os.open("message", os.O_RDONLY), os.open("sealed", os.O_RDONLY), write]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("socket")
s.sendmsg([bytes([0, 3, 4])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
os.close(write)
print(os.fdopen(read, "rb").read().replace(b"\0", b"\n").decode())
E2
is 'the same works behind a socket' "$(python3 ask.py | cut -c1-12)" "$(
	printf 'K0 250 2.1.5\nK1 250 2.1.5\n')"
