# MBX-01 MBX-05 ARCH-03 ARCH-04
. tests/lib.sh

mkdir mail
echo 'example.test:' >domains
printf '%s: %s\n' ann ann bob bob small small/Maildir >mailboxes
printf 'Subject: hi\n\nbody\n' | wire >message
envelope s@a.example ann@example.test bob@example.test >envelope

ok 'a first delivery makes the Maildirs' stage message maildir-deliver
stage message strace -o trace -e trace=sync_file_range,fsync,rename,renameat,linkat,write maildir-deliver
case $(stat -f -c %T mail) in
ext2/ext3 | xfs)
	flushes=2
	wanted='sync_file_range renameat fsync sync_file_range renameat fsync write(4 '
	;;
*)
	flushes=4
	wanted='fsync renameat fsync renameat fsync write(4 '
	;;
esac
is 'ARCH-04: one flush a recipient where that is enough, else two' "$(grep -c '^fsync' trace)" $flushes
grep -oE '^(sync_file_range|fsync|renameat|write\(4)' trace | uniq | tr '\n' ' ' >order
is 'the data goes to the disk before it is seen, and its name before we say so' "$(cat order)" "$wanted"

# A folder that may not be written, and one that is no folder.
rm -rf mail/ann mail/bob
echo no folder >mail/ann
stage message maildir-deliver
is 'a file in the way is later, the other goes on' "$(cut -d' ' -f1-3 verdict)" "Z0 451 4.3.0
K1 250 2.0.0"
rm mail/ann
mkdir outside mail/ann
ln -s "$WORK/outside" mail/ann/new
stage message maildir-deliver
like 'a link in the way is later' "$(cat verdict)" '^Z0 451 4.3.0'
is 'and is not followed' "$(ls outside)" ''
rm -rf mail/ann
if [ "$(id -u)" = 0 ] && have setpriv; then
	chmod 711 "$WORK"
	mkdir -p mail/ann/tmp mail/ann/cur mail/ann/new
	chmod 755 mail mail/ann mail/ann/*
	# The programs may lie where that user cannot look.
	cp "$(command -v maildir-deliver)" ./maildir-deliver
	rm -rf mail/bob
	stage message setpriv --reuid 65534 --regid 65534 --clear-groups ./maildir-deliver
	like 'a folder that is not ours to write is later' "$(cat verdict)" '^Z0 451 4.3.0'
	like 'the log says what and why' "$(cat log)" 'deferred.*maildir=ann.*Permission denied'
else
	skip 'a folder that is not ours to write is later' 'needs root'
fi

# A full disk: a very small one of our own.
rm -rf mail/*
dd if=/dev/zero bs=1024 count=300 2>/dev/null | sed 's/\x00/x/g' | fold -w 70 >body
{ printf 'Subject: big\n\n' && cat body; } | wire >big
mkdir mail/small
envelope s@a.example small@example.test bob@example.test >envelope
if mount -t tmpfs -o size=100k tmpfs mail/small 2>/dev/null; then
	for how in file pipe; do
		rm -rf mail/bob
		if [ $how = file ]; then stage big maildir-deliver; else
			{ cat envelope && seal big; } >.sealed
			cat big | maildir-deliver 3<.sealed 4>verdict.raw 2>log
			tr '\0' '\n' <verdict.raw >verdict
		fi
		is "MBX-05: a full disk is later for its owner only (message: $how)" \
			"$(cut -d' ' -f1-3 verdict)" "Z0 452 4.2.2
K1 250 2.0.0"
		is "nothing is left on the full disk (message: $how)" \
			"$(find mail/small -type f)" ''
	done
	until_true 20 umount mail/small
else
	skip 'MBX-05: a full disk is later' 'needs mount'
fi
(
	ulimit -f 100
	stage big maildir-deliver
)
like 'a file size limit is later, not our end' "$(cat verdict)" '^Z0 451 4.3.0'

# Many recipients take many descriptors.
rm -rf mail/*
envelope s@a.example $(yes ann@example.test | head -200) >envelope
ok 'two hundred recipients are served at once' stage message maildir-deliver
is 'each with a file' "$(ls mail/ann/new | wc -l)" 200
rm -rf mail/*
stage message sh -c 'ulimit -n 50 && exec maildir-deliver'
is 'those beyond the limit of files are later, none is lost' \
	"$(ls mail/ann/new | wc -l) $(grep -c '^Z[0-9]* 451 4.3.0' verdict)" \
	"$(grep -c '^K' verdict) $((200 - $(grep -c '^K' verdict)))"
ok 'and some are served' grep -q '^K' verdict

# kill -9 at each call that touches the disk or the verdict: walk N until it comes through.
envelope s@a.example ann@example.test bob@example.test >envelope
tail -n +1 message | tr -d '\r' >expected
good=$(tail -n +1 expected | cksum)
partial=0 early=0 lost=0 doubled=0 kills=0 stuck=none
export ASAN_OPTIONS=detect_leaks=0 # where there are sanitizers: under strace they cannot look for leaks
for call in openat mkdirat write fsync renameat close; do
	n=0
	while :; do
		n=$((n + 1))
		rm -rf mail/*
		stage message strace -o /dev/null -e "inject=$call:signal=SIGKILL:when=$n" \
			maildir-deliver && break
		kills=$((kills + 1))
		[ "$(tail -c 2 verdict | od -An -tx1 | tr -d ' ')" != 0a0a ] || early=$((early + 1))
		stage message maildir-deliver || lost=$((lost + 1))
		for user in ann bob; do
			set -- mail/$user/new/*
			[ -f "$1" ] || lost=$((lost + 1))
			[ $# -le 2 ] || doubled=$((doubled + 1))
			for file; do
				[ "$(tail -n +3 "$file" | cksum)" = "$good" ] || partial=$((partial + 1))
			done
		done
		[ $n -lt 100 ] || { stuck=$call && break; }
	done
done
ok "it was killed at many points ($kills)" test $kills -gt 50
is 'and came through in the end at each' $stuck none
is 'MBX-01: never a part in new/' $partial 0
is 'never a whole verdict before the end' $early 0
is 'ARCH-03: never lost when tried again' $lost 0
is 'at most a second copy' $doubled 0
