# ARCH-04: what one delivery, and one message handed on, costs the kernel is not more than written here
#
# As counters.t: counts, not times. What forty messages cost more than ten is what thirty of them cost,
# without what is done once. Who makes one cheaper lowers the ceilings in the same commit.
. tests/lib.sh
. "$ROOT/tests/queue.sh"
. "$ROOT/tests/sink.sh"

if ! strace -f -o /dev/null true 2>/dev/null; then
	skip 'counting system calls' 'strace cannot trace here'
	exit 0
fi
if grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	skip 'counting system calls' 'the sanitizers make calls of their own'
	exit 0
fi
printf 'Subject: hi\n\nbody\n' | wire >message
queue-run 2>/dev/null & first=$!
until_true 20 test -e queue/lock
kill $first
wait $first

counted() { cat trace* | grep -cE "^[0-9]+ +($1)\("; }
# costs N RECIPIENT: what N messages that wait cost, in the file costs.N: forks, execs, flushes, calls
costs() {
	for number in $(seq "$1"); do add ann@example.org "$2" >/dev/null; done
	rm -f trace*
	if [ -n "$waits" ]; then
		strace -f -qq -e signal=none -o trace.waits $waits 2>/dev/null &
		waiter=$!
		until_true 20 test -S socket
	fi
	strace -f -qq -e signal=none -o trace.queue queue-run 2>runlog &
	tracer=$!
	until_true 30 empty
	# Time for all to be told, and to say good-bye.
	until_true 20 sink_idle
	kill "$(pgrep -x -P "$tracer" queue-run)"
	wait "$tracer"
	[ -z "$waits" ] || { kill $(pgrep -P "$waiter") && wait "$waiter"; rm -f socket; }
	echo "$(counted 'fork|vfork|clone|clone3') $(cat trace* | grep -cE 'execve.* = 0$')" \
		"$(counted 'fsync|fdatasync|syncfs') $(counted '[a-z_0-9]+')" >"costs.$1"
}
# at_most WORK FORKS EXECS FLUSHES CALLS: of ten of them
at_most() {
	work=$1
	shift
	for what in forks execs flushes calls; do
		each=$(cat costs.10 costs.40 | awk -v what="$what" '
			BEGIN { place["forks"] = 1; place["execs"] = 2; place["flushes"] = 3; place["calls"] = 4 }
			{ n[NR] = $place[what] }
			END { print int((n[2] - n[1]) / 3) }')
		ok "$work: $each $what for ten messages, at most $1" [ "$each" -le "$1" ]
		shift
	done
}

sink
mkdir mail
echo 'example.net:' >domains
echo 'bob: bob/Maildir' >mailboxes
echo "@: unix:$WORK/socket" >routes
waits="maildir-deliver -S unix:$WORK/socket"
costs 10 bob@example.net
costs 40 bob@example.net
at_most "a delivery to a Maildir" 9 0 30 1000
waits= # flushes of a delivery: one for the Maildir on ext4 and xfs, else two, and the one that many outcomes share
echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
costs 10 bob@elsewhere.example
costs 40 bob@elsewhere.example
at_most "a message handed on" 7 7 10 1950
