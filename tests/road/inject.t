# HDR-05 HDR-06 TRC-10: a program's mail, from sendmail to the Maildirs
. tests/lib.sh
mkdir mail tmp
printf 'example.test:\n' >domains
printf 'ann: ann\nbob: bob\nsecret: secret\n' >mailboxes
me=$(awk -F: -v id="$(id -u)" '$3 == id { print $1; exit }' /etc/passwd)
export SMTPIPE_INJECT="$WORK/inject" TMPDIR="$WORK/tmp"
mail-inject -S "unix:$WORK/inject" -h mail.example.test -d example.test \
	header-fix -d example.test maildir-deliver 2>log &
background=$!
until_true 20 test -S inject

printf 'To: ann, Bob <bob@example.test>\nBcc: secret,\n  ann\nSubject: done\n\nAll is well.\n' |
	sendmail -t -i -F 'Night Job' >out 2>&1
is 'a job sends mail' "$? $(cat out)" '0 '
is 'each recipient has it once, the hidden ones too' "$(ls mail/ann/new mail/bob/new mail/secret/new |
	grep -c S=)" 3
got=$(cat mail/bob/new/*)
like 'TRC-10: it can be answered' "$(echo "$got" | head -1)" "^Return-Path: <$me@example.test>"
like 'it came from this host' "$got" '^Received: by mail.example.test'
like 'From is completed' "$got" "^From: Night Job <$me@example.test>"
like 'so is To' "$got" '^To: ann@example.test, Bob <bob@example.test>'
like 'there is a Date' "$got" '^Date: '
like 'and a Message-ID' "$got" '^Message-I[Dd]: <.*@'
unlike 'HDR-05, HDR-06: nobody sees the hidden ones' "$(cat mail/*/new/* | grep -v '^Delivered-To')" secret
printf 'Subject: x\n\n' | sendmail nobody >out 2>&1
is 'an unknown user is told at once' "$? $(cat out)" \
	'67 sendmail: 550 5.1.1 no mailbox here by that name'
printf 'Subject: x\nSubject: y\n\n' | sendmail ann >out 2>&1
like 'so is a header that cannot be repaired' "$(cat out)" '^sendmail: 554 5\.6\.0 .*Subject'
