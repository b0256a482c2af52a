# HDR-05 HDR-06 DATA-09 DATA-10 DATA-13 DATA-14 DATA-17 SYN-07
. tests/lib.sh

echo "me:x:$(id -u):1::/:/bin/sh" >users
me=$(awk -F: -v id="$(id -u)" '$3 == id { print $1; exit }' /etc/passwd)
mkdir tmp
export TMPDIR="$WORK/tmp" SMTPIPE_INJECT="$WORK/inject"
# The last stage answers as the test says; without a seal it says nothing.
cat >last <<'SH'
#!/bin/sh
cat >$$.taken
tr '\0' '\n' <&3 >$$.envelope
grep -q '^\.[0-9]' $$.envelope || exit 111 # others may be at work here: only what is sealed has the names
mv $$.taken taken && mv $$.envelope taken.envelope
[ ! -s answer ] || tr '\n' '\0' <answer >&4
SH
chmod +x last
printf 'K* 250 2.0.0 - - kept as 0abc\n\n' >answer
mail-inject -S "unix:$WORK/inject" -a /etc/passwd -t "$me" -h a.test ./last 2>log &
background=$!
until_true 20 test -S inject

# send TEXT ARGUMENTS: sets status, err; what arrived is in taken and taken.envelope
send() {
	text=$1
	shift
	rm -f taken taken.envelope
	printf "$text" | sendmail "$@" >out 2>err
	status=$?
	: >>taken
	: >>taken.envelope
}
to() { grep '^T' taken.envelope | tr '\n' ' '; }
got() { tr -d '\r' <taken; }

send 'Subject: hi\n\nbody\n' ann@example.test 'Bob B. <bob@example.test>, carl'
is 'mail is accepted' "$status $(cat err)" '0 '
is 'the message is in wire form' "$(cksum <taken)" "$(printf 'Subject: hi\r\n\r\nbody\r\n' | cksum)"
is 'recipients are addresses or lists of them' "$(to)" 'Tann@example.test Tbob@example.test Tcarl@a.test '
is 'the sender is who runs it' "$(grep ^F taken.envelope)" "F$me@a.test"
is 'nothing is left in TMPDIR' "$(ls tmp)" ''
send 'Subject: hi\r\n\r\nbody\r\nno end' ann@example.test
is 'DATA-14: CRLF is kept, and a last line ended' "$(cksum <taken)" \
	"$(printf 'Subject: hi\r\n\r\nbody\r\nno end\r\n' | cksum)"
send '' ann@example.test
is 'DATA-17: nothing is a message too' "$status $(wc -c <taken | tr -d ' ')" '0 0'
send 'a: b\n' -v ann@example.test
is '-v says what happened' "$(cat err)" 'sendmail: 250 2.0.0 kept as 0abc'

# Senders.
send 'a: b\n' -f other@example.net ann@example.test
is '-f names the sender' "$(grep ^F taken.envelope)" 'Fother@example.net'
send 'a: b\n' -fother@example.net ann@example.test
is 'stuck to its option too' "$(grep ^F taken.envelope)" 'Fother@example.net'
send 'a: b\n' -r '<other@example.net>' ann@example.test
is '-r too, in brackets too' "$(grep ^F taken.envelope)" 'Fother@example.net'
for null in '' '<>'; do
	send 'a: b\n' -f "$null" ann@example.test
	is "the null sender: -f '$null'" "$status $(grep ^F taken.envelope)" '0 F'
done

# -t
send 'To: Ann <ann@x.test>,\n bob@x.test\nCC: Friends: carl@x.test, "d e"@x.test;\nBCC: secret@x.test,\n\thidden@x.test\nX: y\n\nTo: body@x.test\n' \
	-t more@x.test
is '-t: recipients of the header are added to those named' "$(to)" \
	'Tmore@x.test Tann@x.test Tbob@x.test Tcarl@x.test T"d e"@x.test Tsecret@x.test Thidden@x.test '
