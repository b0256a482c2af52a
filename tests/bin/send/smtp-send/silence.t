# OUT-16: whatever a server does instead of answering, it is "later", and it is soon
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net carl@example.net dora@example.net >envelope

for step in connect ehlo mail rcpt data; do
	name=$(echo $step | sed 's/connect/the connection/' | tr a-z A-Z | sed 's/THE CONNECTION/the connection/')
	becomes "OUT-16: a drop at $step is for now" \
		"$(all Z "451 4.4.2 connection lost before the reply to $name")" "$step=drop"
	becomes "OUT-16: a reset at $step is for now" \
		"$(all Z "451 4.4.2 connection lost before the reply to $name")" "$step=sleep 0.1;reset"
	becomes "OUT-16: silence at $step is for now" \
		"$(all Z "451 4.4.2 no reply in time to $name")" "$step=stall"
	becomes "OUT-16: garbage at $step is for now" \
		"$(all Z "451 4.5.0 the server does not speak SMTP: its reply to $name")" "$step=raw \\x00\\xffHTTP/1.1 400\\r\\n"
	becomes "OUT-16: a flood at $step is for now" \
		"$(all Z "451 4.5.0 the server does not speak SMTP: its reply to $name")" "$step=flood 9000 250-more;stall"
	case $step in connect | data) ;; *) continue ;; esac
	becomes "OUT-16: a reply in drops at $step is for now" \
		"$(all Z "451 4.4.2 no reply in time to $name")" "$step=drip 0.3 250 slowly it comes"
done
