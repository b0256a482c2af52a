# OUT-05 OUT-06 OUT-07 OUT-13 OUT-17 QUE-05 DATA-03 DATA-11 DATA-14 PIPE-07 8BIT-04 8BIT-05
# SIZE-11 SIZE-12 RTLS-03 RTLS-04 RTLS-05 DBY-02 DBY-04 DBY-05 DSN-08 DSN-06 DSN-07 UTF8-06 UTF8-07 UTF8-08
. tests/lib.sh
. "$ROOT/tests/sink.sh"

send() { stage message smtp-send -h 127.0.0.1 -p "$port" -w 30 "$@"; }

printf 'Subject: hi\r\n\r\n.dot\r\n..\r\nlast' >message
envelope ann@example.org bob@example.net carl@example.net >envelope
sink
ok 'a message is handed over' send
is 'each recipient is done, in the server'\''s words' "$(head -2 verdict)" \
	'K0 250 2.0.0 127.0.0.1[127.0.0.1] - taken
K1 250 2.0.0 127.0.0.1[127.0.0.1] - taken'
is 'OUT-05, QUE-05, SIZE-11, OUT-13: one transaction, SIZE with the CRLF added, QUIT' \
	"$(commands)" 'EHLO mail.example.test / MAIL FROM:<ann@example.org> SIZE=31 / RCPT TO:<bob@example.net> / RCPT TO:<carl@example.net> / DATA / QUIT'
is 'DATA-03, DATA-14: dots are doubled, the last CRLF is added' "$(od -c sink/1.1.data)" \
	"$(printf 'Subject: hi\r\n\r\n..dot\r\n...\r\nlast\r\n.\r\n' | od -c)"
like 'an outcome is logged with both ids' "$(cat log)" \
	'^smtp-send: delivered conn=testconn00000000 msg=0testmessage0001 recipient=bob@example.net'
{ cat envelope && seal message; } >sealed
cat message | smtp-send -h 127.0.0.1 -p "$port" 3<sealed 4>verdict 2>log
is 'a message that comes through a pipe goes the same way' "$(cmp sink/1.1.data sink/2.1.data && echo same)" same
sink -x ''
ok 'a server without extensions gets the message' send -e '[192.0.2.9]'
is 'OUT-07, PIPE-07: only what was offered is sent' "$(commands)" \
	'EHLO [192.0.2.9] / MAIL FROM:<ann@example.org> / RCPT TO:<bob@example.net> / RCPT TO:<carl@example.net> / DATA / QUIT'
unlike 'PIPE-07: without PIPELINING each command waits for its reply' "$(cat sink/log)" ' early '
sink 'ehlo=502 5.5.1 no' 'helo=250-sink|250-PIPELINING|250 SIZE 1'
ok 'OUT-05: a server that knows no EHLO gets the message' send
like 'OUT-05: HELO follows a 5yz to EHLO' "$(commands)" 'EHLO mail.example.test / HELO mail.example.test / MAIL FROM:<ann@example.org> / RCPT'
sink -x 'pipelining,size 20,8bitmime'
not_ok 'SIZE-12: a message over the server'\''s size is refused' send
is 'SIZE-12: 5.3.4' "$(cut -d' ' -f1-3 verdict)" 'D0 552 5.3.4
D1 552 5.3.4'
is 'SIZE-12: without a transaction' "$(commands)" 'EHLO mail.example.test / QUIT'
sink -x 'SIZE 0'
ok 'SIZE 0 is no limit' send
sink -x 'SIZE 99999999999999999999999'
ok 'a SIZE too long to be read is no limit' send

printf 'Subject: hi\n\n\344\n' | wire >message
sink
ok '8-bit bytes go to a server with 8BITMIME' send
like '8BIT-05: BODY=8BITMIME says so, even if the client did not' "$(commands)" 'MAIL FROM:<ann@example.org> SIZE=18 BODY=8BITMIME /'
for was in 'Subject: hi\n\nna\303\257ve, and some more\n' 'Subject: hi\n\n\344\344\344\344\n'; do
	printf "$was" | wire >message
	sink -x PIPELINING
	ok '8BIT-04, SUB-30: for a server without 8BITMIME a message is made 7-bit' send
	is '8BIT-04: no byte of it has 8 bits' "$(LC_ALL=C grep -c "$(printf '[\200-\377]')" sink/1.1.data)" 0
	unlike '8BIT-04: and is not declared so' "$(commands)" 'BODY'
done
is 'MIME-05: what is no UTF-8 is labelled so' "$(grep -c 'charset=unknown-8bit' sink/1.1.data)" 1
for was in 'DKIM-Signature: x\n\n\344\n' 'Subject: \344\n\nx\n' 'Subject: \344\n\n\344\n' \
	'Content-Type: multipart/signed; boundary=b\n\n--b\n\n\344\n--b--\n'; do
	printf "$was" | wire >message
	sink -x PIPELINING
	not_ok '8BIT-04, MIME-03: what is signed, or 8-bit in its header, does not go there' send
	like '8BIT-04: 5.6.3' "$(cat verdict)" '^D0 554 5.6.3 '
	unlike '8BIT-04: nothing was sent' "$(commands)" 'MAIL|DATA'
