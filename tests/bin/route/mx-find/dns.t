# UTF8-09 OUT-01 OUT-02 OUT-03 OUT-19 OUT-21 LOOP-04 NMX-01
. tests/lib.sh
. "$ROOT/tests/dns.sh"

mx() { domain=$1; shift; echo "$domain" | mx-find "$@" | sed 's/^end \([a-z]*\) .*/end \1/'; }

cat >records <<'ZONE'
$ORIGIN test.
$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
ns A 127.0.0.1
many MX 20 two
many MX 10 one
many MX 30 three
one A 198.51.100.1
one A 198.51.100.11
one AAAA 2001:db8::1
two A 198.51.100.2
three AAAA 2001:db8::3
equal MX 10 two
equal MX 10 three
implicit A 198.51.100.50
null MX 0 .
rootandmore MX 0 .
rootandmore MX 10 two
alias CNAME many
aliasofnothing CNAME gone
turning CNAME turning2
turning2 CNAME turning
tocname MX 10 hostalias
hostalias CNAME two
ours MX 5 two
ours MX 10 mail.example.test.
ours MX 10 three
ours MX 20 one
oursbest MX 10 Mail.Example.test.
oursbest MX 20 two
byaddress MX 5 two
byaddress MX 10 three
byaddress MX 10 ourself
byaddress MX 20 one
ourself A 198.51.100.99
dead MX 10 gone
xn--bcher-kva MX 10 two
text TXT "x"
halfbroken MX 10 host.broken.
halfbroken MX 20 two
allbroken MX 10 host.broken.
odd MX 10 a\032b
odd MX 10 a\010b
odd MX 10 -n
odd MX 20 two
inside MX 10 neighbour
inside MX 20 two
neighbour A 10.1.2.3
neighbour AAAA fd00::3
hiding MX 10 forms
forms AAAA ::ffff:192.168.0.1
forms AAAA 64:ff9b::a00:1
forms AAAA 2002:7f00:1::1
forms AAAA fe80::1
forms AAAA 64:ff9b::cb00:7107
onlyinside A 172.16.0.1
onlyhere MX 10 local
local A 127.0.0.1
local AAAA ::1
ZONE
for i in $(seq 1 400); do
	printf 'huge MX %d h%d\nh%d A 198.51.100.%d\n' $((i % 50)) "$i" "$i" $((i % 250))
done >>records
for i in $(seq 1 30); do
	printf 'wide MX 10 wide%d\n' "$i"
	for j in 1 2 3; do printf 'wide%d A 203.0.113.%d\n' "$i" $((i * 3 + j)); done
done >>records
dns_start records

is 'OUT-01: best preference first, all addresses of each host, families in turn' \
	"$(mx many.test | sort -s -k1,2 | sed 's/198.51.100.1*$/198.51.100.1x/')" '10 one.test 2001:db8::1
10 one.test 198.51.100.1x
10 one.test 198.51.100.1x
20 two.test 198.51.100.2
30 three.test 2001:db8::3
end ok'
is 'both addresses of a host come' "$(mx many.test -4 | sort | head -2)" '10 one.test 198.51.100.1
10 one.test 198.51.100.11'
is '-6 leaves IPv4 addresses out' "$(mx many.test -6)" '10 one.test 2001:db8::1
30 three.test 2001:db8::3
end ok'
for i in $(seq 1 30); do mx equal.test | head -1; done | sort | uniq -c >orders
is 'OUT-01: equal ones come in random order' "$(wc -l <orders)" 2
is 'OUT-02: without MX the domain itself' "$(mx implicit.test)" '0 implicit.test 198.51.100.50
end ok'
is 'NMX-01: a null MX' "$(mx null.test)" 'end nullmx'
is 'a root name beside other records is no host' "$(mx rootandmore.test)" '10 two.test 198.51.100.2
end ok'
is 'a CNAME is followed to its MX' "$(mx alias.test | tail -1)" 'end ok'
is 'a CNAME to nothing is no domain' "$(mx aliasofnothing.test)" 'end nxdomain'
is 'CNAMEs in a circle have an end' "$(mx turning.test)" 'end tempfail'
is 'an MX that is a CNAME works' "$(mx tocname.test)" '10 hostalias.test 198.51.100.2
end ok'
is 'OUT-03: no such domain' "$(mx gone.test)" 'end nxdomain'
is 'OUT-02: MX that lead nowhere are no reason to use the domain itself' "$(mx dead.test)" 'end nodata'
is 'a domain without MX and address' "$(mx text.test)" 'end nodata'
is 'OUT-03: SERVFAIL is for now' "$(mx host.broken 2>log)" 'end tempfail'
unlike 'and nothing that the resolver should mend' "$(cat log)" 'warning'
is 'OUT-03: no resolver is for now' "$(mx many.test -r "127.0.0.1@$(free_port)")" 'end tempfail'
is 'a host that cannot be looked up leaves the others' "$(mx halfbroken.test)" '20 two.test 198.51.100.2
end tempfail'
is 'no host that can be looked up' "$(mx allbroken.test)" 'end tempfail'
is 'LOOP-04: at our preference and above it nothing is used' "$(mx ours.test -l mail.example.test)" \
	'5 two.test 198.51.100.2
