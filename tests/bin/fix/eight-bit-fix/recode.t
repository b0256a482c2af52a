# 8BIT-04 MIME-01 MIME-02 MIME-03 MIME-05 SUB-30: a message becomes 7-bit and stays the same message
. tests/lib.sh

mkdir corpus
mime-corpus.py 300 corpus
is 'messages of many shapes keep their content, become fit, and a second pass changes nothing' \
	"$(mime-same.py corpus eight-bit-fix | sed 's/[0-9]* changed/some changed/')" \
	'300 messages, some changed'
envelope ann@example.org bob@example.net >envelope
printf 'Subject: x\n\nna\303\257ve caf\303\251, and some more\n' | wire >message
FACTS='Ltestconn00000000 Q0testmessage0001 B8BITMIME' envelope ann@example.org bob@example.net >envelope
ok 'an 8-bit message goes through' stage message eight-bit-fix ./take
is 'the verdict is the next stage'\''s' "$(head -1 verdict)" 'K* 250 2.0.0 - - taken'
is '8BIT-04: it has no 8-bit byte' "$(LC_ALL=C grep -c "$(printf '[\200-\377]')" taken)" 0
like 'MIME-05: it is labelled' "$(tr -d '\r' <taken)" '^Content-Type: text/plain; charset=utf-8$'
is 'the envelope says no more that it is 8-bit' "$(sed '/^\.[0-9]*$/d' taken.envelope)" \
	"$(tr '\0' '\n' <envelope | grep -v '^B')"
is 'the seal counts what has become' "$(grep '^\.' taken.envelope)" ".$(wc -c <taken)"
like 'the log says so' "$(cat log)" 'recoded conn=testconn00000000 msg=0testmessage0001 text="made 7-bit"'
cp taken once
ok 'it goes through again' stage once eight-bit-fix ./take
is 'unchanged' "$(cksum <taken)" "$(cksum <once)"
is 'and the log has nothing to say' "$(cat log)" ''

printf 'Content-Type: multipart/signed; boundary=b\n\n--b\n\n\303\251\n--b--\n' | wire >message
ok 'MIME-03: a signed part goes through' stage message eight-bit-fix ./take
is 'MIME-03: as it was' "$(cksum <taken)" "$(cksum <message)"
is 'with its envelope' "$(sed '/^\.[0-9]*$/d' taken.envelope)" "$(tr '\0' '\n' <envelope)"
like 'and the log says why' "$(cat log)" 'text="a part is signed or encrypted"'

printf 'Subject: x\n\n\303\251t\303\251 and all that follows in this line\n' >draft
eight-bit-fix <draft >taken
is 'by hand it is a filter, and lines that end in LF stay so' "$(tail -n 1 taken)" \
	'=C3=A9t=C3=A9 and all that follows in this line'
: >empty
ok 'an empty message goes through' stage empty eight-bit-fix ./take
is 'and is empty' "$(wc -c <taken | tr -d ' ')" 0
{ printf 'Subject: x\n\n' && yes 'na\303\257ve, and more' | head -n 100000; } | wire >message
ok 'a big one goes through' stage message eight-bit-fix ./take
is 'and loses nothing' "$(grep -c 've, and more' taken)" 100000
ulimit -v 30000 2>/dev/null
{ printf 'Subject: x\r\n\r\n\303\251' && yes 'xxxxxxxxxxxxxxxxxxxxxxxx' | head -c 50000000 | wire; } >message
ok 'memory does not grow with the message' stage message eight-bit-fix ./take
rm message taken
{ cat envelope && printf '.99\0'; } >sealed
eight-bit-fix ./take <once 3<sealed 4>verdict 2>log
is 'a message that was cut short is "later"' $? 111
not_ok 'and goes nowhere' test -e taken
