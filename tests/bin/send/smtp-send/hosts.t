# OUT-01 OUT-02 OUT-03 OUT-04 OUT-12 OUT-16 OUT-19 OUT-21 NMX-01 NMX-03 QUE-03 LOOP-04
. tests/lib.sh
. "$ROOT/tests/sink.sh"
. "$ROOT/tests/dns.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
{
	printf '$ORIGIN test.\n$TTL 60\n@ SOA ns.test. root.test. 1 60 60 60 60\n@ NS ns.test.\n'
	printf '%s\n' 'ns A 127.0.0.1' 'good A 127.0.0.2' 'gooder A 127.0.0.2' 'full A 127.0.0.3' \
		'silent A 127.0.0.4' 'never A 127.0.0.5' 'nobody A 127.0.0.9' 'split A 127.0.0.6' \
		'twice A 127.0.0.9' 'twice A 127.0.0.3' 'twice A 127.0.0.2' \
		'fallback MX 10 nobody' 'fallback MX 20 full' 'fallback MX 30 never' 'fallback MX 40 good' \
		'addresses MX 10 twice' 'implicit A 127.0.0.2' 'null MX 0 .' 'dead MX 10 gone' \
		'late MX 10 nobody' 'late MX 20 never' 'nevers MX 10 never' 'nevers MX 20 never' \
		'broken MX 10 x.broken.' 'broken MX 20 never' 'ours MX 10 mail.example.test.' \
		'parted MX 10 split' 'parted MX 20 good' 'lost MX 10 silent' 'lost MX 20 good' 'mute A 127.0.0.7' \
		'doubtful MX 10 mute' 'doubtful MX 20 good'
	printf '%s\n' 'inside MX 10 neighbour' 'neighbour A 10.1.2.3' 'here MX 10 good'
	printf '%s\n' 'twofold AAAA ::1' 'twofold A 127.0.0.2' 'leading MX 10 twofold'
	for i in $(seq 1 30); do echo "wide A 127.0.1.$i"; done
} >records
dns_start records
P=$(free_port)
sink_in good -a 127.0.0.2 -p "$P"
sink_in full -a 127.0.0.3 -p "$P" 'connect=421 4.3.2 full;drop'
sink_in silent -a 127.0.0.4 -p "$P" 'data=drop'
sink_in mute -a 127.0.0.7 -p "$P" 'dot=drop'
sink_in never -a 127.0.0.5 -p "$P" 'connect=521 5.3.2 no mail here'
sink_in split -a 127.0.0.6 -p "$P" 'rcpt:bad=550 5.1.1 no' 'rcpt:slow=450 4.2.0 wait' 'rcpt:drop=421 4.3.2 bye;drop'

# goes SENTENCE OUTCOMES RECIPIENT...
goes() {
	sentence=$1 wanted=$2
	shift 2
	until_true 20 sink_idle good
	: >good/log
	envelope ann@example.org "$@" >envelope
	stage message smtp-send -n 127.0.0.0/8 -p "$P" -w 30
	is "$sentence" "$(cat verdict)" "$wanted"
}
goes 'OUT-02: the implicit MX' 'K0 250 2.0.0 implicit.test[127.0.0.2] - taken' a@implicit.test
goes 'OUT-01, OUT-04, OUT-12, NMX-03: the next MX after one that is not there, full, or against mail' \
	'K0 250 2.0.0 good.test[127.0.0.2] - taken' a@fallback.test
is 'OUT-01: in the order of their preferences' "$(sed -n 's/.*host-failed.* host=\([^ ]*\).*/\1/p' log)" \
	"nobody.test[127.0.0.9]
full.test[127.0.0.3]
never.test[127.0.0.5]"
goes 'OUT-01: the next address of one host' 'K0 250 2.0.0 twice.test[127.0.0.2] - taken' a@addresses.test
goes 'a session that breaks before the message is begun anew with the next MX' \
	'K0 250 2.0.0 good.test[127.0.0.2] - taken' a@lost.test
goes 'OUT-10, QUE-03: a session that breaks behind the message is for later, not for the next MX' \
	'Z0 451 4.4.2 mute.test[127.0.0.7] - connection lost before the reply to the end of the message' \
	a@doubtful.test
is 'OUT-10, QUE-03: which might deliver it a second time' "$(cat good/log)" ''
goes 'QUE-03: whom the first MX decided on is not offered to the next' \
	'D1 550 5.1.1 split.test[127.0.0.6] - no
Z2 450 4.2.0 split.test[127.0.0.6] - wait
K0 250 2.0.0 good.test[127.0.0.2] - taken
K3 250 2.0.0 good.test[127.0.0.2] - taken' a@parted.test bad@parted.test slow@parted.test drop@parted.test
is 'QUE-03: only the others are' "$(sed -n 's/.*RCPT TO://p' good/log)" '<a@parted.test>
<drop@parted.test>'
goes 'NMX-03: all MX are against mail: for good' 'D0 521 5.3.2 never.test[127.0.0.5] - no mail here' a@nevers.test
goes 'one that is not there may be for it: for now' \
	"Z0 451 4.4.1 nobody.test[127.0.0.9] - cannot connect to port $P: Connection refused" a@late.test
