# ARCH-03 QUE-01 QUE-02 QUE-03 QUE-04 QUE-05 QUE-06 QUE-07 QUE-08
. tests/lib.sh
. "$ROOT/tests/queue.sh"

{
	printf 'Subject: hi\n\n'
	head -c 20000 /dev/urandom | base64
} | wire >message
printf '*: ./keep\n' >routes

not_ok 'without a place for a queue it ends' queue-run -q no/such/folder
for wrong in '-c 0' '-p x' '-Z' 'word'; do
	not_ok "wrong use is said: $wrong" queue-run $wrong
done

run_queue -r 1
ok 'the folders of a missing queue are made' test -d queue/journal/v
not_ok 'a second queue-run at one queue is refused' queue-run
id=$(add ann@example.org bob@example.net carl@example.net)
ok 'a new message is delivered at once' until_true 20 logged " done .*msg=$id"
is 'whole' "$(cat got/$id.bob@* | cksum)" "$(cksum <message)"
is 'QUE-05: in one go for both recipients' "$(ls got | sed 's/.*\.//' | sort -u | wc -l)" 1
is 'once each' "$(sort delivered | tr '\n' ' ')" "$id bob@example.net $id carl@example.net "
ok 'and nothing is left of it' until_true 20 empty
comes 'the log has a line for each recipient' \
	" delivered conn=conn msg=$id recipient=carl@example.net host=- tls=- code=2.0.0 text=kept delay=" cat runlog
stop_queue
is 'SIGTERM ends it' $? 0
comes 'and it says so' ' stopped' tail -1 runlog

id=$(add ann@example.org bob@example.net)
rm -f delivered
run_queue -r 1
ok 'QUE-04: what came while it was down is delivered' until_true 20 logged " done .*msg=$id"
stop_queue

# A recipient that has the message does not get it again.
printf 'K0 250 2.0.0 mx.example TLSv1.3 taken\nZ1 451 4.2.1 mx.example TLSv1.3 greylisted\n\n' >half
printf '*: ./say half\n' >routes
run_queue -r 1000
id=$(add ann@example.org bob@example.net carl@example.net)
ok 'one is done, one is "later"' until_true 20 logged "deferred .*msg=$id recipient=carl@.*host=mx.example tls=TLSv1.3 code=4.2.1"
ok 'the message stays' test -f queue/msg/*/$id
ok 'its journal tells of both' until_true 20 sh -c "grep -q 'outcome say K0 250' queue/journal/*/$id"
stop_queue KILL
: >asked
printf '*: ./keep\n' >routes
: >delivered
run_queue -r 1000
sleep 0.2
is 'QUE-01: it is not tried before its time, after a restart either' "$(cat delivered)" ''
kill -HUP "$runner"
ok 'SIGHUP tries all now' until_true 20 logged " done .*msg=$id"
is 'QUE-03: and only who has not had it' "$(cat delivered)" "$id carl@example.net"
ok 'nothing is left' until_true 20 empty
stop_queue

# Retries come, and grow.
printf 'Z* 451 4.2.1 - - not now\n\n' >later
printf '*: ./say later\n' >routes
: >asked
run_queue -r 1 -m 4
id=$(add ann@example.org bob@example.net)
ok 'QUE-01: "later" is tried again' until_true 20 sh -c "[ \$(grep -c Q$id asked) -ge 3 ]"
like 'QUE-07: and the waits grow' "$(journal "$id" | awk '$3 == "tried" { print $4, $5 - $2 }' | tr '\n' ' ')" \
	'^1 [01] 2 [12] '
printf '*: ./keep\n' >routes
ok 'the tables are read again when they change' until_true 20 logged " done .*msg=$id"
stop_queue

# What a deliverer does wrong is never the sender's fault.
printf 'K7 250 2.0.0 - - who?\nK0 250 2.0.0 - - first\nD0 550 5.0.0 - - second\nnonsense\nK1 550 2.0.0 - - x\n' >strange
cat >crash <<'END'
#!/bin/sh
echo "$1" >>crashed
kill -9 $$
END
chmod +x crash
cat >routes <<'END'
strange.example: ./say strange
crash.example: ./crash
missing.example: ./no-such-program
closed.example: unix:no-such-socket
END
run_queue -r 1000
id=$(add ann@example.org a@strange.example b@strange.example)
ok 'numbers out of range, doubled and broken records are ignored' \
	until_true 20 logged "delivered .*msg=$id recipient=a@.*text=first"
ok 'who is not named is "later"' until_true 20 logged "deferred .*msg=$id recipient=b@strange"
id=$(add ann@example.org x@crash.example)
ok 'a deliverer that dies is "later"' until_true 20 logged "deferred .*msg=$id .*gave no answer"
id=$(add ann@example.org x@missing.example)
ok 'a deliverer that is missing is "later"' until_true 20 logged "deferred .*msg=$id .*cannot be started"
comes 'and the log says which one' 'program=./no-such-program error="No such file' cat runlog
id=$(add ann@example.org x@closed.example)
ok 'so is a parent that does not wait' until_true 20 logged "deferred .*msg=$id .*cannot be started"
stop_queue
printf '*: ./hang\n' >>routes
run_queue -r 1000 -t 2
id=$(add ann@example.org x@hang.example)
ok 'a deliverer that hangs is killed, and "later"' until_true 20 logged "deferred .*msg=$id .*gave no answer"
comes 'which is said' 'took too long.*program=./hang' cat runlog
cat >lingers <<'END'
#!/bin/sh
printf 'K* 250 2.0.0 - - taken\0\0' >&4
exec ./hang
END
chmod +x lingers
printf '*: ./lingers\n' >routes
id=$(add ann@example.org bob@lingers.example)
ok 'one that has said all, and then hangs, is killed; what it said counts' \
	until_true 20 logged "delivered .*msg=$id .*text=taken"
is 'no bounce was made for any of these' "$(cat asked-bounces)" ''
stop_queue
rm -rf queue

# By way of waiting parents.
received-add -S "unix:$WORK/socket" ./keep 2>served &
background="$background $!"
until_true 20 test -S socket
printf '*: unix:%s/socket\n' "$WORK" >routes
: >delivered
run_queue
id=$(add ann@example.org bob@example.net)
ok 'a waiting parent delivers, too' until_true 20 logged " done .*msg=$id"
is 'once' "$(cat delivered)" "$id bob@example.net"
stop_queue
