# DANE-01 DANE-03 DANE-04 DANE-06: TLSA records, where DNSSEC secures all of the way there
. tests/lib.sh
. "$ROOT/tests/dns.sh"

hash=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
cat >records <<ZONE
\$ORIGIN test.
\$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
ns A 127.0.0.1
ns AAAA ::1
one A 198.51.100.1
one AAAA 2001:db8::1
good MX 10 one
_25._tcp.one TLSA 3 1 1 $hash
_25._tcp.one TLSA 2 0 1 $hash
_587._tcp.one TLSA 3 0 1 $hash
none MX 10 two
two A 198.51.100.2
odd MX 10 three
three A 198.51.100.3
_25._tcp.three TLSA 0 0 1 $hash
_25._tcp.three TLSA 3 1 1 00
hidden MX 10 four
hidden MX 20 two
four A 198.51.100.4
_25._tcp.four TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abdead
tobogus MX 10 mx.bogus.
toplain MX 10 mx.plain.
alias MX 10 aka
aka CNAME one
alias2 MX 10 aka2
aka2 CNAME two
_25._tcp.aka2 TLSA 3 1 1 $hash
hosted MX 10 aka3
aka3 CNAME mx.plain.
_25._tcp.aka3 TLSA 3 1 1 $hash
hosted2 MX 10 aka4
aka4 CNAME mx.plain.
hosted3 MX 10 aka5
aka5 CNAME mx.plain.
_25._tcp.aka5 TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abdead
roundabout MX 10 back.plain.
implicit A 198.51.100.6
_25._tcp.implicit TLSA 3 1 1 $hash
moved MX 10 five
five A 198.51.100.5
_25._tcp.five CNAME _tlsa
_tlsa TLSA 3 1 1 $hash
ZONE
for i in $(seq 1 30); do
	echo "crowd MX $i crowd$i"
	echo "crowd$i A 198.51.100.$i"
	for j in 1 2 3 4 5; do echo "_25._tcp.crowd$i TLSA 3 1 1 $(echo "$hash" | cut -c3-)0$j"; done
done >>records
cat >plain <<ZONE
\$ORIGIN plain.
\$TTL 60
@ SOA ns.test. root.test. 1 60 60 60 60
@ NS ns.test.
a MX 10 mx
mx A 198.51.100.7
_25._tcp.mx TLSA 3 1 1 $hash
b MX 10 one.test.
back CNAME one.test.
_25._tcp.back TLSA 3 1 1 $hash
ZONE
dns_start_signed records plain >/dev/null

mx() { echo "$1" | mx-find -d "${2:-25}" | sed 's/^end \([a-z]*\) .*/end \1/'; }
is 'DANE-01: the records of a host come before its addresses' "$(mx good.test | sort)" "10 one.test 198.51.100.1 dane
10 one.test 2001:db8::1 dane
end ok
tlsa one.test one.test 2 0 1 $hash
tlsa one.test one.test 3 1 1 $hash"
is 'those of the port' "$(mx good.test 587 | grep tlsa)" "tlsa one.test one.test 3 0 1 $hash"
is 'a host without, which is proved' "$(mx none.test)" '10 two.test 198.51.100.2 secure
end ok'
is 'DANE-03 DANE-06: none that is of use' "$(mx odd.test)" '10 three.test 198.51.100.3 dane
end ok'
is 'DANE-04: records whose signatures are wrong: not this host' "$(mx hidden.test)" \
	'10 four.test 198.51.100.4 unknown
20 two.test 198.51.100.2 secure
end ok'
is 'DANE-04: a host whose addresses are bogus' "$(mx tobogus.test)" 'end tempfail'
is 'a domain that is bogus is for later' "$(mx a.bogus)" 'end tempfail'
is 'DANE-01: a host that nothing secures has no records' "$(mx toplain.test)" '10 mx.plain 198.51.100.7
end ok'
is 'DANE-01: nor one in a domain of that kind' "$(mx a.plain)" '10 mx.plain 198.51.100.7
end ok'
is 'DANE-01: MX records that nothing secures may lead anywhere' "$(mx b.plain | sort)" '10 one.test 198.51.100.1
10 one.test 2001:db8::1
end ok'
is 'DANE-07: the records of where a CNAME leads' "$(mx alias.test | grep tlsa | sort | head -1)" \
	"tlsa aka.test one.test 2 0 1 $hash"
is 'DANE-07: else those of the CNAME itself' "$(mx alias2.test | head -1)" "tlsa aka2.test aka2.test 3 1 1 $hash"
is 'DANE-01: those of a CNAME that is secure, and leads where nothing is' "$(mx hosted.test)" \
	"tlsa aka3.test aka3.test 3 1 1 $hash
10 aka3.test 198.51.100.7 dane
end ok"
is 'which has none' "$(mx hosted2.test)" '10 aka4.test 198.51.100.7
end ok'
is 'DANE-04: whose records are bogus' "$(mx hosted3.test)" '10 aka5.test 198.51.100.7 unknown
end ok'
is 'DANE-01: not those of a CNAME that nothing secures' "$(mx roundabout.test | grep -v 2001)" \
	'10 back.plain 198.51.100.1
end ok'
is 'an alias of the records' "$(mx moved.test | head -1)" "tlsa five.test five.test 3 1 1 $hash"
is 'a domain without MX' "$(mx implicit.test)" "tlsa implicit.test implicit.test 3 1 1 $hash
0 implicit.test 198.51.100.6 dane
end ok"
is 'a host that the settings name' "$(mx '[implicit.test]' | tail -2)" '0 implicit.test 198.51.100.6 dane
end ok'
mx crowd.test >crowd
is 'more records than anybody reads: the best hosts, whole, and others later' \
	"$(grep -c tlsa crowd) $(grep -c 198.51 crowd) $(tail -1 crowd)" '125 25 end tempfail'
is 'without -d nobody asks for them' "$(echo implicit.test | mx-find | head -1)" '0 implicit.test 198.51.100.6 secure'
ok 'this resolver is good for all' mx-find -c
