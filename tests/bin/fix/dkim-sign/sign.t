# DKIM-01 DKIM-02 DKIM-04 SUB-31 BDAT-13: signatures that others find good, and what they cover
. tests/lib.sh

# signatures FILE: what dkimpy says of each, in one line
signatures() { dkim-verify.py zone <"$1" 2>&1 | sed 's/ .*//' | tr '\n' ' '; }
# add FIELD FILE: a message with one more field
add() { printf '%s\r\n' "$1" | cat - "$2"; }
# key DOMAIN SELECTOR [-e]: a key in use, its record in the zone
key() {
	dkim-key $3 "$1" "$2" >>zone && mv "dkim/$1/$2.new" "dkim/$1/$2.key"
}
mkdir dkim
key example.org s1 && key example.org s2 -e && key other.example s1
printf 'Received: x\nFrom: Ann <ann@Example.org>\nTo: bob@example.net\nSubject: hi  there\n\tfolded \nDate: Sun, 22 Nov 2026 02:30:00 +0000\nMessage-ID: <1@example.org>\nX-Free: 1\nList-Post: <mailto:a@b>\n\n a  b \n\n.c\n\n\n' |
	wire >message
envelope ann@example.org bob@example.net >envelope

ok 'a message of a domain with keys goes through' stage message dkim-sign ./take
is 'the verdict is the next stage'\''s' "$(head -1 verdict)" 'K* 250 2.0.0 - - taken'
is 'DKIM-01: dkimpy finds both signatures good' "$(signatures taken)" 'pass pass '
is 'DKIM-01: Mail::DKIM finds that of RSA good, and does not know the other' \
	"$(dkim-verify.pl zone <taken | tr '\n' ' ')" 'rsa-sha256 pass ed25519-sha256 invalid '
is 'the message stands below, as it was' "$(tail -c "$(wc -c <message)" taken | cksum)" \
	"$(cksum <message)"
is 'the envelope is handed on as it came' "$(sed '/^\.[0-9]*$/d' taken.envelope)" \
	"$(tr '\0' '\n' <envelope)"
is 'the seal counts the signatures too' "$(grep '^\.' taken.envelope)" ".$(wc -c <taken)"
like 'the log names domain, selector and algorithm' "$(cat log)" \
	'signed conn=testconn00000000 msg=0testmessage0001 domain=example.org selector=s2 algorithm=ed25519-sha256'
unlike 'DKIM-04: there is no l=' "$(cat taken)" '[; 	]l='
is 'no line of a signature is long' "$(sed '/^Received/,$d' taken | awk 'length > 79')" ''
is 'all lines end in CRLF' "$(grep -c -v '.$' taken)" "$(grep -c -v '.$' message)"

cp taken signed
for change in 's/^Subject: hi/Subject: ho/' 's/^ a  b/ a c b/' 's/^List-Post: </List-Post: <x/' \
	's/^To: bob/To: eve/' 's/t=[0-9]*/t=1/'; do
	sed "$change" signed >changed
	is "a changed message is found out ($change)" "$(signatures changed)" 'fail fail '
done
for field in From To Cc Subject Date Reply-To Message-ID In-Reply-To References MIME-Version \
	Content-Type Content-Transfer-Encoding; do
	add "$field: x" signed >changed
	is "DKIM-04: a $field that is added is found out" \
		"$(dkim-verify.pl zone <changed | head -n 1)" 'rsa-sha256 fail'
done
{ cat signed && printf 'more\r\n'; } >changed
is 'a line at the end is found out' "$(signatures changed)" 'fail fail '
{ add 'Received: later' signed && printf '\r\n\r\n'; } | sed 's/^X-Free: 1/X-Free: 2/' >changed
is 'trace, other fields and empty lines at the end may change' "$(signatures changed)" 'pass pass '

sed 's/@Example.org/@deep.sub.Example.org/' message >below
stage below dkim-sign ./take
is 'keys of a domain sign for what is below it' "$(signatures taken) $(grep -c 'd=example.org;' taken)" 'pass pass  2'
sed 's/@Example.org/@none.example/' message >none
ok 'a message of another domain goes through' stage none dkim-sign ./take
is 'as it is' "$(cksum <taken)" "$(cksum <none)"
is 'and the log says nothing' "$(cat log)" ''
for from in '' 'From: ann' 'From: a@../example.org' 'From: a@[192.0.2.1]' 'From: <<' 'From: a@s1.key'; do
	printf '%s\r\n\r\nx\r\n' "$from" >odd
	stage odd dkim-sign ./take
	is "nobody signs \"$from\"" "$(cksum <taken)" "$(cksum <odd)"
done
mkdir dkim/empty.example
sed 's/@Example.org/@empty.example/' message >none
stage none dkim-sign ./take
is 'a domain with a folder and no keys is not signed' "$(cksum <taken)" "$(cksum <none)"
: >empty
stage empty dkim-sign ./take
is 'an empty message stays empty' "$(wc -c <taken | tr -d ' ')" 0
for body in '' '\r\n' '\r\n\r\n\r\n' '\r\nx' '\r\n \r\n'; do
	printf "From: ann@example.org\r\n$body" >odd
	stage odd dkim-sign ./take
	is "a message that ends in $(printf %s "$body" | tr -d '\\') is signed" "$(signatures taken)" 'pass pass '
done

