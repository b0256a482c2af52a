# Shared by tests of what comes instead of a reply: sourced after lib.sh and sink.sh. Many servers, one
# after the other, each with rules of its own; those that are waited for in vain are so at one time.

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
# try SENDER-OPTIONS [sink options]: all of them
try() {
	options=$1 late_ones=
	shift
	sink "$@" @rules
	for number in $(seq "$count"); do
		case $(cat "$number.sentence" "$number.wanted") in
		*'no reply in time'* | *QUIT*)
			send_one 2 &
			late_ones="$late_ones $!"
			until_true 20 was_asked "$number"
			;;
		*) send_one 30 ;;
		esac
	done
	for pid in $late_ones; do wait "$pid"; done
	for number in $(seq "$count"); do
		read -r sentence <"$number.sentence"
		is "$sentence" "$(sed -zE 's/127.0.0.1\[127.0.0.1\] [^ ]+ //; /^$/d' "$number.verdict" |
			tr '\0' '\n' | sort -k1.2,1.2)" "$(cat "$number.wanted")"
	done
	is 'each of these servers was asked once' "$(connections)" "$count"
	count=0
	rm rules
}
# send_one PATIENCE
send_one() {
	smtp-send -h 127.0.0.1 -p "$port" -w "$1" $options <message 3<sealed 4>"$number.verdict" 2>>log
}
was_asked() { grep -q "^$1 connect " sink/log; }

lost='451 4.4.2 connection lost before the reply to'
late='451 4.4.2 no reply in time to'
odd='451 4.5.0 the server does not speak SMTP: its reply to'
unfit='451 4.5.0 the server is out of step: an unfit reply to'
unasked='451 4.5.0 the server spoke unasked before'
bye='421 4.3.2 going down'
# says STEP: its name in an outcome
says() {
	case $1 in
	connect) echo 'the connection' ;;
	dot) echo 'the end of the message' ;;
	other) echo AUTH ;; # a line of its exchange
	*) echo "${1%/*}" | tr a-z A-Z ;;
	esac
}
# wrong STEP [RULE...]: all that may come instead of a reply, behind these rules
wrong() {
	step=$1 name=$(says "$1")
	shift
	on "421 at $step" "$(all Z "$bye")" "$@" "$step=$bye;drop"
	on "421 at $step, and the server stays" "$(all Z "$bye")" "$@" "$step=$bye"
	for line in 'taken, thank you' 250ok '\x00\xffHTTP/1.1 400'; do
		on "\"$line\" at $step" "$(all Z "$odd $name")" "$@" "$step=raw $line\\r\\n"
	done
	on "no code in a later line at $step" "$(all Z "$odd $name")" "$@" "$step=250-ok|taken|250 ok"
	on "two classes in one reply at $step" "$(all Z "$odd $name")" "$@" "$step=250-ok|550 no"
	on "an endless line at $step" "$(all Z "$odd $name")" "$@" "$step=raw 250 $endless"
	on "a flood of lines at $step" "$(all Z "$odd $name")" "$@" "$step=flood 9000 250-more;stall"
	on "a drop at $step" "$(all Z "$lost $name")" "$@" "$step=drop"
	on "a reset at $step" "$(all Z "$lost $name")" "$@" "$step=sleep 0.1;reset"
	on "a code cut off at $step" "$(all Z "$lost $name")" "$@" "$step=raw 25;drop"
	on "a line cut off at $step" "$(all Z "$lost $name")" "$@" "$step=raw 250 2.0.0 taken;drop"
	on "a reply cut off at $step" "$(all Z "$lost $name")" "$@" "$step=250-2.0.0 taken;drop"
	on "silence at $step" "$(all Z "$late $name")" "$@" "$step=stall"
	on "half a reply at $step, then silence" "$(all Z "$late $name")" "$@" "$step=250-2.0.0 taken;stall"
	on "a yes in drops at $step" "$(all Z "$late $name")" "$@" "$step=drip 0.3 250 2.0.0 taken"
}
