# TLS-01, TLS-04, TLS-05: each part can be exchanged: the TLS engine, the starter, the judge of
# passwords, a filter, the queue
. tests/lib.sh
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
	-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout key.pem -out cert.pem 2>/dev/null
printf 'example.test:\n' >domains
printf 'alice: alice/Maildir\nbob: bob/Maildir\n' >mailboxes
printf 'wonderland\n' | password-set -f passwords alice
mkdir -p mail
got() { # SUBJECT: it is in bob's Maildir
	until_true 20 sh -c "grep -qs 'Subject: $1' mail/bob/Maildir/new/*"
}
serve() { # PORT COMMAND...: tcpserver on this port
	port=$1
	shift
	tcpserver -HR -l0 127.0.0.1 "$port" "$@" 2>>log &
	background="$background $!"
	until_true 20 nc -z 127.0.0.1 "$port"
}
submit() { # SUBJECT [swaks arguments]
	subject=$1
	shift
	swaks --server 127.0.0.1 --port "$port" --tls --auth-user alice --auth-password wonderland \
		--from alice@example.test --to bob@example.test --h-Subject "$subject" "$@"
}

# The whole chain exec'd, with maildir-deliver in the queue's place.
serve "$(free_port)" tls-wrap -u -c cert.pem -k key.pem smtp-accept -h mail.example.test \
	-a auth-check sender-check header-fix maildir-deliver
ok 'tcpserver, and maildir-deliver instead of a queue' submit no-queue
ok 'the client had its 250 when the mail was there' sh -c "grep -q 'Subject: no-queue' mail/bob/Maildir/new/*"
not_ok 'a refusal of the deliverer is the reply' submit unknown --to nobody@example.test
like 'as it was given' "$(cat .out)" '550 5\.1\.1'

serve "$(free_port)" ucspi-tls-stub.py cert.pem key.pem smtp-accept -h mail.example.test \
	-a auth-check sender-check header-fix maildir-deliver
ok 'a stranger'\''s UCSPI-TLS engine' submit stub
ok 'the mail is there' got stub
like 'with the facts it told' "$(cat mail/bob/Maildir/new/*)" 'TLSv1\.3 TLS_'

# Any checkpassword program: here one that knows a single password.
cat >checkpassword <<'SH'
#!/bin/sh
tr '\0' '\n' <&3 | { read -r login; read -r password
[ "$login" = alice ] && [ "$password" = other ]; } || exit 1
exec "$@"
SH
chmod +x checkpassword
serve "$(free_port)" tls-wrap -u -c cert.pem -k key.pem smtp-accept -h mail.example.test \
	-a 'auth-checkpassword ./checkpassword true' sender-check header-fix maildir-deliver
ok 'a checkpassword program judges' submit checkpassword --auth-password other
ok 'the mail is there' got checkpassword
not_ok 'a wrong password is wrong' submit wrong
like 'with 535' "$(cat .out)" '535 5\.7\.8'

# A qmail-queue style filter, and a plain one.
cat >qfilter <<'SH'
#!/bin/sh
# reads message on 0 and envelope on 1 as qmail-queue does; adds a field
{ echo 'X-Filter: qmail'; cat; } >filtered.$$ && exec "$QMAILQUEUE" <filtered.$$
SH
chmod +x qfilter
serve "$(free_port)" tls-wrap -u -c cert.pem -k key.pem smtp-accept -h mail.example.test \
	-a auth-check sender-check header-fix filter-qmail ./qfilter maildir-deliver
ok 'a QMAILQUEUE filter in the chain' submit qmail-filter
ok 'the mail is there' got qmail-filter
like 'with the filter'\''s mark' "$(cat mail/bob/Maildir/new/*)" '^X-Filter: qmail'
serve "$(free_port)" tls-wrap -u -c cert.pem -k key.pem smtp-accept -h mail.example.test \
	-a auth-check sender-check header-fix filter-run 'sed s/teh/the/' maildir-deliver
ok 'a plain filter in the chain' submit plain-filter --body 'teh end'
ok 'the mail is there' got plain-filter
like 'with what the filter made of it' "$(cat mail/bob/Maildir/new/*)" '^the end'

# A relay without a queue: the next server's reply is the client's.
sink=$(free_port)
smtp-sink -u nobody "127.0.0.1:$sink" 10 2>/dev/null &
background="$background $!"
until_true 20 nc -z 127.0.0.1 "$sink"
serve "$(free_port)" smtp-accept -h mail.example.test received-add smtp-send -h 127.0.0.1 -p "$sink"
ok 'smtp-send instead of a queue' swaks --server 127.0.0.1 --port "$port" --from eve@remote.test \
	--to far@away.test

# systemd's way to start a program for a connection.
port=$(free_port)
systemd-socket-activate -E PATH -E HOME -l "127.0.0.1:$port" --inetd -a \
	tls-wrap -u -c cert.pem -k key.pem smtp-accept -h mail.example.test \
	-a auth-check sender-check header-fix maildir-deliver 2>>activate.log &
background="$background $!"
until_true 20 grep -q 'Listening' activate.log
ok 'systemd-socket-activate' submit activated
ok 'the mail is there' got activated
like 'the client'\''s address was found out' "$(cat mail/bob/Maildir/new/*)" '\(\[127\.0\.0\.1\]\)'
