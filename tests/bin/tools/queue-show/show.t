# QUE-11
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi \033[31m\nX-Two: a\tb\n\nbody\n' | wire >message
printf 'Z* 451 4.2.1 mx.example[192.0.2.1] - grey\n\n' >later
echo '*: ./say later' >routes
run_queue -r 1000
FACTS= id=$(add ann@example.net bob@example.org)
was_tried "$id"
queue-show "$id" >shown
is 'it is plain ASCII' "$(tr -d ' -~\n' <shown | wc -c)" 0
like 'with id' "$(cat shown)" "^id: $id$"
like 'sender' "$(cat shown)" '^sender: ann@example.net$'
like 'recipient, and what was said' "$(cat shown)" '^    said: Z0 451 4.2.1 mx.example\[192.0.2.1\] - grey$'
like 'history' "$(cat shown)" '^20[0-9-]+ [0-9:]+Z tried 1 '
like 'and header' "$(cat shown)" '^Subject: hi \\x1b\[31m$'
unlike 'but no body' "$(cat shown)" '^body'
is 'the message itself is to be had' "$(queue-show -m "$id" | cksum)" "$(cksum <message)"
queue-show 0000000000000000 2>log
is 'a message that is not there is said so' $? 100
not_ok 'what is no id is refused' queue-show ../../x
