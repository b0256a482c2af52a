# LIM-14: by default a client has five minutes for each command
. tests/lib.sh
have strace || { skip 'five minutes' 'no strace'; exit 0; }
cat >wait.py <<'PY'
import socket, subprocess, time
ours, theirs = socket.socketpair()
child = subprocess.Popen(['strace', '-f', '-qq', '-e', 'trace=poll,ppoll', '-o', 'calls', 'smtp-accept', '-h',
                          'mail.example.test', './take'], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
theirs.close()
ours.recv(100)
ours.sendall(b'NOOP\r\n')
ours.recv(100)
ours.close()
child.wait(20)
PY
python3 wait.py
like 'LIM-14: poll is asked to wait for 300 seconds' "$(cat calls)" 'poll\(.*, (300000|299[0-9]{3})\)|tv_sec=(300|299)'
