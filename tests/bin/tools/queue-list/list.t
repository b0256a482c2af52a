# QUE-11
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'K0 250 2.0.0 - - taken\nD2 550 5.1.1 - - no such user\nZ1 451 4.2.1 mx.example[192.0.2.1] TLSv1.3 grey\\listed\n\n' >half
echo '*: ./say half' >routes
not_ok 'a missing queue is said' queue-list
run_queue -r 1000
is 'an empty queue is said so' "$(queue-list)" '0 messages, 0 bytes'
added_id=$(aged 7300)
printf '#!/bin/sh\nexit 111\n' >bin/bounce-make
first=$(add ann@example.org bob@example.net carl@example.net dave@example.net)
until_true 20 logged "report-deferred .*msg=$first"
stop_queue
added_id=$(aged 30)
evil=$(printf 'x\\\302\233\377y@example.org')
second=$(add "$evil" 'dora@example.net')
added_id=
third=$(add '' eve@example.net)

queue-list >list
is 'messages come oldest first, then a sum' "$(grep -v '^ ' list | cut -d' ' -f1 | tr '\n' ' ')" \
	"$first $second $third 3 "
like 'each with age, size and sender' "$(grep "$first" list)" "^$first +2h +21  ann@example.org  \(tried 1 times, next in +1[0-9]m\)$"
like 'the null sender is shown as <>' "$(grep "$third" list)" '  <>$'
like 'with what was last said of each recipient' "$(cat list)" \
	'^    carl@example.net: mx.example\[192.0.2.1\] 451 4.2.1 grey\\x5clisted$'
like 'also where the sender is still to be told' "$(cat list)" \
	'^    dave@example.net: failed, to be reported: 550 5.1.1 no such user$'
unlike 'but for those who have it' "$(cat list)" bob@
like 'or that it was not tried' "$(cat list)" '^    dora@example.net: not tried yet$'
like 'no control character reaches the terminal' "$(grep "$second" list)" \
	'x\\x5c\\xc2\\x9b\\xffy@example.org'
is 'nor any other than ASCII' "$(tr -d ' -~\n' <list | wc -c)" 0

queue-list -j >list
is 'JSON is plain ASCII, too' "$(tr -d ' -~\n' <list | wc -c)" 0
is 'and can be read' "$(python3 -c '
import json, sys
items = [json.loads(line) for line in open("list")]
a, b, c = items
print([i["id"] for i in items] == sys.argv[1:], a["size"], a["attempts"], a["sender"], a["connection"])
print([(r["address"], r["fate"], r.get("code"), r.get("status")) for r in a["recipients"]])
print(a["next"] > 0, b["next"], b["recipients"][0]["fate"], ascii(b["sender"]), a["recipients"][1]["text"])
' "$first" "$second" "$third")" "True 21 1 ann@example.org conn
[('bob@example.net', 'done', 250, '2.0.0'), ('carl@example.net', 'later', 451, '4.2.1'), ('dave@example.net', 'never', 550, '5.1.1')]
True 0 waiting 'x\\\\\\x9b\\ufffdy@example.org' grey\\listed"

truncate -s -1 queue/msg/*/"$second"
queue-list >list 2>log
is 'a damaged message is said so' "$?" 111
like 'by name' "$(cat log)" "$second is not as it was written"
is 'and the others are shown' "$(tail -1 list)" '2 messages, 42 bytes'
