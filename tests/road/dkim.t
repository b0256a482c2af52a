# LIM-08 DKIM-06 DKIM-07 8BIT-04 SUB-31 ARCH-02: a submitted message is signed last, and its bytes never change again
. tests/lib.sh
. "$ROOT/tests/road.sh"
. "$ROOT/tests/sink.sh"
sink
demo_start DEMO_START=s6 DEMO_RELAY="127.0.0.1:$port"
queue() { s6-svc -w"$1" -"$1" "$DEMO/service/queue"; } # d: nothing leaves; u: it goes on
# received SUBJECT: writes what the sink got of it to the file got, as a message without dots
received() {
	until_true 20 grep -rqs --include=*.data "^Subject: $1" sink &&
		until_true 20 queue_empty &&
		sed '$d; s/^\.//' "$(grep -rl --include=*.data "^Subject: $1" sink)" >got
}

ok 'a message of a domain without keys is taken' send_mail plain --to eve@remote.test
ok 'and goes out' received plain
unlike 'unsigned' "$(cat got)" '^DKIM-Signature:'

dkim-key -f "$DEMO/dkim" example.test s1 >zone
dkim-key -f "$DEMO/dkim" -e example.test s2 >>zone
for selector in s1 s2; do
	mv "$DEMO/dkim/example.test/$selector.new" "$DEMO/dkim/example.test/$selector.key"
done
probe() { send_mail probe && until_true 20 has_mail bob 'Subject: probe' && has_mail bob 'DKIM-Signature: '; }
ok 'keys that come while it runs are used without a restart' until_true 20 probe
queue d
printf '.\n..\n.dot\n\n trailing \t\n\n\n' >body
ok 'a message of a domain with keys is taken' send_mail signed --to eve@remote.test --body @body
find "$DEMO/queue/msg" -type f -exec cat {} + >kept
queue u
ok 'and go out' received signed
is 'DKIM-06: the next hop finds both signatures good' "$(dkim-verify.py zone <got | tr '\n' ' ')" \
	'pass pass '
is 'another verifier too' "$(dkim-verify.pl zone <got | head -n 1)" 'rsa-sha256 pass'
like 'the signatures stand on top' "$(head -n 1 got)" '^DKIM-Signature: v=1; a=rsa-sha256;'
ok 'no byte differs from what the queue had' python3 -c \
	'assert open("got", "rb").read() in open("kept", "rb").read()'
comes 'the log says who signed' 'signed conn=.* msg=.* domain=example.test selector=s1 algorithm=rsa-sha256' demo_log

printf 'na\303\257ve caf\303\251, and some more\n' >body
sink -x PIPELINING -p "$port"
ok 'a message with 8-bit bytes is taken' send_mail eight --to eve@remote.test --body @body
ok 'and goes out to a server without 8BITMIME' received eight
is 'DKIM-07: which finds both signatures good' "$(dkim-verify.py zone <got | tr '\n' ' ')" 'pass pass '
like 'and the very text' "$(cat got)" '^na=C3=AFve caf=C3=A9, and some more'

head -c 5000 /dev/zero | tr '\0' x >body
ok 'LIM-08: a message with a line that is too long is taken' send_mail long --to eve@remote.test --body @body
ok 'and goes out' received long
is 'DKIM-07: in lines that every server takes' "$(awk 'length > 999' got)" ''
is 'DKIM-06: signed as they are then' "$(dkim-verify.py zone <got | tr '\n' ' ')" 'pass pass '

printf 'From: alice@example.test\nTo: eve@remote.test\nSubject: injected\n\nhi\n' >mail
ok 'what a program of this host sends' env SMTPIPE_INJECT="$DEMO/run/inject" \
	sendmail -f alice@example.test eve@remote.test <mail
ok 'goes out' received injected
is 'signed too' "$(dkim-verify.py zone <got | tr '\n' ' ')" 'pass pass '

ok 'what cannot be delivered is told to its sender' send_mail lost --to nobody@example.test
ok 'by a report' until_true 20 has_mail alice 'Final-Recipient: rfc822; nobody@example.test'
mail_with alice 'Final-Recipient: rfc822; nobody@example.test' | xargs cat | wire >got
like 'in the name of our host' "$(tr -d '\r' <got)" '^From: .*@mail.example.test>'
is 'that is signed by the domain above it' "$(dkim-verify.py zone <got | tr '\n' ' ')" 'pass pass '
