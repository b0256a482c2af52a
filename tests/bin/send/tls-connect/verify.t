# TLS-11 TLS-12 TLS-18: the handshake, and what is known about the other side
. tests/lib.sh

certificate ca 'Test CA' root 2>/dev/null
certificate good mail.example.test ca 2>/dev/null
certificate star '*.example.test' ca 2 rsa 2>/dev/null
certificate half 'm*.example.test' ca 2>/dev/null
certificate wrong other.example.test ca 2>/dev/null
certificate expired mail.example.test ca -1 2>/dev/null
certificate self mail.example.test self 2>/dev/null
mkdir folder && cp ca.pem folder && openssl rehash folder
# A server's certificate signed by a server's certificate, which is no CA.
mkdir nested && cp good.pem nested/ca.pem && cp good.key nested/ca.key
(cd nested && certificate leaf mail.example.test ca) 2>/dev/null
cat nested/leaf.pem good.pem >below.pem && cp nested/leaf.key below.key
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout client.key -out client.pem -subj /CN=mail.example.test \
	-addext subjectAltName=DNS:mail.example.test -addext extendedKeyUsage=clientAuth 2>/dev/null

# server NAME S_SERVER-OPTION...: answers each line reversed; its port in NAME.port
server() {
	server_name=$1
	shift
	openssl s_server -accept 127.0.0.1:0 -rev -naccept 20 "$@" >"$server_name.log" 2>&1 &
	background="$background $!"
	until_true 20 grep -q ACCEPT "$server_name.log"
	sed -n 's/^ACCEPT.*://p' "$server_name.log" >"$server_name.port"
}
# connect NAME OPTION...: sends "hello", prints what comes back; facts, one a line, in facts
connect() {
	connect_name=$1
	shift
	printf 'hello\n' | timeout 60 tcpclient -RHl0 127.0.0.1 "$(cat "$connect_name.port")" \
		tls-connect "$@" 4>facts.raw 2>log
	connect_status=$?
	tr '\0' '\n' <facts.raw >facts
	return $connect_status
}
facts() { sed -n '/^SSL_VERIFY_RESULT/d; s/^SSL_\(VERIF\|ERROR\)/\1/p' facts | tr '\n' '|'; }

server good -cert good.pem -key good.key
is 'verify: a good certificate lets bytes through' \
	"$(connect good -n mail.example.test -v verify -A ca.pem)" olleh
is 'it is said to be verified' "$(facts)" 'VERIFIED=yes|'
like 'the protocol is told' "$(cat facts)" '^SSL_PROTOCOL=TLSv1.3$'
like 'the cipher, too' "$(cat facts)" '^SSL_CIPHER=[A-Z]'
is 'and the hash of the certificate' "$(sed -n 's/^SSL_PEER_CERT_HASH=SHA256://p' facts)" \
	"$(openssl x509 -in good.pem -outform DER | sha256sum | cut -d' ' -f1)"
is 'the list ends with two NULs' "$(tail -c 2 facts.raw | od -An -tx1 | tr -d ' \n')" 0000
is 'verify is what happens without -v' "$(connect good -n mail.example.test -A ca.pem)" olleh
is 'a folder of CA certificates will do' "$(connect good -n mail.example.test -A folder)" olleh
ok 'names are compared in any case' connect good -n MAIL.Example.TEST -A ca.pem
ok 'exit 0 after a session' connect good -n mail.example.test -A ca.pem

# refused NAME REASON RESULT: verify lets nothing through; encrypt and may go on and say why
refused() {
	is "verify: no byte passes with a certificate that is $1" \
		"$(connect "$1" -n mail.example.test -v verify -A ca.pem)" ''
	like 'fd 4 has the reason' "$(facts)" "^VERIFIED=no\|VERIFY_ERROR=.*$2.*\|ERROR=.*$2"
	not_ok 'it is "later"' connect "$1" -n mail.example.test -v verify -A ca.pem
	is 'exit 111' $connect_status 111
	for level in encrypt may; do
		is "$level: bytes pass" "$(connect "$1" -n mail.example.test -v $level -A ca.pem)" olleh
		like 'but it is said not to be verified' "$(facts)" "^VERIFIED=no\|VERIFY_ERROR=.*$2.*\|\$"
		like 'TRPT-02: and what to report of it' "$(cat facts)" "^SSL_VERIFY_RESULT=$3\$"
	done
}
for name in wrong expired self below half; do
	server $name -cert $name.pem -key $name.key -cert_chain $name.pem
