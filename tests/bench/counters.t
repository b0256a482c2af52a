# ARCH-04, ARCH-06: what one message costs the kernel, from connect to Maildir, is not more than written here
#
# Counts do not depend on how busy the machine is, as times do. What a waiting server does is too
# little to count: it sleeps. Of three messages the cheapest one is taken, since chance (a read that
# comes in two parts) only ever adds. The ceilings have a little room: who makes a message cheaper
# lowers them in the same commit, who must make it dearer says there what it was worth.
. tests/lib.sh
. "$ROOT/tests/road.sh"
# Of a submission, and of a message from elsewhere:
FORKS='7 3' # in the mean, as children are forked ahead. 3 for the connection and 4 for its message; 1 and 1, and 1
CALLS='800 390' # in all processes; 750 and 345 when this was written
EXECS=0   # all waits behind sockets
FLUSHES=3 # 1 for the 250, 1 for the Maildir, 1 for the outcome

case $(stat -f -c %T .) in
ext2/ext3 | xfs) ;;
btrfs) FLUSHES=4 ;; # here it takes 2 for the Maildir,
*) FLUSHES=5 ;;     # and here 2 for the 250, too
esac
if ! strace -f -o /dev/null true 2>/dev/null; then
	skip 'counting system calls' 'strace cannot trace here'
	exit 0
fi
if grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	skip 'counting system calls' 'the sanitizers make calls of their own'
	exit 0
fi
# A call that another process interrupts takes two lines: its second one is not counted.
counted() { # PATTERN: calls since the line "from"
	tail -n +"$from" trace | grep -cE "^[0-9]+ +($1)\("
}
execs() { # those that succeed: a search in PATH fails often
	tail -n +"$from" trace | grep -cE 'execve.* = 0$'
}
quiet() { # has the server gone to sleep?
	lines=$(wc -l <trace)
	sleep 0.3
	[ "$lines" = "$(wc -l <trace)" ]
}
DEMO_UNDER="strace -D -f -qq -e signal=none -o $WORK/trace" demo_start DEMO_START=s6
relay_mail() { # SUBJECT: from another server
	swaks --server 127.0.0.1 --port "$SMTP" --from eve@remote.test --to bob@example.test \
		--helo client.example --h-Subject "$1"
}
# count COMMAND: what each of three messages costs, a line each, into costs
count() {
	: >costs
	for nth in warm one two three; do
		until_true 20 quiet
		from=$(($(wc -l <trace) + 1))
		"$1" "$1-$nth" >sent 2>&1 || cat sent
		until_true 20 has_mail bob "Subject: $1-$nth" || not_ok 'it arrives' true
		until_true 20 queue_empty
		until_true 20 quiet
		[ "$nth" = warm ] ||
			echo "$(counted 'fork|vfork|clone|clone3') $(execs) $(counted 'fsync|fdatasync|sync|syncfs')" \
				"$(counted '[a-z_0-9]+')" >>costs
	done
}
# at_most WHAT COLUMN CEILING
at_most() {
	least=$(awk -v column="$2" '{ print $column }' costs | sort -n | head -n 1)
	ok "$1: $least, at most $3" [ "$least" -le "$3" ]
}
mean() { awk '{ sum += $1 } END { print int((sum + NR - 1) / NR) }' costs; }
# hold NAME FORKS CALLS: what was counted
hold() {
	is "$1: three messages are counted" "$(wc -l <costs | tr -d ' ')" 3
	ok "$1: forks: $(mean), at most $2" [ "$(mean)" -le "$2" ]
	at_most "$1: execs" 2 $EXECS
	at_most "$1: flushes" 3 $FLUSHES
	at_most "$1: system calls" 4 "$3"
}
count send_mail
hold 'a submission' "${FORKS% *}" "${CALLS% *}"
count relay_mail
hold 'a message from elsewhere' "${FORKS#* }" "${CALLS#* }"
