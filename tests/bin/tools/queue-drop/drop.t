# QUE-11
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf 'Z* 451 4.2.1 - - later\n\n' >later
printf 'K0 250 2.0.0 - - taken\nZ1 451 4.2.1 - - later\n\n' >half
printf 'example.org: ./say later\nhalf.example: ./say half\nexample.net: ./keep\n' >routes
run_queue -r 1000
a=$(add ann@example.net bob@example.org)
b=$(add ann@example.net carl@half.example dora@half.example)
c=$(add ann@example.net eve@example.org)
for id in $a $b $c; do was_tried "$id"; done
ok 'a message is dropped' queue-drop "$a"
ok 'it leaves' until_true 20 logged " done .*msg=$a"
is 'and nobody is told' "$(cat asked-bounces)" ''
ok 'another one is dropped, and its sender told' queue-drop -b -t dora@half.example
ok 'it leaves, too' until_true 20 logged " done .*msg=$b"
is 'with a report of who has not got it' "$(cat asked-bounces)" \
	"$b failed Tdora@half.example YD1 554 5.3.0 - - dropped by the postmaster of this server "
ok 'the third one stays' until_true 20 sh -c "[ \"\$(queue-list -j | grep -o '\"id\":\"[^\"]*')\" = '\"id\":\"$c' ]"
stop_queue
ok 'without queue-run' queue-drop -a
run_queue
ok 'it leaves when one starts' until_true 20 empty