{ cat message && yes 'The quick brown fox jumps over the lazy dog.  ' | head -n 20000 | wire; } >big
ok 'a big message goes through' stage big dkim-sign ./take
is 'and is signed' "$(signatures taken)" 'pass pass '
is 'and stays as it was' "$(tail -c "$(wc -c <big)" taken | cksum)" "$(cksum <big)"
{ cat message && seq 1 100000 | wire; } >wide
TMPDIR=/nonexistent stage wide dkim-sign ./take
is 'no room for a big message is "later"' $? 111
is 'and gives no verdict' "$(cat verdict)" ''

printf 'From: ann@example.org\nSubject: x\n\nna\303\257ve caf\303\251, and some more\n' | wire >message8
FACTS='Ltestconn00000000 Q0testmessage0001 B8BITMIME' envelope ann@example.org bob@example.net >envelope
ok 'an 8-bit message goes through' stage message8 dkim-sign ./take
is 'DKIM-07: it has become 7-bit' "$(LC_ALL=C grep -c "$(printf '[\200-\377]')" taken)" 0
is 'DKIM-07: and is signed as it is now' "$(signatures taken)" 'pass pass '
unlike 'the envelope says no more that it is 8-bit' "$(cat taken.envelope)" '^B'
printf 'From: ann@example.org\nContent-Type: multipart/signed; boundary=b\n\n--b\n\n\303\251\n--b--\n' |
	wire >message8
ok 'MIME-03: what must not be changed goes through' stage message8 dkim-sign ./take
is 'MIME-03: signed, and as it was' \
	"$(signatures taken; tail -c "$(wc -c <message8)" taken | cksum)" "pass pass $(cksum <message8)"
{ printf 'From: ann@DOMAIN\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\n'
	printf 'a\000b\nc\rd\r\n'; } >binary
FACTS='BBINARYMIME' envelope ann@example.org bob@example.net >envelope
for domain in example.org none.example; do
	sed "s/@DOMAIN/@$domain/" binary >message8
	ok "a binary message of $domain goes through" stage message8 dkim-sign ./take
	is 'BDAT-13: in lines, with every bit' "$(sed '1,/^.$/d' taken | base64 -d | od -An -c)" \
		"$(printf 'a\000b\nc\rd\r\n' | od -An -c)"
	unlike 'and is not called binary any more' "$(cat taken.envelope)" '^B'
done
is 'with a key it is signed, too' "$(sed "s/@DOMAIN/@example.org/" binary >message8 && stage message8 dkim-sign ./take &&
	signatures taken)" 'pass pass '
printf 'From: ann@none.example\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\n\r\n--b--\r\n' >message8
not_ok 'one that must not be changed is refused' stage message8 dkim-sign ./take
like 'as what no mailbox can hold' "$(cat verdict)" '^D\* 554 5.6.1 .*a part is signed or encrypted'
envelope ann@example.org bob@example.net >envelope

{ cat envelope && printf '.99\0'; } >sealed
rm taken
dkim-sign ./take <message 3<sealed 4>verdict 2>log
is 'a message that was cut short is "later"' $? 111
not_ok 'and is never signed' test -e taken
echo 'no key' >dkim/example.org/s3.key
stage message dkim-sign ./take
is 'a key that cannot be used is "later"' $? 111
like 'and the log names it' "$(cat log)" 'dkim/example.org/s3.key: it is no private key'
like 'and what it was for' "$(cat log)" 'cannot sign for example.org: the signer has ended'
is 'nothing goes on unsigned' "$(cat verdict)" ''
rm dkim/example.org/s3.key
stage message dkim-sign -a ./no-such-signer ./take
is 'a signer that is missing is "later"' $? 111
for lie in true 'head -c 3; printf "Ss1 rsa-sha256\0"' 'printf "Xs1 rsa-sha256\0\0"' \
	'printf "Ss1\0\0"' 'printf "Ss1 x\0\0more"' 'printf "Ss1 x\0\0"; head -c 1; printf "\0"' \
	'yes | head -c 100000'; do
	printf '#!/bin/sh\n%s\n' "$lie" >liar && chmod +x liar
	stage message dkim-sign -a ./liar ./take
	is "a signer that speaks otherwise is \"later\" ($lie)" $? 111
done

is 'by hand it is a filter, with the keys it is given' \
	"$(dkim-sign -d other.example -s s1 -k dkim/other.example/s1.key <message >taken && signatures taken)" \
	'pass '
like 'in the name of that domain, whatever From says' "$(cat taken)" 'd=other.example;'
tr -d '\r' <message >draft
dkim-sign -d example.org -s s1 -k dkim/example.org/s1.key -s s2 -k dkim/example.org/s2.key -x 86400 \
	<draft >taken
unlike 'by hand lines that end in LF stay so' "$(cat -A taken)" '\^M'
wire <taken >signed
is 'by hand several keys may be given' "$(signatures signed)" 'pass pass '
like '-x sets an end' "$(tr -d '\n' <taken)" 't=([0-9]+);\s+x=[0-9]+;'
is 'by hand a domain needs a key' "$(dkim-sign -d example.org <draft 2>/dev/null | wc -l)" 0

digest-sign -S "unix:$WORK/signer" 2>signer.log &
background=$!
dkim-sign -S "unix:$WORK/socket" -a "unix:$WORK/signer" ./take 2>served &
background="$background $!"
until_true 20 test -S socket
until_true 20 test -S signer
rm -f taken
ok 'handed to a waiting parent it goes through' stage message received-add "unix:$WORK/socket"
is 'and is signed by one that waits too' "$(signatures taken)" 'pass pass '
