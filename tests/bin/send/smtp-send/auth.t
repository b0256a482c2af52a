# A password is for one relay, inside TLS, and its trouble is never the mail's
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net >envelope
certificate cert localhost self 2>/dev/null
(umask 077 && printf '# relays\n127.0.0.1: alice  an open secret\nother: x y\n' >passwords)
tls='-c cert.pem -k cert.key'
send() { stage message smtp-send -h '[127.0.0.1]' -p "$port" -w 30 -a passwords "$@"; }
outcome() { sed 's/127.0.0.1\[127.0.0.1\] //' verdict; }

sink $tls
ok 'AUTH PLAIN inside TLS' send -T encrypt
is 'with login and password' "$(commands 1 | sed 's,.*AUTH PLAIN \([^ ]*\) .*,\1,' | base64 -d | tr '\0' '|')" \
	'|alice|an open secret'
like 'AUTH-22: and for nobody else we vouch' "$(commands 1)" 'MAIL FROM:<ann@example.org>[^/]* AUTH=<> /'
unlike 'which no log line has' "$(cat log)" 'secret|YWxpY2'
not_ok 'by default the relay must prove its name first' send
is 'and that is for now' "$(outcome | cut -c1-14)" 'Z0 454 4.7.5 -'
unlike 'and it hears no password' "$(commands 2)" 'AUTH'
sink $tls 'auth=535 5.7.8 bad password'
not_ok 'a refused password' send -T encrypt
is 'is for now, in the relay'\''s words' "$(outcome)" 'Z0 454 4.7.8 TLSv1.3 bad password'
sink $tls -x PIPELINING,SIZE
not_ok 'a relay without AUTH' send -T encrypt
is 'is for now' "$(outcome | cut -c1-12)" 'Z0 454 4.7.0'
sink
not_ok 'without TLS no password is sent' send -T may
is 'and that is for now' "$(outcome)" 'Z0 454 4.7.0 - without TLS our password is not sent'
unlike 'the server has not seen it' "$(commands)" 'AUTH|MAIL'
not_ok 'not even where the settings forbid TLS' send -T none
unlike 'the server has not seen it then, either' "$(commands)" 'AUTH|MAIL'
chmod 640 passwords
not_ok 'a file that others may read is not used' send -T may
like 'and the log says what to do' "$(cat log)" 'chmod 600'
is 'and there is no verdict: later' "$(cat verdict)" ''
chmod 600 passwords
not_ok 'a relay without an entry' stage message smtp-send -h 127.0.0.2 -a passwords
like 'is named in the log' "$(cat log)" 'no password for 127.0.0.2 in passwords'
not_ok 'a password for whatever the DNS says is wrong use' stage message smtp-send -a passwords

# Other mechanisms; SCRAM needs a server that can prove itself: tests/road/smarthosts.t.
login="PIPELINING,AUTH LOGIN"
sink $tls -x "$login" 'auth=334 VXNlcm5hbWU6' 'other/1=334 UGFzc3dvcmQ6' 'other/2=235 2.7.0 welcome'
ok 'AUTH-05: AUTH LOGIN, where there is nothing else' send -T encrypt
like 'AUTH-05: login and password, each in its line' "$(commands 1)" \
	"AUTH LOGIN / $(printf alice | base64) / $(printf 'an open secret' | base64) / MAIL"
for answer in '334 VXNlcm5hbWU6;drop' '235 2.7.0 all are welcome' '334 VXNlcm5hbWU6'; do
	sink $tls -x "$login" "auth=$answer" 'other/1=535 5.7.8 no'
	send -T encrypt
	grep . verdict | cut -c1-6
done >odd
is 'servers that break it off, or let everybody in' "$(tr '\n' ' ' <odd)" 'Z0 451 K0 250 Z0 454 '
xoauth2="PIPELINING,AUTH PLAIN XOAUTH2"
sink $tls -x "$xoauth2"
ok 'an access token goes by XOAUTH2' send -T encrypt -o
is 'with the login' "$(commands 1 | sed 's,.*AUTH XOAUTH2 \([^ ]*\) .*,\1,' | base64 -d | tr '\1' '|')" \
	'user=alice|auth=Bearer an open secret||'
sink $tls -x "$xoauth2" 'auth=334 eyJzdGF0dXMiOiI0MDEifQ==' 'other=535 5.7.8 expired'
not_ok 'a token that is over' send -T encrypt -o
is 'is for now, in the server'\''s words' "$(outcome)" 'Z0 454 4.7.8 TLSv1.3 expired'
sink $tls -x 'PIPELINING,AUTH PLAIN LOGIN'
not_ok 'a token is no password' send -T encrypt -o
unlike 'and is not said as one' "$(commands)" 'AUTH'
sink $tls -x 'PIPELINING,AUTH SCRAM-SHA-256 PLAIN' 'auth:SCRAM=535 5.7.8 no such keys'
ok 'SASL-08: a server that keeps no keys for SCRAM gets the password by PLAIN' send -T encrypt
for answer in '235 2.7.0 welcome' '334 cj14' '334 !' '334 '; do
	sink $tls -x 'PIPELINING,AUTH SCRAM-SHA-256 PLAIN' "auth:SCRAM=$answer" 'other=235 2.7.0 welcome'
	send -T encrypt
	echo "$(grep . verdict | cut -c1-12) $(commands | grep -c 'AUTH PLAIN')"
done >odd
is 'SASL-09: one that does not prove itself gets it in no way' "$(sort odd | uniq -c | tr -s ' ')" ' 4 Z0 451 4.7.0 0'
