# ARCH-03 ARCH-05 QUE-04 QUE-08
# All that can be wrong with a disk but its power: intake says "later", what was accepted is kept, the log
# says which file and why, and nothing stops the others. Faults of single calls: queue-add.t, queue-run.t.
if [ -z "$OWN_MOUNTS" ] && unshare -m true 2>/dev/null; then
	OWN_MOUNTS=yes exec unshare -m sh "$0"
fi
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'Z* 451 4.2.1 - - later\n\n' >later
printf 'never.example: ./say never\nlater.example: ./say later\n*: ./keep\n' >routes
printf 'D* 550 5.1.1 - - no such user\n\n' >never
said() { head -1 verdict; }
refused() { add ann@example.org bob@example.net 2>/dev/null >/dev/null; [ "$(said | cut -c1-9)" = "Z* $1" ]; }

# A folder that is missing, and one that is none.
run_queue -r 1 -m 1
stop_queue
folders=$(ls queue/msg)
for x in $folders; do rmdir "queue/msg/$x"; done
ok 'a folder that is missing is "later"' refused '451 4.'
like 'and the log says which, and what to do' "$(cat log)" 'start queue-run.*queue/msg/.: No such file'
for x in $folders; do : >"queue/msg/$x"; done
ok 'so is a file in its place' refused '451 4.'
like 'which is said' "$(cat log)" 'queue/msg/.: Not a directory'
for x in $folders; do [ "$x" = v ] || rm "queue/msg/$x"; done
run_queue -r 1 -m 1
ok 'queue-run says which, and goes on with the others' logged 'cannot read .*queue/msg/v: Not a directory'
rm queue/msg/v
stop_queue
run_queue -r 1 -m 1
id=$(add ann@example.org bob@example.net)
ok 'what is missing is made at the start' until_true 20 logged " done .*msg=$id"

# A journal cannot be written: its folder is gone while queue-run is at work.
for x in $folders; do mv "queue/journal/$x" "away.$x"; done
id=$(add ann@example.org bob@never.example)
ok 'a journal that cannot be written is said' until_true 20 logged "cannot write to the journal .*No such file"
other=$(add ann@example.org carl@example.net)
ok 'others go on' until_true 20 logged " done .*msg=$other"
is 'nothing is done that is not written down' "$(count "$id" asked-bounces)" 0
for x in $folders; do mv "away.$x" "queue/journal/$x"; done
ok 'it is made up for' until_true 20 logged " done .*msg=$id"
is 'once' "$(count "$id" asked-bounces)" 1
ok 'and nothing is left' until_true 20 empty

# Journals that are cut off, empty, or rubbish.
a=$(add ann@example.org a@later.example)
b=$(add ann@example.org b@later.example)
c=$(add ann@example.org c@later.example)
for id in $a $b $c; do until_true 20 logged " deferred .*msg=$id"; done
stop_queue
truncate -s -3 "$(find queue/journal -name "$a")"
truncate -s 0 "$(find queue/journal -name "$b")"
head -c 5000 /dev/urandom >"$(find queue/journal -name "$c")"
printf 'later.example: ./keep\n*: ./keep\n' >routes
run_queue -r 1 -m 1
for id in $a $b $c; do
	ok 'a damaged journal does not keep its message back' until_true 20 logged " done .*msg=$id"
done

# The clock was set back: messages from the future, and times that are far away.
stop_queue
added_id=$(aged -86400) && future=$(add ann@example.org bob@example.net)
printf 'Z* 451 4.2.1 - - later\n\n' >later
printf 'later.example: ./say later\n*: ./keep\n' >routes
added_id=
run_queue -r 1 -m 1
ok 'a message from the future is delivered' until_true 20 logged " done .*msg=$future"
stop_queue
run_queue -r 2000000 -m 2000000
id=$(add ann@example.org dora@later.example)
until_true 20 logged " deferred .*msg=$id"
stop_queue
printf '*: ./keep\n' >routes
run_queue -r 1 -m 1
ok 'a time that is far away is not waited for longer than any' until_true 20 logged " done .*msg=$id"
stop_queue

# What is no message, though its name says so, and one that the disk does not give out.
until_true 20 empty
a=$(add ann@example.org tom@example.net)
good=$(add ann@example.org una@example.net)
path_of() { echo "queue/msg/${1#???????????????}/$1"; }
folder=$(aged 1) pipe=$(aged 2) twin=$(aged 3)
mkdir "$(path_of $folder)"
mkfifo -m 600 "$(path_of $pipe)"
cp -p "$(path_of $good)" "$(path_of $twin)" # a second one with its id
if strace -f -o /dev/null true 2>/dev/null; then
	strace -f -qq -o trace -P "$(cd queue && pwd -P)/msg/${a#???????????????}/$a" -e trace=pread64 \
		-e inject=pread64:error=EIO queue-run -r 1 -m 1 -R 9 2>>runlog 9>ready &
	tracer=$!
	until_true 60 test -s ready
	ok 'a message that cannot be read is said, by name' \
		until_true 20 logged "warning msg=$a text=\"cannot read the message in queue: Input/output error\""
	ok 'and others go on' until_true 20 logged " done .*msg=$good"
	kill "$(pgrep -x -P "$tracer" queue-run)"
	wait "$tracer"
	rm ready
