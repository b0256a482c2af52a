# TLS-14: bytes both ways, and ends of all kinds
. tests/lib.sh

certificate one one.example.test self 2>/dev/null
size=52428800 # 50 MiB
openssl rand $size >up
openssl rand $size >down

# A server of one session. It says how the session ended on its standard output.
cat >server.py <<'END'
import asyncio, hashlib, os, socket, ssl, struct, sys, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("one.pem", "one.key")
async def both(reader, writer):     # gives one file while it takes as many bytes
    data, digest, seen = open("down", "rb").read(), hashlib.sha256(), 0
    writer.write(data)
    while seen < len(data) and (bytes := await reader.read(65536)):
        seen += len(bytes); digest.update(bytes)
    print(seen, digest.hexdigest(), flush=True)
    await writer.drain()
    await reader.read()
    writer.close(); await writer.wait_closed()
async def session(reader, writer):
    try: await both(reader, writer)
    except OSError as error: print(error, flush=True)
    os._exit(0)
async def main():
    server = await asyncio.start_server(session, "127.0.0.1", 0, ssl=context)
    announce(server.sockets[0])
    await server.serve_forever()
def announce(sock):
    print(sock.getsockname()[1], file=open("port.new", "w")); os.rename("port.new", "port")
def end(kind): # one line, then an end of one kind
    listening = socket.create_server(("127.0.0.1", 0)); announce(listening)
    sock = listening.accept()[0]
    tls = context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)
    tls.sendall(b"220 hello\r\n")
    if kind == "notify":
        try: tls.unwrap()
        except OSError: pass
    elif kind == "ragged": tls.shutdown(socket.SHUT_WR)
    elif kind == "garbage": os.write(tls.fileno(), b"220 in the clear\r\n")
    elif kind == "reset":
        tls.recv(1)
        tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tls.close(); return
    try:
        got = b""
        while bytes := tls.recv(65536): got += bytes
        print(got.decode() + "|clean", flush=True)
    except ssl.SSLEOFError: print("no close_notify", flush=True)
    except OSError as error: print(error, flush=True)
asyncio.run(main()) if sys.argv[1] == "both" else end(sys.argv[1])
END
cat >caller.py <<'END'
import os, socket, subprocess, sys, time
for fd in range(3, 20): # the numbers that tls-connect knows are ours to place
    try: os.fstat(fd)
    except OSError: os.open("/dev/null", os.O_RDWR)
class Caller: # as smtp-send is: it knows nothing of TLS
    def __init__(self, *options, pair=False):
        net = socket.create_connection(("127.0.0.1", int(open("port").read())), 30)
        os.dup2(net.fileno(), 6), os.dup2(net.fileno(), 7)
        told, tell = os.pipe()
        os.dup2(tell, 4)
        argv = ["tls-connect", "-n", "one.example.test", "-v", "encrypt", *options]
        if pair:
            self.socket, theirs = socket.socketpair()
            self.child = subprocess.Popen(argv, stdin=theirs, stdout=theirs, pass_fds=(4, 6, 7))
            theirs.close()
            self.stdin, self.stdout = self.socket.makefile("wb"), self.socket.makefile("rb")
        else:
            self.child = subprocess.Popen(argv, stdin=-1, stdout=-1, pass_fds=(4, 6, 7))
            self.stdin, self.stdout = self.child.stdin, self.child.stdout
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (4, 6, 7, tell): os.dup2(null, fd)
        net.close()
        self.facts = os.fdopen(told, "rb").read() # to its end: fd 4 is closed after the facts
END
serve() {
	rm -f port
	python3 server.py "$1" >served 2>server.log &
	background="$background $!"
	until_true 20 test -s port
}
caller() { timeout 100 python3 -c "from caller import *
$1"; }
served() { until_true 20 test -s served && cat served; }

serve both
long_enough() { [ "$(wc -c <got)" -ge $size ]; }
{ cat up && until_true 150 long_enough; } | timeout 200 tcpclient -RHl0 127.0.0.1 "$(cat port)" \
	tls-connect -n one.example.test -v encrypt 4>facts >got
is '50 MiB from the server, both ways at once' "$(sha256sum <got)" "$(sha256sum <down)"
is 'and 50 MiB to it' "$(served)" "$size $(sha256sum <up | cut -d' ' -f1)"

for kind in notify ragged; do
	for pair in False True; do
		serve $kind
		is "a server that ends ($kind) is an end of input (socket pair: $pair)" "$(caller "
c = Caller(pair=$pair)
print(c.facts.endswith(b'\0\0'), c.stdout.read())
c.stdin.close()
if $pair: c.stdout.close(); c.socket.close()
print(c.child.wait() in (0, 111))" 2>&1)" "True b'220 hello\\r\\n'
True"
	done
done
serve reset
is 'a server that resets is an end of input' "$(caller "
c = Caller()
first = c.stdout.readline() # a reset throws away what is not sent yet
c.stdin.write(b'x'); c.stdin.flush()
print(first + c.stdout.read(), c.child.wait())")" "b'220 hello\\r\\n' 0"
serve garbage
is 'bytes that are no TLS end the session, exit 111' "$(caller "
c = Caller()
print(c.stdout.read(), c.child.wait())" 2>log)" "b'220 hello\\r\\n' 111"
like 'the log says why' "$(cat log)" 'the session broke'
serve wait
caller "
c = Caller()
c.stdout.readline(); c.stdin.write(b'QUIT\r\n'); c.stdin.close(); c.stdout.close()
print(c.child.wait())" >exit
is 'TLS-14: a caller that has said all sends close_notify' "$(served | tr -d '\r\n')" 'QUIT|clean'
is 'exit 0' "$(cat exit)" 0
serve wait
caller "
c = Caller()
c.stdout.readline(); c.stdin.write(b'RSET\r\n'); c.stdin.flush(); os._exit(9)"
is 'TLS-14: a caller that dies is as good' "$(served | tr -d '\r\n')" 'RSET|clean'
serve wait
is 'a session where nothing moves is ended' "$(caller "
t = time.monotonic()
c = Caller('-t', '1')
print(c.stdout.read(), c.child.wait(), 0.8 < time.monotonic() - t < 20)" 2>log)" \
	"b'220 hello\\r\\n' 111 True"
like 'the log says why' "$(cat log)" 'nothing moved for too long'
is 'TLS-14: with a close_notify' "$(served)" '|clean'
