# ARCH-04 ARCH-05 SMTP-25 QUE-04
. tests/lib.sh

id=0testmessage0001
make_queue() {
	mkdir -p "$1/bad"
	for x in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v; do
		mkdir -p "$1/msg/$x" "$1/journal/$x"
	done
}
messages() { find "${1:-queue}/msg" -type f | wc -l; }
# kept FILE: the envelope and the message that a file of the queue holds
kept_envelope() { tail -c +129 "$1" | head -c "$(head -1 "$1" | cut -d' ' -f4)"; }
kept_message() { tail -c "$(head -1 "$1" | cut -d' ' -f5)" "$1"; }

make_queue queue
{
	printf 'Subject: hi\n\n'
	head -c 300000 /dev/urandom | base64
} | wire >message
envelope ann@example.org bob@example.net carl@example.net >envelope
ok 'a message is added' stage message queue-add
is 'the verdict names it' "$(cat verdict)" "K* 250 2.0.0 - - queued as $id"
is 'its file has the id of the envelope, in the folder of its last character' \
	"$(find queue/msg -type f)" "queue/msg/1/$id"
file=queue/msg/1/$id
like 'the file begins with one line that says what it is' "$(head -1 "$file")" \
	"^smtpipe-message 1 $id $(wc -c <envelope) $(wc -c <message) [0-9a-f]{16} +$"
is 'that line takes 128 bytes' "$(head -1 "$file" | wc -c)" 128
is 'the envelope is kept as it came' "$(kept_envelope "$file" | cksum)" "$(cksum <envelope)"
is 'the message is kept as it came' "$(kept_message "$file" | cksum)" "$(cksum <message)"
like 'the log tells bytes, recipients and sender, with both ids' "$(cat log)" \
	"^queue-add: queued conn=testconn00000000 msg=$id bytes=$(wc -c <message) recipients=2 sender=ann@example.org$"
like 'nobody else may read it' "$(stat -c %a "$file")" '^600$'

FACTS='Q0testmessage0002 Jmail.example.test rmx I192.0.2.7 hclient.example wESMTP' \
	envelope ann@example.org bob@example.net carl@example.net >traced
cp envelope untraced && cp traced envelope
ok 'LOOP-01: with -t it puts our trace field on top' stage message queue-add -t
cp untraced envelope
file2=queue/msg/2/0testmessage0002
like 'of what the envelope says' "$(kept_message $file2 | head -1)" \
	'^Received: from client.example \(\[192.0.2.7\]\)'
is 'and the message below it' "$(kept_message $file2 | tail -c "$(wc -c <message)" | cksum)" \
	"$(cksum <message)"
like 'once' "$(kept_message $file2 | grep -c '^Received:')" '^1$'
rm $file2

printf 'another\r\n' >other
before=$(cksum <"$file")
ok 'the same id again is done already' stage other queue-add
like 'and is told so' "$(head -1 verdict)" "^K\* 250 2.0.0 - - queued as $id"
is 'the first message stays as it is' "$(cksum <"$file")" "$before"
like 'the log tells it apart' "$(cat log)" ' queued-before '
stage other queue-add -s
is 'with -s another one with the id is for later' "$? $(head -1 verdict | cut -c 1-12)" '111 Z* 451 4.3.0'
is 'and the first stays as it is' "$(cksum <"$file")" "$before"
ok 'the same one is done already' stage message queue-add -s

FACTS='Lconn' envelope ann@example.org bob@example.net >envelope
stage message queue-add
made=$(sed -n 's/^K.*queued as //p' verdict)
like 'an envelope without id gets one' "$made" '^[0-9a-v]{16}$'
file=$(find queue/msg -name "$made")
is 'which is written into the envelope' \
	"$(kept_envelope "$file" | tr '\0' '\n' | grep -v '^$' | tr '\n' ' ')" \
	"V1 Lconn Fann@example.org Q$made Tbob@example.net "
FACTS='Lconn Q' envelope ann@example.org bob@example.net >envelope
stage message queue-add
like 'so does one with an empty id' "$(head -1 verdict)" 'queued as [0-9a-v]{16}$'

rm -rf queue
make_queue queue
for bad in 'Q../../../etc/x' 'Qshort' 'Q0TESTMESSAGE0001' 'Q0testmessage00012'; do
	FACTS=$bad envelope ann@example.org bob@example.net >envelope
	not_ok "an id that is none is refused: $bad" stage message queue-add
	is 'and gives no verdict' "$(cat verdict)" ''
done
envelope ann@example.org >envelope
not_ok 'an envelope without recipients is refused' stage message queue-add
printf 'V2\0\0' >envelope
not_ok 'a broken envelope is refused' stage message queue-add
envelope ann@example.org bob@example.net >envelope
{ cat envelope && printf '.99\0'; } >sealed
queue-add <message 3<sealed 4>verdict 2>log
is 'SMTP-25: a message that was cut short is "later"' "$?$(cat verdict)" 111
queue-add <message 3<envelope 4>verdict 2>log
is 'SMTP-25: so is one without seal' "$?$(cat verdict)" 111
is 'SMTP-25, ARCH-05: nothing of these is in the queue' "$(messages)" 0

