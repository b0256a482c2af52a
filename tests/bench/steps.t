# ARCH-04: what a message from elsewhere costs in instructions of ours is not more than written here
#
# From where each program gives up its rights to its end: reading commands and tables, the message,
# the queue's file. The C library picks other code on other processors: there is some room for that.
. tests/lib.sh
STEPS=160000 # 136000 when this was written
if grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	skip 'counting instructions' 'the sanitizers add their own'
	exit 0
fi
echo 'example.test:' >domains
echo 'ann: ann/Maildir' >mailboxes
: >aliases
: >routes
mkdir -p queue/bad
for x in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v; do
	mkdir -p "queue/msg/$x" "queue/journal/$x"
done
{
	printf 'Subject: hi\r\n\r\n'
	for line in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		printf '%s some sixty bytes of text, as there are in most lines of mail.\r\n' $line
	done
} >message
{
	printf '%s\r\n' 'EHLO client.example' 'MAIL FROM:<eve@example.net>' 'RCPT TO:<ann@example.test>' DATA
	cat message
	printf '.\r\nQUIT\r\n'
} >session
timeout 60 steps smtp-accept -h mail.example.test -p 'recipient-check -p' recipient-check queue-add -t \
	<session >replies 2>log
taken=$(sed -n 's/^steps: //p' log)
if [ "${taken:-0}" = 0 ]; then
	skip 'counting instructions' "this machine has no tracing, or no seccomp: $(head -n 1 log)"
	exit 0
fi
like 'the message is taken' "$(grep -a '^250 2.0.0' replies)" 'queued as'
ok "instructions of a message: $taken, at most $STEPS" [ "$taken" -le $STEPS ]
