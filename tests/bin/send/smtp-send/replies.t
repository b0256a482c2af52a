# OUT-16 OUT-10 REP-12: whatever a server answers, at whatever step: each recipient has one outcome, in
# words that say where it was, and a refusal is none but what the server has said of it
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net carl@example.net dora@example.net >envelope
{ cat envelope && seal message; } >sealed
endless=$(printf '%070000d' 0)

# on SENTENCE OUTCOMES RULE...: the next connection has these rules
count=0
on() {
	count=$((count + 1))
	printf '%s\n' "$1" >"$count.sentence" && printf '%s\n' "$2" >"$count.wanted"
	shift 2
	for rule; do printf '%s@%s=%s\n' "${rule%%=*}" "$count" "${rule#*=}"; done >>rules
}
# try SENDER-OPTIONS [sink options]: all of them, one after the other
try() {
	options=$1
	shift
	while read -r rule; do set -- "$@" "$rule"; done <rules
	sink "$@"
	for number in $(seq "$count"); do
		smtp-send -h 127.0.0.1 -p "$port" -w "$(patience_for "$(cat "$number.wanted")")" $options <message 3<sealed 4>verdict 2>>log
		read -r sentence <"$number.sentence"
		is "$sentence" "$(sed -zE 's/127.0.0.1\[127.0.0.1\] [^ ]+ //; /^$/d' verdict | tr '\0' '\n' | sort -k1.2,1.2)" \
			"$(cat "$number.wanted")"
	done
	is 'each of these servers was asked once' "$(connections)" "$count"
	count=0
	rm rules
}
# says STEP: its name in an outcome
says() {
	case $1 in
	connect) echo 'the connection' ;;
	dot) echo 'the end of the message' ;;
	*) echo "$1" | tr a-z A-Z ;;
	esac
}
lost='451 4.4.2 connection lost before the reply to'
late='451 4.4.2 no reply in time to'
odd='451 4.5.0 the server does not speak SMTP: its reply to'
unfit='451 4.5.0 the server is out of step: an unfit reply to'
unasked='451 4.5.0 the server spoke unasked before'
bye='421 4.3.2 going down'
# wrong STEP [RULE...]: all that may come instead of a reply, behind these rules
wrong() {
	step=$1 name=$(says "$1")
	shift
	on "421 at $step" "$(all Z "$bye")" "$@" "$step=$bye;drop"
	on "421 at $step, and the server stays" "$(all Z "$bye")" "$@" "$step=$bye"
	for line in 'taken, thank you' 250ok; do
		on "\"$line\" at $step" "$(all Z "$odd $name")" "$@" "$step=raw $line\\r\\n"
	done
	on "no code in a later line at $step" "$(all Z "$odd $name")" "$@" "$step=250-ok|taken|250 ok"
	on "two classes in one reply at $step" "$(all Z "$odd $name")" "$@" "$step=250-ok|550 no"
	on "an endless line at $step" "$(all Z "$odd $name")" "$@" "$step=raw 250 $endless"
	on "a code cut off at $step" "$(all Z "$lost $name")" "$@" "$step=raw 25;drop"
	on "a line cut off at $step" "$(all Z "$lost $name")" "$@" "$step=raw 250 2.0.0 taken;drop"
	on "a reply cut off at $step" "$(all Z "$lost $name")" "$@" "$step=250-2.0.0 taken;drop"
}

for step in connect ehlo mail rcpt data dot; do wrong $step; done
wrong helo 'ehlo=502 5.5.1 what?'
for line in '' 25 '2500 ok' '150 wait' '600 ok' '-250 ok' ' 250 ok' '\0250 ok' '\xb2\xb5\xb0 ok'; do
	on "\"$line\" at the end of the message" "$(all Z "$odd $(says dot)")" "dot=raw $line\\r\\n"
