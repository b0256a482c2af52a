# ARCH-03 ARCH-04 BNC-12 QUE-04
# Each flush, in its place: what follows from it has not been done before. Where a filesystem writes in its
# own good order, a cut of its power (power.t) can miss one that is missing; here it is seen.
. tests/lib.sh
. "$ROOT/tests/queue.sh"

if ! strace -f -o /dev/null true 2>/dev/null; then
	skip 'the order of flushes' 'strace cannot trace here'
	exit 0
fi
printf 'Subject: hi\n\nbody\n' | wire >message
# traced COMMAND...: its calls that change or flush something, with what they are about, in "trace"
changes=mkdir,mkdirat,fsync,fdatasync,linkat,unlinkat,rename,renameat,renameat2,write,execve
traced() {
	strace -f -qq -y -s 200 -e signal=none -o trace -e trace=$changes "$@"
}
# traced_start: those of queue-run, up to when it is ready
traced_start() {
	rm -f ready
	strace -f -qq -y -s 200 -e signal=none -o trace -e trace=$changes queue-run -R 9 2>log 9>ready &
	tracer=$!
	until_true 60 test -s ready
	kill "$(pgrep -x -P "$tracer" queue-run)"
	wait "$tracer"
}
steps() { sed -n "$1" trace | tr '\n' ' '; }

# The folders of a queue.
traced_start
queue=$(cd queue && pwd -P)
like 'a folder is made, then what it lies in is flushed' \
	"$(steps "s/.*mkdirat(.*\"\(msg\/v\)\".* = 0/made \1/p; s,.*fsync([0-9]*<$queue/\(msg\)>.*,flushed \1,p")" '^made msg/v flushed msg $'