done
{ printf 'Subject: hi\n\n' && head -c 5000 /dev/zero | tr '\0' x && echo; } | wire >message
sink
ok 'LIM-08: a message with lines that a server need not take goes out' send
is 'LIM-08: in shorter ones' "$(awk 'length > 999' sink/1.1.data)" ''
is 'LIM-08: of which none is lost' "$(tr -d '=\r\n' <sink/1.1.data | grep -o 'x*' | wc -L)" 5000
printf 'Subject: hi\n\nASCII\n' | wire >message
sink -x PIPELINING
FACTS='B8BITMIME Jme.example' envelope ann@example.org bob@example.net >envelope
ok 'ASCII that was declared 8BITMIME goes to a server without it' send
unlike 'and is not declared there' "$(commands)" 'BODY'
sink
send
like '8BIT-05: a declared 8BITMIME is passed on' "$(commands)" 'BODY=8BITMIME /'

FACTS='U Jme.example' envelope ann@example.org 'bøb@example.net' carl@example.net >envelope
send
like 'UTF8-07: SMTPUTF8 goes with an address that needs it, and with no other' "$(commands)" \
	'MAIL FROM:<ann@example.org> SIZE=22 SMTPUTF8 / RCPT TO:<b.*b@example.net> / DATA / .*MAIL FROM:<ann@example.org> SIZE=22 / RCPT TO:<carl@example.net> / DATA'
sink -x PIPELINING
not_ok 'UTF8-06: an address that needs SMTPUTF8 is refused without it' send
is 'UTF8-06, UTF8-08: only that one' "$(cut -d' ' -f1-3 verdict | sort)" '
D0 553 5.6.7
K1 250 2.0.0'
FACTS='U Jme.example' envelope ann@example.org carl@example.net >envelope
ok 'UTF8-08: plain mail that came with SMTPUTF8 goes to a server without it' send
unlike 'UTF8-08: without the parameter' "$(commands 2)" 'SMTPUTF8'
sink -x PIPELINING,8BITMIME
FACTS='U Jme.example' envelope 'ann@müller.example' 'bob@bücher.example' 'bøb@bücher.example' >envelope
not_ok 'UTF8-08: a domain outside ASCII goes to a server without SMTPUTF8' send
is 'UTF8-06: a local part does not' "$(cut -d' ' -f1-3 verdict | sort)" '
D1 553 5.6.7
K0 250 2.0.0'
is 'UTF8-08: as A-labels, sender and recipient' "$(commands | grep -o 'MAIL.*DATA')" \
	'MAIL FROM:<ann@xn--mller-kva.example> / RCPT TO:<bob@xn--bcher-kva.example> / DATA'
printf 'Subject: h\303\244\n\nx\n' | wire >message
sink -x PIPELINING,8BITMIME
not_ok 'UTF8-06: a header that needs SMTPUTF8 is refused without it' send
like 'UTF8-06: 5.6.7' "$(cat verdict)" '^D0 553 5.6.7'
sink
ok 'UTF8-07: a header that needs SMTPUTF8 goes to a server with it' send
like 'UTF8-07: with the parameter' "$(commands)" 'SIZE=19 BODY=8BITMIME SMTPUTF8 /'

printf 'Subject: hi\n\nx\n' | wire >message
{ FACTS='Jme.example RHDRS Eid+2B1' envelope ann@example.org bob@example.net | head -c -1
	printf 'NSUCCESS,FAILURE\0Orfc822;Bob@example.com\0Tcarl@example.net\0\0'; } >envelope
sink
ok 'a message with DSN parameters goes to a server with DSN' send
is 'DSN-06: they are passed on as they came, and none is invented' "$(commands)" \
	'EHLO me.example / MAIL FROM:<ann@example.org> SIZE=18 RET=HDRS ENVID=id+2B1 / RCPT TO:<bob@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob@example.com / RCPT TO:<carl@example.net> / DATA / QUIT'
sink -x PIPELINING,SIZE
ok 'a message with DSN parameters goes to a server without DSN' send
unlike 'DSN-07: none of them is passed on' "$(commands)" 'RET|ENVID|NOTIFY|ORCPT'
is 'DSN-08: of whom asked for success, the outcome says that this server will not tell' \
	"$(cut -d' ' -f1-3 verdict)" 'K0 250 2.1.9
K1 250 2.0.0'

FACTS='X Jme.example' envelope ann@example.org bob@example.net >envelope
not_ok 'RTLS-03: REQUIRETLS is never forgotten on the way' send
like 'RTLS-04: without TLS it is 5.7.10' "$(cat verdict)" '^D0 550 5.7.10'
FACTS='X Jme.example' envelope '' bob@example.net >envelope
ok 'RTLS-05: but a report goes on' send

# When it is to be delivered, and how urgent it is.
by() { FACTS="M3 D$(($(date +%s) + $1));$2 Jme.example" envelope ann@example.org bob@example.net >envelope; }
by 1000 R
sink -x 'PIPELINING,DELIVERBY,MT-PRIORITY,DSN'
ok 'a message with a deadline goes to a server with DELIVERBY' send
like 'DBY-05: with the time that is left; and its priority with it' "$(commands)" \
	'MAIL FROM:<ann@example.org> MT-PRIORITY=3 BY=(1000|9[0-9][0-9]);R /'
