# ARCH-04: what a client who says nothing costs in memory is not more than written here
#
# Counted are the pages that its processes share with nobody, as what is shared depends on how many
# share it.
. tests/lib.sh
. "$ROOT/tests/road.sh"
CLEAR=60 # KiB; 40 when this was written
TLS=330  # KiB; 290 when this was written, 250 of them the TLS library's
CLIENTS=10
if grep -q __asan_init "$BUILD/bin/queue/queue-add"; then
	skip 'counting memory' 'the sanitizers take their own'
	exit 0
fi
# of_their_own: KiB of all processes of the instance
of_their_own() {
	ps -e -o pid=,ppid= | awk -v root="$demo_pid" '
		{ parent[$1] = $2 }
		END {
			for (pid in parent) {
				for (p = pid; p > 1 && p != root; p = parent[p])
					;
				if (p == root) print "/proc/" pid "/smaps_rollup"
			}
		}' | xargs cat 2>/dev/null | awk '/^Private_Dirty:/ { sum += $2 } END { print sum + 0 }'
}
# settled: does it not change any more? Then it is in $now
settled() {
	was=$now
	sleep 0.3
	now=$(of_their_own)
	[ "$now" -ge $((was - 16)) ] && [ "$now" -le $((was + 16)) ]
}
cat >idle.py <<'PY'
import smtplib, ssl, sys
port, count, tls = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == 'tls'
context = ssl._create_unverified_context()
clients = []
for _ in range(count):
    client = smtplib.SMTP('127.0.0.1', port, timeout=60)
    if tls:
        client.starttls(context=context)
    client.ehlo('client.example')
    clients.append(client)
print('idle', flush=True)
sys.stdin.read()
PY
# idle PORT clear|tls: KiB that each of the clients takes is then in $each
idle() {
	now=0
	until_true 20 settled
	rest=$now
	rm -f end said
	mkfifo end
	python3 idle.py "$1" $CLIENTS "$2" <end >said 2>&1 &
	client=$!
	exec 9>end
	until_true 20 grep -q '^idle$' said || cat said
	until_true 20 settled
	each=$(((now - rest) / CLIENTS))
	exec 9>&-
	wait $client
}
demo_start DEMO_START=s6
if [ "$(of_their_own)" -lt 100 ]; then
	skip 'counting memory' 'only root may look at it'
	exit 0
fi
idle "$SMTP" clear
ok "an idle client: $each KiB, at most $CLEAR" [ "$each" -le $CLEAR ]
idle "$SUBMISSION" tls
ok "an idle client in TLS: $each KiB, at most $TLS" [ "$each" -le $TLS ]