else
	skip 'a message that cannot be read is said' 'strace cannot trace here'
fi
run_queue -r 1 -m 1
ok 'it is delivered when it can be read' until_true 20 logged " done .*msg=$a"
for id in $folder $pipe $twin; do
	ok 'what is no message of this id is set aside' until_true 20 test -e "queue/bad/$id"
	like 'which is said' "$(cat runlog)" " corrupt msg=$id moved=bad"
	like 'and listed' "$(queue-list)" "^$id .*set aside"
done
is 'and nothing else is' "$(ls queue/bad | wc -l)" 3
is 'the one that had the id is delivered once' "$(grep -c una@example.net delivered)" 1
stop_queue
rm -rf queue/bad/*

# Somebody else's, read-only, full.
if [ "$(id -u)" = 0 ] && have setpriv; then
	chmod 755 "$WORK"
	{ cat envelope && seal message; } >sealed
	: >verdict
	chmod 666 verdict
	setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v queue-add)" <message 3<sealed 4>verdict 2>log
	like 'a queue of another user is "later"' "$(tr '\0' '\n' <verdict)" '^Z\* 451 4.3.0'
	like 'and the log says what to do' "$(cat log)" 'let this user write to the queue.*queue.*Permission denied'
	a=$(add ann@example.org vic@example.net)
	good=$(add ann@example.org will@example.net)
	chown -R 65534:65534 .
	chown 0 "$(path_of "$a")"
	setpriv --reuid=65534 --regid=65534 --clear-groups queue-run -r 1 -m 1 -R 9 2>>runlog 9>ready &
	runner=$!
	background="$background $runner"
	ok 'a message of another user is said, by name' \
		until_true 20 logged "warning msg=$a .*cannot read the message .*Permission denied"
	ok 'and others go on' until_true 20 logged " done .*msg=$good"
	queue-check >found
	like 'queue-check finds it' "$(cat found)" "^msg/./$a: it belongs to another user than the queue"
	chown 65534 "$(path_of "$a")"
	ok 'it is delivered when it has its user' until_true 20 logged " done .*msg=$a"
	stop_queue
	chown -R 0:0 .
else
	skip 'a queue of another user is "later"' 'this needs root and setpriv'
fi
mkdir small
if [ "$OWN_MOUNTS" != yes ] || ! mount -t tmpfs -o size=1m,mode=700 none small 2>/dev/null; then
	skip 'a disk that is read-only, or full, is "later"' 'cannot mount here'
	exit 0
fi
add_to() { queue-add -q small/queue -b 0 -i 0 <"$1" 3<"$2" 4>verdict 2>log; tr '\0' '\n' <verdict | head -1; }
sealed() { { FACTS="Q$1" envelope ann@example.org "$2" && seal "$3"; } >"sealed.$1"; echo "sealed.$1"; }
run_queue -q small/queue -r 1 -m 1
id=$(aged 5)
echo '*: ./say later' >routes
kill -HUP "$runner"
said=$(add_to message "$(sealed $id bob@example.net message)")
like 'a message comes in' "$said" '^K\* 250'
until_true 20 logged " deferred .*msg=$id"
until_true 20 mount -o remount,ro small # once nobody writes
like 'read-only: intake is "later"' "$(add_to message "$(sealed $(aged 4) bob@example.net message)")" '^Z\* 451 4.3.0'
like 'and the log says what to do' "$(cat log)" 'mount the filesystem of the queue writable.*Read-only'
echo '*: ./keep' >routes
kill -HUP "$runner"
ok 'queue-run says it' until_true 20 logged 'cannot (remove|write).*small/queue.*Read-only'
mount -o remount,rw small
ok 'and goes on when it is mended' until_true 20 logged " done .*msg=$id"
dd if=/dev/zero of=small/filler bs=4k 2>/dev/null
big=$(aged 3)
head -c 300000 /dev/zero | tr '\0' x | fold -w 70 | wire >big
like 'full: intake is "later"' "$(add_to big "$(sealed $big bob@example.net big)")" '^Z\* 452 4.3.1'
is 'and nothing of it is left' "$(find small/queue/msg -name "$big")" ''
rm small/filler
like 'with room again it is taken' "$(add_to big "$(sealed $big bob@example.net big)")" '^K\* 250'
ok 'and delivered' until_true 20 logged " done .*msg=$big"
stop_queue
until_true 20 umount small
