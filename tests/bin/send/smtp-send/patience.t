# LIM-15: how long a server may take for its answers
. tests/lib.sh
. "$ROOT/tests/sink.sh"
have strace || { skip 'five minutes, two and ten' 'no strace'; exit 0; }
printf 'Subject: hi\r\n\r\nbody\r\n' >message
envelope ann@example.org bob@example.net >envelope
# Who finds an answer there does not wait for it.
for step in connect ehlo mail rcpt data dot; do set -- "$@" "$step=sleep 0.3;usual"; done
sink -x '' "$@"
{ cat envelope && seal message; } >sealed
strace -qq -e trace=poll,ppoll,read,recvfrom -s 40 -o calls smtp-send -h 127.0.0.1 -p "$port" <message 3<sealed 4>verdict 2>log
# Each answer that was read, and before it how long poll would have waited for it, in minutes.
awk '/poll\(/ { if (match($0, /tv_sec=[0-9]+/)) ms = substr($0, RSTART + 7, RLENGTH - 7) * 1000
		else if (match($0, /, [0-9]+\) +=/)) ms = substr($0, RSTART + 2) + 0 }
	/"[0-9][0-9][0-9][ -]/ { match($0, /"[0-9]+/); printf "%s:%d ", substr($0, RSTART + 1, 3), (ms + 1000) / 60000 }' \
	calls >waits
is 'LIM-15: greeting, EHLO, MAIL and RCPT five minutes, DATA two, the end ten' "$(cut -d' ' -f1-6 waits)" \
	'220:5 250:5 250:5 250:5 354:2 250:10'
