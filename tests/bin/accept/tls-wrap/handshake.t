# TLS-11 TLS-12 TLS-13 TLS-15 TLS-18 TLS-20 TLS-21 TLS-22 SASL-18
. tests/lib.sh

certificate ca 'Test CA' root 2>/dev/null
certificate one one.example.test ca 2>/dev/null
certificate two two.example.test ca 2 rsa 2>/dev/null
certificate client ann self 2>/dev/null

cat >show <<'END'
#!/bin/sh
# Greets, tells its environment, answers lines.
printf '220 ready\r\n'
env | sed -n '/^\(SSL_[PCT]\|TCP\|PROTO\|CONN\)/s/$/\r/p'
while read -r line; do
	printf 'got %s\r\n' "$line"
	case $line in QUIT*) exit 7 ;; esac
done
END
chmod +x show

# listen NAME COMMAND...: tcpserver on a port of its own, written to NAME.port; log in NAME.log
listen() {
	listen_name=$1
	shift
	tcpserver -1 -vRHl0 127.0.0.1 0 "$@" >"$listen_name.port" 2>"$listen_name.log" &
	background="$background $!"
	until_true 20 test -s "$listen_name.port"
}
# talk NAME S_CLIENT-OPTION...: one session; lines to say come from standard input
talk() {
	talk_name=$1
	shift
	timeout 60 openssl s_client -connect "127.0.0.1:$(cat "$talk_name.port")" -ign_eof "$@" 2>&1 |
		tr -d '\r'
}
quit() { printf 'QUIT\r\n'; }

SSL_PROTOCOL=stale SSL_PEER_CERT_HASH=stale
export SSL_PROTOCOL SSL_PEER_CERT_HASH
listen wrapped tls-wrap -c one.pem -k one.key -c two.pem -k two.key ./show
unset SSL_PROTOCOL SSL_PEER_CERT_HASH
said=$(quit | talk wrapped -servername one.example.test -tls1_3)
like 'TLS-13: the greeting comes inside TLS' "$said" '^220 ready$'
like 'TLS-11: TLS 1.3 works' "$said" '^SSL_PROTOCOL=TLSv1.3$'
like 'the cipher is in the environment' "$said" '^SSL_CIPHER=.*AES'
like 'the name the client asked for is in the environment' "$said" \
	'^SSL_TLS_SNI_SERVERNAME=one.example.test$'
unlike 'no certificate, no hash: not even one that was in the environment before' "$said" \
	'SSL_PEER_CERT_HASH'
like 'the program has a connection id' "$said" '^CONNECTION_ID=[0-9a-v]{16}$'
is 'it is the one of our log lines' "$(printf '%s\n' "$said" | sed -n 's/^CONNECTION_ID=//p')" \
	"$(sed -n 's/.*handshake conn=\([^ ]*\).*/\1/p' wrapped.log)"
comes 'the log names protocol, cipher and server name' \
	'handshake conn=[^ ]+ client=127.0.0.1 tls=TLSv1.3 cipher=[^ ]+ sni=one.example.test' cat wrapped.log
until_true 20 grep -q 'end [0-9]* status' wrapped.log
comes 'our exit code is the program'\''s' 'end [0-9]* status 1792' cat wrapped.log # 7 * 256
said=$(quit | talk wrapped -tls1_2)
like 'TLS-11: TLS 1.2 works' "$said" '^SSL_PROTOCOL=TLSv1.2$'
unlike 'an older client without a name gives none' "$said" SSL_TLS_SNI

said=$(quit | talk wrapped -noservername)
like 'TLS-20: no server name: the first certificate' "$said" 'subject=CN = one.example.test'
said=$(quit | talk wrapped -servername nobody.example.org)
like 'TLS-20: an unknown name: the first certificate' "$said" 'subject=CN = one.example.test'
like 'TLS-20: and the session goes on' "$said" '^got QUIT'
said=$(quit | talk wrapped -servername two.example.test)
like 'a name chooses its certificate (RSA)' "$said" 'subject=CN = two.example.test'
like 'and the session goes on' "$said" '^got QUIT'
said=$(quit | talk wrapped -servername '../../etc/passwd')
like 'TLS-20: a name that is none does not fail' "$said" '^got QUIT'
unlike 'it is not in the environment' "$said" '^SSL_TLS_SNI'

for old in -tls1 -tls1_1; do
	said=$(quit | talk wrapped $old -cipher 'ALL:@SECLEVEL=0')
	unlike "TLS-12: ${old#-} is not negotiated" "$said" '220 ready'
done
comes 'TLS-12: because of its version' \
	'handshake-failed conn=[^ ]+ client=127.0.0.1 text=".*unsupported protocol' cat wrapped.log
