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
chmod 755 queue/bad
# What a crash has left: a whole message, and a part of one, both with early names.
c=$(add ann@example.net dora@example.org)
d=$(add ann@example.net eve@example.org)
early() { echo "queue/msg/${1#???????????????}/.new-$1-abcde"; }
for id in $c $d; do mv "$(find queue/msg -name "$id")" "$(early "$id")"; done
truncate -s 150 "$(early "$d")"
# What belongs to somebody else: a message, a journal, a folder.
e=$(add ann@example.net fay@example.org)
echo >"queue/journal/${e#???????????????}/$e"
owned="msg/${e#???????????????}/$e journal/${e#???????????????}/$e journal/v"
[ "$(id -u)" != 0 ] || (cd queue && chown 65534 $owned)
# state: all that could be changed
state() { { find queue -printf '%p %y %m %U %G %s %T@\n' && find queue -type f -exec cksum {} +; } | sort | cksum; }
empty_folder=$(for x in a b c d e f; do [ -z "$(ls -A queue/msg/$x)" ] && echo queue/msg/$x; done | head -1)
rmdir "$empty_folder"
queue-check >found 2>log
is 'what is missing is found' "$(grep -c 'this folder is missing' found)" 1
mkdir -m 700 "$empty_folder"
before=$(state)
queue-check >found
is 'with what is found it says no' $? 100
like 'a message that was changed' "$(cat found)" "^msg/$last/$b: this message is not as it was written$"
like 'a line of a journal' "$(cat found)" "^journal/./$a: a line is not as it was written"
like 'a journal without message' "$(cat found)" '^journal/1/0testmessage0001: its message is gone$'
like 'rights that are too wide' "$(cat found)" "^msg/./$a: others may use it$"
like 'of folders, too' "$(cat found)" '^bad: others may use it$'
is 'what a crash has left' "$(grep -c '^msg/./\.new-.* queue-run knows what to do$' found)" 2
if [ "$(id -u)" = 0 ]; then
	is 'what belongs to somebody else' "$(sed -n 's/: it belongs to another user than the queue$//p' found | sort | tr '\n' ' ')" \
		"$(printf '%s\n' $owned | sort | tr '\n' ' ')"
else
	skip 'what belongs to somebody else' 'only root may give it away'
fi
is 'nothing was changed' "$(state)" "$before"
rmdir "$empty_folder"
queue-check -r >found 2>log
like 'on request it repairs' "$(cat found)" "^msg/$last/$b: .* \(repaired\)$"
like 'the folder that was missing, too' "$(cat found)" 'this folder is missing \(repaired\)$'
ok 'it is there' [ -d "$empty_folder" ]
ok 'what a crash has left whole is a message' [ -f "queue/msg/${c#???????????????}/$c" ]
is 'what it has cut off is gone, and no early name is left' "$(find queue/msg -name ".new-*" -o -name "$d")" ''
is 'all belongs to the user of the queue, and is for nobody else' \
	"$(find queue/* ! -name lock \( ! -user "$(id -un)" -o -perm /077 \))" ''
ok 'the changed message is set aside' [ -f "queue/bad/$b" ]
like 'where queue-list shows it' "$(queue-list)" "^$b .*set aside.*queue/bad/$b$"
like 'in JSON, too' "$(queue-list -j)" "\"id\":\"$b\".*\"state\":\"bad\""
rm queue/bad/*
: >"$(find queue/journal -name "$a")"
: >"$(find queue/journal -name "$e")"
is 'then all is well' "$(queue-check)" '3 messages are whole, 0 things found, 0 repaired'
