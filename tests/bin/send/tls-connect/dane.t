# DANE-05 DANE-06 DANE-07: certificates that TLSA records name, and fingerprints
. tests/lib.sh

certificate ca 'Test CA' root 2>/dev/null
certificate other 'Other CA' root 2>/dev/null
certificate good mx.example.test ca 2>/dev/null
certificate wrong other.example.test ca 2>/dev/null
certificate expired mx.example.test ca -1 2>/dev/null
certificate self nobody.example self -1 2>/dev/null
for name in good wrong expired; do cat $name.pem ca.pem >$name.chain; done
cp self.pem self.chain
cp good.pem alone.chain && cp good.key alone.key && cp good.pem alone.pem

# tlsa NAME USAGE SELECTOR MATCHING: the record of NAME.pem
tlsa() {
	if [ "$3" = 0 ]; then openssl x509 -in "$1.pem" -outform DER; else
		openssl x509 -in "$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER
	fi >der
	case $4 in
	0) hash=$(od -An -v -tx1 der | tr -d ' \n') ;;
	1) hash=$(sha256sum <der | cut -d' ' -f1) ;;
	2) hash=$(sha512sum <der | cut -d' ' -f1) ;;
	esac
	echo "tlsa=$2 $3 $4 $hash"
}
server() { # NAME: answers each line reversed; its port in NAME.port
	openssl s_server -accept 127.0.0.1:0 -rev -cert "$1.chain" -key "$1.key" -cert_chain "$1.chain" \
		>"$1.log" 2>&1 &
	background="$background $!"
	until_true 20 grep -q ACCEPT "$1.log"
	sed -n 's/^ACCEPT.*://p' "$1.log" >"$1.port"
}
for name in good wrong expired self alone; do server $name; done
# connect NAME EXPECTATION...: prints what comes back of "hello"; facts, one a line, in facts
connect() {
	connect_name=$1
	shift
	{ printf '%s\0' "$@" && printf '\0'; } >expected
	printf 'hello\n' | timeout 60 tcpclient -RHl0 127.0.0.1 "$(cat "$connect_name.port")" \
		tls-connect -n mx.example.test -x $options 3<expected 4>facts.raw 2>log
	connect_status=$?
	tr '\0' '\n' <facts.raw >facts
	return $connect_status
}
options='-v verify -A ca.pem'
name=name=mx.example.test
# takes SENTENCE NAME EXPECTATION...
takes() {
	takes_sentence=$1
	shift
	is "$takes_sentence" "$(connect "$@")" olleh
	like 'and it is verified' "$(cat facts)" '^SSL_VERIFIED=yes$'
}
# leaves SENTENCE RESULT NAME EXPECTATION...
leaves() {
	leaves_sentence=$1 result=$2
	shift 2
	is "$leaves_sentence" "$(connect "$@")" ''
	like "and it is $result" "$(cat facts)" "^SSL_VERIFY_RESULT=$result\$"
}
for matching in 0 1 2; do
	takes "DANE-05: 3 0 $matching" good "$(tlsa good 3 0 $matching)"
	takes "DANE-05: 3 1 $matching" good "$(tlsa good 3 1 $matching)"
	takes "DANE-06: 2 0 $matching" good "$(tlsa ca 2 0 $matching)" $name
	takes "DANE-06: 2 1 $matching" good "$(tlsa ca 2 1 $matching)" $name
done
takes 'DANE-05: 3 1 1 asks for no name and no date, and no authority' self "$(tlsa self 3 1 1)" $name
takes 'DANE-05: nor does 3 0 1' self "$(tlsa self 3 0 1)" $name
takes 'one of several records will do' good "$(tlsa self 3 1 1)" "$(tlsa ca 2 1 1)" "$(tlsa good 3 1 1)" $name
takes 'DANE-06: an authority of a record need not be shown' alone "$(tlsa ca 2 0 0)" $name
takes 'DANE-06: another name may be in it' wrong "$(tlsa ca 2 1 1)" $name name=other.example.test
leaves 'DANE-06: 2 1 1 asks for the name' certificate-host-mismatch wrong "$(tlsa ca 2 1 1)" $name
leaves 'DANE-06: and for the date' certificate-expired expired "$(tlsa ca 2 1 1)" $name
leaves 'DANE-06: 2 1 1 without a name' validation-failure good "$(tlsa ca 2 1 1)"
leaves 'DANE-06: an authority that is not shown' validation-failure alone "$(tlsa ca 2 1 1)" $name
leaves 'DANE-06: another authority' validation-failure good "$(tlsa other 2 0 1)" $name
leaves 'DANE-06: another authority, whole' certificate-not-trusted good "$(tlsa other 2 0 0)" $name
leaves 'DANE-06: the server is not its own authority' validation-failure self "$(tlsa self 2 0 1)" $name
leaves 'an authority is not the server' validation-failure good "$(tlsa ca 3 1 1)" $name
leaves 'another key' validation-failure good "$(tlsa self 3 1 1)" $name
leaves 'DANE-06: usage 1 is of no use' validation-failure good "$(tlsa good 1 0 1)" $name
leaves 'a weaker hash does not count beside a better one (RFC 7671 9)' validation-failure good \
	"$(tlsa good 3 1 1)" "$(tlsa self 3 1 2)"
options='-v may -A ca.pem'
is 'may: bytes pass all the same' "$(connect good "$(tlsa self 3 1 1)")" olleh
like 'and it is said what it was worth' "$(cat facts)" '^SSL_VERIFIED=no$'
options='-v verify -A ca.pem'
takes 'names in place of the server name' wrong name=other.example.test
takes 'one of several' wrong name=mx.example.test name=other.example.test
leaves 'none of these' certificate-host-mismatch wrong name=a.test name=b.test
for broken in 'name=' 'tlsa=3 1 1' 'hash=1'; do
	not_ok "nothing passes where it is not understood what to expect: $broken" connect good "$broken"
done
printf '' >expected
not_ok 'nor where nothing is expected' sh -c "tcpclient -RHl0 127.0.0.1 $(cat good.port) tls-connect \
	-n mx.example.test -x -A ca.pem 3<expected 4>facts </dev/null"
openssl s_server -accept 127.0.0.1:0 -rev -cert self.pem -key self.key -servername mx.example.test \
	-cert2 good.pem -key2 good.key >sni.log 2>&1 &
background="$background $!"
until_true 20 grep -q ACCEPT sni.log
sed -n 's/^ACCEPT.*://p' sni.log >sni.port
takes 'DANE-07: the name of -n is asked for' sni "$(tlsa good 3 1 1)"
