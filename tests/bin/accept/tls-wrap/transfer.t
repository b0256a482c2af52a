# TLS-14 TLS-15: bytes both ways, ends of all kinds, and what a session costs
. tests/lib.sh

certificate one one.example.test self 2>/dev/null
size=52428800 # 50 MiB
openssl rand $size >up
openssl rand $size >down

# Programs behind us: each is one word of this script.
cat >program <<'END'
#!/usr/bin/env python3
import hashlib, os, sys, threading
def take(count=-1):
    seen, digest = 0, hashlib.sha256()
    while count < 0 or seen < count:
        if not (bytes := os.read(0, 65536)): break
        seen += len(bytes); digest.update(bytes)
    return f"{seen} {digest.hexdigest()}"
def give(data):
    while data: data = data[os.write(1, data):]
def both():     # writes one file while it reads as many bytes
    data = open("down", "rb").read()
    writer = threading.Thread(target=give, args=(data,)); writer.start()
    open("taken", "w").write(take(len(data)))
    writer.join()
def count():    # reads to the end, then says what came
    got = take()
    try: give(got.encode() + b"\n")
    except BrokenPipeError: open("broken", "w").write(got)
    open("counted", "w").write(got)
def deaf():     # says one line at the first, and is gone
    os.read(0, 1); give(b"221 bye\r\n")
def mute():     # ends its own output, and reads on
    give(b"last words\r\n"); os.close(1); open("muted", "w").write(take())
def slow():     # lets us wait
    give(b"220 slow\r\n"); os.read(0, 1); os.read(0, 1)
    open("slow.done", "w").write("x")
{f.__name__: f for f in (both, count, deaf, mute, slow)}[sys.argv[1]]()
END
chmod +x program

# A client with all of TLS in its own hands: it sees close_notify, and can leave in any way.
cat >client.py <<'END'
import os, socket, ssl, struct, sys, time
class Client:
    def __init__(self, name, version=None):
        self.socket = socket.create_connection(("127.0.0.1", int(open(name + ".port").read())), 30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if version: context.minimum_version = context.maximum_version = version
        self.input, self.output = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.input, self.output)
        self.run(self.tls.do_handshake)
    def flush(self): self.socket.sendall(self.output.read())
    def run(self, call, *args):
        while True:
            try:
                result = call(*args); self.flush(); return result
            except ssl.SSLWantReadError:
                self.flush()
                bytes = self.socket.recv(65536)
                self.input.write(bytes) if bytes else self.input.write_eof()
    def send(self, bytes): self.run(self.tls.write, bytes)
    def notify(self): # close_notify; we don't wait for the answer
        try: self.tls.unwrap()
        except ssl.SSLWantReadError: pass
        self.flush()
    def rest(self): # everything up to the end, and how it ended
        got = b""
        try:
            while bytes := self.run(self.tls.read, 65536): got += bytes
            return got.decode() + "|clean"
        except ssl.SSLZeroReturnError: return got.decode() + "|clean"
        except ssl.SSLEOFError: return got.decode() + "|no close_notify"
        except OSError as error: return got.decode() + "|" + type(error).__name__
    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
END

