# QUE-08: many domains with one mail server are one host, which gets no more connections than one may
. tests/lib.sh
. "$ROOT/tests/queue.sh"
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/dns.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
printf '%s\n' '$ORIGIN test.' '$TTL 60' '@ SOA ns.test. root.test. 1 60 60 60 60' '@ NS ns.test.' \
	'ns A 127.0.0.1' 'mx A 127.0.0.2' 'quiet A 127.0.0.3' '*.many MX 10 gone' '*.many MX 20 mx' \
	'gone A 127.0.0.9' '*.few MX 10 quiet' >records
dns_start records
P=$(free_port)
sink_in many -a 127.0.0.2 -p "$P" 'connect=sleep 0.1;usual' 'dot=sleep 0.2;usual'
sink_in few -a 127.0.0.3 -p "$P"
echo "*: smtp-send -n 127.0.0.0/8 -e mail.example.test -T none -p $P" >routes
done_all() { [ "$(grep -c ' done ' runlog)" = "$1" ]; }
most() { # FOLDER: connections that were open at one time
	awk '$2 == "connect" { n++; if (n > most) most = n } $2 == "end" { n-- } END { print most + 0 }' "$1/log"
}

queue-run 2>/dev/null & first=$! # makes the queue
until_true 20 test -e queue/lock
kill $first
wait $first
for number in $(seq 20); do add ann@example.org "b@$number.many.test"; done >ids
for number in 1 2; do add ann@example.org "b@$number.few.test"; done >>ids
run_queue -p 2
ok 'all are delivered' until_true 20 done_all 22
ok 'by no more connections than one destination may have' [ "$(most many)" -le 2 ]
ok 'more would have come' [ "$(count 'host-full' runlog)" -ge 1 ]
unlike 'nobody is told of that, and none waits for a retry' "$(cat runlog)" ' (deferred|tried|failed|bounced) '
is 'each arrives once' "$(ls many/*.data | wc -l)" 20
ok 'what goes elsewhere does not wait behind them' \
	[ "$(grep -n ' done ' runlog | grep -nF -e "$(tail -n 1 ids)" | cut -d: -f1)" -lt 20 ]
stop_queue
