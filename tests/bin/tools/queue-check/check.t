# QUE-04 QUE-11
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'Z* 451 4.2.1 - - later\n\n' >later
echo '*: ./say later' >routes
run_queue -r 1000
a=$(add ann@example.net bob@example.org)
b=$(add ann@example.net carl@example.org)
for id in $a $b; do was_tried "$id"; done
is 'a queue that is as it should be' "$(queue-check)" '2 messages are whole, 0 things found, 0 repaired'
not_ok 'is not repaired while queue-run is at work' queue-check -r
stop_queue
file=$(find queue/msg -name "$b") last=${b#???????????????}
printf x | dd of="$file" bs=1 seek=200 conv=notrunc 2>/dev/null
printf 'rubbish\n' >>"$(find queue/journal -name "$a")"
echo gone >queue/journal/1/0testmessage0001
chmod 644 "$(find queue/msg -name "$a")"
empty_folder=$(for x in a b c d; do [ -z "$(ls queue/msg/$x)" ] && echo queue/msg/$x; done | head -1)
rmdir "$empty_folder"
before=$(find queue | sort | cksum)
queue-check >found 2>log
is 'what is missing is found' "$(grep -c 'this folder is missing' found)" 1
rmdir_left=$?
mkdir -m 700 "$empty_folder"
queue-check >found
is 'with what is found it says no' $? 100
like 'a message that was changed' "$(cat found)" "^msg/$last/$b: this message is not as it was written$"
like 'a line of a journal' "$(cat found)" "^journal/./$a: a line is not as it was written"
like 'a journal without message' "$(cat found)" '^journal/1/0testmessage0001: its message is gone$'
like 'rights that are too wide' "$(cat found)" "^msg/./$a: others may use it$"
rmdir "$empty_folder"
is 'nothing was changed' "$(find queue | sort | cksum)" "$before"
queue-check -r >found 2>log
like 'on request it repairs' "$(cat found)" "^msg/$last/$b: .* \(repaired\)$"
like 'the folder that was missing, too' "$(cat found)" 'this folder is missing \(repaired\)$'
ok 'it is there' [ -d "$empty_folder" ]
ok 'the changed message is set aside' [ -f "queue/bad/$b" ]
like 'where queue-list shows it' "$(queue-list)" "^$b .*set aside.*queue/bad/$b$"
like 'in JSON, too' "$(queue-list -j)" "\"id\":\"$b\".*\"state\":\"bad\""
rm queue/bad/*
: >"$(find queue/journal -name "$a")"
is 'then all is well' "$(queue-check)" '1 messages are whole, 0 things found, 0 repaired'
