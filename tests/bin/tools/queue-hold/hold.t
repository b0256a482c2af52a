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

# All the tools at once, again and again, while messages come and go: each is delivered once, here or where
# it is moved to; of what is dropped it is delivered, or its sender told, and never both; and nothing stays.
cat >keep-or-not <<'END'
#!/bin/sh
[ $(($$ % 3)) = 0 ] && exec ./say later
exec ./keep
END
chmod +x keep-or-not
echo '*: ./keep-or-not' >routes
: >delivered
stop_queue
run_queue -q other
stop_queue
: >runlog
run_queue -r 1 -m 1
(while [ ! -e enough ]; do
	queue-hold -a
	queue-list >/dev/null
	queue-move -m "$WORK/other" -f mover@example.net
	queue-retry -a
	queue-hold -r -a
	queue-drop -b -f dropper@example.net
	queue-check >/dev/null
done) 2>/dev/null &
background="$background $!"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	add ann@example.net "u$i@example.org" >>ids
	add mover@example.net "m$i@example.org" >>ids
	add dropper@example.net "d$i@example.org" >>ids
done
touch enough
wait $!
queue-hold -r -a 2>/dev/null
# A journal that was written when its message had left is swept later.
no_message() { [ -z "$(find "$@" -path '*/msg/*' -type f)" ]; }
until_true 20 no_message queue
stop_queue
is 'what is moved is where it was to go' "$(queue-list -q other -j | grep -vc '"sender":"mover@')" 0
run_queue -q other -r 1 -m 1
ok 'all leave, whatever the tools do meanwhile' until_true 20 no_message queue other
had() { grep -o "$1[0-9]*@example.org" delivered | sort; }
told() { sed -n 's/.* bounced .* recipient=\(d[0-9]*@example.org\) .*/\1/p' runlog; }
once() { sort | uniq -c | awk '{ print $1 }' | uniq -c | tr -s ' '; }
is 'each was delivered once' "$({ had u; had m; } | once)" ' 30 1'
is 'what was dropped, too, or its sender was told' "$({ had d; told; } | once)" ' 15 1'
echo "# dropped: $(told | wc -l)"