FACTS='snet.example:ADV Jme.example' envelope ann@example.org bob@example.net >envelope
ok 'what a message says of itself is not told to who does not ask for it' send
unlike 'SUB-21: no SOLICIT' "$(commands 2)" SOLICIT
sink -x 'NO-SOLICITING org.example:ADV'
ok 'and is told to who does' send
like 'SUB-21: SOLICIT' "$(commands)" 'MAIL FROM:<ann@example.org> SOLICIT=net.example:ADV /'
sink -x 'PIPELINING,DELIVERBY,MT-PRIORITY,DSN'
by -5 NT
ok 'one that is too late but wanted all the same, too' send
like 'DBY-05: with a negative time' "$(commands)" 'BY=-([5-9]|[1-9][0-9]);NT /'
like 'of its relaying there is a trace' "$(cat verdict)" '^K0 250 2.1.9'
sink -x 'PIPELINING,DELIVERBY 2000'
by 1000 R
not_ok 'DBY-04: no server gets it that wants more time than there is' send
like 'DBY-04: 5.3.3' "$(cat verdict)" '^D0 554 5.3.3'
by -5 R
not_ok 'DBY-02: after its time it is not sent' send
like 'DBY-02: 5.4.7' "$(cat verdict)" '^D0 554 5.4.7'
unlike 'DBY-04: nothing was sent' "$(commands)$(commands 2)" 'MAIL|DATA'
sink -x 'PIPELINING'
by 1000 R
not_ok 'DBY-04: nor a server without DELIVERBY' send
by 1000 N
ok 'DBY-04: unless late is better than never' send
unlike 'a server without the extensions sees none of it' "$(commands)" 'BY=|PRIORITY'
like 'and the sender is told so' "$(cat verdict)" '^K0 250 2.1.9'
envelope ann@example.org 'bob@example.net> NOTIFY=NEVER' '"b b"@example.net' >envelope
sink
not_ok 'an address that is none is refused' send
is 'and reaches no command line' "$(commands | sed 's/.*MAIL//')" \
	' FROM:<ann@example.org> SIZE=18 / RCPT TO:<"b b"@example.net> / DATA / QUIT'
is 'its outcome is 5.1.3' "$(cut -d' ' -f1-3 verdict)" 'D0 553 5.1.3
K1 250 2.0.0'
envelope '' $(seq -f 'user%g@example.net' 1 250) >envelope
sink
ok 'OUT-17: 250 recipients are served' send
is 'OUT-17: in three transactions of one connection' \
	"$(commands | sed 's, / ,\n,g' | cut -c1-4 | sort | uniq -c | tr -s ' \n' ' ')" ' 3 DATA 1 EHLO 3 MAIL 1 QUIT 250 RCPT '
is 'each recipient has an outcome' "$(grep -c '^K' verdict)" 250
sink 'rcpt/4=452 4.5.3 too many' 'rcpt/5=452 4.5.3 too many' 'rcpt/6=552 too many' 'rcpt/12=452 4.2.2 full'
envelope '' $(seq -f 'user%g@example.net' 1 9) >envelope
send
is 'OUT-17: who was too many goes in the next transaction, at once' \
	"$(grep -c 'C: MAIL' sink/log) $(grep -c ^K verdict)" '2 8'
is 'a full mailbox is not "too many recipients"' "$(grep -v '^K' verdict)" 'Z5 452 4.2.2 127.0.0.1[127.0.0.1] - full'

printf 'Subject: hi\n\nbare\r here' | wire >message
envelope '' bob@example.net >envelope
not_ok 'DATA-11: a bare CR is not sent' send
is 'DATA-11: 5.6.0' "$(cat verdict)" 'D0 554 5.6.0 - - the message has a bare CR or LF'
head -c 20000000 /dev/urandom | base64 | sed 's/^a/.a/' | wire >message
sink -x PIPELINING
ok 'a large message is handed over' send
is 'and arrives as it was' "$(sed 's/^\.//' sink/1.1.data | head -c "$(wc -c <message)" | cksum)" "$(cksum <message)"

smtp-send -S "unix:$WORK/jobs" -h 127.0.0.1 -p "$port" 2>served &
background="$background $!"
until_true 20 test -S jobs
printf 'Subject: hi\n\nbody\n' | wire >message
ok 'a waiting parent does the same, as the next of another stage' \
	stage message received-add "unix:$WORK/jobs"
is 'with the same outcome' "$(cat verdict)" 'K0 250 2.0.0 127.0.0.1[127.0.0.1] - taken'
{ cat envelope && printf '.99\0'; } >sealed
smtp-send -h 127.0.0.1 -p "$port" <message 3<sealed 4>verdict 2>log
is 'a message that was cut short is for later' "$? $(cat verdict)" '111 '
is 'and is not sent' "$(until_true 20 sink_idle; connections)" 2