is 'HDR-05, HDR-06: Bcc is gone with its folds, all else is there' "$(got)" \
	"$(printf 'To: Ann <ann@x.test>,\n bob@x.test\nCC: Friends: carl@x.test, "d e"@x.test;\nX: y\n\nTo: body@x.test\n')"
send 'Bcc: secret@x.test\n\nx\n' -ti
is '-t: a header of Bcc alone' "$status $(to)$(got)" "0 Tsecret@x.test $(printf '\nx')"
send 'Resent-To: new@x.test\nResent-Bcc: h@x.test\nReceived: x\nResent-To: old@x.test\nTo: first@x.test\n\n' -t
is '-t: sent on again, it goes to the topmost Resent fields' "$(to)" 'Tnew@x.test Th@x.test '
unlike 'and Resent-Bcc is gone' "$(got)" 'Resent-Bcc'
send 'To: undisclosed-recipients:;\n\n' -t
is '-t: no recipients' "$status $(cat err)" '65 sendmail: the message names no recipients'
send 'To: ann@@x.test\n\n' -t
is '-t: a list that is none' "$status $(cat err)" \
	'65 sendmail: line 1 of the message is no list of addresses'
send 'To: ann@x.test\nno header\n\n' -t
is '-t: a line that is no field' "$status $(cat err)" '65 sendmail: line 2 of the message is no header field'
send 'Bcc: secret@x.test\n\n' ann@x.test
is 'without -t the header is left alone' "$(to)$(got)" 'Tann@x.test Bcc: secret@x.test'
is 'nothing of all that went further' "$(ls tmp)" ''

# The line of one dot.
for end in '\n.\n' '\n.\r\n' '\n.'; do
	send "a: b\n\nx${end}" ann@x.test
	is "a line of one dot ends it: $(printf '%s' "$end" | tr '\\' '/')" "$(got)" "$(printf 'a: b\n\nx')"
done
send 'a: b\n\n.\nmore\n' ann@x.test
is 'and what is behind it is not sent' "$(got)" "$(printf 'a: b\n')"
for i in -i -oi; do
	send 'a: b\n\n.\nmore\n.' $i ann@x.test
	is "not with $i" "$(got)" "$(printf 'a: b\n\n.\nmore\n.')"
done
send 'a: b\n\n..\n. \n.x\nx.\n' ann@x.test
is 'other lines with dots stay' "$(got)" "$(printf 'a: b\n\n..\n. \n.x\nx.')"
{ printf 'a: b\n\n' && yes 'a line that fills the pipe and the chunks it is read in' | head -3000 &&
	printf '.' && sleep 0.2 && printf '\nmore\n'; } | sendmail ann@x.test
is 'a dot that comes in pieces ends it too' "$(tail -1 taken | tr -d '\r')" \
	'a line that fills the pipe and the chunks it is read in'

# -F
send 'Subject: x\n\n' -F 'Ann B.' -f ann@x.test b@x.test
is '-F makes a From' "$(got | head -1)" 'From: "Ann B." <ann@x.test>'
send 'From: c@x.test\n\n' -F Ann -f ann@x.test b@x.test
is 'where there is none' "$(got)" 'From: c@x.test'
send 'no header\n' -F Ann -f ann@x.test b@x.test
is 'a text without header gets one' "$(got)" "$(printf 'From: Ann <ann@x.test>\n\nno header')"

# What a stranger's data may contain.
for option in -f -r -F; do
	send 'a: b\n' $option "x
X: y" ann@x.test
	is "a line feed: $option" "$status $(cat taken)" '65 '
	like "is seen here already: $option" "$(cat err)" 'control character'
