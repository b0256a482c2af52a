# Shared by tests that need a server to send to: sourced after lib.sh. See tests/helper/sink.py.

# sink [options] [RULE ...]: start a server of our own in the folder sink, in place of the one before;
# its port is in $port
sink() {
	sink_stop
	rm -rf sink
	sink_in sink "$@"
	sink_pid=$!
}
# sink_in FOLDER [options] [RULE ...]: one more, which runs until the test ends
sink_in() {
	sink_folder=$1
	shift
	sink.py -o "$sink_folder" "$@" >"$sink_folder.errors" 2>&1 &
	background="$background $!"
	until_true 20 test -s "$sink_folder/port" || { cat "$sink_folder.errors"; exit 1; }
	port=$(cat "$sink_folder/port")
}
sink_stop() {
	[ -z "$sink_pid" ] || { kill "$sink_pid" && wait "$sink_pid"; } 2>/dev/null
	sink_pid=
}
# commands [N]: what the client of the N-th connection said, parted by " / " (default: all of them)
commands() {
	until_true 20 sink_idle
	sed -n "s/^${1:-[0-9]*} C: //p" sink/log | sed ':all; N; $!b all; s,\n, / ,g'
}
connections() { grep -c '^[0-9]* connect ' sink/log; }
# sink_idle [FOLDER]: has everybody gone?
sink_idle() {
	[ "$(grep -c '^[0-9]* connect ' "${1:-sink}/log")" = "$(grep -c ' end$' "${1:-sink}/log")" ]
}

# patience_for OUTCOMES: how long a client waits for each reply: not long for what does not come, else
# so long that no busy machine is too slow
patience_for() {
	case $1 in *'no reply in time'*) echo 1 ;; *) echo 30 ;; esac
}
# becomes SENTENCE OUTCOMES [options] [RULE ...]: message and envelope are handed to a server with
# these rules by smtp-send; then the verdict, without hosts and TLS, must be this.
becomes() {
	sentence=$1 wanted=$2
	shift 2
	sink "$@"
	stage message smtp-send -h 127.0.0.1 -p "$port" -w "$(patience_for "$wanted")"
	is "$sentence" "$(sed -E 's/127.0.0.1\[127.0.0.1\] - //' verdict)" "$wanted"
}
# all FATE OUTCOME: this outcome for three recipients
all() { printf '%s\n' "${1}0 $2" "${1}1 $2" "${1}2 $2"; }
