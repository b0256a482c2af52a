# OUT-16 OUT-10 REP-12: whatever a server answers, at whatever step: each recipient has one outcome, in
# words that say where it was, and a refusal is none but what the server has said of it
. tests/lib.sh
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/replies.sh"

for step in connect ehlo mail rcpt data dot; do wrong $step; done
wrong helo 'ehlo=502 5.5.1 what?'
for line in '' 25 '2500 ok' '150 wait' '600 ok' '-250 ok' ' 250 ok' '\0250 ok' '\xb2\xb5\xb0 ok'; do
	on "\"$line\" at the end of the message" "$(all Z "$odd $(says dot)")" "dot=raw $line\\r\\n"
done
on 'a 354 to the end of the message' "$(all Z "$unfit $(says dot)")" 'dot=354 go on'
on 'lines in drops' "$(all Z "$late MAIL")" \
	'mail=250-a;sleep 0.8;250-b;sleep 0.8;250-c;sleep 0.8;250 d'
on 'a reply too many at the greeting' "$(all Z "$unasked EHLO")" 'connect=220 hi|220 hi'
on 'a reply too many at EHLO' "$(all Z "$unasked MAIL")" 'ehlo=250-sink|250 PIPELINING|250 2.1.0 ok'
for step in mail rcpt:bob rcpt:carl rcpt:dora; do
	on "a reply too many at $step" "$(all Z "$unfit DATA")" "$step=250 2.1.0 ok|250 2.0.0 taken"
done
on 'a reply too many at DATA' "$(all Z "$unfit the message")" 'data=354 go on|250 2.0.0 taken'
on 'a 354 before its time' "Z0 $unfit RCPT
Z1 $unfit DATA
Z2 $unfit DATA" 'mail=250 2.1.0 ok|354 go'
on 'a 354 before DATA' "$(all Z "$unfit $(says dot)")" 'rcpt:dora=250 2.1.0 ok|354 go' 'data=sleep 0.6;354 go'
on 'a reply too many at the end' "$(all K '250 2.0.0 taken')" 'dot=250 2.0.0 taken|250 2.0.0 taken'
on 'a recipient refused, then 421' "D0 550 5.1.1 no bob
Z1 $bye
Z2 $bye" 'rcpt:bob=550 5.1.1 no bob' "rcpt:carl=$bye;drop"
on 'a recipient refused, then none of them taken at the end' "Z0 $lost $(says dot)
D1 550 5.1.1 no carl
Z2 $lost $(says dot)" 'rcpt:carl=550 5.1.1 no carl' 'dot=drop'
for goodbye in "$bye;drop" drop reset stall 'drip 0.3 221 bye' 'raw bye\r\n' 'flood 9000 221-bye' \
	"raw 221 $endless" '250 ok|250 ok'; do
	on "at QUIT all is done: $(echo "$goodbye" | cut -c1-20)" "$(all K '250 2.0.0 taken')" "quit=$goodbye"
done
try ''

# One command at a time.
for step in mail rcpt:bob rcpt:carl rcpt:dora; do
	next=RCPT
	[ $step != rcpt:dora ] || next=DATA
	on "without PIPELINING, a reply too many at $step" "$(all Z "$unasked $next")" \
		"$step=250 2.1.0 ok|250 2.0.0 taken"
done
try '' -x 8BITMIME

# A recipient a transaction: what is done stays done.
refused='rcpt:bob=550 5.1.1 no bob'
rest() { printf '%s\n' "$1" "Z1 $2" "Z2 $2"; }
for step in mail rcpt data dot; do
	on "a yes, then 421 at $step" "$(rest 'K0 250 2.0.0 taken' "$bye")" "$step/2=$bye;drop"
	on "a yes, then a drop at $step" "$(rest 'K0 250 2.0.0 taken' "$lost $(says $step)")" "$step/2=drop"
	on "a yes, then words at $step" "$(rest 'K0 250 2.0.0 taken' "$odd $(says $step)")" "$step/2=raw ok\\r\\n"
done
on 'a no, then 421 at RSET' "$(rest 'D0 550 5.1.1 no bob' "$bye")" "$refused" "rset=$bye;drop"
on 'a no, then another at RSET' "$(rest 'D0 550 5.1.1 no bob' "$unfit RSET")" "$refused" 'rset=500 5.5.1 what?'
on 'a no, then a drop at RSET' "$(rest 'D0 550 5.1.1 no bob' "$lost RSET")" "$refused" 'rset=drop'
on 'a no, then silence at RSET' "$(rest 'D0 550 5.1.1 no bob' "$late RSET")" "$refused" 'rset=stall'
on 'a no, then words at RSET' "$(rest 'D0 550 5.1.1 no bob' "$odd RSET")" "$refused" 'rset=raw ok\r\n'
on 'a no, then a flood at RSET' "$(rest 'D0 550 5.1.1 no bob' "$odd RSET")" "$refused" 'rset=flood 9000 250-more;stall'
on 'a no, then a reply too many at RSET' "$(rest 'D0 550 5.1.1 no bob' "$unasked MAIL")" "$refused" 'rset=250 ok|250 ok'
try '' -x 'PIPELINING,LIMITS RCPTMAX=1'
