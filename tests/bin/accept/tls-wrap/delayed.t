# TLS-04 TLS-15 TLS-16: UCSPI-TLS, with an acceptor of a stranger behind us
. tests/lib.sh

certificate one one.example.test self 2>/dev/null

# An acceptor written from the text of UCSPI-TLS alone, with nothing of ours. Its argument is what it
# writes to the control descriptor on STARTTLS. It reads byte by byte: nothing is left in a buffer.
cat >acceptor <<'END'
#!/usr/bin/env python3
import os, sys
asks = sys.argv[1]
def line():
    text = b""
    while not text.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte: sys.exit(3)
        text += byte
    return text.strip().decode()
def say(text): os.write(1, text.encode() + b"\r\n")
if "SSL_PROTOCOL" in os.environ: say("421 this says that TLS is on already")
control, read, write = (int(os.environ[name]) for name in ("SSLCTLFD", "SSLREADFD", "SSLWRITEFD"))
say("220 stranger")
while True:
    command = line()
    if command == "STARTTLS":
        say("220 go ahead")
        os.write(control, asks.encode())
        facts = b""
        while more := os.read(control, 4096): facts += more
        if asks == "Y" and not facts.endswith(b"\0\0"):
            try: say("250 still in the clear")
            except OSError: pass
            print("no facts, so no TLS", file=sys.stderr, flush=True)
            sys.exit(4)
        os.dup2(read, 0); os.dup2(write, 1); os.close(read); os.close(write); os.close(control)
        if asks == "y": facts = b"none" + facts
    elif command == "FACTS": say(facts.rstrip(b"\0").replace(b"\0", b"|").decode())
    elif command == "DECLINE":
        os.close(control); say("250 no TLS, then")
    elif command == "QUIT":
        say("221 bye"); sys.exit(5)
    else: say("250 " + command)
END
chmod +x acceptor

listen() {
	listen_name=$1
	shift
	tcpserver -1 -vRHl0 127.0.0.1 0 "$@" >"$listen_name.port" 2>"$listen_name.log" &
	background="$background $!"
	until_true 20 test -s "$listen_name.port"
}
# clear NAME [LINE...]: lines in the clear, each after the answer to the one before; prints what
# comes, and stops at the end of the connection
clear() {
	python3 - "$@" <<'END'
import socket, sys, os
s = socket.create_connection(("127.0.0.1", int(open(sys.argv[1] + ".port").read())), 20)
f = s.makefile("rb")
def answer():
    try: got = f.readline().decode("latin-1").strip() or "end"
    except ConnectionResetError: got = "end" # closed with bytes of ours unread
    print(got, flush=True)
    if got == "end": sys.exit()
answer()
for text in sys.argv[2:]:
    try: s.sendall(text.encode("latin-1") + b"\r\n")
    except OSError: pass # closed: the answer tells
    answer()
END
}

listen told env SSL_PROTOCOL=stale tls-wrap -u -c one.pem -k one.key ./acceptor Y
said=$(printf 'NOOP\r\nFACTS\r\nQUIT\r\n' | timeout 60 openssl s_client -starttls smtp -crlf -ign_eof \
	-connect "127.0.0.1:$(cat told.port)" -servername one.example.test 2>&1 | tr -d '\r')
unlike 'an outer session is not taken for one of ours' "$said" '^421'
like 'after STARTTLS the session goes on inside TLS' "$said" '^250 NOOP$'
like 'Y: the facts are told' "$said" '^SSL_PROTOCOL=TLSv1.3\|SSL_CIPHER=[^|]*\|SSL_TLS_SNI_SERVERNAME=one.example.test$'
like 'and go on to the end' "$said" '^221 bye'
until_true 20 grep -q 'end [0-9]* status' told.log
comes 'our exit code is the program'\''s' 'status 1280' cat told.log # 5 * 256
is 'without STARTTLS all goes on in the clear' "$(clear told NOOP QUIT | tr '\n' '|')" \
	'220 stranger|250 NOOP|221 bye|'
