# DKIM-02: keys for the mail of a domain, and the records that go with them
. tests/lib.sh

mkdir dkim
chmod 2755 dkim
ok 'it makes a key' sh -c 'dkim-key example.org s1 >record'
ok 'DKIM-02: RSA of 2048 bits' sh -c \
	'openssl pkey -in dkim/example.org/s1.new -noout -text | grep -q "2048 bit"'
is 'nobody but owner and group can read it' "$(stat -c %a dkim/example.org/s1.new)" 640
is 'nor list the folder' "$(stat -c %a dkim/example.org | tail -c 4)" 750
is 'it is not in use yet' "$(printf 'Dexample.org\0\0' | digest-sign | tr '\0' '|')" '|'
like 'it says how to use it' "$(cat record)" '^;   mv dkim/example.org/s1.new dkim/example.org/s1.key$'
like 'the record has the name' "$(cat record)" '^s1\._domainkey\.example\.org\. IN TXT \($'
is 'no string of it is longer than 255 bytes' "$(grep -o '"[^"]*"' record | awk 'length > 257')" ''
is 'the record has the key' "$(grep -o '"[^"]*"' record | tr -d '"\n')" \
	"v=DKIM1; k=rsa; p=$(openssl pkey -in dkim/example.org/s1.new -pubout -outform DER | base64 -w 0)"
{ printf '$ORIGIN .\n$TTL 60\nexample.org. IN SOA a. b. 1 1 1 1 1\nexample.org. IN NS a.\n' &&
	cat record; } >zone
if have nsd-checkzone; then
	ok 'a name server takes it' nsd-checkzone example.org zone
else skip 'a name server takes it' 'nsd is not installed'; fi
dkim-key example.org s1 >again 2>log
is 'a key that waits is not overwritten' $? 100
mv dkim/example.org/s1.new dkim/example.org/s1.key
dkim-key example.org s1 >again 2>log
is 'nor is one in use' $? 100
is 'and nothing is printed' "$(cat again)" ''
is '-p prints the record of a key' "$(dkim-key -p dkim/example.org/s1.key example.org s1)" \
	"$(grep -v '^;' record)"
openssl rsa -in dkim/example.org/s1.key -traditional -out other 2>/dev/null
is 'of another form too' "$(dkim-key -p other example.org s1)" "$(grep -v '^;' record)"
ok '-e makes an Ed25519 key' sh -c 'dkim-key -e example.org s2 >record'
like 'DKIM-01: whose record says so' "$(cat record)" '"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=" \)$'
for wrong in '../x s' 'Example.org s' 'example.org a/b' 'example.org ..' '[192.0.2.1] s' ' s'; do
	dkim-key "${wrong% *}" "${wrong##* }" >again 2>log
	is "refused: $wrong" $? 100
done
for wrong in '' example.org '-e -p x example.org s' '-p nothing example.org s' '-f nowhere example.org s'; do
	dkim-key $wrong >again 2>log
	is "our fault: dkim-key $wrong" $? 111
done