goes 'one that cannot be looked up may be, too' \
	'Z0 451 4.4.3 - - the look-up of an MX host failed for now' a@broken.test
goes 'NMX-01: a null MX is asked nothing' 'D0 556 5.1.10 - - the domain takes no mail' a@null.test
goes 'OUT-03: no such domain' 'D0 550 5.1.2 - - there is no such domain' a@gone.test
goes 'OUT-03: no answer' 'Z0 451 4.4.3 - - the MX look-up failed for now' a@x.broken
goes 'no usable MX' 'D0 550 5.4.4 - - no MX of the domain has an address' a@dead.test
goes 'LOOP-04: we ourselves' 'D0 554 5.4.6 - - the best MX of the domain is this host' a@ours.test
goes 'no domain at all' 'D0 550 5.1.2 - - this is not a domain name' postmaster
goes 'OUT-19: an address literal' 'K0 250 2.0.0 127.0.0.2[127.0.0.2] - taken' 'a@[127.0.0.2]'
goes 'several domains in one job' \
	'K0 250 2.0.0 implicit.test[127.0.0.2] - taken
K2 250 2.0.0 implicit.test[127.0.0.2] - taken
D1 550 5.1.2 - - there is no such domain' a@implicit.test b@gone.test c@IMPLICIT.test
is 'each goes in one transaction' "$(grep -c 'C: MAIL' good/log)" 1
envelope '' a@wide.test >envelope
stage message smtp-send -n 127.0.0.0/8 -p "$P"
is 'of thirty addresses ten are tried' "$(grep -c host-failed log)" 10
envelope '' a@implicit.test >envelope
not_ok 'no mx-find is for now' stage message smtp-send -m ./no-such-program
like 'the outcome says so' "$(cat verdict)" '^Z0 451 4.4.3 - - the look-up'
like 'and the log' "$(cat log)" 'warning .*cannot ask ./no-such-program: No such file'
not_ok 'an mx-find that dies in its answer is for now' stage message smtp-send -m 'head -c 0'
like 'whatever it said' "$(cat verdict)" '^Z0 451 4.4.3'
like 'and the log says so' "$(cat log)" 'warning .*no answer from head'
not_ok 'a relay that is not in the DNS is our fault, and for now' stage message smtp-send -h gone.test -p "$P"
like 'and not a refusal of the mail' "$(cat verdict)" '^Z0 451 4.3.5'
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	silent.py "$P" silence &
	background="$background $!"
	until_true 20 test -e silence
	envelope ann@example.org a@leading.test >envelope
	ok 'a host with a silent address' stage message smtp-send -p "$P" -n 127.0.0.0/8 -n ::1
	is 'is reached by its other one' "$(cat verdict)" 'K0 250 2.0.0 twofold.test[127.0.0.2] - taken'
	unlike 'before the first is given up' "$(cat log)" 'host-failed'
else skip 'a silent address is not waited for' 'no IPv6 here'; fi
# Which family a destination is asked by is in its route; nobody listens at this port.
envelope ann@example.org a@leading.test >envelope
for family in 4 6; do
	stage message smtp-send -p 1 -n 127.0.0.0/8 -n ::1 -$family
	sed -n 's/.*host-failed.* host=\([^ ]*\).*/\1/p' log
done >tried
is 'IPv4 alone, then IPv6 alone' "$(cat tried)" 'twofold.test[127.0.0.2]
twofold.test[::1]'
# strangers SENTENCE OUTCOME RECIPIENT: where the settings say nothing of our own networks
strangers() {
	: >good/log
	envelope ann@example.org "$3" >envelope
	stage message smtp-send -p "$P" -w 2
	is "$1" "$(cat verdict)" "$2"
}
strangers 'OUT-21: a domain does not lead us into our network; that may be our setting, so mail waits' \
	"Z0 451 4.4.4 - - the domain's mail servers are in a private network" a@inside.test
like 'and the log says where to' "$(cat log)" 'neighbour.test leads to 10.1.2.3, which is in a private network.* -n'
strangers 'OUT-21: nor to this host' \
	'D0 554 5.4.6 - - the domain names the host itself that sends to it (loopback)' a@here.test
strangers 'OUT-21: nor does an address' \
	'D0 554 5.4.6 - - the domain names the host itself that sends to it (loopback)' 'a@[127.0.0.2]'
strangers 'OUT-21: in whatever form' \
	"Z0 451 4.4.4 - - the domain's mail servers are in a private network" 'a@[IPv6:::ffff:10.0.0.1]'
is 'OUT-21: nobody there is asked' "$(cat good/log)" ''
ok 'a relay by its name' stage message smtp-send -h good.test -p "$P"
ok 'our side of the connection can be chosen' stage message smtp-send -h good.test -p "$P" -b 127.0.0.77
like 'and is what the server sees' "$(cat good/log)" 'connect 127.0.0.77'
not_ok 'one that is not ours' stage message smtp-send -h good.test -p "$P" -b 192.0.2.1
like 'is named' "$(cat verdict)" ' cannot connect from 192.0.2.1 to port '
