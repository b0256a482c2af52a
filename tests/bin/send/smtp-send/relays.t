# Relays behind a socket, and for when no mail server can be reached
. tests/lib.sh
. "$ROOT/tests/sink.sh"

printf 'Subject: hi\n\nbody\n' | wire >message
envelope ann@example.org bob@example.net >envelope
outcome() { cut -d' ' -f1-4 verdict | grep .; }

sink -u "$WORK/socket"
ok 'a server behind a socket' stage message smtp-send -h "unix:$WORK/socket"
is 'has its path as a name' "$(outcome)" "K0 250 2.0.0 unix:$WORK/socket"
echo '*: verify' >tls-policy
ok 'a table that wants certificates of all is for hosts' stage message smtp-send -h "unix:$WORK/socket"
rm tls-policy
not_ok 'a socket that is not there' stage message smtp-send -h unix:nowhere
is 'is for later' "$(outcome)" 'Z0 451 4.4.1 unix:nowhere'
like 'for a reason' "$(cat verdict)" ' cannot connect to the socket: No such file'

# find STATUS HOST-LINE: what mx-find says of the domain; the relay is the sink
find() {
	printf '#!/bin/sh\nread -r question\ncase $question in\n[[]*) echo "0 relay.test 127.0.0.1"; echo "end ok" ;;\n*) %s\necho "end %s" ;;\nesac\n' \
		"$2" "$1" >find
	chmod +x find
}
send() { stage message smtp-send -m ./find -p "$port" -F relay.test -w 30 "$@"; }
sink -a 127.0.0.1
find ok 'echo "10 mx.test 127.0.0.2"'
ok 'no mail server can be reached: the fallback' send
is 'takes it' "$(outcome)" 'K0 250 2.0.0 relay.test[127.0.0.1]'
find tempfail :
ok 'nor be found' send
is 'takes it' "$(outcome)" 'K0 250 2.0.0 relay.test[127.0.0.1]'
find nxdomain :
not_ok 'a domain that is not there' send
is 'is not there for the fallback, either' "$(outcome)" 'D0 550 5.1.2 -'
sink -a 127.0.0.1 'connect=421 4.3.2 not now;drop'
find ok 'echo "10 mx.test 127.0.0.2"'
not_ok 'nobody at all' send
is 'is for later' "$(outcome)" 'Z0 421 4.3.2 relay.test[127.0.0.1]'
sink -a 127.0.0.1
find ok 'echo "10 mx.test 127.0.0.1"'
sink -a 127.0.0.1 'rcpt=450 4.2.1 later'
send
is 'whom a server put off for now stays with it' "$(outcome) $(connections)" \
	'Z0 450 4.2.1 mx.test[127.0.0.1] 1'
not_ok 'one relay or the other' smtp-send -h a.test -F b.test
