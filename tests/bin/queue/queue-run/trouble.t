# ARCH-03 QUE-03 QUE-04 QUE-08
# Damaged files, missing and read-only folders, tables that cannot be read.
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf '*: ./keep\n' >routes
run_queue
stop_queue
bad=$(add ann@example.org bob@example.net)
cut=$(add ann@example.org carl@example.net)
good=$(add ann@example.org dora@example.net)
printf X | dd of="$(echo queue/msg/*/"$bad")" bs=1 seek=140 conv=notrunc 2>/dev/null
truncate -s 100 queue/msg/*/"$cut"
orphan=queue/journal/1/0testmessage0001
echo 'something' >"$orphan"
touch -d '3 days ago' queue/msg/1/.tmp-0testmessage0001
touch queue/msg/1/.tmp-0testmessage0002
: >queue/msg/1/README
run_queue -r 1000
ok 'QUE-08: a damaged message does not stop the others' until_true 20 logged " done .*msg=$good"
ok 'it is set aside' until_true 20 test -e "queue/bad/$bad"
ok 'so is one that was cut short' until_true 20 test -e "queue/bad/$cut"
comes 'and the log names it' "corrupt msg=$bad moved=bad" cat runlog
unlike 'it is never delivered' "$(cat delivered)" "$bad|$cut"
ok 'a journal without message is swept' until_true 20 [ ! -e "$orphan" ]
ok 'a file that is no message is left alone' test -e queue/msg/1/README
rm queue/msg/1/README
# Byte 140 was an "n" of the sender's.
printf n | dd of="queue/bad/$bad" bs=1 seek=140 conv=notrunc 2>/dev/null
mv "queue/bad/$bad" "queue/msg/$(printf %s "$bad" | tail -c 1)/"
ok 'a message that a person mends and moves back is delivered' until_true 20 logged " done .*msg=$bad"

# A disk that takes its time stops only who waits for it: the process that flushes hangs.
stop_queue
printf 'D* 550 5.1.1 - - no such user\n\n' >never
printf 'never.example: ./say never\n*: ./keep\n' >routes
run_queue -r 1000
flusher=$(pgrep -x -P "$runner" queue-run)
kill -STOP "$flusher"
first=$(add ann@example.org bob@never.example)
until_true 5 logged " failed .*msg=$first"
second=$(add ann@example.org carl@never.example)
third=$(add ann@example.org dora@example.net)
ok 'while the disk takes its time, others are delivered' until_true 5 logged " done .*msg=$third"
until_true 5 logged " failed .*msg=$second"
is 'nothing is done that is not written down' "$(cat asked-bounces)" ''
kill -CONT "$flusher"
for id in $first $second; do
	ok 'it is done then' until_true 5 logged " done .*msg=$id"
	is 'once' "$(count "$id failed" asked-bounces)" 1
done
stop_queue
: >runlog
run_queue -r 1000
flusher=$(pgrep -x -P "$runner" queue-run)
kill -KILL "$flusher"
wait "$runner"
rm ready
like 'without that process it ends, and says why' "$(cat runlog)" 'the process that flushes .* is gone'
run_queue -r 1000

# Reports that take their time, many of them, hold up nobody's delivery, however few may run.
stop_queue
mv bin/bounce-make bin/bounce-make.real
cat >bin/bounce-make <<'END'
#!/bin/sh
while [ -e slow ]; do sleep 0.1; done
exec bounce-make.real "$@"
END
chmod +x bin/bounce-make
: >slow
: >flood
run_queue -c 2 -p 2 -r 1000
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do add ann@example.org "u$i@never.example" >>flood; done
until_true 20 sh -c '[ "$(grep -c " failed .*never.example" runlog)" -ge 12 ]'
third=$(add ann@example.org dora@example.net)
ok 'while reports take their time, others are delivered' until_true 20 logged " done .*msg=$third"
unlike 'none is made so far' "$(cat runlog)" ' bounced '
rm slow
for id in $(cat flood); do until_true 20 logged " done .*msg=$id"; done
is 'then each is made, once' \
	"$(sed -n 's/.* bounced .* recipient=\([^ ]*\) .*/\1/p' runlog | sort | uniq -c | tr -s ' ' | cut -d' ' -f2 | tr -d '\n')" 111111111111
