# SEC-13: QMAILQUEUE filters in our chain
. tests/lib.sh
# As every last stage must: no seal, no word.
cat >take <<'SH'
#!/bin/sh
cat >taken
tr '\0' '\n' <&3 >taken.envelope
grep -q '^\.[0-9]' taken.envelope && printf 'K* 250 2.0.0 - - taken\0\0' >&4
SH
mkdir tmp
export TMPDIR="$WORK/tmp"

printf 'Subject: hi\n\nbody\n.\n' | wire >message
printf 'V1\0Lconn\0Qmsg\0Jmail.example.test\0Aann\0B8BITMIME\0Fann@example.test\0Tbob@example.net\0NNEVER\0Orfc822;b@c.example\0Tpostmaster\0T"a b"@example.net\0NDELAY\0\0' >envelope
filter() {
	{ echo '#!/bin/sh' && cat; } >filter
	chmod +x filter
}
run() {
	rm -f taken*
	stage message filter-qmail "$@" ./filter ./take
}
records() { sed '/^$/d; /^\./d' taken.envelope | tr '\n' ' '; }

filter <<'SH'
exec "$QMAILQUEUE"
SH
ok 'a filter that changes nothing' run
is 'the message is as it was' "$(cksum <taken)" "$(cksum <message)"
is 'so is the envelope' "$(sed '/^\./d' taken.envelope)" "$(tr '\0' '\n' <envelope)"
is 'the verdict is the next stage'\''s' "$(head -1 verdict)" 'K* 250 2.0.0 - - taken'
is 'nothing is left in TMPDIR' "$(ls tmp)" ''

# As qmail-qfilter works: read all, change, queue.
filter <<'SH'
tee seen >/dev/null
cat <&1 >seen.list
{ echo 'X-Filter: yes' && cat seen; } >changed
printf 'Fnew@example.test\0Tbob@example.net\0Tmore@example.org\0\0' >changed.list
exec "$QQF_QMAILQUEUE" <changed 1<changed.list
SH
ok 'a filter that changes all' run
is 'it sees LF line ends' "$(cksum <seen)" "$(tr -d '\r' <message | cksum)"
is 'and an envelope of qmail'\''s kind' "$(tr '\0' '\n' <seen.list)" 'Fann@example.test
Tbob@example.net
Tpostmaster
Ta b@example.net'
is 'its field is in the message' "$(head -1 taken | tr -d '\r')" 'X-Filter: yes'
is 'facts stay; a recipient keeps what belongs to it' "$(records)" \
	'V1 Lconn Qmsg Jmail.example.test Aann B8BITMIME Fnew@example.test Tbob@example.net NNEVER Orfc822;b@c.example Tmore@example.org '
is 'the seal is right' "$(tail -1 taken.envelope)" ".$(wc -c <taken | tr -d ' ')"

for code in 11 31 32 40; do
	echo "exit $code" | filter
	not_ok "exit $code refuses" run
	is "exit $code: 554 5.7.1" "$(cat verdict)" 'D* 554 5.7.1 - - refused by the mail filter'
done
for code in 1 10 41 51 71 81 91 99 100 111 120 126 127; do
	echo "exit $code" | filter
	run
	is "exit $code is later" "$(cat verdict)" 'Z* 451 4.3.0 - - the mail filter cannot take mail now'
