# QUE-11
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'Z* 451 4.2.1 - - later\n\n' >later
cat >maybe <<'END'
#!/bin/sh
[ -e open ] && exec ./keep
exec ./say later
END
chmod +x maybe
echo '*: ./maybe' >routes
run_queue -r 1 -m 1
a=$(add ann@example.net bob@example.org)
was_tried "$a"
ok 'a message is put on hold' queue-hold "$a"
touch open
b=$(add ann@example.net carl@example.org)
ok 'others go on' until_true 20 logged " done .*msg=$b"
sleep 2
is 'it is not delivered' "$(grep -c "$a" delivered)" 0
like 'the list says so' "$(queue-list)" "$a.*\(on hold\)"
is 'and finds it by that' "$(queue-list -s hold -j | grep -c '"state":"hold"')" 1
stop_queue
run_queue -r 1 -m 1
ok 'HUP tries all' kill -HUP "$runner"
sleep 1
is 'but not that, and not after a start' "$(grep -c "$a" delivered)" 0
ok 'it is released' queue-hold -r -s hold
ok 'and delivered' until_true 20 logged " done .*msg=$a"
ok 'nothing is left' until_true 20 empty

# All the tools at once, again and again, while messages come and go: each is delivered once, or told
# of, and nothing stays.
cat >keep-or-not <<'END'
#!/bin/sh
[ $(($$ % 3)) = 0 ] && exec ./say later
exec ./keep
END
chmod +x keep-or-not
echo '*: ./keep-or-not' >routes
: >delivered
stop_queue
run_queue -r 1 -m 1
(while [ ! -e enough ]; do
	queue-hold -a
	queue-list >/dev/null
	queue-retry -a
	queue-hold -r -a
	queue-check >/dev/null
done) 2>/dev/null &
background="$background $!"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	add ann@example.net "u$i@example.org" >>ids
done
touch enough
wait $!
queue-hold -r -a 2>/dev/null
# A journal that was written when its message had left is swept later.
no_message() { [ -z "$(find queue/msg -type f)" ]; }
ok 'all leave, whatever the tools do meanwhile' until_true 20 no_message
is 'each was delivered once' "$(sort -u delivered | wc -l) $(wc -l <delivered)" '20 20'
