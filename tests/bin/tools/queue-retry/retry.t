# QUE-11
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'Z* 451 4.2.1 - - later\n\n' >later
printf 'Z* 451 4.4.1 - - no answer\n\n' >silent
printf 'example.org: ./say later\nsilent.example: ./say silent\n' >routes
not_ok 'saying nothing does not mean all' queue-retry
not_ok 'nor does an age that is none' queue-retry -o yesterday
not_ok 'nor a state that is none' queue-retry -s lost
run_queue -r 1000
a=$(add ann@example.net bob@example.org)
b=$(add carl@example.com dora@silent.example)
was_tried "$a"
was_tried "$b"
tried() { grep -c "$1" asked; }
ok 'one message is tried at once' queue-retry "$a"
ok 'by the queue-run that is at work' until_true 20 sh -c '[ "$(grep -c bob@ asked)" = 2 ]'
is 'the other is not' "$(tried dora@)" 1
ok 'a host that rests is asked all the same' queue-retry -f carl@example.com
ok 'and is' until_true 20 sh -c '[ "$(grep -c dora@ asked)" = 2 ]'
until_true 20 sh -c "[ \$(grep -c ' deferred .*msg=$b' runlog) = 2 ]"
add ann@example.net eve@silent.example >c
until_true 20 sh -c 'queue-list -t eve@silent.example -j | grep -q .' # it waits in line: the host is silent
is 'what waits in line for a host that rests is not asked' "$(tried eve@)" 0
ok 'messages are found by domain' queue-retry -d example
# Where queue-run had not seen the message yet, the word comes before what it is about: it is said again.
ok 'those that were in line, too' until_true 20 sh -c '[ "$(grep -c eve@ asked)" -ge 1 ] || { queue-retry -d example; false; }'
not_ok 'an id that is not there is said' queue-retry 0000000000000000
stop_queue
: >asked
ok 'where no queue-run is at work' queue-retry -a
run_queue -r 1000
ok 'it is tried when one starts' until_true 20 sh -c '[ "$(grep -c -e bob@ -e dora@ -e eve@ asked)" -ge 2 ]'
like 'the log tells who was told' "$(queue-retry "$a" 2>&1)" "queue-retry: retry msg=$a sender=ann@example.net"