for what in journal "" ..; do
	case $what in '') path=$queue ;; ..) path=${queue%/*} ;; *) path=$queue/$what ;; esac
	like "the folder ${what:-of the queue} is flushed" "$(cat trace)" "fsync\([0-9]+<$path>\) += 0"
done

# A journal: written, flushed with its name, and only then acted on. And a message that is done.
printf 'example.org: ./keep\n*: ./say never\n' >routes
printf 'D* 550 5.1.1 - - no such user\n\n' >never
add ann@example.org bob@never.example >id
id=$(cat id)
memory=
[ -w /dev/shm ] && memory=$(mktemp -d /dev/shm/smtpipe-test.XXXXXX) && trap 'rm -rf "$memory"; finish' EXIT
for place in . $memory; do
	if [ "$place" != . ]; then # a filesystem of which nothing is known
		mv queue "$place/queue" && ln -s "$place/queue" queue
		queue=$place/queue
		id=$(add ann@example.org bob@never.example)
	fi
	x=${id#???????????????}
	kind=$(stat -f -c %T "$place")
	strace -f -qq -y -s 300 -e signal=none -o trace \
		-e trace=fsync,fdatasync,unlinkat,write,execve queue-run -R 9 2>runlog 9>ready &
	tracer=$!
	until_true 20 logged " done .*msg=$id"
	until_true 20 empty
	kill "$(pgrep -x -P "$tracer" queue-run)"
	wait "$tracer"
	got=$(steps "s,.*write([0-9]*<$queue/journal/$x/$id>.* report failed .*,written,p
		s,.*f[a-z]*sync([0-9]*<$queue/journal/$x/$id>.*,flushed,p
		s,.*fsync([0-9]*<$queue/journal/$x>.*,named,p
		s,.*execve(.*bounce-make.* = 0,told,p
		s,.*unlinkat(.*\"msg/$x/$id\".* = 0,removed,p
		s,.*fsync([0-9]*<$queue/msg/$x>.*,gone,p
		s,.*unlinkat(.*\"journal/$x/$id\".* = 0,swept,p")
	case $kind in
	ext2/ext3 | xfs | btrfs) wanted='^written flushed told (gone )*removed gone ' ;;
	*) wanted='^written flushed named told (gone )*removed gone ' ;;
	esac
	like "$kind: a report is written down, durably, then made; its message leaves, durably" \
		"$got" "$wanted"
	like "$kind: the journal goes last" "$got" 'removed gone .*swept '
done

[ -z "$memory" ] || { rm queue && mv "$memory/queue" queue; }

# What a crash has left is made durable before it is shown.
FACTS="Q0testmessage0001 H4102444800" envelope ann@example.org bob@example.net >envelope
stage message queue-add
mv queue/msg/1/0testmessage0001 queue/msg/1/.new-0testmessage0001-abcde
traced_start
is 'what a crash has left is flushed, then shown' \
	"$(steps 's,.*fsync([0-9]*<.*/\.new-.*,flushed,p; s,.*renameat2*(.*\.new-.* = 0,shown,p')" 'flushed shown '

# What is put in the place of something: a policy that is kept, and the counts of a day.
mkdir kept tls
printf '#!/bin/sh\necho policy 1 604800 verify sts id=1 max_age=604800 mx=mx.example.org\n' >fetch
chmod +x fetch
# replaced FOLDER: the steps of the file in it
replaced() {
	folder=$(cd "$1" && pwd -P)
	steps "s,.*write([0-9]*<$folder/[^>]*.new>.*,written,p; s,.*fsync([0-9]*<$folder/[^>]*.new>.*,flushed,p
		s,.*rename.*\.new\".* = 0,moved,p; s,.*fsync([0-9]*<$folder>.*,named,p"
}
echo example.org >question
traced sts-keep -d kept -f ./fetch <question >answer 2>log
is 'a policy: written, flushed, then in its place, and that is flushed' "$(replaced kept)" 'written flushed moved named '
is 'which is told' "$(cat answer)" 'verify sts id=1 max_age=604800 mx=mx.example.org'
strace -f -qq -y -s 200 -e signal=none -o trace -e trace=fsync,rename,write \
	tls-count -S "unix:$WORK/counts" -d tls -R 9 9>listens 2>log &
tracer=$!
until_true 20 test -s listens
python3 -c 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(
    b"time=1\0domain=a.test\0type=sts\0result=success\0\0", "counts")'
kill "$(pgrep -x -P $tracer tls-count)"
wait $tracer
is 'the counts of a day: the same' "$(replaced tls)" 'written flushed moved named '

# A Maildir that is new.
mkdir mail
echo 'example.net:' >domains
echo 'bob@example.net: bob' >mailboxes
{ cat envelope && seal message; } >sealed
traced maildir-deliver <message 3<sealed 4>verdict 2>log
mail=$(cd mail && pwd -P)
is 'a new Maildir and all in it: made, then flushed' \
	"$(steps "s,.*mkdirat([0-9]*<$mail[^>]*>\, \"\([a-z]*\)\".* = 0,\1,p; s,.*fsync([0-9]*<$mail\(/bob\)*>.*,flushed,p")" \
	'bob flushed tmp flushed cur flushed new flushed '
for place in . $memory; do
	if [ "$place" != . ]; then
		mv mail "$place/mail" && ln -s "$place/mail" mail
		mail=$place/mail
	fi
	kind=$(stat -f -c %T "$place")
	strace -f -qq -y -s 200 -e signal=none -o trace -e trace=sync_file_range,fsync,renameat \
		maildir-deliver <message 3<sealed 4>verdict 2>log
	case $kind in
	ext2/ext3 | xfs) wanted='written moved file ' ;;
	*) wanted='file moved new ' ;;
	esac
	is "$kind: a message in a Maildir: its data, then its name, and both are flushed" \
		"$(steps "s,.*sync_file_range([0-9]*<$mail/bob/tmp/.*0,written,p; s,.*fsync([0-9]*<$mail/bob/[tn].*/.*,file,p
			s,.*renameat.* = 0,moved,p; s,.*fsync([0-9]*<$mail/bob/new>.*,new,p")" "$wanted"
done
