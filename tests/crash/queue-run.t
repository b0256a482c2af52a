# ARCH-03 QUE-03 QUE-04 BNC-12
# queue-run is killed, or the disk fails, at each system call by which it touches the disk; then it is
# started again. Messages are delivered whole, a bounce is made once, and nothing is left.
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
cat >routes <<END
example.org: $WORK/keep
keep.example: $WORK/keep
never.example: $WORK/say $WORK/never
END
printf 'D* 550 5.1.1 mx.example[192.0.2.1] - no such user\n\n' >never
run_queue
stop_queue
a=$(add ann@example.org bob@keep.example carl@never.example)
b=$(add ann@example.org dora@keep.example)
mv queue model
root=$WORK

# A fresh queue with the two messages, in a folder of its own: what an earlier round left running
# cannot reach it.
round=0
begin() {
	round=$((round + 1))
	mkdir -p "$root/round.$round/got"
	cd "$root/round.$round" || exit 1
	cp -R ../model queue
	cp ../routes .
	: >delivered
	: >asked-bounces
}
# first OPTIONS: queue-run under strace, until it is dead, or has nothing left to do
#   -f        with all who work for it
#   journals  only what is done with those of the two messages
first() {
	place=$(pwd -P)/queue/journal
	for option; do
		shift
		case $option in
		journals) set -- "$@" -P "$place/${a#???????????????}/$a" -P "$place/${b#???????????????}/$b" ;;
		*) set -- "$@" "$option" ;;
		esac
	done
	strace "$@" -qq -o trace -e trace="$calls" -e inject="$injection" \
		queue-run -r 1 2>log &
	tracer=$!
	tries=$((patience * 20))
	while ! dead_or_done && [ $((tries -= 1)) -gt 0 ]; do sleep 0.05; done
	# Where nothing was met, nothing keeps it from its end, and journals go, too.
	met || until_true 60 met_or_done
	met || until_true 20 empty
	left=$(pgrep -x -P "$tracer" queue-run) && kill $left
	wait "$tracer" 2>/dev/null
	met
}
met() { grep -q INJECTED trace || grep -q 'killed by SIGKILL' trace; }
met_or_done() { met || dead_or_done; }
# A journal that could not be removed is swept later, so only messages are waited for.
dead_or_done() {
	! kill -0 "$tracer" 2>/dev/null || [ "$(find queue/msg -type f | wc -l)" = 0 ]
}
again() {
	before=$(wc -l <log)
	queue-run -r 1 2>>log &
	runner=$!
	until_true 20 runs
	until_true 20 empty
	kill "$runner"
	wait "$runner" 2>/dev/null
}
runs() { tail -n +$((before + 1)) log | grep -q ': running '; }
had() { grep -c -- "$1" delivered; }
fail() {
	echo "# $*: $(tr '\n' ';' <delivered) left: $(find queue/msg queue/journal -type f | tr '\n' ' ')"
	tail -5 log | sed 's/^/#    /'
	bad=$((bad + 1))
}
# check NAME MOST: everybody has his message, at most so often; and ann has been told once of carl
check() {
	empty || fail "$1: something is left"
	[ -z "$(ls queue/bad)" ] || fail "$1: something was set aside"
	for who in "$a bob@keep.example" "$b dora@keep.example"; do
		[ "$(had "$who")" -ge 1 ] || fail "$1: lost $who"
		[ "$(had "$who")" -le "$2" ] || fail "$1: too often $who"
	done
	[ "$(grep 'ann@example.org' delivered | sort -u | wc -l)" = 1 ] ||
		fail "$1: bounces: $(grep -c 'ann@example.org' delivered)"
	[ "$(had ann@example.org)" -le "$2" ] || fail "$1: the bounce came too often"
	grep -q 'Tcarl@never.example' got/*ann@example.org* || fail "$1: the bounce tells not of carl"
}
walk() { # CALL MOST STEP OPTIONS...
	call=$1 most=$2 step=$3
	shift 3
	n=$step
	while begin && injection="$call:$effect:when=$n" && first "$@"; do
		points=$((points + 1))
		again
		check "$call $effect $n" "$most"
		n=$((n + step))
	done
	check "$call untouched" 1
	met="$met $call:$((n / step - 1))"
}

# At all calls that change something; at some of the others (STEP=1: at all).
calls=openat,read,pread64,write,fsync,fdatasync,unlinkat
effect=signal=SIGKILL points=0 bad=0 met= patience=20
walk unlinkat 2 1
walk write 2 "${STEP:-2}"
walk openat 2 "${STEP:-13}"
walk pread64 2 "${STEP:-5}"
walk read 2 "${STEP:-7}"
echo "# killed at $points calls:$met"
is 'killed anywhere: nothing is lost, and no bounce is lost or doubled' "$bad" 0

# With all who work for it traced, too: each process is killed at its own Nth call, again and again,
# so bounces cannot be made before the second start. All flushes are those of the flusher, and of queue-add.
calls=openat,pwrite64,write,fsync,fdatasync,linkat,unlinkat
points=0 bad=0 met= patience=2
for call in linkat pwrite64 fsync fdatasync; do walk "$call" 3 1 -f; done
echo "# killed at $points calls, with all who work for it:$met"
is 'killed with all who work for it: the same' "$bad" 0

# The disk fails once: queue-run goes on, and who has his message does not get it again.
calls=openat,read,pread64,write,fsync,fdatasync,unlinkat
points=0 bad=0 met= patience=20
for effect in error=EROFS error=EIO; do walk unlinkat 1 1; done
for call in fdatasync fsync; do walk "$call" 1 1 -f; done
# Of all that is written, the journals.
for error in ENOSPC EDQUOT EIO; do
	effect=error=$error
	walk write 1 1 -f journals
done
echo "# failed at $points calls:$met"
is 'QUE-03: the disk fails anywhere: nothing is lost, and nothing is doubled' "$bad" 0
