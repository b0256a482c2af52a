# ARCH-03 ARCH-04 ARCH-05 QUE-04 SMTP-25
# queue-add is killed, or the disk fails, at each system call by which it touches the disk.
. tests/lib.sh
. "$ROOT/tests/queue.sh"

{
	printf 'Subject: hi\n\n'
	head -c 200000 /dev/urandom | base64
} | wire >message
# Twice: where one flush is enough, and where it takes two. A folder in memory is of the second kind.
memory=
if [ -w /dev/shm ]; then
	memory=$(mktemp -d /dev/shm/smtpipe-test.XXXXXX) && trap 'rm -rf "$memory"; finish' EXIT
fi
id=0testmessage0001
file=queue/msg/1/$id
FACTS="Q$id H4102444800" envelope ann@example.org bob@example.net >envelope # on hold, so that it stays
{ cat envelope && seal message; } >sealed
wanted=$(cksum <message)
kept() { tail -c +$((129 + $(wc -c <envelope))) "$file" | cksum; }

# attempt INJECTION...: queue-add under strace; true if the injection was met
attempt() {
	rm -f trace
	strace -f -qq -o trace -e trace="$calls" -e inject="$1" \
		queue-add <message 3<sealed 4>verdict 2>log
	grep -Eq 'INJECTED|killed by SIGKILL' trace
}
said() { tr '\0' '\n' <verdict | head -1; }
fail() {
	echo "# $*: verdict $(said), files $(find queue -type f | tr '\n' ' ')"
	bad=$((bad + 1))
}

# walk FOLDER: with a queue there
walk() {
	kind=$(stat -f -c %T "$1")
	rm -rf queue
	mkdir "$1/kept" && ln -s "$1/kept" queue
	run_queue
	stop_queue
	calls=openat,fstatfs,flock,pwrite64,fsync,fdatasync,linkat,renameat2,unlinkat,write,close
	points=0 bad=0 repeated=0 early_seen=0 calls_met=
	for call in $(echo "$calls" | tr , ' '); do
		n=1
		while rm -rf queue/msg/1/.new-* "$file" && attempt "$call:signal=SIGKILL:when=$n"; do
			points=$((points + 1))
			[ ! -e "$file" ] || [ "$(kept)" = "$wanted" ] || fail "$call $n: a part"
			case $(said) in
			'K* 250'*) [ -e "$file" ] || fail "$call $n: acknowledged, not there" ;;
			'') ;;
			*) fail "$call $n: another verdict" ;;
			esac
			# What is left under another name is found by queue-run, or nothing is.
			early=$(find queue/msg -name '.new-*')
			[ "$(find queue/ -type f ! -name lock ! -name "$id" ! -name '.new-*' | wc -l)" = 0 ] ||
				fail "$call $n: left-overs"
			if [ -n "$early" ]; then
				early_seen=$((early_seen + 1))
				[ ! -e "$file" ] || fail "$call $n: two names"
				run_queue
				stop_queue
				[ "$(find queue/msg -type f)" = "$file" ] && [ "$(kept)" = "$wanted" ] ||
					fail "$call $n: not recovered"
			fi
			[ -e "$file" ] && repeated=$((repeated + 1))
			queue-add <message 3<sealed 4>verdict 2>log
			[ "$(said | cut -c1-6)" = 'K* 250' ] && [ "$(kept)" = "$wanted" ] ||
				fail "$call $n: not added the second time"
			n=$((n + 1))
		done
		[ "$n" -gt 1 ] && calls_met="$calls_met $call"
	done
	echo "# $kind: killed at $points calls:$calls_met; $repeated times the name was there already, $early_seen times the early one"
	is "$kind: wherever it is killed: acknowledged is whole, a part is never seen, and the id can come again" "$bad" 0
	ok "$kind: it was killed at the flushes, the name and the verdict" \
		sh -c "echo '$calls_met' | grep -q 'pwrite64 fsync linkat.* write'"
	ok "$kind: and also when the name was there already" [ "$repeated" -gt 0 ]

	points=0 bad=0
	for call in openat:EIO openat:ENOSPC openat:EMFILE openat:EROFS pwrite64:ENOSPC pwrite64:EDQUOT \
		pwrite64:EIO fsync:EIO fsync:EDQUOT fsync:ENOSPC flock:ENOLCK linkat:ENOSPC linkat:EDQUOT \
		linkat:EIO renameat2:ENOSPC renameat2:EIO; do
		n=1
		while rm -rf queue/msg/1/.new-* "$file" && attempt "${call%:*}:error=${call#*:}:when=$n"; do
			points=$((points + 1))
			case $(said) in
			'') # "later" without a word: it could not confine itself
				[ "${call%:*}" = openat ] && grep -q 'cannot confine' log || fail "$call $n" ;;
			'Z* 452 4.3.1 '*) case $call in *:ENOSPC | *:EDQUOT) ;; *) fail "$call $n" ;; esac ;;
			'Z* 451 4.3.0 '*) case $call in *:ENOSPC | *:EDQUOT) fail "$call $n" ;; esac ;;
			'K* 250 '*) # no error at all, as there is another way to the same
				[ "$(kept)" = "$wanted" ] || fail "$call $n: acknowledged, not whole"
				rm -f "$file"
				;;
			*) fail "$call $n" ;;
			esac
			[ -z "$(find queue/msg -type f)" ] || fail "$call $n: refused, but there"
			n=$((n + 1))
		done
	done
	echo "# $kind: failed at $points calls"
	is "$kind, ARCH-05: wherever the disk fails it says \"later\", and nothing is left" "$bad" 0

	# It is refused, and its name cannot be taken back.
	case $kind in ext2/ext3 | xfs | btrfs) named=1+ ;; *) named=2+ ;; esac # the flush behind the name
	rm -rf queue/msg/1/.new-* "$file"
	strace -f -qq -o trace -e trace=fsync,unlinkat -e inject="fsync:error=EIO:when=$named" \
		-e inject=unlinkat:error=EIO queue-add <message 3<sealed 4>verdict 2>log
	like "$kind: where what is refused cannot be removed" "$(said)" '^Z\* 451 4\.3\.0'
	ok "$kind: it keeps its name" [ -n "$(find queue/msg/1 -type f)" ]
	run_queue
	nothing_there() { [ -z "$(find queue/msg/1 -type f)" ]; }
	ok "$kind: but is no message" until_true 20 nothing_there
	stop_queue
}
walk .
[ -z "$memory" ] || walk "$memory"

# Real disks that are full.
full=$WORK/full
mkdir "$full"
if mount -t tmpfs -o size=256k,mode=700 none "$full" 2>/dev/null; then
	(cd "$full" && queue-run 2>/dev/null 9>"$WORK/ready2" -R 9 & echo $! >"$WORK/pid")
	until_true 20 test -s ready2
	kill "$(cat pid)"
	until_true 20 sh -c "! kill -0 $(cat pid)"
	queue-add -q "$full/queue" <message 3<sealed 4>verdict 2>log
	like 'the reserve is kept on a small disk' "$(said)" '^Z\* 452 4\.3\.1'
	queue-add -q "$full/queue" -b 0 -i 0 <message 3<sealed 4>verdict 2>log
	like 'a disk that fills up while it writes is "later"' "$(said)" '^Z\* 452 4\.3\.1'
	is 'and nothing is left on it' "$(find "$full/queue/msg" -type f | wc -l)" 0
	until_true 20 umount "$full"
else
	skip 'a disk that fills up is "later"' 'cannot mount a tmpfs here'
fi
