# SUB-32, TLS-01, TLS-13, AUTH-05, SASL-06, TRC-06, TRC-10, ARCH-07: real clients submit over 587 and
# 465, and their messages are found in the Maildir
. tests/lib.sh
. "$ROOT/tests/road.sh"
demo_start
ca=$DEMO/tls/cert.pem
sent=

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
printf 'From: alice@example.test\nTo: bob@example.test\nSubject: curl-587\n\nhi\n.dot\n' >mail
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

if have mutt; then
	for url in "smtp://alice@localhost:$SUBMISSION" "smtps://alice@localhost:$SUBMISSIONS"; do
		cat >muttrc <<-RC
			set smtp_url="$url" smtp_pass=wonderland
			set ssl_force_tls=yes certificate_file=$ca ssl_verify_host=yes
			set from=alice@example.test hostname=client.example.test use_from=yes
			set record="" copy=no
		RC
		ok "mutt, ${url%%:*}" sh -c "echo body | mutt -nF muttrc -s mutt-${url%%:*} bob@example.test"
	done
	sent='mutt-smtp mutt-smtps'
else skip 'mutt' 'it is not installed'; fi

for subject in swaks-587 swaks-login swaks-465 curl-alice curl-alice@example.test curl-587 msmtp-on \
	msmtp-off s-nail-587 s-nail-465 $sent; do
	ok "$subject is in bob's Maildir" until_true 20 has_mail bob "Subject: $subject"
done
ok 'the queue is empty then' until_true 20 queue_empty

file=$(mail_with bob 'Subject: msmtp-off')
is 'TRC-10, ARCH-07: Return-Path is the envelope sender' "$(head -1 "$file")" \
	'Return-Path: <alice@example.test>'
like 'TRC-06: the trace says ESMTPSA' "$(cat "$file")" 'with ESMTPSA'
like 'TRC-12: and how TLS was' "$(cat "$file")" 'TLSv1\.[23] '
is 'DATA-02: the dot arrived as it was' "$(tail -1 "$file")" '.dot'
comes 'the log tells the login with the connection' 'login conn=[0-9a-v]{16}.*login=alice' demo_log
unlike 'AUTH-28: no password in the log' "$(demo_log)" 'wonderland|AHdvbmRlcmxhbmQ'
ok 'it ends cleanly' demo_stop