: >empty
ok 'an empty message is a message' stage empty queue-add
is 'and is kept with length 0' "$(head -1 "queue/msg/1/$id" | cut -d' ' -f5)" 0
rm -rf queue
make_queue queue

# What the disk is asked for. The trace has no other fsync than these.
cat >run <<'END'
queue-add <message 3<sealed 4>verdict 2>log
END
{ cat envelope && seal message; } >sealed
strace -f -qq -o trace -e trace=openat,pwrite64,fsync,fdatasync,linkat,renameat2,sync,write sh run
steps() { grep -oE 'fsync|linkat|renameat2|write\(4, "K' trace | tr '\n' ' '; }
case $(stat -f -c %T .) in
ext2/ext3 | xfs | btrfs)
	is 'ARCH-04: an early name, one flush for it and the data, the name, and only then the verdict' \
		"$(steps)" 'linkat fsync renameat2 write(4, "K '
	rm -f queue/msg/1/*
	strace -f -qq -o trace -e inject=fstatfs:error=EIO:when=1 \
		-e trace=openat,pwrite64,fsync,fdatasync,linkat,renameat2,sync,write,fstatfs sh run
	;;
esac
is 'ARCH-04: where the filesystem is not known: file, name, folder, and only then the verdict' \
	"$(steps)" 'fsync linkat fsync write(4, "K '
is 'ARCH-04: all data is written before the first flush' \
	"$(grep -oE 'pwrite64|fsync' trace | uniq | head -2 | tr '\n' ' ')" 'pwrite64 fsync '
rm -rf queue

not_ok 'a queue that is missing is "later"' stage message queue-add
like 'as 451 4.3.0' "$(cat verdict)" '^Z\* 451 4\.3\.0 '
like 'and the log says which, and what to do' "$(cat log)" \
	'start queue-run.*cannot open the queue queue.*No such file'
make_queue queue
rmdir queue/msg/1
not_ok 'a folder of it that is missing too' stage message queue-add
like 'as 451 4.3.0 ' "$(cat verdict)" '^Z\* 451 4\.3\.0 '
like 'with the folder in the log' "$(cat log)" 'queue/msg/1'
make_queue queue

not_ok 'below the reserve of bytes it is "later"' stage message queue-add -b 1000000000000000
like 'as 452 4.3.1' "$(cat verdict)" '^Z\* 452 4\.3\.1 '
if [ "$(stat -f -c %c .)" = 0 ]; then
	skip 'below the reserve of inodes it is "later"' 'this filesystem counts none'
else
	not_ok 'below the reserve of inodes it is "later"' \
		stage message queue-add -i 1000000000000000
	like 'as 452 4.3.1 ' "$(cat verdict)" '^Z\* 452 4\.3\.1 '
fi
cat >limited <<'END'
#!/bin/sh
ulimit -f 10
exec queue-add
END
chmod +x limited
not_ok 'a message over the file size limit is "later"' stage message ./limited
like 'as 452 4.3.1  ' "$(cat verdict)" '^Z\* 452 4\.3\.1 '
is 'ARCH-05: nothing is left of what was refused' "$(find queue -type f | wc -l)" 0

not_ok 'without an envelope it says how it is used' queue-add
not_ok 'an unknown option too' stage message queue-add -Z

# Where the filesystem has no O_TMPFILE, a name of its own is used, and none is left.
strace -f -o trace -e quiet=all -e trace=openat,unlinkat,linkat -e inject=openat:error=EOPNOTSUPP:when=1 \
	-P queue/msg/1 -P msg/1 sh run
like 'without O_TMPFILE a message is added' "$(cat verdict | tr '\0' '\n')" '^K\* 250'
like 'though it asked for it' "$(cat trace)" 'O_TMPFILE.*EOPNOTSUPP.*INJECTED'
is 'its name for the time being is gone' "$(ls -A queue/msg/1)" "$id"
is 'and it is whole' "$(kept_message "queue/msg/1/$id" | cksum)" "$(cksum <message)"

queue-add -S "unix:$WORK/socket" 2>served &
background=$!
until_true 20 test -S socket
FACTS='Q0testmessage0002' envelope ida@example.org bob@example.net >envelope
stage message received-add "unix:$WORK/socket"
like 'a waiting parent adds messages too' "$(cat verdict)" '^K\* 250 2.0.0 - - queued as 0testmessage0002'
is 'in the same form' "$(kept_message queue/msg/2/0testmessage0002 | tail -n +3 | tail -c 100 | cksum)" \
	"$(tail -c 100 message | cksum)"
if [ "$(id -u)" = 0 ] && ! grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	forgets() { remembers "$1" $(pgrep -P "$background"); [ $? = 1 ]; }
	ok 'and forgets its recipients' until_true 20 forgets bob@example.net
	ok 'and its sender' until_true 20 forgets ida@example.org
else
	skip 'it forgets what it had' 'only root may look, and not where the sanitizers keep it'
fi
