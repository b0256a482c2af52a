# QUE-11 QUE-03
. tests/lib.sh
. "$ROOT/tests/queue.sh"
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'K0 250 2.0.0 - - taken\nZ1 451 4.2.1 - - later\n\n' >half
printf '*: ./say half\n' >routes
run_queue -q other
stop_queue
run_queue -r 1000
a=$(add ann@example.net bob@example.org carl@example.org)
added_id="$(aged 0) Jmail.example.test" # smtp-send wants our name
b=$(add ann@example.net dora@example.org eve@example.org)
for id in $a $b; do was_tried "$id"; done
not_ok 'a target is wanted' queue-move -a
not_ok 'a folder without its path is none' queue-move -m other -a
not_ok 'nor is what could be an option' queue-move -m '-x:25' -a
not_ok 'and one is enough' queue-move -m "$WORK/other" -r -a
ok 'a message goes to another queue' queue-move -m "$WORK/other" "$a"
ok 'it leaves this one' until_true 20 logged " done .*msg=$a"
is 'it has the same id there, and who was done is done' \
	"$(queue-list -q other -j | python3 -c '
import json, sys
for line in sys.stdin:
    item = json.loads(line)
    print(item["id"], [one["address"] for one in item["recipients"]])')" "$a ['carl@example.org']"
is 'whole' "$(queue-show -q other -m "$a" | cksum)" "$(cksum <message)"
sink
ok 'another goes to another machine' queue-move -m "127.0.0.1:$port" "$b"
ok 'it leaves, too' until_true 20 logged " done .*msg=$b"
like 'for who has not got it' "$(cat sink/log)" 'C: RCPT TO:<eve@example.org>'
unlike 'and nobody else' "$(cat sink/log)" 'C: RCPT TO:<dora@example.org>'
ok 'nothing is left here' until_true 20 empty

# A target that does not want it.
sink 'rcpt=550 5.7.1 no relaying'
added_id="$(aged 0) Jmail.example.test"
b=$(add ann@example.net dora@example.org eve@example.org)
added_id=
was_tried "$b"
ok 'a message goes to where it is refused' queue-move -m "127.0.0.1:$port" "$b"
ok 'that is "later"' until_true 20 logged " deferred .*msg=$b recipient=eve@example.org .*text=\"no relaying\""
until_true 20 sh -c "queue-show $b | grep -q 'no relaying'"
is 'and its sender is not told' "$(cat asked-bounces)" ''
echo '*: ./keep' >routes
ok 'it can be taken back' queue-move -r "$b"
ok 'and goes by its route' until_true 20 logged " done .*msg=$b"
is 'who has not got it has it' "$(cat delivered)" "$b eve@example.org"

# Into the very queue where it is, under another name.
ln -s queue again
printf 'Z* 451 4.2.1 - - later\n\n' >later
echo '*: ./say later' >routes
c=$(add ann@example.net fay@example.org)
was_tried "$c"
echo '*: ./keep' >routes
ok 'a message is moved to where it is' queue-move -m "$WORK/again" "$c"
ok 'and is not taken for moved' until_true 20 logged " delivered .*msg=$c recipient=fay@"
until_true 20 empty
is 'but delivered' "$(tail -n 1 delivered)" "$c fay@example.org"

# What has come back is a part of a message of which the rest is still here.
printf 'example.net: ./keep\nnever.example: ./say never\n*: ./say later\n' >routes
printf 'D* 550 5.1.1 - - no such user\n\n' >never
mv bin/bounce-make bin/real && printf '#!/bin/sh\nexit 111\n' >bin/bounce-make && chmod +x bin/bounce-make
c=$(add ann@example.net bob@never.example leo@example.org)
until_true 20 logged "report-deferred .*msg=$c"
was_tried "$c"
ok 'who is left of a message goes' queue-move -m "$WORK/other" "$c"
ok 'and is there' until_true 20 sh -c "queue-list -q other | grep -q $c"
until_true 20 logged " delivered .*msg=$c recipient=leo@"
like 'while the report to its sender waits here' "$(queue-list)" "$c"
stop_queue
run_queue -q other
ok 'it is sent back' queue-move -q other -m "$WORK/queue" "$c"
ok 'where one with its id is, of other recipients: that is "later"' \
	until_true 20 logged " deferred .*msg=$c recipient=leo@.*another message with this id"
stop_queue
mv bin/real bin/bounce-make
run_queue -r 1000
queue-retry "$c"
ok 'the report is made' until_true 20 empty
stop_queue
run_queue -q other
queue-retry -q other "$c"
ok 'then it is taken' until_true 20 sh -c "queue-list | grep -q $c"
stop_queue
echo '*: ./keep' >routes
run_queue -r 1000
queue-retry "$c"
ok 'and delivered' until_true 20 grep -q "$c leo@" delivered
until_true 20 empty

# A whole queue, as it is, with tar. What is on the way in, what is on hold, who has it already: all go along.
printf 'K0 250 2.0.0 - - taken\nZ1 451 4.2.1 - - later\n\n' >half
printf 'one.example: ./keep\nnever.example: ./say never\n*: ./say half\n' >routes
mv bin/bounce-make bin/real && printf '#!/bin/sh\nexit 111\n' >bin/bounce-make && chmod +x bin/bounce-make
: >delivered
d=$(add ann@example.net gus@example.org hal@example.org)
e=$(add ann@example.net ida@example.org jon@example.org)
f=$(add ann@example.net bob@never.example)
for id in $d $e; do was_tried "$id"; done
queue-hold "$e"
until_true 20 logged "report-deferred .*msg=$f"
stop_queue
g=$(add ann@example.net kay@one.example)
mv "queue/msg/${g#???????????????}/$g" "queue/msg/${g#???????????????}/.new-$g-abcde"
rm -rf other
run_queue -q other
stop_queue
for again in 1 2; do
	tar -C queue -c msg journal | (cd other && tar -x && sync && queue-check -r -q .) >checked
done
like 'a queue is taken along, and again, and found whole' "$(cat checked)" '^4 messages are whole'
mv queue queue.moved
mv bin/real bin/bounce-make
echo '*: ./keep' >routes
: >runlog
run_queue -q other -r 1000 -m 1000
kill -HUP "$runner"
for id in $d $f $g; do
	ok 'what came along is done' until_true 20 logged " done .*msg=$id"
done
is 'who had it does not get it again, the others do' "$(grep -v 'ann@' delivered | cut -d' ' -f2 | sort | tr '\n' ' ')" \
	'hal@example.org kay@one.example '
until_true 20 grep -q ann@ delivered
is 'a report that was to be made is made, once' "$(grep -c "$f failed" asked-bounces) $(grep -c ann@ delivered)" '1 1'
like 'what was on hold is' "$(queue-list -q other -s hold)" "^$e .*on hold"
stop_queue
