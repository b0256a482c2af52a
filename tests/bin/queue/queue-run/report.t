# QUE-02 QUE-09 BNC-12
. tests/lib.sh
. "$ROOT/tests/queue.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
# What goes to example.org (the sender's) is kept; the others have their deliverers.
cat >routes <<'END'
example.org: ./keep
never.example: ./say never
never2.example: ./say never
later.example: ./say later
silent.example: ./say silent
slow.example: ./slow
END
printf 'Z* 451 4.2.1 mx.example[192.0.2.1] - greylisted\n\n' >later
printf 'D* 550 5.1.1 mx.example[192.0.2.1] TLSv1.3 no such user\n\n' >never
printf 'Z* 451 4.4.1 - - no answer\n\n' >silent
cat >slow <<'END'
#!/bin/sh
sleep 0.5
printf 'D* 550 5.1.2 - - slow, but no\0\0' >&4
END
chmod +x slow

run_queue -r 1000
id=$(add ann@example.org bob@never.example)
ok 'a refusal is reported' until_true 20 logged " bounced .*msg=$id"
ok 'and the message leaves' until_true 20 logged " done .*msg=$id"
ok 'the sender gets one message' until_true 20 sh -c '[ "$(wc -l <delivered)" = 1 ]'
report=$(sed 's/ .*//' delivered)
comes 'with the id that the log tells' \
	" bounced .*msg=$id recipient=bob@never.example kind=failed new=$report " cat runlog
is 'bounce-make was told what the remote host said' "$(cat asked-bounces)" \
	"$id failed Tbob@never.example YD0 550 5.1.1 mx.example[192.0.2.1] TLSv1.3 no such user "
ok 'nothing is left' until_true 20 empty

: >asked-bounces
id=$(add ann@example.org bob@never.example carl@slow.example dora@never2.example)
ok 'several refusals' until_true 20 logged " done .*msg=$id"
is 'are told in one report' "$(grep -c "$id" asked-bounces)" 1
ok 'and that is delivered' until_true 20 empty
like 'for all of them' "$(cat asked-bounces)" 'Tbob@never.*Tcarl@slow.*Tdora@never2'

: >asked-bounces
: >delivered
id=$(add '' bob@never.example)
ok 'the null sender: bounce-make is asked all the same, and the message leaves' \
	until_true 20 logged " done .*msg=$id"
sleep 0.2
is 'BNC-12: no message comes of it' "$(cat delivered)" ''
ok 'nothing is left ' until_true 20 empty

# Delivery reports, for who asked, and only where it is known that it is final.
: >asked-bounces
{
	printf 'V1\0Fann@example.org\0Tx@example.org\0NSUCCESS,FAILURE\0Ty@example.org\0NNEVER\0Tz@example.org\0\0'
} >envelope
stage message queue-add
id=$(sed -n 's/^K.*queued as //p' verdict)
ok 'who asked for it' until_true 20 logged " done .*msg=$id"
is 'is told of a local delivery' "$(cat asked-bounces)" \
	"$id delivered Tx@example.org YK0 250 2.0.0 - - kept "
# A time to deliver by, two seconds from now.
deadline() { # MODE: a message for later.example; prints its id
	printf 'V1\0Fann@example.org\0D%s;%s\0Tbob@later.example\0\0' "$(($(date +%s) + 2))" "$1" >envelope
	stage message queue-add
	sed -n 's/^K.*queued as //p' verdict
}
: >asked-bounces
id=$(deadline R)
ok 'DBY-02: what is to come back at a time comes back then' until_true 20 logged " done .*msg=$id"
like 'DBY-02: as failed, 5.4.7' "$(cat asked-bounces)" "^$id failed Tbob@later.example YD0 554 5.4.7 "
: >asked-bounces
id=$(deadline N)
ok 'DBY-03: what may be late is told of then' until_true 20 logged " reported .*msg=$id"
like 'DBY-03: as delayed' "$(cat asked-bounces)" "^$id delayed Tbob@later.example YZ0 451 4.2.1 "
ok 'DBY-03: and goes on' test -f queue/msg/*/$id
rm queue/msg/*/$id
printf 'K* 250 2.1.9 mx.example[192.0.2.1] - taken\n\n' >last-word
printf 'elsewhere.example: ./say last-word\n' >>routes
: >asked-bounces
printf 'V1\0Fann@example.org\0Tx@elsewhere.example\0NSUCCESS\0\0' >envelope
stop_queue
run_queue -r 1000
stage message queue-add
id=$(sed -n 's/^K.*queued as //p' verdict)
ok 'DSN-08: who is taken by a host that will not tell' until_true 20 logged " done .*msg=$id"
is 'is said to be relayed' "$(cat asked-bounces)" \
	"$id relayed Tx@elsewhere.example YK0 250 2.1.9 mx.example[192.0.2.1] - taken "
stop_queue
rm -rf queue

# The end of a lifetime.
: >asked-bounces
run_queue -r 1000 -l 3600 -w 1800
added_id=$(aged 3000)
id=$(add ann@example.org bob@later.example)
ok 'QUE-09: after the time for it, a delay is reported' until_true 20 logged " reported .*msg=$id"
like 'as delayed, with the last words' "$(cat asked-bounces)" \
	"^$id delayed Tbob@later.example YZ0 451 4.2.1 mx.example.* greylisted"
