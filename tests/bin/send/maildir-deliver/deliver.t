# MBX-01 MBX-02 MBX-03 MBX-04 MBX-06 TRC-10 TRC-11 LOOP-02 SEC-13 DATA-04 ARCH-04 ARCH-07
. tests/lib.sh

mkdir mail
echo 'example.test:' >domains
cat >mailboxes <<'TABLE'
ann@example.test: ann/Maildir
bob: users/bob
evil1@example.test: ../outside
evil2@example.test: /tmp/outside
evil3@example.test: ann/.hidden
evil4@example.test: ann Maildir
@catch.example: ann/Maildir
TABLE
deliver() { stage message maildir-deliver "$@"; }
files() { find "mail/$1/new" -type f | wc -l; }
only() { cat "mail/$1"/new/*; }
{
	printf 'Received: x\nReturn-Path: <forged@evil.example>\n\t(folded)\nSubject: hi\n\n'
	printf 'From the start \n>From\n.\n..\n\n'
} | wire >message
printf 'a bare \r and no end' >>message

envelope sender@a.example ann@example.test >envelope
ok 'a message is delivered' deliver
is 'the verdict is done' "$(cat verdict)" "K0 250 2.0.0 - - kept in the mailbox"
is 'TRC-10: Return-Path is the first line' "$(only ann/Maildir | head -1)" \
	'Return-Path: <sender@a.example>'
is 'LOOP-02: Delivered-To is the second' "$(only ann/Maildir | sed -n 2p)" \
	'Delivered-To: ann@example.test'
is 'TRC-11: there is one Return-Path' "$(only ann/Maildir | grep -ci '^return-path')" 1
printf 'Received: x\nSubject: hi\n\nFrom the start \n>From\n.\n..\n\na bare \r and no end' >expected
is 'MBX-03, MBX-04, DATA-04: all else is as it was, with LF' \
	"$(only ann/Maildir | tail -n +3 | cksum)" "$(cksum <expected)"
name=$(ls mail/ann/Maildir/new)
like 'MBX-02: the name has time, process, count and chance' "$name" \
	'^[0-9]+\.M[0-9]+P[0-9]+Q[0-9]+R[0-9a-f]{16}\.[A-Za-z0-9._-]+,S=[0-9]+$'
is 'its size is right' "${name##*,S=}" "$(only ann/Maildir | wc -c)"
is 'tmp is empty again' "$(ls mail/ann/Maildir/tmp)" ''
is 'the Maildir is its owner'\''s alone' "$(stat -c %a mail/ann/Maildir mail/ann mail/ann/Maildir/new |
	tr '\n' ' ')" '700 700 700 '
is 'the message too' "$(stat -c %a mail/ann/Maildir/new/*)" 600
like 'the log names message, mailbox and file' "$(cat log)" \
	"^maildir-deliver: delivered conn=testconn00000000 msg=0testmessage0001 recipient=ann@example.test maildir=ann/Maildir file=\"$name\""

envelope '' bob+news@example.test >envelope
ok 'MBX-06: a detail is delivered to its user' deliver
is 'the null sender is <>' "$(only users/bob | head -1)" 'Return-Path: <>'
is 'Delivered-To keeps the detail' "$(only users/bob | sed -n 2p)" \
	'Delivered-To: bob+news@example.test'

# Several recipients, some of them without mailbox, two with the same one.
rm -rf mail/*
envelope s@a.example ann@example.test nobody@example.test ANN+x@example.test bob@example.test \
	bob@elsewhere.example >envelope
not_ok 'where one recipient is refused, the status says so' deliver
is 'each recipient has its outcome' "$(cut -d' ' -f1-3 verdict)" "K0 250 2.0.0
D1 550 5.1.1
K2 250 2.0.0
K3 250 2.0.0
D4 550 5.1.1"
is 'two recipients with one Maildir are two messages' "$(files ann/Maildir)" 2
is 'each with its own address' "$(cat mail/ann/Maildir/new/* | grep -c '^Delivered-To: ANN+x@')" 1
is 'the other mailbox has one' "$(files users/bob)" 1
is 'and no other address in it' "$(only users/bob | grep -i '^Delivered-To')" \
	'Delivered-To: bob@example.test'
is 'one body for all' "$(for f in mail/ann/Maildir/new/* mail/users/bob/new/*; do
	tail -n +3 "$f" | cksum
done | sort -u | wc -l)" 1
cat envelope >.sealed
seal message >>.sealed
rm -rf mail/*
cat message | maildir-deliver 3<.sealed 4>verdict 2>log
is 'a pipe will do as message' "$(files ann/Maildir) $(files users/bob)" '2 1'

envelope s@a.example Postmaster >envelope
deliver
like 'postmaster without mailbox waits' "$(cat verdict)" '^Z0 451 4.3.5 '
like 'and the log says which table to edit' "$(cat log)" 'warning.*postmaster: NAME/Maildir.*mailboxes'
echo 'postmaster: ann/Maildir' >>mailboxes
ok 'postmaster with one is delivered' deliver

# The path comes from our table, so a bad one is no refusal.
for n in 1 2 3 4; do
	envelope s@a.example evil$n@example.test >envelope
	deliver
	like "a path outside waits ($n)" "$(cat verdict)" '^Z0 451 4.3.5 '
	like "and is named in the log ($n)" "$(cat log)" "warning.*evil$n@example.test.*mailboxes"
done
envelope s@a.example '"../../x"@example.test' '"|id"@example.test' -rf@example.test >envelope
deliver
is 'SEC-13: an address is no path' "$(cut -d' ' -f1-3 verdict)" "D0 550 5.1.1
D1 550 5.1.1
D2 550 5.1.1"

rm -rf mail/*
envelope s@a.example ann@example.test bob@example.test >envelope
printf 'Received: x\nDelivered-To:\n ANN@example.test\n\nhi\n' | wire >loop
stage loop maildir-deliver
is 'LOOP-02: who had the message before gets it no more' "$(cut -d' ' -f1-3 verdict)" "D0 554 5.4.6
K1 250 2.0.0"
is 'nothing is left of it' "$(find mail/ann -type f)" ''

# Our trouble is "later".
envelope s@a.example ann@example.test >envelope
for missing in mailboxes domains mail; do
	mv $missing gone
	not_ok "missing: $missing" deliver
	is "missing is later: $missing" "$(cat verdict)" ''
	like "missing is named: $missing" "$(cat log)" "fatal.* $missing: No such file"
	mv gone $missing
done
printf 'V1\0Fs@a.example\0Tann\nX: y@catch.example\0\0' >envelope
deliver
is 'a line feed in an address makes no field' "$(cat verdict; find mail -type f -path '*/ann/*')" ''
printf 'V1\0Fs@a.example\nX: y\0Tann@example.test\0\0' >envelope
deliver
is 'nor one in the sender' "$(cat verdict; find mail -type f -path '*/ann/*')" ''
envelope s@a.example ann@example.test >envelope
{ cat envelope && printf '.99999\0'; } >.sealed
maildir-deliver <message 3<.sealed 4>verdict 2>log
is 'a message cut short is later' "$? $(cat verdict)" '111 '
is 'and never seen' "$(find mail/ann -path '*/new/*')" ''
not_ok 'an argument too many is wrong use' deliver next

rm -rf mail/*
maildir-deliver -S "unix:$WORK/socket" 2>served &
background=$!
until_true 20 test -S socket
cat >pass <<'PASS'
#!/bin/sh
exec received-add "unix:$WORK/socket"
PASS
chmod +x pass
export WORK
stage message ./pass
is 'a waiting parent delivers too' "$(cut -d' ' -f1-3 verdict) $(files ann/Maildir)" "K0 250 2.0.0 1"
