# SMTP-35: what cannot be listened on is said with the address, and nothing starts
. tests/lib.sh
# refused SENTENCE REPLY ADDRESS ...
refused() {
	sentence=$1 reply=$2
	shift 2
	timeout 20 smtp-accept "$@" -h mail.example.test ./take 2>log
	is "$sentence: it ends" "$?" 111
	like "$sentence: and says why" "$(cat log)" "$reply"
}
unset LISTEN_FDS
refused 'an address without a port' '-S 127.0.0.1: give ADDRESS:PORT' -S 127.0.0.1
refused 'a port that there cannot be' '-S 127.0.0.1:65536: give ADDRESS:PORT' -S 127.0.0.1:65536
refused 'a name' '-S localhost:25: .* is no address' -S localhost:25
refused 'a longer name than any address' 'no address' -S "$(printf '%0100d' 0):25"
refused 'IPv6 without brackets' 'is no address' -S ::1:25
refused 'a bracket that does not end' 'stands in brackets' -S '[::1:25'
refused 'a descriptor that is not open' 'no socket that listens' -S fd:19
refused 'a descriptor that is no socket' 'no socket that listens' -S fd:2
refused 'sockets of systemd where it gave none' 'LISTEN_FDS is not set' -S systemd
LISTEN_FDS=2
export LISTEN_FDS
refused 'sockets of systemd that are not there' 'no socket that listens' -S systemd
LISTEN_FDS=17
refused 'more sockets than there is room for' 'more sockets than can be listened on' -S systemd
unset LISTEN_FDS
port=$(free_port)
smtp-accept -S "127.0.0.1:$port" -h mail.example.test -R 9 ./take 9>ready 2>first &
background=$!
ok 'one listens' until_true 20 test -s ready
refused 'a port that somebody has' "cannot listen on 127.0.0.1:$port" -S "127.0.0.1:$port"