ok 'the message stays' test -f queue/msg/*/$id
kill -HUP "$runner"
until_true 20 sh -c "[ \$(grep -c 'deferred .*msg=$id' runlog) -ge 2 ]"
sleep 0.2
is 'QUE-09: once' "$(grep -c "$id" asked-bounces)" 1
stop_queue
run_queue -r 1000 -l 3600 -w 1800
kill -HUP "$runner"
until_true 20 sh -c "[ \$(grep -c 'deferred .*msg=$id' runlog) -ge 3 ]"
sleep 0.2
is 'QUE-09: after a restart, too' "$(grep -c "$id" asked-bounces)" 1

: >asked-bounces
added_id=$(aged 4000)
id=$(add ann@example.org bob@later.example)
ok 'QUE-02: past its lifetime, "later" becomes a failure' until_true 20 logged " done .*msg=$id"
like 'QUE-02: 5.4.7, with the last words' "$(grep failed asked-bounces)" \
	"^$id failed Tbob@later.example YD0 554 5.4.7 - - gave up after 1 hours; last answer from mx.example\[192.0.2.1\]: 451 4.2.1 greylisted"
comes 'and so the log says' "failed conn=conn msg=$id .*code=5.4.7" cat runlog
added_id=$(aged 4000)
id=$(add ann@example.org bob@example.org)
ok 'but it is tried once before' until_true 20 logged " delivered .*msg=$id"

# In the line of a destination that does not answer.
: >asked
: >asked-bounces
added_id=$(aged 3597)
first=$(add ann@example.org bob@silent.example)
until_true 20 logged "deferred .*msg=$first"
added_id=$(aged 3598)
second=$(add ann@example.org bob@silent.example)
ok 'QUE-02: who waits in the line of a silent destination is given up in its time' \
	until_true 20 logged " done .*msg=$second"
is 'QUE-06: without having been tried' "$(grep -c "Q$second" asked)" 0
like 'with what the other was told' "$(cat asked-bounces)" \
	"$second failed Tbob@silent.example YD0 554 5.4.7 - - gave up after 1 hours; last answer: 451 4.4.1 no answer"
added_id=
# The first is given up, too; what is about it shall not come into what follows.
until_true 20 logged " done .*msg=$first"
until_true 20 sh -c '[ "$(find queue/msg -type f | wc -l)" = 1 ]'

# A report that cannot be made now is made later.
mv bin/bounce-make bin/bounce-make.real
printf '#!/bin/sh\nexit 111\n' >bin/bounce-make
chmod +x bin/bounce-make
stop_queue
: >delivered
run_queue -r 1
id=$(add ann@example.org bob@never.example)
ok 'a bounce-make that fails is "later"' until_true 20 logged "report-deferred .*msg=$id"
ok 'and the message stays' test -f queue/msg/*/$id
mv bin/bounce-make.real bin/bounce-make
ok 'then it is tried again' until_true 20 logged " done .*msg=$id"
ok 'and the sender gets it, once' until_true 20 sh -c '[ "$(wc -l <delivered)" = 1 ]'
is 'under the id of the first time' "$(sed 's/ .*//' delivered)" \
	"$(sed -n "s/.*report-deferred .*msg=$id new=\([^ ]*\).*/\1/p" runlog | sort -u)"
stop_queue

# The same with the real bounce-make.
rm bin/bounce-make got/*
rm -rf queue
: >delivered
run_queue -r 1000 -l 3600 -w 1800
id=$(add ann@example.org bob@never.example)
ok 'bounce-make makes a report' until_true 20 logged " done .*msg=$id"
ok 'that is delivered' until_true 20 sh -c '[ -s delivered ]'
like 'about the recipient' "$(cat got/*)" '^Final-Recipient: rfc822; ?bob@never.example'
like 'with what was said' "$(cat got/*)" '^Diagnostic-Code: smtp; ?550'
rm got/*
: >delivered
added_id=$(aged 2000)
id=$(add ann@example.org bob@later.example)
ok 'a delay, too' until_true 20 sh -c '[ -s delivered ]'
like 'with the time until it is tried' "$(cat got/*)" '^Will-Retry-Until: '
added_id=
: >delivered
echo 'postmaster: ./keep' >>routes
id=$(add '' bob@never.example)
ok 'a message without sender leaves, too' until_true 20 logged " done .*msg=$id"
ok 'BNC-12: with one to postmaster' until_true 20 grep -q 'postmaster$' delivered
{
	printf 'V1\0Fann@example.org\0Tx@example.org\0NSUCCESS\0\0'
} >envelope
rm -f got/*
stage message queue-add
ok 'a delivery is reported' until_true 20 sh -c 'grep -q "^Action: delivered" got/*'
ok 'nothing is left but what is delayed' until_true 20 \
	sh -c '[ "$(find queue/msg -type f | wc -l)" = 1 ]'
stop_queue

rm -rf queue got/* delivered
: >delivered
run_queue -n
printf 'Subject: hi\n\nthis text\n' | wire >message
add ann@example.org bob@never.example >/dev/null
ok 'DSN-15: by setting, a report' until_true 20 sh -c '[ -s delivered ]'
like 'returns the header' "$(cat got/*)" '^Content-Type: text/rfc822-headers'
unlike 'and not the text' "$(cat got/*)" 'this text'
stop_queue