mv bin/bounce-make.real bin/bounce-make

# More events than the kernel keeps while nobody listens: an operator's word among them is heard all the same.
stop_queue
: >hanging
printf 'example.net: ./keep\n*: ./hang\n' >routes
run_queue -p 1 -r 1000
first=$(add ann@example.org bob@slow.example)
until_true 5 grep -q bob hanging
second=$(add ann@example.org carl@slow.example)
: >queue/msg/1/README
: >queue/msg/2/README
kill -STOP "$runner"
python3 - <<'END'
import os
with open("/proc/sys/fs/inotify/max_queued_events") as file:
    for number in range(int(file.read()) // 2 + 10):  # two alike in a row would count once
        os.utime("queue/msg/1/README")
        os.utime("queue/msg/2/README")
END
queue-hold "$second" 2>/dev/null
kill -CONT "$runner"
third=$(add ann@example.org dora@example.net)
ok 'after lost events others go on' until_true 5 logged " done .*msg=$third"
rm hang queue/msg/?/README
until_true 5 logged " deferred .*msg=$first"
third=$(add ann@example.org dora@example.net)
until_true 5 logged " done .*msg=$third"
unlike 'what was held meanwhile is held' "$(cat runlog)" "(deferred|done) .*msg=$second"
stop_queue
find queue/msg queue/journal -type f -delete
run_queue -r 1000

# A message that is removed by hand is forgotten.
printf 'Z* 451 4.2.1 - - not now\n\n' >later
printf '*: ./say later\n' >routes
id=$(add ann@example.org bob@example.net)
until_true 20 sh -c "[ -e queue/journal/*/$id ]"
rm queue/msg/*/"$id"
kill -HUP "$runner"
ok 'a message that was removed by hand is forgotten, with its journal' \
	until_true 20 sh -c "[ ! -e queue/journal/*/$id ]"

# Not before its time.
{
	printf 'V1\0Fann@example.org\0H%s\0Tbob@example.net\0\0' "$(($(date +%s) + 4))"
} >envelope
printf '*: ./keep\n' >routes
stage message queue-add
id=$(sed -n 's/^K.*queued as //p' verdict)
sleep 0.5
unlike 'a message on hold is not delivered' "$(cat delivered)" "$id"
ok 'until its time has come' until_true 20 logged " done .*msg=$id"

# Tables.
mv routes routes.good
mkdir routes
id=$(add ann@example.org bob@example.net)
ok 'tables that cannot be read leave the old ones in force' until_true 20 logged " done .*msg=$id"
comes 'and the log says so' 'cannot read the table routes, so the old' cat runlog
stop_queue
not_ok 'at the start they are fatal' queue-run
rmdir routes
mv routes.good routes

# A folder that has become read-only: what was delivered cannot be removed, nor written down.
x=$(printf %s "$id" | tail -c 1)
if mount --bind queue queue 2>/dev/null; then
	: >delivered
	: >runlog
	cat >routes <<END
*: ./then-readonly
END
	cat >then-readonly <<'END'
#!/bin/sh
until mount -o remount,ro,bind queue; do sleep 0.05; done # once queue-add has let go of its file
exec ./keep
END
	chmod +x then-readonly
	run_queue -r 1
	id=$(add ann@example.org bob@example.net)
	ok 'a queue that becomes read-only is said so' until_true 20 logged "cannot remove the message"
	sleep 2.5
	is 'QUE-03: what was delivered is not delivered again' "$(grep -c "$id" delivered)" 1
	stage message queue-add
	like 'nothing is accepted' "$(cat verdict)" '^Z\* 451 4\.3\.0'
	like 'and the log says what to do' "$(cat log)" 'writable'
	mount -o remount,rw,bind queue
	ok 'once it is writable, the message leaves' until_true 20 logged " done .*msg=$id"
	is 'delivered once' "$(grep -c "$id" delivered)" 1
	stop_queue
	until_true 20 umount queue
else
	skip 'QUE-03: a queue that becomes read-only' 'cannot mount here'
fi
