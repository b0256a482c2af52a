# ARCH-04: one connection carries many messages for the same destination
. tests/lib.sh
. "$ROOT/tests/queue.sh"
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
done_all() { [ "$(grep -c ' done ' runlog)" = "$1" ]; }
nothing_bad() { unlike "$1" "$(cat runlog)" 'deferred|failed |warning'; }
# several N: so many messages, queued before queue-run starts; each must arrive
several() {
	: >runlog
	for number in $(seq "$1"); do add ann@example.org "b$number@example.net"; done >ids
	run_queue -p "${2:-1}"
	until_true 20 done_all "$1" || cat runlog
}
queue-run 2>/dev/null & first=$! # makes the queue
until_true 20 test -e queue/lock
kill $first
wait $first

sink
echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
several 5
is 'five messages for one destination take one connection' "$(connections)" 1
ok 'which is said good-bye to, soon' until_true 20 sink_idle
is 'EHLO once, and no RSET in between' \
	"$(commands | tr '/' '\n' | sed 's/^ //; s/b[0-9]@.*/b@/' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
	" 5 DATA ; 1 EHLO mail.example.test ; 5 MAIL FROM:<ann@example.org> SIZE=21 ; 1 QUIT; 5 RCPT TO:<b@;"
nothing_bad 'all at once'
id=$(add ann@example.org late@example.net)
ok 'what comes later has a connection of its own' until_true 20 logged " done .*msg=$id"
is 'one more' "$(connections)" 2
stop_queue

sink
echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
several 9 3
ok 'as many connections as may run at a time, and no more' [ "$(connections)" -le 3 ]
stop_queue

sink -x 'PIPELINING,LIMITS MAILMAX=2'
echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
several 5
is 'LMT-02: no more messages on a connection than the server says' "$(connections)" 3
nothing_bad 'and nothing waits for that'
stop_queue

sink -x 'PIPELINING,LIMITS RCPTMAX=2 FROBNICATE=0 MAILMAX=1'
echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
: >runlog
id=$(add ann@example.org a@example.net b@example.net c@example.net d@example.net e@example.net)
run_queue -p 1
ok 'LMT-02: no more recipients in a message than the server says' until_true 20 done_all 1
is 'with as many connections as it takes, and a limit that nobody knows is none' "$(grep -c 'C: DATA' sink/log) $(connections)" '3 3'
nothing_bad 'and nothing waits for that'
stop_queue

certificate ca ca root 2>/dev/null
certificate mail.test mail.test ca 2>/dev/null
sink -c mail.test.pem -k mail.test.key
echo "*: smtp-send -e mail.example.test -T encrypt -h 127.0.0.1 -p $port" >routes
several 4
is 'TLS is begun once for all' "$(connections) $(grep -c ' tls ' sink/log)" '1 1'
nothing_bad 'and all go through it'
stop_queue

sink -L
echo "*: lmtp-send -e mail.example.test 127.0.0.1 $port" >routes
several 4
is 'LMTP does the same' "$(connections)" 1
nothing_bad 'for all'
stop_queue

# The connection breaks, in each way there is, before the second message is under way.
for rule in 'mail/2=drop' 'mail/2=421 4.4.2 too long' 'mail/2=reset' 'dot/1=usual;drop' \
	'dot/1=usual;raw 421 bye\r\n;drop'; do
	sink "$rule"
	echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
	several 3
	ok "a connection that breaks ($rule) is followed by another" [ "$(connections)" -ge 2 ]
	nothing_bad 'and nothing is said of it'
	is 'each arrives once' "$(cat sink/*.data | grep -c body)" 3
	stop_queue
done
# What was decided counts, whatever the connection does then. (From nobody: no bounce to count.)
sink 'rcpt:b2=550 5.1.1 no' 'mail/3=drop'
echo "*: smtp-send -e mail.example.test -T none -h 127.0.0.1 -p $port" >routes
: >runlog
for number in 1 2 3; do add '' "b$number@example.net"; done >ids
run_queue -p 1
ok 'a refusal of one message is no matter of the next' until_true 20 done_all 3
is 'each has its own outcome' "$(sed -En 's/.* (delivered|failed) .*recipient=(b.)@.*/\2 \1/p' runlog | sort -u | tr '\n' ';')" \
	'b1 delivered;b2 failed;b3 delivered;'
is 'nor of the connection' "$(connections)" 2
stop_queue

# A deliverer that asks for more, and goes before it is given any.
cat >asks <<'END'
#!/usr/bin/env python3
import os, socket, sys
os.read(0, 100)
more = socket.socket(fileno=5)
print(more.type == socket.SOCK_SEQPACKET, file=open("asked", "a"))
more.send(b"+")
if sys.argv[1] == "takes":
    os.write(4, b"K* 250 2.0.0 - - one\0\0")
    more.recv(1)
else:
    os.write(4, b"K* 250 2.0.0 - - one\0\0")
END
chmod +x asks
for way in goes takes; do
	: >asked
	echo "*: ./asks $way" >routes
	several 3
	nothing_bad "a deliverer that $way, and does not deliver, costs nobody anything"
	is 'each message is given to a fresh one then' "$(sort asked | uniq -c | tr -s ' ')" ' 3 True'
	stop_queue
done

# A Maildir, where no connection is saved, but a process.
mkdir mail
printf 'ann: ann/Maildir\nbob: bob/Maildir\n' >mailboxes
echo 'example.org:' >domains
: >routes
: >runlog
for number in 1 2 3; do
	printf 'Subject: %s\n\nonly %s\n' $number $number | wire >message
	add "" ann@example.org
	add "" bob@example.org nobody@example.org
done >ids
run_queue -p 1
ok 'messages for mailboxes are delivered one behind the other' until_true 30 done_all 6 ||
	sed 's/^/# /' runlog
is 'by one process' "$(ls mail/*/Maildir/new | sed -n 's/.*P\([0-9]*\)Q.*/\1/p' | sort -u | wc -l)" 1
is 'each to its own' "$(for box in ann bob; do cat mail/$box/Maildir/new/* | grep -E '^(only|Delivered)'; done |
	sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
	" 3 Delivered-To: ann@example.org; 3 Delivered-To: bob@example.org; 2 only 1; 2 only 2; 2 only 3;"
is 'and with its own outcome' "$(count ' failed .*recipient=nobody@' runlog)" 3
stop_queue
