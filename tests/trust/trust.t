# trust(7) says what the programs say, and what the attacks have found
. tests/lib.sh
cd "$ROOT" || exit 111
ok 'the table of rights is that of the sources (else run tests/trust/rights.py --write)' \
	python3 tests/trust/rights.py --check
python3 tests/trust/rights.py | sed -n 's/^\.It \([a-z-]*\).*/\1/p' | sort -u >"$WORK/named"
for source in bin/accept/*.c bin/check/*.c bin/fix/*.c bin/queue/*.c bin/route/*.c bin/send/*.c; do
	basename "$source" .c
done | sort >"$WORK/programs"
is 'every program on the road names its rights' "$(comm -13 "$WORK/named" "$WORK/programs")" ''
# Whoever may run anything has nothing to gain by running it; tls-connect and the signer are told apart.
python3 tests/trust/rights.py | awk '/^\.It/ { name = $2; next } name && !/run$/ { print name }' | sort -u |
	while read -r program; do
		grep -q "taken_over $program)" tests/trust/*.t || echo "$program"
	done >"$WORK/spared"
is 'all others are attacked' "$(cat "$WORK/spared")" ''
for program in $(cat "$WORK/programs" "$WORK/named"); do
	grep -Eq "^\.It Sy.*$program( |\$)" doc/trust.7 || echo "$program"
done >"$WORK/untold"
is 'and the page says what each one holds' "$(cat "$WORK/untold")" ''
