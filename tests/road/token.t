# SASL-16 SASL-18: who has a token of the issuer named in the settings logs in, however services are started
. tests/lib.sh
. "$ROOT/tests/road.sh"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out issuer.key 2>/dev/null
base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
token() { # LOGIN: signed for an hour
	signed=$(printf '{"alg":"RS256","kid":"one"}' | base64url).$(printf \
		'{"iss":"https://login.test","aud":"smtp","sub":"%s","exp":%d}' "$1" $(($(date +%s) + 3600)) | base64url)
	echo "$signed.$(printf %s "$signed" | openssl dgst -sha256 -sign issuer.key | base64url)"
}
modulus=$(openssl rsa -in issuer.key -noout -modulus | cut -d= -f2)
for start in s6 tcpserver; do
	rm -rf demo && mkdir demo
	echo 'PLAIN XOAUTH2 OAUTHBEARER' >demo/mechanisms
	echo 'token-check -i https://login.test -a smtp' >demo/token
	printf '{"keys":[{"kty":"RSA","kid":"one","e":"AQAB","n":"%s"}]}' "$(python3 -c \
		'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$modulus" | base64url)" >demo/jwks.json
	demo_start DEMO_START=$start
	printf 'From: alice@example.test\nTo: bob@example.test\nSubject: by-token\n\nhi\n' >mail
	login() { # TOKEN
		curl -sS --url "smtps://127.0.0.1:$SUBMISSIONS" --cacert "$DEMO/tls/cert.pem" --user alice \
			--oauth2-bearer "$1" --mail-from alice@example.test --mail-rcpt bob@example.test --crlf -T mail
	}
	until_true 20 test -S "$DEMO/run/token-check"
	ok "$start: a token of alice" login "$(token alice)"
	ok "$start: her mail arrives" until_true 20 has_mail bob 'Subject: by-token'
	not_ok "$start: a token of somebody else is not hers" login "$(token bob)"
	not_ok "$start: nor is one that is changed" login "$(token alice | sed 's/.$/-/')"
	demo_stop
done
