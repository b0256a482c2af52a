# ARCH-04: what a submitted message costs: execs and flushes, counted
. tests/lib.sh
. "$ROOT/tests/road.sh"
[ -z "$SANITIZED" ] || { skip 'counting system calls' 'leak detection does not go with tracing'; exit 0; }
if ! strace -f -o /dev/null true 2>/dev/null; then
	skip 'counting system calls' 'strace cannot trace here'
	exit 0
fi
# On filesystems that are not known, a name takes a flush of its own.
kept='queue/msg/x/file' delivered='mail/bob/Maildir/tmp/file mail/bob/Maildir/new'
case $(stat -f -c %T .) in
ext2/ext3 | xfs) delivered='mail/bob/Maildir/new/file' ;;
btrfs) ;;
*) kept="$kept queue/msg/x" ;;
esac
quiet() { # has all gone to sleep?
	lines=$(wc -l <trace)
	sleep 0.5
	[ "$lines" = "$(wc -l <trace)" ]
}
for stages in s6 tcpserver; do
	rm -rf demo trace
	DEMO_UNDER="strace -D -f -qq -y -s 200 -e trace=execve,fsync,fdatasync -e signal=none -o $WORK/trace"
	demo_start DEMO_START=$stages
	ok "$stages: a message to make it warm" send_mail warm
	until_true 20 has_mail bob 'Subject: warm'
	until_true 20 queue_empty
	until_true 20 quiet
	before=$(wc -l <trace)
	ok "$stages: one message" send_mail counted
	until_true 20 has_mail bob 'Subject: counted'
	until_true 20 queue_empty
	until_true 20 quiet
	tail -n +$((before + 1)) trace >new
	execs() { grep -cE "execve\(\"[^\"]*/bin/(accept|check|fix|queue)/[a-z-]+\".* = 0" new; }
	case $stages in
	s6) is 's6: no exec for a submission: all stages wait behind sockets' "$(execs)" 0 ;;
	*) is "$stages: eight execs where all is exec'd" "$(execs)" 8 ;;
	esac
	flushes=$(grep -oE 'f(data)?sync\([0-9]+<[^>]*>' new | sed "s,.*<$WORK/demo/,,; s,>,,; s,/#.*,/file,; s,/[0-9]*\.M.*,/file,")
	is "$stages: a flush for the 250, one for the Maildir (two each on some filesystems), one for the outcome" \
		"$(echo $flushes | sed 's,msg/.,msg/x,g')" "$kept $delivered queue/msg/x"
	demo_stop
done
