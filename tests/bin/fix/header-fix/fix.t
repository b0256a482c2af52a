# SUB-10 SUB-24 SUB-25 SUB-26 SUB-27 SUB-28 SUB-29 HDR-01 HDR-02 HDR-06 HDR-13 HDR-14 HDR-16 HDR-17
# HDR-19 HDR-20 TRC-01 TRC-09 LOOP-01 LIM-21 SEC-12 DATA-04 DATA-14 DATA-17
. tests/lib.sh

# text of FILE: as lines with LF, unfolded
unfolded() { tr -d '\r' <"$1" | sed -e :a -e '$!N; s/\n[ \t]/ /; ta' -e 'P; D'; }
message() { printf '%b' "$1" | wire >message; }
complete='Date: Sun, 22 Nov 2026 02:30:00 +0000\nFrom: ann@example.org\nTo: bob@example.net\nMessage-ID: <1@example.org>\nX-One: 1\nX-One: 2\n'
envelope ann@example.org bob@example.net >envelope

message "$complete\nbody\n\n \n.\n\n"
ok 'a complete message goes through' stage message header-fix ./take
is 'the verdict is the next stage'\''s' "$(head -1 verdict)" 'K* 250 2.0.0 - - taken'
like 'TRC-01: Received is the very first field' "$(head -1 taken)" \
	'^Received: from client.example \(\[192\.0\.2\.7\]\)'
is 'SUB-28, HDR-20, DATA-04: all below is as it was' \
	"$(tail -c "$(wc -c <message)" taken | cksum)" "$(cksum <message)"
is 'nothing else was added' "$(unfolded taken | grep -c .)" "$(($(unfolded message | grep -c .) + 1))"
is 'the envelope is handed on as it came' "$(sed '/^\.[0-9]*$/d' taken.envelope)" \
	"$(tr '\0' '\n' <envelope)"
is 'the seal counts what was added' "$(grep '^\.' taken.envelope)" ".$(wc -c <taken)"
cp taken once
stage once header-fix ./take
is 'a second pass adds only its own Received' "$(tail -c "$(wc -c <once)" taken | cksum)" \
	"$(cksum <once)"

message 'Subject: hi\nBcc: eve@example.com,\n frank@example.com\nCc: carl\n\nBcc: stays\n'
ok 'an incomplete message goes through' stage message header-fix ./take
got=$(unfolded taken)
like 'SUB-24: it has a Date' "$got" '^Date: [A-Z][a-z]{2}, [0-9 ]{2} [A-Z][a-z]{2} 20[0-9: ]+ \+0000$'
like 'SUB-25: it has a Message-ID that the log knows' "$got" \
	'^Message-ID: <0testmessage0001@mail\.example\.test>$'
like 'HDR-13: it has the envelope sender as From' "$got" '^From: ann@example\.org$'
like 'HDR-14: an unqualified address gets the domain of its sender' "$got" '^Cc: carl@example\.org$'
is 'HDR-06, HDR-16: Bcc is gone with its folds, and stays below the header' \
	"$(grep -ci -e bcc -e frank taken)" 1
is 'HDR-16: what was added stands above the empty line' \
	"$(tr -d '\r' <taken | sed -n '/^$/,$p' | tail -n +2)" 'Bcc: stays'
is 'the order is kept' "$(unfolded taken | sed -n 's/:.*//p' | tr '\n' ' ')" \
	'Received Subject Cc Date From Message-ID Bcc '
like 'the log says what was changed' "$(cat log)" \
	'fixed conn=testconn00000000 msg=0testmessage0001 changes="-Bcc ~Cc \+Date \+From \+Message-ID"'
cp taken once
stage once header-fix ./take
is 'a second pass adds only its own Received' "$(tail -c "$(wc -c <once)" taken | cksum)" \
	"$(cksum <once)"
stage message header-fix -d example.org ./take
like 'the domain for unqualified addresses can be set' "$(cat taken)" '^Cc: carl@example\.org'

printf 'just text\r\nin two lines\r\n' >message
ok 'HDR-17: a message without header goes through' stage message header-fix ./take
is 'HDR-17: it gets an empty line before the body' \
	"$(tr -d '\r' <taken | sed -n '/^$/,$p' | tail -n +2 | tr '\n' '|')" 'just text|in two lines|'
like 'it is shown to nobody' "$(cat taken)" '^To: undisclosed-recipients:;'
: >message
ok 'DATA-17: an empty message goes through' stage message header-fix ./take
like 'DATA-17: it gets a header' "$(cat taken)" '^From: ann@example\.org'
printf 'X-Last: 1' >message
stage message header-fix ./take
like 'DATA-14: a last line without end gets one' "$(tr '\r\n' '$|' <taken)" 'X-Last: 1\$\|Date:'