is 'declined: all goes on in the clear' "$(clear told DECLINE NOOP QUIT | tr '\n' '|')" \
	'220 stranger|250 no TLS, then|250 NOOP|221 bye|'
ended() { [ "$(grep -c 'end [0-9]* status 1280' told.log)" -eq "$1" ]; }
ok 'each time our exit code is the program'\''s' until_true 20 ended 3

said=$(clear told NOOP STARTTLS 'this is no TLS' NOOP | tr '\n' '|')
is 'TLS-16: a failed handshake closes the connection' "$said" \
	'220 stranger|250 NOOP|220 go ahead|end|'
unlike 'TLS-16: nothing more in the clear' "$said" 'still in the clear'
ok 'TLS-16: the program gets no facts' until_true 20 grep -q 'no facts, so no TLS' told.log
comes 'the log has the reason' 'handshake-failed conn=[^ ]+ client=127.0.0.1 text=' cat told.log
ok 'TLS-15: the next client is served' sh -c "printf 'QUIT\r\n' | timeout 60 openssl s_client \
	-starttls smtp -ign_eof -connect 127.0.0.1:$(cat told.port) | grep '221 bye'"

listen untold tls-wrap -u -c one.pem -k one.key ./acceptor y
said=$(printf 'FACTS\r\nQUIT\r\n' | timeout 60 openssl s_client -starttls smtp -crlf -ign_eof \
	-connect "127.0.0.1:$(cat untold.port)" 2>&1 | tr -d '\r')
like 'y: TLS, and no facts' "$said" '^none$'
listen wrong tls-wrap -u -c one.pem -k one.key ./acceptor x
is 'another byte is no UCSPI-TLS: the connection is closed' \
	"$(clear wrong STARTTLS NOOP | tr '\n' '|')" '220 stranger|220 go ahead|end|'
comes 'the log says so' 'not in UCSPI-TLS' cat wrong.log

cp one.key late.key
listen late tls-wrap -u -c one.pem -k late.key ./acceptor Y
: >late.key
said=$(clear late NOOP STARTTLS NOOP | tr '\n' '|')
is 'a key that got lost after the start: closed' "$said" \
	'220 stranger|250 NOOP|220 go ahead|end|'
comes 'the log says why' 'cannot use the certificates and keys: .*private key' cat late.log
ok 'a lost key is "later"' until_true 20 grep -q 'status 28416' late.log # 111 * 256
rm late.key
is 'a missing key: no greeting at all' "$(clear late)" end
comes 'a missing key is in the log at the first connection' 'cannot open the key late.key: No such file' cat late.log

# The program has the descriptors it is meant to have, and no process that held the key above it.
cat >look <<'END'
#!/bin/sh
ls /proc/self/fd | wc -l
END
chmod +x look
is 'the program has three descriptors more, no others' \
	"$(tls-wrap -u -c one.pem -k one.key ./look </dev/null)" "$(($(./look </dev/null) + 3))"
cat >ask <<'END'
#!/usr/bin/env python3
import os
control = int(os.environ["SSLCTLFD"])
os.write(control, b"Y")
os.read(control, 1)
END
chmod +x ask
strace -f -qq -e trace=read,fork,vfork,clone,clone3 -s 64 -o trace \
	tls-wrap -u -c one.pem -k one.key ./ask </dev/null >ask.alert 2>ask.log
forked=$(grep -nE '(clone|clone3|v?fork)\(' trace | head -n 1 | cut -d: -f1)
unlike 'the key is not read before the fork' "$(sed -n "1,${forked}p" trace)" 'PRIVATE KEY'
like 'it is read after the fork' "$(sed "1,${forked}d" trace)" 'PRIVATE KEY'
is 'by the process that the starter knows' "$(sed -n '/PRIVATE KEY/s/ .*//p' trace | sort -u)" \
	"$(sed -n '1s/ .*//p' trace)"
