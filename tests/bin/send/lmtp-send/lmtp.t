# LMTP-01 LMTP-04 LMTP-08 LMTP-09 PIPE-07
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\n.dot\nbody\n' | wire >message
envelope ann@example.org bob@example.net carl@example.net dora@example.net >envelope
lmtp() { stage message lmtp-send -w "$(patience_for "$wanted")" "unix:$WORK/socket"; }
host="unix:$WORK/socket"
# lmtp_becomes SENTENCE OUTCOMES [options] [RULE ...]
lmtp_becomes() {
	sentence=$1 wanted=$2
	shift 2
	rm -f socket
	sink -L -u "$WORK/socket" "$@"
	lmtp
	is "$sentence" "$(sed "s,$host - ,," verdict)" "$wanted"
}
taken=$(all K '250 2.0.0 taken')
lost='451 4.4.2 connection lost before the reply to the end of the message'

lmtp_becomes 'LMTP-04: each recipient has its own yes' "$taken"
is 'LMTP-02: LHLO, one transaction' "$(commands)" \
	'LHLO mail.example.test / MAIL FROM:<ann@example.org> SIZE=27 / RCPT TO:<bob@example.net> / RCPT TO:<carl@example.net> / RCPT TO:<dora@example.net> / DATA / QUIT'
is 'dots are doubled' "$(od -An -c sink/1.1.data | tr -d ' \n')" 'Subject:hi\r\n\r\n..dot\r\nbody\r\n.\r\n'
lmtp_becomes 'LMTP-09: mixed answers behind the message' 'K0 250 2.0.0 taken
Z1 452 4.2.2 full
D2 550 5.7.1 no' 'dot:carl=452 4.2.2 full' 'dot:dora=550 5.7.1 no'
lmtp_becomes 'LMTP-09: answers go to the accepted ones, in order' 'D0 550 5.1.1 no bob
K1 250 2.0.0 taken
D2 552 5.2.2 full' 'rcpt:bob=550 5.1.1 no bob' 'dot:dora=552 5.2.2 full'
lmtp_becomes 'a multi-line answer is one' 'D0 550 5.7.1 one two
K1 250 2.0.0 taken
K2 250 2.0.0 taken' 'dot:bob=550-5.7.1 one|550 5.7.1 two'
lmtp_becomes 'LMTP-08: answers before a lost connection count' "K0 250 2.0.0 taken
Z1 $lost
Z2 $lost" 'dot:carl=drop'
lmtp_becomes 'LMTP-08: so do those before a silence' 'K0 250 2.0.0 taken
D1 550 5.7.1 no
Z2 451 4.4.2 no reply in time to the end of the message' 'dot:carl=550 5.7.1 no' 'dot:dora=stall'
lmtp_becomes 'LMTP-08: and before garbage' 'K0 250 2.0.0 taken
Z1 451 4.5.0 the server does not speak SMTP: its reply to the end of the message
Z2 451 4.5.0 the server does not speak SMTP: its reply to the end of the message' 'dot:carl=raw what?\r\n'
lmtp_becomes 'a server that does not know LHLO is no LMTP server' "$(all D '500 5.5.1 what?')" 'lhlo=500 5.5.1 what?'
unlike 'and is not asked with EHLO or HELO' "$(commands)" 'EHLO|HELO'
lmtp_becomes 'PIPE-07: a server without PIPELINING is waited for' "$taken" -x ''
unlike 'PIPE-07: at each command' "$(cat sink/log)" ' early '
lmtp_becomes 'one and the same recipient twice has two answers' "$taken"
envelope '' bob@example.net bob@example.net >envelope
lmtp_becomes 'LMTP-04: duplicates too' 'K0 250 2.0.0 taken
Z1 452 4.2.2 full' 'dot/2=452 4.2.2 full'
FACTS="X D99999999999;R Jme.example" envelope ann@example.org bob@example.net >envelope
lmtp_becomes 'a mailbox behind a local socket is no next hop: REQUIRETLS and deadlines are met' 'K0 250 2.0.0 taken' -x PIPELINING,DSN
envelope '' $(seq -f 'user%g@example.net' 1 150) >envelope
rm -f socket
sink -L -u "$WORK/socket"
ok 'a hundred and fifty recipients' lmtp
is 'in two transactions' "$(grep -c 'C: MAIL' sink/log) $(grep -c ^K verdict)" '2 150'
envelope '' bob@example.net >envelope
sink_stop
rm -f socket
not_ok 'no socket is for now' lmtp
like 'and the outcome says why' "$(cat verdict)" "^Z0 451 4.4.1 $host - cannot connect: No such file or directory"
sink -L
ok 'over TCP' stage message lmtp-send 127.0.0.1 "$port"
not_ok 'LMTP-01: port 25 is for SMTP' stage message lmtp-send 127.0.0.1 25
like 'LMTP-01: and the log says so' "$(cat log)" 'port 25'
not_ok 'an address without port is wrong use' stage message lmtp-send 127.0.0.1
sink -L
lmtp-send -S "unix:$WORK/jobs" 127.0.0.1 "$port" 2>served &
background="$background $!"
until_true 20 test -S jobs
envelope ann@example.org bob@example.net carl@example.net dora@example.net >envelope
ok 'a waiting parent does the same, as the next of another stage' \
	stage message received-add "unix:$WORK/jobs"
is 'with the same outcomes' "$(sed 's,127.0.0.1[^ ]* - ,,' verdict)" "$taken"
like 'and the whole message' "$(tr -d '\r' <sink/1.1.data)" '^Received: from client.example'
