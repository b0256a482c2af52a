# ARCH-02: the one that has the keys answers what it is asked, and nothing else
. tests/lib.sh

# ask RECORDS: what it answers to these
ask() { printf "$1" | digest-sign -f dkim 2>log | tr '\0' '|'; }
digest=$(head -c 32 /dev/zero | base64)
mkdir -p dkim/example.org dkim/two.example
openssl genpkey -algorithm ed25519 -out dkim/example.org/b.key 2>/dev/null
openssl genrsa -out dkim/example.org/a.key 1024 2>/dev/null
openssl genpkey -algorithm ed25519 -out dkim/example.org/c.new 2>/dev/null
cp dkim/example.org/b.key dkim/two.example/x.y.key
echo 'not a folder' >dkim/README

like 'it names the keys of a domain, and signs a digest with each' \
	"$(ask "Dexample.org\0\0H$digest\0H$digest\0\0")" \
	'^Sa rsa-sha256\|Sb ed25519-sha256\|\|B[A-Za-z0-9+/]{171}=\|B[A-Za-z0-9+/]{86}==\|\|$'
is 'a selector may have several labels' "$(ask 'Dtwo.example\0\0' | head -c 18)" 'Sx.y ed25519-sha25'
is 'a domain without keys has none' "$(ask 'Dnone.example\0\0')" '|'
is 'that is no trouble' "$(cat log)" ''
for domain in ../dkim/example.org example.org/ EXAMPLE.ORG '' README; do
	is "nor is one that is no domain ($domain)" "$(ask "D$domain\0\0")" '|'
done
head -c 32 /dev/zero >digest
ask "Dtwo.example\0\0H$digest\0\0" | tr '|' '\n' | sed -n 's/^B//p' | base64 -d >signature
openssl pkey -in dkim/two.example/x.y.key -pubout -out public 2>/dev/null
ok 'OpenSSL finds the signature good' openssl pkeyutl -verify -pubin -inkey public -rawin \
	-in digest -sigfile signature

for question in '' 'D' 'Dexample.org\0' 'Xexample.org\0\0' '\0' 'Dexample.org\0\0' \
	'Dexample.org\0\0Hxx\0Hxx\0\0' "Dexample.org\0\0H$digest\0\0" "Dexample.org\0\0\0" \
	"Dexample.org\0\0H${digest}AAAA\0H$digest\0\0"; do
	printf "$question" | digest-sign -f dkim >answer 2>log
	is "what is no question is \"later\" ($(printf %s "$question" | tr -d '\\'))" $? 111
	unlike 'and has no signature' "$(tr '\0' '\n' <answer)" '^B'
done
yes | digest-sign -f dkim >answer 2>log
is 'nor is one without end' $? 111

digest-sign -f nowhere </dev/null 2>log
is 'a folder that is not there is "later"' $? 111
like 'and is named' "$(cat log)" 'nowhere: No such file'
for bad in 'not..a.selector' '-x'; do
	cp dkim/example.org/b.key "dkim/example.org/$bad.key"
	ask 'Dexample.org\0\0' >answer
	like "a file that can be no selector is named ($bad)" "$(cat log)" "no selector: .*$bad"
	rm "dkim/example.org/$bad.key"
done
openssl genrsa 768 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out dkim/example.org/w.key
ask 'Dexample.org\0\0' >answer
like 'DKIM-02: a weak key is named' "$(cat log)" 'w.key: it is an RSA key of less than 1024 bits'
openssl genpkey -algorithm ed25519 -aes128 -pass pass:x -out dkim/example.org/w.key
ask 'Dexample.org\0\0' >answer
like 'so is one with a passphrase' "$(cat log)" 'w.key: .*passphrase'
rm dkim/example.org/w.key

# names DOMAIN: what one that waits answers
cat >ask.py <<'PY'
import socket, sys
job = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ours, theirs = socket.socketpair()
job.connect(sys.argv[1])
socket.send_fds(job, [bytes([0, 1])], [theirs.fileno(), theirs.fileno()])
theirs.close()
ours.sendall(b'D' + sys.argv[2].encode() + b'\0\0')
ours.shutdown(socket.SHUT_WR)
answer = b''
while piece := ours.recv(4096):
    answer += piece
print(answer.replace(b'\0', b'|').decode(), end='')
PY
names() { python3 ask.py "$WORK/socket" "$1"; }
digest-sign -f dkim -S "unix:$WORK/socket" 2>served &
background=$!
until_true 20 test -S socket
is 'one that waits answers too' "$(names two.example)" 'Sx.y ed25519-sha256||'
mv dkim/example.org/c.new dkim/example.org/c.key
said() { [ "$(names "$1")" = "$2" ]; }
ok 'it sees a key that has come' until_true 20 said example.org \
	'Sa rsa-sha256|Sb ed25519-sha256|Sc ed25519-sha256||'
comes 'and says so' 'renewed keys=dkim' cat served
rm -r dkim/two.example
ok 'and one that has gone' until_true 20 said two.example '|'
echo broken >dkim/example.org/d.key
reported() { names example.org >answer && grep -q 'those read before stay' served; }
ok 'keys that cannot be used are reported' until_true 20 reported
is 'and those read before stay in use' "$(cat answer)" \
	'Sa rsa-sha256|Sb ed25519-sha256|Sc ed25519-sha256||'
rm dkim/example.org/d.key
# stays: are the processes those before the question?
stays() {
	was=$(pgrep -P "$background")
	names not.one.of.these.elsewhere.example >answer && [ "$(pgrep -P "$background")" = "$was" ]
}
ok 'one process answers many' until_true 20 stays
if [ "$(id -u)" = 0 ] && ! grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	forgets() { remembers "$1" $(pgrep -P "$background"); [ $? = 1 ]; }
	ok 'and forgets whom it was asked for' until_true 20 forgets these.elsewhere.example
else
	skip 'it forgets what it had' 'only root may look, and not where the sanitizers keep it'
fi