done
send 'a: b\n' 'ann@x.test
Tbob@x.test'
is 'a line feed in a recipient' "$status $(cat taken)" '65 '
like 'is seen here already' "$(cat err)" 'control character'
send 'To: "a\n\tb"@x.test\n\n' -t
is 'a fold in a quoted address makes no record' "$status $(cat taken)" '65 '
send 'To: "a\rb"@x.test\n\n' -t
is 'a CR in an address' "$status $(cat taken)" '65 '
send 'a\rb\n' ann@x.test
is 'DATA-10: a bare CR' "$status $(cat taken)" '65 '
like 'is told with what to do' "$(cat err)" 'carriage return that ends no line; a program must encode'
send 'a\0b\n' ann@x.test
is 'DATA-13: NUL' "$status $(cat taken)" '65 '
like 'is told too' "$(cat err)" 'NUL byte'
send 'a: b\n' -- -oi@x.test
is 'an address may begin with a dash' "$status $(to)" '0 T-oi@x.test '
send 'a: b\n' 'ann@@x'
is 'SYN-07: no address' "$status $(cat err)" '65 sendmail: this is no address: ann@@x'

# What RFC 3461 and 6152 add.
send 'a: b\n' -N success,delay -R hdrs -V QQ+2B1 -B 8BITMIME ann@x.test bob@x.test
is 'wishes for reports' "$(grep -E '^[NREB]' taken.envelope | tr '\n' ' ')" \
	'B8BITMIME RHDRS EQQ+2B1 Nsuccess,delay Nsuccess,delay '
send 'a: b\n\n\303\244\n' ann@x.test
is '8-bit text is declared' "$(grep -E '^[BU]' taken.envelope | tr '\n' ' ')" 'B8BITMIME '
send 'a: b\n' "$(printf '\303\244@x.test')"
is 'so is an address in UTF-8' "$(grep -E '^[BU]' taken.envelope | tr '\n' ' ')" 'U '
for bad in '-N sometimes' '-R all' '-V a=b' '-B BINARYMIME' '-x' '-bp' '-bs' '-bd' '-bv' '-by'; do
	send '' $bad ann@x.test
	is "wrong use: $bad" $status 64
done
for old in '-G' '-oem' '-oee' '-om' '-U' '-n' '-m' '-O x=y' '-h 3' '-bm' '-L tag' '-X f' '-A c'; do
	send '' $old ann@x.test
	is "taken and ignored: $old" $status 0
done
send ''
is 'no recipients is wrong use' $status 64
sendmail -q && sendmail -q30m && sendmail -bi >out
is '-q and -bi have nothing to do' "$? $(cat out)" '0 sendmail: tables are read as they are; nothing to be done'

# Answers.
answer() { # answer CODE VERDICT-LINES
	printf "$2" >answer
	send 'a: b\n' ann@x.test bob@x.test
	is "the answer $(printf '%s' "$2" | tr '\\' '/')" "$status" "$1"
}
answer 0 'K0 250 2.0.0 - - ok\nK1 250 2.0.0 - - ok\n\n'
answer 67 'D* 550 5.1.1 - - nobody\n\n'
answer 77 'D* 550 5.7.1 - - no\n\n'
answer 69 'D* 554 5.3.0 - - no\n\n'
answer 65 'D* 554 5.6.0 - - no\n\n'
answer 75 'Z* 451 4.3.0 - - later\n\n'
answer 67 'K0 250 2.0.0 - - ok\nD1 550 5.1.1 - - nobody\n\n'
answer 75 'D0 550 5.1.1 - - nobody\nZ1 451 4.3.0 - - later\n\n'
answer 75 'K* 250 2.0.0 - - ok\n'
answer 75 'nonsense\n\n'
answer 75 '\n'
answer 75 ''
answer 77 'D* 550 5.7.1 - - no \033[31m\n\n'
is 'a refusal is told, and cleaned' "$(cat err)" 'sendmail: 550 5.7.1 no ?[31m'
export SMTPIPE_INJECT="$WORK/nobody"
send 'a: b\n' ann@x.test
is 'no socket is "try again"' "$status $(cat err)" \
	"75 sendmail: cannot reach mail-inject at unix:$WORK/nobody: No such file or directory; is its service running?"