done
on 'a reset at the end of the message' "$(all Z "$lost $(says dot)")" 'dot=reset'
on 'a flood at the end of the message' "$(all Z "$odd $(says dot)")" 'dot=flood 9000 250-more;stall'
on 'a 354 to the end of the message' "$(all Z "$unfit $(says dot)")" 'dot=354 go on'
on 'half a reply, then silence' "$(all Z "$late $(says dot)")" 'dot=250-2.0.0 taken;stall'
on 'a yes in drops, to the end of the message' "$(all Z "$late $(says dot)")" 'dot=drip 0.3 250 2.0.0 taken'
on 'lines in drops' "$(all Z "$late MAIL")" \
	'mail=250-a;sleep 0.4;250-b;sleep 0.4;250-c;sleep 0.4;250 d'
on 'a reply too many at the greeting' "$(all Z "$unasked EHLO")" 'connect=220 hi|220 hi'
for step in mail rcpt:bob rcpt:carl rcpt:dora; do
	on "a reply too many at $step" "$(all Z "$unfit DATA")" "$step=250 2.1.0 ok|250 2.0.0 taken"
done
on 'a 354 before its time' "Z0 $unfit RCPT
Z1 $unfit DATA
Z2 $unfit DATA" 'mail=250 2.1.0 ok|354 go'
on 'a 354 before DATA' "$(all Z "$unfit $(says dot)")" 'rcpt:dora=250 2.1.0 ok|354 go' 'data=sleep 0.6;354 go'
on 'a recipient refused, then 421' "D0 550 5.1.1 no bob
Z1 $bye
Z2 $bye" 'rcpt:bob=550 5.1.1 no bob' "rcpt:carl=$bye;drop"
on 'a recipient refused, then none of them taken at the end' "Z0 $lost $(says dot)
D1 550 5.1.1 no carl
Z2 $lost $(says dot)" 'rcpt:carl=550 5.1.1 no carl' 'dot=drop'
for goodbye in "$bye;drop" drop reset 'raw bye\r\n' 'flood 9000 221-bye' "raw 221 $endless" '250 ok|250 ok'; do
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
on 'a no, then words at RSET' "$(rest 'D0 550 5.1.1 no bob' "$odd RSET")" "$refused" 'rset=raw ok\r\n'
on 'a no, then a flood at RSET' "$(rest 'D0 550 5.1.1 no bob' "$odd RSET")" "$refused" 'rset=flood 9000 250-more;stall'
on 'a no, then a reply too many at RSET' "$(rest 'D0 550 5.1.1 no bob' "$unasked MAIL")" "$refused" 'rset=250 ok|250 ok'
try '' -x 'PIPELINING,LIMITS RCPTMAX=1'

# Before the message there may be TLS and a password.
certificate cert localhost self 2>/dev/null
(umask 077 && echo '127.0.0.1: alice secret' >passwords)
for step in starttls auth; do wrong $step; done
on 'a flood at STARTTLS' "$(all Z "$odd STARTTLS")" 'starttls=flood 9000 220-more;stall'
on 'silence at STARTTLS' "$(all Z "$late STARTTLS")" 'starttls=stall'
on 'a flood at AUTH' "$(all Z "$odd AUTH")" 'auth=flood 9000 235-more;stall'
on 'a reply too many at AUTH' "$(all Z "$unasked MAIL")" 'auth=235 2.7.0 welcome|250 2.1.0 ok'
on 'a challenge to AUTH PLAIN' "$(all Z "$unfit AUTH")" 'auth=334 go on'
on 'EHLO inside TLS: 421' "$(all Z "$bye")" "ehlo/2=$bye;drop"
on 'EHLO inside TLS: words' "$(all Z "$odd EHLO")" 'ehlo/2=raw hello\r\n'
on 'EHLO inside TLS: a drop' "$(all Z "$lost EHLO")" 'ehlo/2=drop'
try '-T encrypt -a passwords' -c cert.pem -k cert.key
