# SUB-32, TLS-01, TLS-13, AUTH-05, SASL-06, TRC-06, TRC-10, ARCH-07: real clients submit over 587 and
# 465, and their messages are found in the Maildir
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start
ca=$DEMO/tls/cert.pem

ok 'swaks over 587, AUTH PLAIN' send_mail swaks-587
ok 'swaks over 587, AUTH LOGIN' send_mail swaks-login --auth LOGIN
ok 'swaks over 465' swaks --server 127.0.0.1 --port "$SUBMISSIONS" --tls-on-connect \
	--auth-user alice@example.test --auth-password wonderland --from alice@example.test \
	--to bob@example.test --h-Subject swaks-465
for user in alice alice@example.test; do
	printf 'From: alice@example.test\nTo: bob@example.test\nSubject: curl-%s\n\nhi\n' "$user" >mail
	ok "curl over 465 as $user" curl -sS --url "smtps://127.0.0.1:$SUBMISSIONS" --cacert "$ca" \
		--user "$user:wonderland" --mail-from alice@example.test \
		--mail-rcpt bob@example.test --crlf -T mail
done
printf 'From: alice@example.test\nTo: bob@example.test\nSubject: curl-587\n\nhi\n' >mail
ok 'curl over 587' curl -sS --url "smtp://127.0.0.1:$SUBMISSION" --ssl-reqd --cacert "$ca" \
	--user alice:wonderland --mail-from alice@example.test --mail-rcpt bob@example.test \
	--crlf -T mail

for port in $SUBMISSION $SUBMISSIONS; do
	starttls=on
	[ "$port" = "$SUBMISSIONS" ] && starttls=off
	cat >msmtprc <<-RC
		account default
		host 127.0.0.1
		port $port
		tls on
		tls_starttls $starttls
		tls_trust_file $ca
		auth on
		user alice
		password wonderland
		from alice@example.test
	RC
	chmod 600 msmtprc
	sed -i "s/^Subject:.*/Subject: msmtp-$starttls/" mail
	ok "msmtp, STARTTLS $starttls" msmtp -C msmtprc bob@example.test <mail
done

cat >mailrc <<RC
set v15-compat
set mta=smtp://alice:wonderland@localhost:$SUBMISSION
set smtp-use-starttls smtp-auth=plain tls-ca-file=$ca tls-ca-no-defaults
set from=alice@example.test hostname=client.example.test
set sendwait DEAD=/dev/null
RC
ok 's-nail over 587' sh -c 'echo body | MAILRC=mailrc s-nail -:u -s s-nail-587 bob@example.test'
sed -i "s/^set mta=.*/set mta=smtps:\/\/alice:wonderland@localhost:$SUBMISSIONS/; /starttls/s/smtp-use-starttls//" mailrc
ok 's-nail over 465' sh -c 'echo body | MAILRC=mailrc s-nail -:u -s s-nail-465 bob@example.test'

cat >client.py <<'PY'
import smtplib, ssl, sys
kind, port, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=ca)
if kind == 'starttls':
    server = smtplib.SMTP('127.0.0.1', port)
    server.starttls(context=context)
else:
    server = smtplib.SMTP_SSL('127.0.0.1', port, context=context)
server.login('alice', 'wonderland')
refused = server.sendmail('alice@example.test', ['bob@example.test', 'alice@example.test'],
    'From: alice@example.test\r\nTo: bob@example.test\r\nSubject: smtplib-%s\r\n\r\n.dot\r\n' % kind)
assert not refused
server.quit()
PY
ok 'smtplib over 587' python3 client.py starttls "$SUBMISSION" "$ca"
ok 'smtplib over 465' python3 client.py tls "$SUBMISSIONS" "$ca"

for subject in swaks-587 swaks-login swaks-465 curl-alice curl-alice@example.test curl-587 msmtp-on \
	msmtp-off s-nail-587 s-nail-465 smtplib-starttls smtplib-tls; do
	ok "$subject is in bob's Maildir" until_true 10 has_mail bob "Subject: $subject"
done
ok 'and in alice'\''s, who was a recipient too' until_true 10 has_mail alice 'Subject: smtplib-tls'
ok 'the queue is empty then' until_true 10 queue_empty

file=$(mail_with bob 'Subject: smtplib-tls')
is 'TRC-10, ARCH-07: Return-Path is the envelope sender' "$(head -1 "$file")" \
	'Return-Path: <alice@example.test>'
like 'TRC-06: the trace says ESMTPSA' "$(cat "$file")" 'with ESMTPSA'
like 'TRC-12: and how TLS was' "$(cat "$file")" 'TLSv1\.[23] '
is 'DATA-02: the dot arrived as it was' "$(tail -1 "$file")" '.dot'
like 'the log tells the login with the connection' "$(demo_log)" 'login conn=[0-9a-v]{16}.*login=alice'
unlike 'AUTH-28: no password in the log' "$(demo_log)" 'wonderland|AHdvbmRlcmxhbmQ'
ok 'it ends cleanly' demo_stop
