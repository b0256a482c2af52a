# DATA-09 DATA-10 DATA-13 DATA-17 SYN-07 SUB-07 SUB-12 SEC-13
. tests/lib.sh

# As every last stage must: no seal, no word.
cat >take <<'SH'
#!/bin/sh
cat >taken
tr '\0' '\n' <&3 >taken.envelope
grep -q '^\.[0-9]' taken.envelope && printf 'K* 250 2.0.0 - - taken\0\0' >&4
SH
printf '%s\n' 'ann:x:1001:1001::/:/bin/sh' 'odd name:x:1002:1::/:/bin/sh' 'root:x:0:0::/:/bin/sh' \
	"me:x:$(id -u):1::/:/bin/sh" >users
printf '%s\n' 'ann: ann@alias.example, @all.example' >senders
printf 'Subject: hi\n\nbody\n' | wire >message
inject() { stage message mail-inject -a users -h mail.example.test -d example.test "$@" ./take; }
# client RECORDS: an envelope of a client, with "/" between the records
client() { printf 'V1/%s//' "$1" | tr '/' '\0' >envelope; }

# By hand the sender is whoever runs this; tests as root need others too.
client 'Fann@example.test/Tbob@example.net'
if [ "$(id -u)" = 0 ]; then
	ok 'root may send as anybody' inject
	as_ann() { stage message setpriv --reuid 1001 --regid 1001 --clear-groups ./mail-inject -a users \
		-h mail.example.test -d example.test "$@" ./take; }
	chmod 777 "$WORK"
	cp "$(command -v mail-inject)" .
else
	skip 'root may send as anybody' 'needs root'
	as_ann() { inject "$@"; }
	sed "s/:1001:/:$(id -u):/" users >u && mv u users
fi

rm -f taken*
client 'Fann@example.test/B8bitmime/EQQ314/Rhdrs/Tbob/NFAILURE,DELAY/Orfc822;bob@x.example/TCarl@Example.NET'
ok 'a message is taken' as_ann
is 'the message is handed on as it is' "$(cksum <taken)" "$(cksum <message)"
facts=$(sed -E '/^[LQ]/s/[0-9a-v]{16}$/ID/' taken.envelope)
is 'all facts are ours, and the client'\''s wishes are kept' "$facts" 'V1
LID
QID
Jmail.example.test
rlocal
I
Aann
t
wlocal
Fann@example.test
B8BITMIME
RHDRS
EQQ314
Tbob@example.test
NFAILURE,DELAY
Orfc822;bob@x.example
TCarl@Example.NET

.21'
like 'the log says who and what' "$(cat log)" \
	'^mail-inject: injecting conn=[0-9a-v]{16} msg=[0-9a-v]{16} login=ann pid=[0-9]+ sender=ann@example.test recipients=2$'

rm -f taken*
client 'Aroot/I192.0.2.1/Jevil.example/rsubmission/tTLSv1.3/Lxx/Qxx/hx/wESMTP/X1/Fann@example.test/Tb@c.example'
as_ann
is 'a client states no facts' "$(sed -n '4,9p' taken.envelope)" 'Jmail.example.test
rlocal
I
Aann
t
wlocal'
unlike 'not one of them' "$(cat taken.envelope)" 'xx|evil|^X|192'

# refused RECORDS PATTERN SENTENCE
refused() {
	client "$1"
	rm -f taken*
	as_ann
	like "$3" "$(head -1 verdict)" "$2"
	not_ok "$3: and goes no further" test -s taken
}
allowed() {
	client "$1"
	as_ann
	like "$2" "$(head -1 verdict)" '^K\* 250'
}
allowed 'Fann/Tb@c.example' 'a bare sender is completed'
is 'with the domain' "$(grep ^F taken.envelope)" 'Fann@example.test'
allowed 'F/Tb@c.example' 'SUB-07: the null sender is anybody'\''s'
allowed 'Fann+x@example.test/Tb@c.example' 'an own address with detail'
allowed 'FAnn@Alias.example/Tb@c.example' 'SUB-12: an address of the table'
allowed 'Fanything@all.example/Tb@c.example' 'SUB-12: a domain of the table'
refused 'Fbob@example.test/Tb@c.example' '^D\* 550 5.7.1 .*ann may not send as bob@example.test' \
	'SUB-12: somebody else'\''s address'
