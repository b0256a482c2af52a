# SUB-07 SUB-12 SEC-10 SYN-07 SYN-11 MBX-06
. tests/lib.sh

cat >domains <<'TABLE'
example.test:
second.test:
TABLE
cat >senders <<'TABLE'
alice: alice@example.test, @alias.example
dora:  *
many:  a1@example.test, a2@example.test, a3@example.test, a4@example.test, a5@example.test,
       a6@example.test, a7@example.test, a8@example.test, a9@example.test, b1@example.test,
       b2@example.test, b3@example.test, b4@example.test, b5@example.test, b6@example.test
TABLE

# send LOGIN SENDER [HEADER-LINE]...: the stage's first verdict record is left in answer
send() {
	FACTS="Ltestconn00000000 Q0testmessage0001 Jmail.example.test rsubmission I192.0.2.7 A$1" \
		envelope "$2" bob@example.net >envelope
	shift 2
	{ for line; do printf '%s\r\n' "$line"; done && printf 'Subject: hi\r\n\r\nFrom: body\r\n'; } >message
	rm -f taken
	stage message sender-check ./take
	status=$?
	answer=$(head -1 verdict)
}
# passes SENTENCE LOGIN SENDER [HEADER-LINE]...
passes() {
	sentence=$1
	shift
	send "$@"
	is "$sentence" "$status $answer $(cksum <taken)" "0 K* 250 2.0.0 - - taken $(cksum <message)"
}
# refused SENTENCE CODES LOGIN SENDER [HEADER-LINE]...
refused() {
	sentence=$1 codes=$2
	shift 2
	send "$@"
	is "$sentence" "$status $(printf '%s' "$answer" | cut -c 1-12) $(ls taken 2>/dev/null)" \
		"100 D* $codes "
}
A=alice@example.test

passes 'SUB-12: a login'\''s own address passes, untouched' alice $A "From: Alice <$A>"
passes 'MBX-06: with +detail' alice alice+list@example.test "From: alice+x@example.test"
passes 'SYN-11: in any letter case' alice ALICE@Example.TEST "From: Alice@EXAMPLE.test"
passes 'SYN-07: with needless quotes in From' alice $A 'From: "alice"@example.test'
passes 'an address of an allowed domain' alice any@alias.example "From: <other@alias.example>"
passes 'SUB-07: the null sender' alice '' "From: $A"
passes 'Sender may be another allowed one' alice $A "From: $A" "Sender: x@alias.example"
passes 'several allowed ones in From' alice $A "From: $A, x@alias.example" "Sender: $A"
passes 'a message without From' alice $A
passes 'From of an empty group' alice $A 'From: nobody:;'
passes 'a login without entry has its name in each domain of ours' gina gina@second.test \
	'From: gina@example.test'
passes 'a login that is an address has that' ina@example.net ina@example.net 'From: ina@example.net'
passes '* may be anybody' dora who@example.net 'From: ceo@example.org' 'Sender: x@example.com'
passes 'fields that look like From are others' alice $A "From: $A" 'X-From: ceo@example.org' \
	'Resent-From: ceo@example.org'

refused 'SUB-12: MAIL FROM another' '550 5.7.1' alice bob@example.test "From: $A"
like 'the reply says what is allowed' "$answer" \
	'may not use <bob@example.test> in MAIL, but alice@example.test, @alias.example$'
refused 'SUB-12: From another' '550 5.7.1' alice $A 'From: ceo@example.test'
like 'the reply says where' "$answer" '<ceo@example.test> in From'
refused 'SUB-12: From another with a name of our own' '550 5.7.1' alice $A "From: \"$A\" <ceo@example.org>"
refused 'SUB-12: From another behind a comment' '550 5.7.1' alice $A "From: ($A) ceo@example.org"
refused 'SUB-12: one of several in From' '550 5.7.1' alice $A "From: $A, ceo@example.org"
refused 'SUB-12: one in a group in From' '550 5.7.1' alice $A "From: us: $A, ceo@example.org;"
refused 'SUB-12: a second From' '550 5.7.1' alice $A "From: $A" 'From: ceo@example.org'
refused 'SUB-12: From in other letters' '550 5.7.1' alice $A 'FROM: ceo@example.org'
refused 'SUB-12: From with a space before the colon' '550 5.7.1' alice $A 'From : ceo@example.org'
refused 'SUB-12: From in a fold' '550 5.7.1' alice $A 'From:' ' ceo@example.org'
refused 'SUB-12: Sender another' '550 5.7.1' alice $A "From: $A" 'Sender: ceo@example.org'
refused 'SUB-12: the null sender does not free From' '550 5.7.1' alice '' 'From: ceo@example.org'
refused 'SUB-12: the same name elsewhere' '550 5.7.1' gina gina@example.net 'From: gina@example.test'
refused 'an address without domain' '550 5.7.1' gina gina@example.test 'From: gina'
refused 'a quoted local part with another domain' '550 5.7.1' alice $A \
	'From: "x@alias.example"@example.org'
