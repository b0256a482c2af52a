# Shared by tests that need a server to send to: sourced after lib.sh. See tests/helper/sink.py.

# sink [options] [RULE ...]: start a server of our own in the folder sink; its port is in $port
sink() {
	sink_stop
	rm -rf sink
	sink.py -o sink "$@" >sink.errors 2>&1 &
	sink_pid=$!
	background="$background $sink_pid"
	until_true 10 test -s sink/port || { cat sink.errors; exit 1; }
	port=$(cat sink/port)
}
sink_stop() {
	[ -z "$sink_pid" ] || kill "$sink_pid" 2>/dev/null
	sink_pid=
}
# commands [N]: what the client of the N-th connection said, parted by " / " (default: all of them)
commands() {
	until_true 10 sink_idle
	sed -n "s/^${1:-[0-9]*} C: //p" sink/log | sed ':all; N; $!b all; s,\n, / ,g'
}
sink_idle() {
	[ "$(grep -c ' connect' sink/log)" = "$(grep -c ' end$' sink/log)" ]
}
