# AUTH-01 AUTH-29 SASL-08 SASL-09 SASL-16 SASL-17 SASL-18: real clients log in with each mechanism they have
. tests/lib.sh
. "$ROOT/tests/road.sh"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=alice \
	-keyout client.key -out client.pem 2>/dev/null
fingerprint=SHA256:$(openssl x509 -in client.pem -outform DER | sha256sum | cut -c 1-64)
mkdir demo
echo 'PLAIN LOGIN SCRAM-SHA-256 OAUTHBEARER XOAUTH2 EXTERNAL' >demo/mechanisms
printf '#!/bin/sh\n[ "$(cat)" = right-token ] && printf "Aalice\\\\0\\\\0" >&4 || printf "\\\\0" >&4\n' >judge
chmod +x judge
echo "$WORK/judge" >demo/token
demo_start
ca=$DEMO/tls/cert.pem
password-set -f "$DEMO/passwords" -n -c "$fingerprint" alice/laptop
made=$(password-set -f "$DEMO/passwords" -g -s alice@example.test alice/phone)

ehlo() { # [ARGUMENT]...: what is offered inside TLS
	printf 'EHLO c\r\nQUIT\r\n' | openssl s_client -quiet -connect "127.0.0.1:$SUBMISSIONS" "$@" \
		2>/dev/null | tr -d '\r' | grep AUTH
}
is 'SASL-17: EXTERNAL is not for who shows no certificate' "$(ehlo)" \
	'250-AUTH PLAIN LOGIN SCRAM-SHA-256 OAUTHBEARER XOAUTH2'
is 'SASL-17: it is for who shows one' "$(ehlo -cert client.pem -key client.key)" \
	'250-AUTH PLAIN LOGIN SCRAM-SHA-256 OAUTHBEARER XOAUTH2 EXTERNAL'
with_msmtp() { # MECHANISM PORT USER PASSWORD [LINE]...
	mechanism=$1
	cat >msmtprc <<-RC
		account default
		host 127.0.0.1
		port $2
		tls on
		tls_starttls $([ "$2" = "$SUBMISSION" ] && echo on || echo off)
		tls_trust_file $ca
		auth $1
		${3:+user $3}
		${4:+password $4}
		from alice@example.test
	RC
	shift 4
	printf '%s\n' "$@" >>msmtprc
	chmod 600 msmtprc
	printf 'From: alice@example.test\nTo: bob@example.test\nSubject: msmtp-%s\n\nhi\n' "$mechanism" |
		msmtp -C msmtprc bob@example.test
}
with_curl() { # NAME ARGUMENT...
	printf 'From: alice@example.test\nTo: bob@example.test\nSubject: curl-%s\n\nhi\n' "$1" >mail
	shift
	curl -sS --url "smtps://127.0.0.1:$SUBMISSIONS" --cacert "$ca" --mail-from alice@example.test \
		--mail-rcpt bob@example.test --crlf -T mail "$@"
}
ok 'SASL-08: msmtp, SCRAM-SHA-256 over 587' with_msmtp scram-sha-256 "$SUBMISSION" alice wonderland
ok 'SASL-08: and over 465' with_msmtp scram-sha-256 "$SUBMISSIONS" alice@example.test wonderland
not_ok 'SASL-11: not with a wrong password' with_msmtp scram-sha-256 "$SUBMISSIONS" alice wrong
ok 'msmtp with a further password' with_msmtp scram-sha-256 "$SUBMISSION" alice/phone "$made"
ok 'SASL-16: msmtp, OAUTHBEARER' with_msmtp oauthbearer "$SUBMISSION" alice right-token
not_ok 'SASL-15: not with a wrong token' with_msmtp oauthbearer "$SUBMISSION" alice wrong-token
ok 'msmtp, XOAUTH2' with_msmtp xoauth2 "$SUBMISSION" alice right-token
ok 'SASL-17: msmtp, EXTERNAL' with_msmtp external "$SUBMISSION" alice '' \
	"tls_cert_file $WORK/client.pem" "tls_key_file $WORK/client.key"
ok 'SASL-16: curl, OAUTHBEARER' with_curl oauthbearer --user alice --oauth2-bearer right-token \
	--login-options AUTH=OAUTHBEARER
not_ok 'SASL-15: not with a wrong token' with_curl wrong --user alice --oauth2-bearer wrong-token
ok 'curl, XOAUTH2' with_curl xoauth2 --user alice --oauth2-bearer right-token --login-options AUTH=XOAUTH2
ok 'SASL-17: curl, EXTERNAL' with_curl external --user alice: --login-options AUTH=EXTERNAL \
	--cert client.pem --key client.key
ok 'curl, PLAIN with a further password' with_curl phone --user "alice/phone:$made"
for subject in msmtp-scram-sha-256 msmtp-oauthbearer msmtp-xoauth2 msmtp-external curl-oauthbearer \
	curl-xoauth2 curl-external curl-phone; do
	ok "$subject is in bob's Maildir" until_true 20 has_mail bob "Subject: $subject"
done
password-set -f "$DEMO/passwords" -r alice/phone
not_ok 'a further password that was taken out is no more' with_curl phone --user "alice/phone:$made"
ok 'the first one still is' with_curl plain --user alice:wonderland
unlike 'AUTH-28: no secret is in the log' "$(demo_log)" 'right-token|wrong-token|wonderland'
comes 'the log tells which password it was' 'login=alice .*credential=laptop' demo_log
