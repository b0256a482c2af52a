# LOOP-01 HDR-15 TRC-01 TRC-02 TRC-03 TRC-04 TRC-05 TRC-06 TRC-08 TRC-09 TRC-12 ARCH-02
. tests/lib.sh

printf 'Received: from old.example\nSubject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net >envelope
ok 'a message goes through' stage message received-add ./take
is 'the verdict is the next stage'\''s' "$(head -1 verdict)" 'K* 250 2.0.0 - - taken'
like 'TRC-01: Received is the very first field' "$(head -1 taken)" \
	'^Received: from client.example \(\[192\.0\.2\.7\]\)'
unfolded=$(tr -d '\r' <taken | sed '/+0000$/q' | tr '\t' ' ' | tr -d '\n')
like 'TRC-03, TRC-06, TRC-08: by, with and id' "$unfolded" \
	'by mail.example.test with ESMTPSA id 0testmessage0001'
like 'TRC-04: the date has a numeric zone' "$unfolded" \
	'; (Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \+0000$'
like 'TRC-05: one recipient is named' "$unfolded" 'for <bob@example.net>'
like 'TRC-12: the cipher suite is named' "$unfolded" '\(TLSv1.3\)'
is 'TRC-09, ARCH-02: all below is as it was' "$(tail -n 4 taken | cksum)" "$(cksum <message)"
is 'the envelope is handed on as it came' "$(sed '/^\.[0-9]*$/d' taken.envelope)" \
	"$(tr '\0' '\n' <envelope)"
is 'the seal counts the new field too' "$(grep '^\.' taken.envelope)" ".$(wc -c <taken)"

envelope ann@example.org bob@example.net carl@example.net >envelope
stage message received-add ./take
unlike 'TRC-05: two recipients are not named' "$(cat taken)" 'for <'

FACTS='I2001:db8::1 wSMTP hx' envelope '' bob@example.net >envelope
stage message received-add ./take
like 'TRC-02: an IPv6 client is a literal' "$(cat taken)" '\(\[IPv6:2001:db8::1\]\)'
like 'TRC-06: HELO without TLS or login is SMTP' "$(cat taken)" 'with SMTP id'

FACTS='U M3 tTLSv1.3 Aann wESMTP hx Jme.example' envelope '' bob@example.net >envelope
stage message received-add ./take
like 'TRC-07, PRI-04: SMTPUTF8 and a priority are told' "$(tr -d '\r\n' <taken | tr '\t' ' ')" \
	'with UTF8SMTPSA id .* for <bob@example.net> PRIORITY 3; '

many() { yes 'Received: from a by b; Sun, 22 Nov 2026 02:30:00 +0000' | head -"$1"; }
{ many 100 && printf 'Bcc: x\nno field\n\nReceived: in the body\n'; } | wire >message
ok 'LOOP-01: 100 Received fields go through' stage message received-add ./take
is 'HDR-15: what is wrong or private is not our matter' "$(tail -n 104 taken | cksum)" \
	"$(cksum <message)"
{ many 101 && printf '\nbody\n'; } | wire >message
rm taken
stage message received-add ./take
is 'LOOP-01: 101 of them are a loop' $? 100
like 'LOOP-01: the verdict says so' "$(head -1 verdict)" '^D\* 554 5\.4\.6 .*loop'
not_ok 'LOOP-01: nothing is handed on' test -e taken
yes 'X-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' | head -c 1000000 | wire >message
ok 'LIM-21: a header without end goes through' stage message received-add ./take
is 'LIM-21: all of it arrives' "$(tail -c "$(wc -c <message)" taken | cksum)" "$(cksum <message)"
printf 'Subject: hi\n\nbody\n' | wire >message

printf 'Xwrong\0\0' >envelope
not_ok 'a broken envelope is refused' stage message received-add ./take
is 'a broken envelope is "later": no verdict' "$(cat verdict)" ''
envelope ann@example.org bob@example.net >envelope
{ cat envelope && printf '.99\0'; } >sealed
rm -f taken
# The next stage, left alone, may end after us: with the pipe's end.
{ received-add ./take <message 3<sealed 4>&1 >/dev/null 2>log; echo $? >ended; } | cat >verdict
is 'a message that was cut short is "later"' "$(cat ended)" 111
not_ok 'a message that was cut short is never sealed' test -s verdict -o -e taken
not_ok 'a missing next stage is "later"' stage message received-add ./no-such-program
is 'a missing next stage gives no verdict' "$(cat verdict)" ''
like 'a missing next stage is named in the log' "$(cat log)" 'no-such-program.*No such file'

rm -f taken taken.envelope
received-add -S "unix:$WORK/socket" ./take 2>served &
background=$!
until_true 20 test -S socket
ok 'the same job handed to a waiting parent goes through' stage message \
	received-add "unix:$WORK/socket"
is 'both of them added their field' "$(grep -c '^Received: from client' taken)" 2