done
echo 'kill -9 $$' | filter
run
like 'a signal is later' "$(cat verdict)" '^Z\* 451'
echo 'exit 0' | filter
ok 'a filter may take a message for good' run
is 'as done' "$(cat verdict)" 'K* 250 2.0.0 - - taken by the mail filter'
like 'which the log shows' "$(cat log)" '^filter-qmail: discarded conn=conn msg=msg program=./filter sender=ann@example.test'
not_ok 'and no next stage is asked' test -e taken
filter <<'SH'
cat >copy
cat <&1 >copy.list
"$QMAILQUEUE" <copy 1<copy.list || exit $?
exit 31
SH
run
is 'one that queues and then refuses has refused' "$(cut -d' ' -f1-3 verdict)" 'D* 554 5.7.1'
not_ok 'and nothing goes on' test -e taken
filter <<'SH'
cat >copy
cat <&1 >copy.list
"$QMAILQUEUE" <copy 1<copy.list && "$QMAILQUEUE" <copy 1<copy.list
exit $?
SH
run
like 'one message cannot become two' "$(cat verdict)" '^Z\* 451'
filter <<'SH'
printf 'a\rb\n' | { cat >bad; }
printf 'Fa@b.example\0Tc@d.example\0\0' >bad.list
exec "$QMAILQUEUE" <bad 1<bad.list
SH
run
is 'a bare CR that a filter makes is refused' "$(cut -d' ' -f1-3 verdict)" 'D* 554 5.7.1'
filter <<'SH'
printf 'a\n' >bad
printf 'Fa@b.example\0Tc@d.example\nTx@y.example\0\0' >bad.list
exec "$QMAILQUEUE" <bad 1<bad.list
SH
run
is 'so is a line feed in an address' "$(cut -d' ' -f1-3 verdict)" 'D* 554 5.7.1'
# What it may do if it writes where only our qmail-queue should.
forge() { # ENVELOPE MESSAGE, as Python has them
	printf '%s\n' "exec python3 -c 'import os; os.write(101, b\"$1\"); os.write(100, b\"$2\")'" |
		filter
	run
}
forge 'V1\0Aroot\0Qxx\0Fa@b.example\0Tc@d.example\0NDELAY\0\0.3\0' 'a\r\n'
is 'a filter cannot change the facts' "$(records)" \
	'V1 Lconn Qmsg Jmail.example.test Aann B8BITMIME Fa@b.example Tc@d.example '
forge 'V1\0Fa@b.example\0Tc@d.example\0\0.99\0' 'a\r\n'
is 'what comes back with another length is later' "$(cat verdict)" ''
forge 'V1\0Fa@b.example\0Tc@d.example\nTx\0\0.3\0' 'a\r\n'
is 'so is an address that is none' "$(cat verdict)" ''
forge 'V1\0Fa@b.example\0Tc@d.example\0\0' 'a\r\n'
is 'so is an envelope without seal' "$(cat verdict)" ''
forge 'V1\0Fa@b.example\0Tc@d.example\0\0.2\0' 'a\n'
is 'a message not in wire form is later' "$(cat verdict)" ''
echo 'exec "$QMAILQUEUE" 100>&- 101>&-' | sed '1i#!/bin/bash' >filter
if have bash; then
	run
	like 'a filter that closes our descriptors is told so' "$(cat log)" 'closed descriptors 100,101'
	like 'and means later' "$(cat verdict)" '^Z\* 451'
else
	skip 'a filter that closes our descriptors' 'needs bash'
fi
echo 'sleep 30' | filter
run -t 1
is 'the time limit is later' "$(cat verdict)" ''
like 'and is in the log' "$(cat log)" 'took too long'
{ cat envelope && printf '.1\0'; } >.sealed
echo 'touch ran; exec "$QMAILQUEUE"' | filter
rm -f ran
filter-qmail ./filter ./take <message 3<.sealed 4>verdict 2>log
is 'a message cut short is later' "$? $(cat verdict)" '111 '
not_ok 'and no filter sees a part of it' test -e ran
rm filter
run
like 'a missing filter is later' "$(cat log)$(cat verdict)" 'cannot start the filter.*No such file'
not_ok 'without next stage it is wrong use' filter-qmail ./filter
# An argument of the filter, and a qmail-queue of its own.
printf '#!/bin/sh\n[ "$1 $2" = "one two" ] && exec "$QMAILQUEUE"\n' >filter
chmod +x filter
printf '#!/bin/sh\ntouch asked\nexec qmail-queue\n' >own
chmod +x own
rm -f taken
stage message filter-qmail -q ./own './filter one two' ./take
ok 'a filter has arguments, and its queue can be named' test -s taken -a -e asked
