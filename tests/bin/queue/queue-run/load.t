# QUE-08 QUE-06
[ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
# Says how many of its kind run at one time, here and in all.
cat >counted <<'END'
#!/bin/sh
cat >/dev/null
mkdir -p "running/$1"
: >"running/$1/$$"
ls "running/$1" | wc -l >>"peak.$1"
ls running/*/* | wc -l >>peak
sleep 0.1
rm "running/$1/$$"
printf 'K* 250 2.0.0 - - ok\0\0' >&4
END
chmod +x counted
for x in a b c d; do echo "$x.example: ./counted $x"; done >routes
echo 'hang.example: ./hang' >>routes
run_queue # makes the queue
stop_queue
for i in 1 2 3 4 5; do
	for x in a b c d; do add ann@example.org "$x$i@$x.example" >>ids; done
done
run_queue -c 6 -p 2
ok 'all are delivered' until_true 20 empty
is 'never more than -p to one destination' "$(cat peak.? | sort -n | tail -1)" 2
ok 'never more than -c in all' [ "$(sort -n peak | tail -1)" -le 6 ]

for i in 1 2 3 4 5 6 7 8; do add ann@example.org "$i@hang.example" >>stuck; done
until_true 20 sh -c '[ $(wc -l <hanging) -ge 2 ]'
for x in a b c d; do add ann@example.org "$x@$x.example" >>ids; done
id=$(add ann@example.org x@hang.example y@a.example)
ok 'QUE-08: a destination that hangs does not stop the others' \
	until_true 20 logged "delivered .*msg=$id recipient=y@a.example"
ok 'QUE-08: nor the rest of them' until_true 20 sh -c '[ $(find queue/msg -type f | wc -l) = 9 ]'
is 'QUE-08: and takes no more than its places' "$(wc -l <hanging)" 2
stop_queue KILL
rm -rf queue

# QUE-08: one sender's flood to one slow host delays nobody else's message to it.
cat >slowly <<'END'
#!/bin/sh
cat >/dev/null
tr '\0' '\n' <&3 | sed -n 's/^F//p' >>order
sleep 0.05
printf 'K* 250 2.0.0 - - ok\0\0' >&4
END
chmod +x slowly
echo '*: ./slowly' >routes
queue-run -q queue 2>/dev/null & first=$!
until_true 20 test -e queue/lock
kill "$first"
wait "$first"
for i in $(seq 40); do add flood@example.org "$i@slow.example" >>floods; done
: >runlog
: >order
run_queue -p 1
add ann@example.org "one@slow.example" >>floods
before=$(wc -l <order) # those of the flood that came before it
ok 'QUE-08: a flood is delivered' until_true 20 empty
ok 'QUE-08: and who comes behind it has the next turn' \
	[ "$(sed -n '/ann@/=' order)" -le $((before + 5)) ]
stop_queue
rm -rf queue

# One that does not answer is not asked for each message.
printf 'Z* 421 4.4.1 - - no answer\n\n' >silent
echo '*: ./say silent' >routes
: >asked
queue-run -q queue 2>/dev/null & first=$!
until_true 20 test -e queue/lock
kill "$first"
wait "$first"
for i in 1 2 3 4 5 6 7 8 9; do add ann@example.org "$i@silent.example" >>silents; done
run_queue -p 1 -r 1000
until_true 20 logged 'deferred'
sleep 0.3
is 'QUE-06: a host that does not answer is asked for one message, not for each' "$(wc -l <asked)" 1
stop_queue

# Depth: the files are those of one message, under other names.
model=$(find queue/msg -type f | head -1)
python3 - "$model" 10000 <<'END'
import os, random, sys
text = open(sys.argv[1], "rb").read()
digits = "0123456789abcdefghijklmnopqrstuv"
head = os.path.basename(sys.argv[1])[:6]
names = set()
while len(names) < int(sys.argv[2]):
    names.add(head + "".join(random.choice(digits) for i in range(10)))
for name in names:
    with open("queue/msg/%s/%s" % (name[-1], name), "wb") as file:
        file.write(text[:18] + name.encode() + text[34:])
END
depth=$(find queue/msg -type f | wc -l)
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$runner/status"; }
mkdir other
run_queue -q other
empty_rss=$(rss)
stop_queue
take-all -S "unix:$WORK/socket" 2>served &
background="$background $!"
until_true 20 test -S socket
echo "*: unix:$WORK/socket" >routes
rm -rf queue/journal/*/*
run_queue -c 2 -p 2
full_rss=$(rss)
# memory SENTENCE TEST...: the sanitizer's own memory would be counted
memory() { case $BUILD in */asan) skip "$1" 'built with a sanitizer' ;; *) ok "$@" ;; esac; }
memory 'under 200 bytes of memory for a message' \
	[ $(((full_rss - empty_rss) * 1024 / depth)) -lt 200 ]
echo "# $depth messages: $empty_rss KiB without, $full_rss KiB with; drained in:"
start=$(date +%s%N)
ok 'ten thousand messages are drained' until_true 200 empty
echo "# $((($(date +%s%N) - start) / 1000000)) ms"
is 'each once' "$(grep -c ' done ' runlog)" "$(grep ' done ' runlog | sort -u | wc -l)"
top=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$runner/status")
echo "# at most $top KiB"
memory 'in bounded memory' [ "$top" -lt $((empty_rss + 8000)) ]
stop_queue
