# ARCH-04: what a submission costs in instructions of ours is not more than written here
#
# As steps.t counts a message from elsewhere. Not in it are TLS and the password's hash, which are millions
# in libraries: the connection is said to be in TLS, and who judges the login (login(7)) is no
# program of ours.
. tests/lib.sh
STEPS=255000 # 218000 when this was written
if grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	skip 'counting instructions' 'the sanitizers add their own'
	exit 0
fi
cat >judge <<'SH'
#!/bin/sh
read -r line
printf 'Aann\0\0' >&4
printf '235 2.7.0 welcome\r\n'
SH
chmod +x judge
echo 'ann: ann@example.test' >senders
mkdir -p sent queue/bad
for x in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v; do
	mkdir -p "queue/msg/$x" "queue/journal/$x"
done
{
	printf '%s\r\n' 'EHLO client.example' "AUTH PLAIN $(printf '\0ann\0secret' | base64)" \
		'MAIL FROM:<ann@example.test>' 'RCPT TO:<bob@example.net>' DATA
	printf 'From: ann@example.test\r\nSubject: hi\r\n\r\n'
	for line in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		printf '%s some sixty bytes of text, as there are in most lines of mail.\r\n' $line
	done
	printf '.\r\nQUIT\r\n'
} >session
SSL_PROTOCOL=TLSv1.3 timeout 60 steps smtp-accept -h mail.example.test -a ./judge \
	sender-check sending-limit sent header-fix dkim-sign queue-add <session >replies 2>log
taken=$(sed -n 's/^steps: //p' log)
if [ "${taken:-0}" = 0 ]; then
	skip 'counting instructions' "this machine has no tracing, or no seccomp: $(head -n 1 log)"
	exit 0
fi
like 'the submission is taken' "$(grep -a '^250 2.0.0' replies)" 'queued as'
ok "instructions of a submission: $taken, at most $STEPS" [ "$taken" -le $STEPS ]