# refused SENTENCE CODE TEXT OPTION...
refused() {
	sentence=$1 code=$2 text=$3
	shift 3
	rm -f taken
	stage message header-fix "$@" ./take
	is "$sentence: exit 100" $? 100
	like "$sentence" "$(head -1 verdict)" "^D\* $code - - .*$text"
	not_ok "... and nothing is handed on" test -e taken
}
envelope '' bob@example.net >envelope
message 'Subject: hi\n\nbody\n'
refused 'HDR-13: From is missing and the sender is null' '554 5.6.0' 'From is missing'
message "$complete\nbody\n"
ok 'SUB-07: a complete message of the null sender goes through' stage message header-fix ./take
message "${complete}Cc: carl\n\nbody\n"
stage message header-fix ./take
like 'HDR-14: without a sender an unqualified address gets our host name' "$(tr -d '\r' <taken)" '^Cc: carl@mail\.example\.test$'
envelope ann@example.org bob@example.net >envelope
message "${complete}Subject: a\nsubject: b\n\nbody\n"
refused 'HDR-02: a second Subject' '554 5.6.0' 'a second Subject \(header line 8\)'
message "${complete}what is this\n\nbody\n"
refused 'a malformed line' '554 5.6.0' 'header line 7 is malformed'
message "${complete}Cc: Carl <carl@example.net\n\nbody\n"
refused 'SUB-10: an illegal address' '554 5.6.0' 'Cc \(header line 7\)'
message "${complete}Cc: carl\n\nbody\n"
refused 'HDR-14: an unqualified address with -r' '554 5.6.0' 'Cc: .*carl.* has no domain' -r
{ printf '%b' "$complete" && yes 'Received: from a by b; Sun, 22 Nov 2026 02:30:00 +0000' |
	head -100 && printf '\nbody\n'; } | wire >message
ok 'LOOP-01: 100 Received fields go through' stage message header-fix ./take
{ printf 'Received: from a by b; Sun, 22 Nov 2026 02:30:00 +0000\r\n' && cat message; } >looped
mv looped message
refused 'LOOP-01: 101 Received fields' '554 5.4.6' 'loop'
{ printf '%b' "$complete" && yes 'X-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' | head -c 530000 &&
	printf '\n\nbody\n'; } | wire >message
refused 'LIM-21: a header section of more than 512 KiB' '552 5.3.4' 'longer than 512 KiB'
yes 'this is a long body without any field in it' | head -c 2000000 | wire >message
ok 'a long body without header is no long header' stage message header-fix ./take
is 'all of it arrives' "$(tail -c "$(wc -c <message)" taken | cksum)" "$(cksum <message)"

message "Return-Path: <x@y.example>\nAuthentication-Results: mail.example.test; dkim=pass\nAuthentication-Results: other.example; none\n$complete\nbody\n"
stage message header-fix ./take
is 'HDR-19, SEC-12: Return-Path and results in our name are gone' \
	"$(grep -c -e ^Return-Path -e '^Authentication-Results: mail' taken)" 0
is 'SEC-12: results of others stay' "$(grep -c '^Authentication-Results: other' taken)" 1

message "$complete\nbody\n"
stage message header-fix -o ./take
like '-o: Received names the connection' "$(head -1 taken)" '^Received: from testconn00000000'
unlike '-o: and not where it came from' "$(cat taken)" '192\.0\.2\.7|client\.example'
like '-o: who added it and how is still there' "$(unfolded taken)" 'by mail\.example\.test with ESMTPSA id'

printf 'Xwrong\0\0' >envelope
not_ok 'a broken envelope is refused' stage message header-fix ./take
is 'a broken envelope is "later": no verdict' "$(cat verdict)" ''
envelope ann@example.org bob@example.net >envelope
not_ok 'a missing next stage is "later"' stage message header-fix ./no-such-program
is 'a missing next stage gives no verdict' "$(cat verdict)" ''
{ cat envelope && printf '.99\0'; } >sealed
rm -f taken
# The next stage, left alone, may end after us: with the pipe's end.
{ header-fix ./take <message 3<sealed 4>&1 >/dev/null 2>log; echo $? >ended; } | cat >verdict
is 'a message that was cut short is "later"' "$(cat ended)" 111
not_ok 'a message that was cut short is never sealed' test -s verdict -o -e taken

rm -f taken
header-fix -S "unix:$WORK/socket" -d example.org ./take 2>served &
background=$!
until_true 20 test -S socket
message 'To: bob\n\nbody\n'
ok 'the same job handed to a waiting parent goes through' stage message \
	header-fix "unix:$WORK/socket"
until_true 20 test -s taken
is 'both of them did their work' "$(grep -c -e '^Received:' -e '^To: bob@example\.org' taken)" 3

printf 'From: ann\nBcc: eve@example.com\nSubject: hi\n\nbody\n' |
	header-fix -d example.org >fixed 2>log
is 'by hand it is a filter' $? 0
is 'by hand it keeps to LF' "$(grep -c "$(printf '\r')" fixed)" 0
unlike 'by hand it adds no Received' "$(cat fixed)" '^Received'
like 'by hand it repairs as ever' "$(tr '\n' '|' <fixed)" \
	'^From: ann@example\.org\|Subject: hi\|Date: [^|]*\|To: undisclosed-recipients:;\|Message-ID: <[0-9a-v]{16}@[^|]+>\|\|body\|$'
header-fix -d example.org <fixed >twice
ok 'by hand, twice is once' cmp fixed twice
printf 'Subject: hi\n\n' | header-fix >/dev/null 2>log
is 'by hand, a message without From is refused' $? 100
printf 'From: a@b.example\nWhat?\n\n' | wire | header-fix >/dev/null 2>log
like 'by hand, the reason is said' "$(cat log)" 'header line 2'
