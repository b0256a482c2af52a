# The same road under s6-svscan, tcpserver and systemd-socket-activate; TERM ends each of them cleanly
. tests/lib.sh
. "$ROOT/tests/road.sh"
for start in s6 tcpserver activate; do
	rm -rf demo
	demo_start DEMO_START=$start
	ok "$start: a message goes in" send_mail "by-$start"
	ok "$start: and comes out" until_true 20 has_mail bob "Subject: by-$start"
	ok "$start: over 465 too" swaks --server 127.0.0.1 --port "$SUBMISSIONS" --tls-on-connect \
		--auth-user bob --auth-password builder --from bob@example.test \
		--to alice@example.test --h-Subject "tls-by-$start"
	ok "$start: and comes out" until_true 20 has_mail alice "Subject: tls-by-$start"
	ok "$start: and from other servers" swaks --server 127.0.0.1 --port "$SMTP" \
		--from eve@remote.test --to alice@example.test --h-Subject "mx-by-$start"
	ok "$start: and comes out" until_true 20 has_mail alice "Subject: mx-by-$start"
	printf 'To: bob@example.test\nSubject: local-by-%s\n\nhi\n' $start >mail
	ok "$start: and from a program of this host" \
		env SMTPIPE_INJECT="$DEMO/run/inject" sendmail -t -f alice@example.test <mail
	ok "$start: and comes out" until_true 20 has_mail bob "Subject: local-by-$start"
	ok "$start: it ends cleanly" demo_stop
	ok "$start: and nothing of it is left" until_true 20 sh -c "! pgrep -f '$DEMO/[a-z]'"
done
