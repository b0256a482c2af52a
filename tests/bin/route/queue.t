# LOOP-05 BNC-01 BNC-12
# The real road: queue-add > queue-run > alias-expand > queue-add > maildir-deliver, bounce-make.
. tests/lib.sh

printf 'example.test:\n' >domains
printf 'ann: ann/Maildir\nbob: bob/Maildir\nself: self/Maildir\npostmaster: post/Maildir\n' >mailboxes
cat >aliases <<'E2'
team: ann, bob, nobody
owner-team: owner
owner: bob
self: self, ann
E2
printf '*: ./refuse\nexample.test:\n' >routes
printf '#!/bin/sh\ncat >/dev/null\nprintf "D* 550 5.1.1 mx.example.net - no such user\\0\\0" >&4\nexit 100\n' >refuse
chmod +x refuse
mkdir mail
queue-run 2>run.log &
background=$!
until_true 20 test -d queue/msg
printf 'Message-ID: <one@example.test>\nSubject: hi\n\nbody\n' | wire >message
number=0
# add SENDER RECIPIENT...
add() {
	number=$((number + 1))
	FACTS="Ltestconn00000000 Q1ip7vj0k0000000$number Jmail.example.test rsubmission I A t h wESMTP" \
		envelope "$@" >envelope
	stage message queue-add
}
inbox() { cat mail/"$1"/Maildir/new/* 2>/dev/null; }
inbox_has() { inbox "$1" | grep -q "$2"; }
is_empty() { [ -z "$(find queue/msg -type f)" ]; }

add ann@example.test self@example.test
ok 'an alias that names itself reaches its mailbox' until_true 20 inbox_has self '^Delivered-To: self@'
ok '... and the others' until_true 20 inbox_has ann '^Delivered-To: self@'
ok '... and the queue becomes empty' until_true 20 is_empty
is '... once each' "$(ls mail/self/Maildir/new mail/ann/Maildir/new | grep -c S=)" 2

rm -f mail/*/Maildir/new/*
add ann@example.test team@example.test
ok 'a list reaches its members' until_true 20 inbox_has ann '^Return-Path: <owner-team@example.test>'
ok '... and its owner hears of the one who is not there' until_true 20 inbox_has bob \
	'^Final-Recipient: rfc822; nobody@example.test'
ok '... as a report from nobody' inbox_has bob '^Return-Path: <>'
unlike '... of which the author hears nothing' "$(inbox ann)" 'MAILER-DAEMON'
until_true 20 is_empty

rm -f mail/*/Maildir/new/*
add bob@example.test far@example.net
ok 'BNC-01: a refusal comes back to its sender' until_true 20 inbox_has bob \
	'^Diagnostic-Code: smtp; 550 5.1.1 no such user'
until_true 20 is_empty
rm -f mail/*/Maildir/new/*
add far@example.org far@example.net
ok 'BNC-12: a report that comes back is told to the log' until_true 20 grep -q \
	'double-bounce.*recipient=far@example.org' run.log
ok '... and to postmaster' until_true 20 inbox_has post '^Final-Recipient: rfc822; far@example.org'
ok '... and ends there' until_true 20 is_empty
is '... with no mail to anybody else' "$(inbox ann)$(inbox bob)" ''
rm -f mail/*/Maildir/new/*
sed -i '/^postmaster:/d' mailboxes
echo 'postmaster: lost@example.net' >>aliases
add far@example.org far@example.net
ok 'BNC-12: where postmaster is not reached either, the log has both' until_true 20 grep -q \
	'double-bounce.*recipient=lost@example.net' run.log
ok '... and it ends there' until_true 20 is_empty
is '... with no mail to anybody' "$(inbox ann)$(inbox bob)$(inbox post)" ''