# Some lists are empty on some builds of OpenSSL. ECDHE+AES without GCM is CBC, for an RSA key.
for weak in kRSA:!PSK ECDHE+AES:!AESGCM DHE:!PSK aNULL eNULL 3DES CAMELLIA ARIA PSK; do
	openssl ciphers "$weak" >/dev/null 2>&1 || continue
	said=$(quit | talk wrapped -tls1_2 -servername two.example.test -cipher "$weak:@SECLEVEL=0")
	unlike "TLS-18: $weak is not taken" "$said" '220 ready'
done
for good in ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305; do
	said=$(quit | talk wrapped -tls1_2 -servername two.example.test -cipher $good)
	like "TLS-18: $good is taken" "$said" "^SSL_CIPHER=$good"
done

answered() { until_true 20 grep -Eq "$1" asked; }
: >asked
{ answered '^220' && printf 'R\n'; answered 'no renegotiation|NO_RENEGOTIATION'; quit; } |
	timeout 60 openssl s_client -tls1_2 -connect "127.0.0.1:$(cat wrapped.port)" >asked 2>&1
said=$(tr -d '\r' <asked)
like 'TLS-21: the client asks to renegotiate' "$said" '^RENEGOTIATING'
like 'TLS-21: and is refused' "$said" 'no renegotiation|NO_RENEGOTIATION'
said=$(quit | talk wrapped -tls1_2 -comp)
like 'TLS-21: no compression' "$said" '^Compression: NONE'

said=$(printf 'EHLO x\r\nQUIT\r\n' | python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(open("wrapped.port").read())), 20)
s.sendall(sys.stdin.buffer.read())
while b := s.recv(4096): sys.stdout.buffer.write(b)' | tr -d '\0')
unlike 'TLS-22: plaintext gets no greeting' "$said" '220|got'
comes 'TLS-22: and is logged as a failed handshake' handshake-failed tail -n 3 wrapped.log
said=$(quit | talk wrapped)
like 'TLS-15: the next connection works' "$said" '^got QUIT'

said=$(quit | talk wrapped -cert client.pem -key client.key)
unlike 'SASL-18: no client certificate is asked for' "$said" 'Requested Signature Algorithms'
like 'SASL-18: a client that has one is served' "$said" '^got QUIT'
unlike 'SASL-18: it is not taken' "$said" SSL_PEER

listen asking tls-wrap -c one.pem -k one.key -a client.pem ./show
said=$(quit | talk asking -cert client.pem -key client.key)
like 'a client certificate from the given file is taken' "$said" '^SSL_PEER_CERT_SUBJECT=/CN=ann$'
like 'it was asked for' "$said" 'Requested Signature Algorithms'
like 'its hash is in the environment' "$said" '^SSL_PEER_CERT_HASH=SHA256:[0-9a-f]{64}$'
said=$(quit | talk asking)
like 'no client certificate is taken, too' "$said" '^got QUIT'
unlike 'but has no hash' "$said" SSL_PEER
said=$(quit | talk asking -cert two.pem -key two.key)
unlike 'a client certificate from elsewhere is refused' "$said" 'got QUIT'

# systemd's Accept=yes gives a socket on 0 and 1, and no TCPREMOTEIP.
port=$(free_port)
systemd-socket-activate --inetd -a -l "127.0.0.1:$port" -E PATH="$PATH" \
	tls-wrap -c one.pem -k one.key ./show 2>systemd.log &
background="$background $!"
echo "$port" >systemd.port
until_true 20 grep -q Listening systemd.log
said=$(quit | talk systemd)
like 'a client'\''s address comes from its socket' "$said" '^TCPREMOTEIP=127.0.0.1$'
like 'its port, too' "$said" '^TCPREMOTEPORT=[0-9]+$'
like 'and our side' "$said" "^TCPLOCALPORT=$port\$"
like 'and the protocol' "$said" '^PROTO=TCP$'

listen missing tls-wrap -c one.pem -k nowhere.key ./show
not_ok 'a missing key: no session' sh -c 'openssl s_client -connect "127.0.0.1:$1" </dev/null' - \
	"$(cat missing.port)"
comes 'it is named in the log' 'cannot open the key nowhere.key: No such file' cat missing.log
until_true 20 grep -q 'end [0-9]* status' missing.log
comes 'a missing key is "later"' 'status 28416' cat missing.log # 111 * 256
listen mixed tls-wrap -c one.pem -k two.key ./show
quit | talk mixed >/dev/null
comes 'a key that does not fit is named in the log' 'cannot use the certificates and keys: ' cat mixed.log
listen nothing tls-wrap -c one.pem -k one.key ./no-such-program
quit | talk nothing >/dev/null
comes 'a missing program is named in the log' 'cannot run ./no-such-program' cat nothing.log
not_ok 'a certificate without key is a wrong use' tls-wrap -c one.pem ./show
not_ok 'a time that is no number is a wrong use' tls-wrap -c one.pem -k one.key -h soon ./show
