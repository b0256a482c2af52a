# QUE-11
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