refused 'Fann@example.net/Tb@c.example' '^D\* 550 5.7.1' 'the same name elsewhere'
client 'Fbob@example.test/Tb@c.example'
as_ann -t 'www ann'
like 'a trusted user may use any' "$(cat verdict)" '^K\* 250'
refused 'Fann@example.test' '^D\* 554 5.5.3' 'no recipients'
client "Fann$(yes '/Tb@c.example' | head -1000 | tr -d '\n')"
as_ann
like 'a thousand recipients are taken' "$(cat verdict)" '^K\* 250'
refused "Fann$(yes '/Tb@c.example' | head -1001 | tr -d '\n')" '^D\* 554 5.5.3' 'one more is too many'
allowed 'Fann/Tb/NNEVER/TB/Tb@EXAMPLE.test/Tb@example.test' 'an address named twice'
is 'gets one copy, as it was named first' "$(grep '^[TN]' taken.envelope | tr '\n' ' ')" \
	'Tb@example.test NNEVER TB@example.test Tb@EXAMPLE.test '
refused 'Fann/Tb@c@d.example' '^D\* 553 5.1.3' 'SYN-07: a bad recipient'
refused 'Fann/Tb@' '^D\* 553 5.1.3' 'an empty domain'
refused 'Fann/Tb c' '^D\* 553 5.1.3' 'a space'
refused 'Fann/Tb>,<c' '^D\* 553 5.1.3' 'two in one'
refused "Fann/Tb
Tc@d.example" '^D\* 501 5.5.4' 'a line feed in a recipient'
refused "Fann
X/Tb" '^D\* 501 5.5.4' 'a line feed in the sender'
refused 'Fann/Tä@c.example' '^D\* 553 5.6.7' 'UTF-8 that was not asked for'
allowed 'Fann/U/Tä@c.example' 'UTF-8 that was'
refused 'Fann/BBINARYMIME/Tb' '^D\* 501 5.5.4' 'BINARYMIME'
refused 'Fann/RALL/Tb' '^D\* 501 5.5.4' 'a bad RET'
refused 'Fann/Ea b/Tb' '^D\* 501 5.5.4' 'a bad ENVID'
refused 'Fann/Tb/NSOMETIMES' '^D\* 501 5.5.4' 'a bad NOTIFY'
refused 'Fann/Tb/Ob' '^D\* 501 5.5.4' 'a bad ORCPT'
refused 'Fann/Fbob/Tb' '^D\* 501 5.5.4' 'two senders'
refused 'Tb' '^D\* 501 5.5.4' 'no sender'
refused 'Fann/Zx/Tb' '^D\* 501 5.5.4' 'a record nobody knows'

client 'Fann/Tb'
body() {
	printf "$1" >message
	as_ann
	like "$2" "$(head -1 verdict)" "$3"
}
body 'a\r\nb\nc\r\n' 'DATA-09: a bare LF' '^D\* 554 5.6.0'
unlike 'and the next stage got no seal' "$(cat taken.envelope)" '^\.'
body 'a\r\nb\rc\r\n' 'DATA-10: a bare CR' '^D\* 554 5.6.0'
body 'a\r\n\r' 'DATA-10: a bare CR at the end' '^D\* 554 5.6.0'
body 'a\r\n\0b\r\n' 'DATA-13: NUL' '^D\* 554 5.6.0'
body '' 'DATA-17: an empty message' '^K\* 250'
head -c 5000 /dev/zero | tr '\0' x >message
as_ann -s 4999
like 'a message too big' "$(cat verdict)" '^D\* 552 5.3.4'
as_ann -s 5000
like 'the biggest one' "$(cat verdict)" '^K\* 250'
{ cat envelope && printf '.4999\0'; } >.sealed
mail-inject -a users -h a.test ./take <message 3<.sealed 4>verdict 2>log
is 'a message cut short is later' "$? $(cat verdict)" '111 '
inject -h 'bad host'
is 'a bad host name is later' "$? $(cat verdict)" '111 '
inject -a missing
is 'a missing file of users is later' "$? $(cat verdict)" '111 '
rm senders
printf 'a\r\n' >message
allowed 'Fann/Tb' 'no table of senders is no trouble'
mkdir senders
client 'Fbob/Tb'
as_ann
is 'but an unreadable one is' "$(cat verdict)" ''
rmdir senders
echo me.example.test >me
client 'Fann@me.example.test/Tb'
rm -f taken*
stage message mail-inject -a users -t me ./take
like 'the host is named in the file me' "$(cat taken.envelope)" '^Jme.example.test'
like 'and is the domain where none is given' "$(cat taken.envelope)" '^Tb@me.example.test'