listen() {
	listen_name=$1
	shift
	tcpserver -1 -vRHl0 127.0.0.1 0 "$@" >"$listen_name.port" 2>"$listen_name.log" &
	background="$background $!"
	until_true 20 test -s "$listen_name.port"
}
client() { timeout 100 python3 -c "from client import *
$1"; }
ended() { grep -q 'end [0-9]* status 0' "$1.log"; }
wrap='tls-wrap -c one.pem -k one.key'

for version in -tls1_2 -tls1_3; do
	listen both $wrap ./program both
	rm -f got taken
	timeout 200 openssl s_client -quiet -nocommands $version \
		-connect "127.0.0.1:$(cat both.port)" <up >got 2>/dev/null
	is "50 MiB from the program, both ways at once (${version#-})" \
		"$(sha256sum <got)" "$(sha256sum <down)"
	is 'and 50 MiB to it' "$(cat taken)" "$size $(sha256sum <up | cut -d' ' -f1)"
	ok 'and then it ends by itself' until_true 20 ended both
done

listen count $wrap ./program count
for version in TLSv1_2 TLSv1_3; do
	is "a client that ends by close_notify is read to its end and answered ($version)" "$(client "
c = Client('count', ssl.TLSVersion.$version)
c.send(b'x' * 100000); c.notify()
print(c.rest()[:7])")" '100000 '
	is 'the program has seen all' "$(cut -d' ' -f1 counted)" 100000
	rm -f counted
done
client "
c = Client('count')
c.send(b'x' * 100000); c.socket.shutdown(socket.SHUT_WR)
while c.socket.recv(4096): pass # to close on unread bytes would be a reset"
ok 'a client that vanishes without close_notify is an end, too' until_true 20 test -s counted
is 'and nothing of it is lost' "$(cut -d' ' -f1 counted)" 100000
rm -f counted
client "
c = Client('count')
c.send(b'x'); c.reset()"
ok 'so is one that resets the connection' until_true 20 test -s counted
gone() { [ "$(grep -c 'end [0-9]* status 0' count.log)" -eq 4 ]; }
ok 'each time our process ends' until_true 20 gone

listen deaf $wrap ./program deaf
is 'TLS-14: the last words come before a close_notify, though bytes were left unread' "$(client "
c = Client('deaf')
c.send(b'y' * 1000000)
print(c.rest())" | tr -d '\r\n')" '221 bye|clean'
listen prompt strace -f -qq -e trace=setsockopt -o trace $wrap ./program deaf
client "
c = Client('prompt')
c.send(b'y'); c.rest()"
like 'a small reply does not wait until the client acknowledges the one before' "$(cat trace)" \
	'TCP_NODELAY, \[1\]'
listen stays $wrap ./program deaf
is 'a client that stays is let go soon' "$(client "
c = Client('stays')
t = time.monotonic() # before it can have begun to wait
c.send(b'y'); print(c.rest())
while 'end ' not in open('stays.log').read() and time.monotonic() - t < 30: time.sleep(0.1)
print(0.8 < time.monotonic() - t < 20)" | tr -d '\r\n')" '221 bye|cleanTrue'
listen floods $wrap ./program deaf
is 'so is one that never stops to talk' "$(client "
c = Client('floods')
t = time.monotonic()
c.send(b'y'); c.run(c.tls.read, 100)
try:
    while time.monotonic() - t < 30: c.tls.write(b'y' * 10000); c.flush()
except OSError: pass
print(0.8 < time.monotonic() - t < 20)")" True
listen mute $wrap ./program mute
is 'a program that ends its output sends close_notify and can read on' "$(client "
c = Client('mute')
print(c.rest()); c.send(b'z' * 100); c.notify(); c.socket.close()" | tr -d '\r\n')" \
	'last words|clean'
ok 'it reads to the end' until_true 20 grep -q '^100 ' muted

listen dawdling $wrap -h 1 ./program slow 2>dawdling.log
is 'a client that says nothing is closed after the time for a handshake' "$(client "
t = time.monotonic()
s = socket.create_connection(('127.0.0.1', int(open('dawdling.port').read())), 30)
print(s.recv(1), 0.8 < time.monotonic() - t < 20)")" "b'' True"
is 'one that drips has no more time' "$(client "
t = time.monotonic()
s = socket.create_connection(('127.0.0.1', int(open('dawdling.port').read())), 30)
s.sendall(b'\x16\x03\x01\x02\x00')
try:
    while time.monotonic() - t < 30: time.sleep(0.1); s.sendall(b'\x01')
except OSError: pass
print(0.8 < time.monotonic() - t < 20)")" True
comes 'the log says why' 'handshake-failed .*text="the peer took too long"' cat dawdling.log
listen idle $wrap -t 1 ./program slow
is 'a session where nothing moves is ended with a close_notify' "$(client "
t = time.monotonic()
c = Client('idle')
print(c.rest(), 0.8 < time.monotonic() - t < 20)" | tr -d '\r\n')" \
	'220 slow|clean True'
comes 'the log says why' 'ended .*text=idle' cat idle.log

listen many $wrap sh -c 'read -r line; echo 221 bye'
is 'TLS-15: 50 sessions in a row, and broken ones between' "$(client "
good = 0
for i in range(50):
    if i % 5 == 0:
        s = socket.create_connection(('127.0.0.1', int(open('many.port').read())), 10)
        s.sendall(b'no TLS at all'); s.close()
    c = Client('many'); c.send(b'x\n'); good += c.rest() == '221 bye\n|clean'; c.socket.close()
print(good)")" 50

# What it costs while nothing happens: our own memory, besides the program's pages in its file.
listen cost $wrap ./program slow
anonymous=$(client "
import glob
c = Client('cost'); c.run(c.tls.read, 10)
for stat in glob.glob('/proc/[0-9]*/stat'):
    try: pid, name, rest = open(stat).read().split(' ', 2)
    except OSError: continue
    if name == '(tls-wrap)' and os.path.exists(f'/proc/{pid}/fd/0') and \
       os.stat(f'/proc/{pid}/cwd').st_ino == os.stat('.').st_ino:
        try: text = open(f'/proc/{pid}/smaps_rollup').read()
        except OSError: continue # one of a test before, which has ended
        print(max(int(l.split()[1]) for l in text.splitlines() if l.startswith('Anonymous:')))
c.reset()" | sort -n | tail -n 1)
case $BUILD in
*/asan) skip 'an idle session is small' 'the sanitizers need memory of their own' ;;
*) ok "an idle session has less than 4 MiB of its own ($anonymous KiB)" test "$anonymous" -lt 4096 ;;
esac
