# DATA-04 DATA-09 DATA-10 DATA-11 DATA-13 ARCH-02: any program as a message stage
. tests/lib.sh

script() { # NAME: a filter of this name, its text on standard input
	{ printf '#!/bin/sh\n' && cat; } >"$1"
	chmod +x "$1"
}
# later SENTENCE OPTION...: nothing is handed on, and nobody is told no
later() {
	sentence=$1
	shift
	rm -f taken taken.envelope
	stage message filter-run "$@" ./take
	is "$sentence: later" "$? $(cat verdict)" '111 '
	not_ok "... and nothing is handed on" test -e taken
}
printf 'Subject: hi\n\n.dots\n. \n\ntrailing space \n\n\n' | wire >message
envelope ann@example.org bob@example.net >envelope

ok 'a message goes through' stage message filter-run cat ./take
is 'the verdict is the next stage'\''s' "$(head -1 verdict)" 'K* 250 2.0.0 - - taken'
ok 'DATA-04: what the program copies is as it was' cmp message taken
is 'the envelope is handed on as it came' "$(sed '/^\.[0-9]*$/d' taken.envelope)" \
	"$(tr '\0' '\n' <envelope)"
like 'the log tells of the program' "$(cat log)" \
	'filtered conn=testconn00000000 msg=0testmessage0001 program=cat exit=0'

script see <<'SEE'
cat >"$1"
echo "arguments: $*" >&2
printf 'X: 1\n\nnew\n'
SEE
ok 'a command line is cut into words' stage message filter-run './see seen  2' ./take
is 'the program sees LF line ends' "$(cksum <seen)" "$(tr -d '\r' <message | cksum)"
is 'what it writes is the message' "$(cksum <taken)" "$(printf 'X: 1\r\n\r\nnew\r\n' | cksum)"
is 'the seal counts the new message' "$(grep '^\.' taken.envelope)" ".$(wc -c <taken)"
like 'what it says is in the log' "$(cat log)" 'text="arguments: seen 2"'
stage message filter-run -w './see seen' ./take
is 'with -w it sees wire form' "$(cksum <seen)" "$(cksum <message)"
not_ok 'with -w LF alone is no line end (DATA-11)' test -s verdict
ok 'with -w it writes wire form' stage message filter-run -w cat ./take
ok '... byte for byte' cmp message taken

script descriptors <<'SEE'
for fd in 3 4; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done >open
cat
SEE
stage message filter-run ./descriptors ./take
is 'the program has neither envelope nor verdict' "$(cat open)" ''

script refuse <<'SEE'
cat >/dev/null
printf 'this is \033[31mspam\nmore\n' >&2
exit 100
SEE
rm -f taken
stage message filter-run ./refuse ./take
is 'exit 100 refuses' $? 100
is 'the text is its first line, cleaned' "$(cat verdict)" 'D* 550 5.7.1 - - this is ?[31mspam'
not_ok 'a refused message is not handed on' test -e taken
script mute <<'SEE'
exit 100
SEE
stage message filter-run ./mute ./take
is 'a refusal without words has some' "$(cat verdict)" 'D* 550 5.7.1 - - refused by a filter'

script fail <<'SEE'
cat
exit ${1-1}
SEE
later 'exit 1' ./fail
later 'exit 99' './fail 99'
later 'exit 111' './fail 111'
script die <<'SEE'
head -c 20
kill -9 $$
SEE
later 'a program that dies cannot cut the message short' ./die
like '... and the log says so' "$(cat log)" 'program=./die signal=9'
later 'a program that is not there' ./no-such-program
like '... and the log says so' "$(cat log)" 'cannot start the filter ./no-such-program: No such file'
script slow <<'SEE'
cat
sleep 60
SEE
later 'a program that takes too long' -t 1 ./slow
like '... and the log says so' "$(cat log)" 'late=yes'
script polite <<'SEE'
trap 'exit 0' TERM
cat
sleep 60 &
wait
SEE
later 'a program that ends well, but only when asked to' -t 1 ./polite
later 'a program that writes nothing' true
script return <<'SEE'
printf 'Subject: x\ry\n\nbody\n'
SEE
later 'DATA-10: a bare CR' ./return
script feed <<'SEE'
printf 'Subject: x\r\n\r\nbo\ndy\r\n'
SEE
later 'DATA-09: a bare LF in wire form' -w ./feed
ok 'LF and CRLF may be mixed in local form' stage message filter-run ./feed ./take
is '... and become CRLF' "$(cksum <taken)" "$(printf 'Subject: x\r\n\r\nbo\r\ndy\r\n' | cksum)"
script nul <<'SEE'
printf 'Subject: x\n\nbo\0dy\n'
SEE
later 'DATA-13: a NUL' ./nul
script end <<'SEE'
printf 'Subject: x\n\nbody\r'
SEE
later 'DATA-10: a CR at the very end' ./end

printf 'Subject: hi\r\n\r\nno end' >message
ok 'a last line without end' stage message filter-run cat ./take
ok '... stays without' cmp message taken
: >message
ok 'an empty message may stay empty' stage message filter-run cat ./take
{ printf 'Subject: big\r\n\r\n' && yes "$(printf 'line of the body\r')" | head -c 3000000; } >message
ok 'a message of many pieces goes through' stage message filter-run cat ./take
ok '... as it was' cmp message taken
{ head -c 65535 /dev/zero | tr '\0' x && printf '\r\nend\r\n'; } >message # CR and LF in two pieces
ok 'a line end may be cut in two' stage message filter-run './see seen' ./take
is '... and is still one' "$(cksum <seen)" "$(tr -d '\r' <message | cksum)"
ok 'a program need not read' stage message filter-run ./feed ./take

printf 'Subject: hi\r\n\r\nbody\r\n' >message
rm -f taken seen
{ cat envelope && printf '.99\0'; } >sealed
filter-run './see seen' ./take <message 3<sealed 4>verdict 2>log
is 'a message that was cut short is "later"' $? 111
not_ok '... and the program has never seen it' test -e seen
printf 'Xwrong\0\0' >envelope
later 'a broken envelope' cat
envelope ann@example.org bob@example.net >envelope
TMPDIR=/no/such/folder later 'no room for temporary files' cat
not_ok 'a missing next stage is "later"' stage message filter-run cat ./no-such-stage

rm -f taken
filter-run -S "unix:$WORK/socket" cat ./take 2>served &
background=$!
until_true 20 test -S socket
ok 'the same job handed to a waiting parent goes through' stage message \
	received-add "unix:$WORK/socket"
until_true 20 test -s taken
like '... and is handed on' "$(cat taken)" '^Received: '

is 'by hand it is a filter, with LF' "$(printf 'a: b\n\nc\n' | filter-run 'tr a-c d-f' 2>/dev/null)" \
	"$(printf 'd: e\n\nf\n')"
printf 'a: b\r\n\r\nc\r\n' | filter-run cat 2>/dev/null >by-hand
is 'by hand it keeps CRLF' "$(cksum <by-hand)" "$(printf 'a: b\r\n\r\nc\r\n' | cksum)"
printf 'a: b\n' | filter-run ./refuse >by-hand 2>log
is 'by hand a refusal is exit 100' "$? $(wc -c <by-hand)" '100 0'
is 'nothing is left in $TMPDIR' "$(mkdir t && printf 'a: b\n' | TMPDIR=$WORK/t filter-run cat 2>/dev/null &&
	ls -A t)" 'a: b'
