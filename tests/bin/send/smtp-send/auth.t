# A password is for one relay, inside TLS, and its trouble is never the mail's
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net >envelope
certificate cert localhost self 2>/dev/null
(umask 077 && printf '# relays\n127.0.0.1: alice  an open secret\nother: x y\n' >passwords)
tls='-c cert.pem -k cert.key'
send() { stage message smtp-send -h '[127.0.0.1]' -p "$port" -w 3 -a passwords "$@"; }
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