end ok'
is 'LOOP-04: where we are the best nothing is left' "$(mx oursbest.test -l mail.example.test)" 'end loop'
is 'LOOP-04: an address of ours is us' "$(mx byaddress.test -l x.test -l 198.51.100.99)" '5 two.test 198.51.100.2
end ok'
is 'LOOP-04: the implicit MX, too' "$(mx implicit.test -l implicit.test)" 'end loop'
is 'OUT-21: what leads into a private network is left out' "$(mx inside.test)" '20 two.test 198.51.100.2
end ok'
is 'OUT-21: whatever it looks like' "$(mx hiding.test)" '10 forms.test 64:ff9b::cb00:7107
end ok'
is 'OUT-21: a domain with nothing else is for later' "$(mx onlyinside.test)" 'end private'
is 'OUT-21: one that leads here is a loop' "$(mx onlyhere.test)" 'end loop'
is 'OUT-21: a literal is a word of a stranger, too' "$(mx '[IPv6:::1]'; mx '[192.168.0.1]')" 'end loop
end private'
is 'OUT-21: unless the settings name the network' "$(mx inside.test -n 10.0.0.0/8 -n fd00::3)" '10 neighbour.test fd00::3
10 neighbour.test 10.1.2.3
20 two.test 198.51.100.2
end ok'
is 'OUT-21: a host that the settings name may be anywhere' "$(mx '[neighbour.test]' -4)" '0 neighbour.test 10.1.2.3
end ok'
not_ok 'OUT-21: what is no network is wrong use' sh -c 'echo two.test | mx-find -n 10.0.0.0/40'
if unshare -n ip link set lo up 2>/dev/null; then
	is 'OUT-21: an address of an interface is us' "$(unshare -n sh -c '
		ip link set lo up && ip addr add 203.0.113.7/24 dev lo && ip addr add 203.0.113.8/24 dev lo
		for address in 203.0.113.7 203.0.113.8 198.51.100.1; do echo "[$address]" | mx-find | sed "s/^end //; s/ .*//"; done')" \
		'loop
loop
0
ok'
else skip 'OUT-21: an address of an interface is us' 'no network namespaces here'; fi
is 'names that are no host names are left out' "$(mx odd.test)" '20 two.test 198.51.100.2
end ok'
is 'OUT-19: a literal needs no look-up' "$(mx '[198.51.100.1]' -r 127.0.0.1@1)" '0 198.51.100.1 198.51.100.1
end ok'
is 'OUT-19: an IPv6 literal' "$(mx '[IPv6:2001:db8::1]')" '0 2001:db8::1 2001:db8::1
end ok'
is 'a host in brackets is not asked for MX' "$(mx '[many.test]')" 'end nodata'
is 'nor is one with an address' "$(mx '[two.test]')" '0 two.test 198.51.100.2
end ok'
is '400 MX: the best 32' "$(mx huge.test | grep -c '^[0-3] ')" 32
is '400 MX: no others' "$(mx huge.test | wc -l)" 33
is '90 addresses: 64 of them' "$(mx wide.test | grep -c wide)" 64
for question in '' '.' 'a..b' 'a b' "$(printf '%0300d' 1)" '[x' 'many.test 10' '198.51.100.1' '-h'; do
	mx "$question" | tail -1
done | sort | uniq -c | tr -s ' ' >odd
is 'what is no domain is none' "$(cat odd)" ' 9 end nxdomain'
is 'UTF8-09: a name outside ASCII is looked up as A-labels, and the answer says so' "$(mx 'Bücher.test')" \
	'domain xn--bcher-kva.test
10 two.test 198.51.100.2
end ok'
is 'UTF8-09: what is no name in any alphabet is none' "$(mx 'bü cher.test')" 'end nxdomain'
if grep -q ::1 unbound.conf; then
	is 'a resolver with an IPv6 address' "$(mx two.test -r "::1@$resolver_port" | tail -1)" 'end ok'
else skip 'a resolver with an IPv6 address' 'no IPv6 here'; fi
not_ok 'a resolver that is none is our fault' sh -c 'echo a.test | mx-find -r nonsense'