refused 'a From that cannot be read' '554 5.6.0' alice $A 'From: a b c'
refused 'a From that cannot be read behind one that can' '554 5.6.0' alice $A "From: $A, <"
refused 'a malformed line, which others might read as From' '554 5.6.0' alice $A 'Date: x' \
	"$(printf 'X: y\rFrom: ceo@example.org')"
refused 'a sender that is no mailbox' '501 5.1.7' dora '@x:who@example.net'
refused 'nobody has logged in' '530 5.7.0' '' $A "From: $A"
refused 'a header without end' '552 5.3.4' alice $A "From: $A" "$(awk 'BEGIN {
	for (i = 0; i < 600; i++) printf "X-%d: %01000d\r\n", i, 0; printf "X: y" }')"
refused 'a long list is cut' '550 5.7.1' many who@example.net
like 'between addresses' "$answer" 'a9@example.test, \.\.\.$|b[0-9]@example.test, \.\.\.$'
refused 'SEC-10: a long address is cut' '550 5.7.1' alice $A "From: $(printf '%05000d' 0)@example.org"
is 'SEC-10: so the reply stays short' "$((${#answer} < 400))" 1
FACTS="Aalice" envelope $A bob@example.net >envelope
printf 'no header\r\nat all\r\nFrom: ceo@example.org\r\n' >message
ok 'a body without any header passes' stage message sender-check ./take
is 'as it is' "$(cksum <taken)" "$(cksum <message)"

# A password that is for some senders of its login only.
FACTS="Aalice Galice@example.test" envelope $A bob@example.net >envelope
printf 'From: %s\r\n\r\nbody\r\n' $A >message
ok 'a sender that the password is for' stage message sender-check ./take
FACTS="Aalice Galice@example.test" envelope any@alias.example bob@example.net >envelope
not_ok 'another one of its login is refused' stage message sender-check ./take
like 'with what the password is for' "$(cat verdict)" \
	'^D\* 550 5.7.1 .*may not use <any@alias.example> in MAIL, but alice@example.test$'
FACTS="Aalice G*" envelope bob@example.test bob@example.net >envelope
not_ok 'it gives nothing that the login has not' stage message sender-check ./take
FACTS="Adora G@alias.example" envelope x@alias.example bob@example.net >envelope
not_ok 'From counts for it, too' stage message sender-check ./take

# The policy's face.
printf 'V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0Aalice\0\0' >facts
printf 'V1\0Ltestconn00000000\0I192.0.2.7\0A\0\0' >nobody
question() {
	printf '%s\n' 'request=smtpd_access_policy' "protocol_state=$1" "sender=$2" ${3:+"$3"} ''
}
mail() { question MAIL "$@" | sender-check -p 3<"${facts:-facts}" 2>log; }
is 'SUB-12: MAIL FROM its own passes' "$(mail $A)" 'action=DUNNO'
is 'SUB-07: MAIL FROM:<> passes' "$(mail '')" 'action=DUNNO'
like 'SUB-12: MAIL FROM another is refused' "$(mail bob@example.test)" \
	'^action=550 5.7.1 .*, but alice@example.test, @alias.example$'
like 'the refusal is logged with its login' "$(cat log)" 'login=alice sender=bob@example.test'
is 'the login on fd 3 wins over the attribute' "$(mail bob@example.test sasl_username=dora |
	cut -c 1-16 | head -1)" 'action=550 5.7.1'
facts=nobody
like 'nobody has logged in' "$(mail $A)" '^action=530 5.7.0'
is 'another mail server tells the login in an attribute' "$(mail $A sasl_username=alice)" \
	'action=DUNNO'
facts=
is 'RCPT is not our question' "$(question RCPT bob@example.test | sender-check -p 3<facts)" \
	'action=DUNNO'

# Trouble.
# later SENTENCE LOGIN SENDER [HEADER-LINE]...
later() {
	sentence=$1
	shift
	send "$@"
	is "$sentence" "$status $(printf '%s' "$answer" | cut -c 1-12)" '111 Z* 451 4.3.5'
}
mv senders away
passes 'without a table of senders, a login has its own address' alice $A "From: $A"
refused 'and no other' '550 5.7.1' alice any@alias.example "From: $A"
mkdir senders
later 'a table of senders that cannot be read' alice $A "From: $A"
like 'the log says which' "$(cat log)" 'cannot read senders: Is a directory'
like 'the policy says "later" too' "$(mail $A)" '^action=451 4.3.5'
rmdir senders
mv domains gone
later 'without the table of domains a login has no address that we know' alice $A "From: $A"
mv gone domains
mv away senders

FACTS='Ltestconn00000000 Q0testmessage0001 Jmail.example.test Aalice' envelope $A bob@example.net >envelope
printf 'From: ceo@example.org\r\n\r\nbody\r\n' >message
sender-check -t senders -S "unix:$WORK/socket" ./take 2>served &
background=$!
until_true 20 test -S socket
stage message received-add "unix:$WORK/socket"
like 'a waiting parent does the same' "$(cat verdict)" '^D\* 550 5.7.1'