done
refused wrong 'the certificate is for another name' certificate-host-mismatch
refused expired 'expired' certificate-expired
refused self 'self.signed' certificate-not-trusted
refused below 'CA certificate|basic constraints|path length|issuer' '(validation-failure|certificate-not-trusted)'
refused half 'the certificate is for another name' certificate-host-mismatch
server client -cert client.pem -key client.key
cp ca.pem ca.good && cat client.pem >>ca.pem
refused client 'purpose' validation-failure
cp ca.good ca.pem

server star -cert star.pem -key star.key
ok 'a wildcard stands for one label' connect star -n mail.example.test -A ca.pem
not_ok 'and for no more than one' connect star -n a.mail.example.test -A ca.pem
not_ok 'nor for none' connect star -n example.test -A ca.pem

is 'a CA of which the system knows nothing is not verified' \
	"$(connect good -n mail.example.test -v may; facts)" \
	'olleh
VERIFIED=no|VERIFY_ERROR=unable to get local issuer certificate|'
not_ok 'a missing CA file with verify is "later"' connect good -n mail.example.test -A nowhere
like 'and is named as our fault' "$(facts)" 'ERROR=our file of CA certificates cannot be read'
ok 'a missing CA file does not matter otherwise' connect good -n mail.example.test -v may -A nowhere

server name -cert wrong.pem -key wrong.key -servername mail.example.test -cert2 good.pem \
	-key2 good.key
ok 'the server name is sent' connect name -n mail.example.test -A ca.pem
server old -cert star.pem -key star.key -tls1_1 -cipher ALL:@SECLEVEL=0
not_ok 'TLS-12: TLS 1.1 is not negotiated' connect old -n mail.example.test -v may -A ca.pem
like 'TLS-12: the error is told' "$(facts)" '^ERROR=.*(protocol version|unsupported protocol)'
server second -cert star.pem -key star.key -tls1_2
ok 'TLS-11: TLS 1.2 is' connect second -n mail.example.test -A ca.pem
like 'TLS-11: and told' "$(cat facts)" '^SSL_PROTOCOL=TLSv1.2$'
server weak -cert star.pem -key star.key -tls1_2 -cipher AES128-SHA
for level in verify encrypt; do
	not_ok "TLS-18: $level takes no suite without forward secrecy" \
		connect weak -n mail.example.test -v $level -A ca.pem
done
ok 'may does: the alternative is clear text' connect weak -n mail.example.test -v may -A ca.pem

printf '220 I do not speak TLS\r\n' >plain
tcpserver -1 -RHl0 127.0.0.1 0 cat plain >plain.port 2>/dev/null &
background="$background $!"
until_true 20 test -s plain.port
not_ok 'a server without TLS is "later"' connect plain -n mail.example.test -v may
is 'exit 111' $connect_status 111
like 'fd 4 has the error' "$(facts)" '^ERROR=handshake failed'
tcpserver -1 -RHl0 127.0.0.1 0 sleep 10 >silent.port 2>/dev/null &
background="$background $!"
until_true 20 test -s silent.port
not_ok 'a silent server is "later"' connect silent -n mail.example.test -h 1 -v may
like 'fd 4 has the error' "$(facts)" '^ERROR=the peer took too long'
for name in '' 'a b' 192.0.2.1/ '-'; do
	not_ok "a server name '$name' is a wrong use" tls-connect -n "$name"
done
not_ok 'an unknown level is a wrong use' tls-connect -n mail.example.test -v none
