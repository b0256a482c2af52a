# Shared by tests of who tells what came of TLS: sourced after lib.sh.

# results_start: listen at $WORK/results; what comes is appended to the file "told", one datagram a line
results_start() {
	cat >listen.py <<-'PY'
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind('results')
		while True:
		    fields = s.recv(65536).decode().split('\0')
		    if fields == ['heard?']:
		        open('heard', 'w').close()
		        continue
		    with open('told', 'a') as told:
		        print('|'.join(fields), file=told, flush=True)
	PY
	: >told
	python3 listen.py &
	background="$background $!"
	until_true 20 test -S results
}
# heard: what was told until now stands in the file "told"
heard() {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"heard?", "results")'
	until_true 20 test -e heard
	rm heard
}
# told: domain, type, result and mx of the newest datagrams, and nothing is left to be told
told() {
	heard
	sed -E 's/.*domain=([^|]*).*type=([^|]*).*result=([^|]*).*[|]mx=([^|]*).*/\1 \2 \3 \4/' told
	: >told
}
