# TLS-15 TLS-16: with -S a parent holds the keys, and forks a child for each connection
. tests/lib.sh

certificate one one.example.test self 2>/dev/null
certificate two two.example.test self 2 rsa 2>/dev/null
certificate next one.example.test self 3 2>/dev/null
cp one.pem live.pem
cp one.key live.key

# Sends jobs as an acceptor does, and is the client, too.
cat >jobs.py <<'END'
import array, os, socket, ssl, sys, threading, time
FACTS = b"V1\0Lconn%d\0I192.0.2.7\0\0"
made = 0

class Job:
    def __init__(self, facts=FACTS, numbers=(0, 1, 3, 4), holds_client=False):
        global made
        made += 1
        listener = socket.create_server(("127.0.0.1", 0))
        self.client = socket.create_connection(listener.getsockname(), 30)
        server, _ = listener.accept()
        self.clear, theirs = socket.socketpair()
        self.clear.settimeout(30)
        reads, writes = os.pipe()
        os.write(writes, facts.replace(b"%d", b"%d" % made))
        os.close(writes)
        self.told, tells = os.pipe()
        fds = dict(zip((0, 1, 3, 4), (server.fileno(), theirs.fileno(), reads, tells)))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect("socket")
            s.sendmsg([bytes(numbers)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                          array.array("i", [fds[n] for n in numbers]))])
        for fd in reads, tells: os.close(fd)
        if holds_client: self.server = server.dup()
        for s in server, theirs, listener: s.close()

    def facts(self):
        text = b""
        while more := os.read(self.told, 4096): text += more
        os.close(self.told)
        return text

    def tls(self, name="one.example.test", version=None, session=None):
        self.context = getattr(self, "context", None) or context(version)
        self.client = self.context.wrap_socket(self.client, server_hostname=name, session=session)
        return self

    def talks(self, text=b"EHLO there\r\n"):
        self.client.sendall(text)
        there = self.clear.recv(len(text), socket.MSG_WAITALL)
        self.clear.sendall(text)
        back = b""
        while len(back) < len(text) and (more := self.client.recv(4096)): back += more
        return there == text and back == text

    def certificate(self): return self.client.getpeercert(True)

def context(version=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    if version: c.maximum_version = version
    return c

def read_all(s):
    text = b""
    while more := s.recv(65536): text += more
    return text

def pem(path): return ssl.PEM_cert_to_DER_cert(open(path).read())
END
# py: a script that sends jobs, from standard input
py() {
	{ echo 'from jobs import *' && cat; } >script.py
	timeout 60 python3 script.py 2>&1
}
# start LOG OPTION...: a parent on "socket"; $parent is its pid
start() {
	start_log=$1
	shift
	tls-wrap -S "unix:$WORK/socket" "$@" 2>"$start_log" &
	parent=$!
	background="$background $parent"
	until_true 20 grep -q serving "$start_log"
}
count() { grep -c "$1" log; }

start log -j 100 -h 5 -c live.pem -k live.key -c two.pem -k two.key

said=$(py <<'END'
job = Job().tls()
facts = job.facts()
print(facts.replace(b"\0", b"|").decode())
print("talks", job.talks())
END
)
like 'after the handshake the facts are told, then their end' "$said" \
	'^SSL_PROTOCOL=TLSv1.3\|SSL_CIPHER=[^|]*\|SSL_TLS_SNI_SERVERNAME=one.example.test\|\|$'
like 'bytes go both ways' "$said" '^talks True$'
comes 'the log has the connection and the client of the job' \
	'^tls-wrap: handshake conn=conn1 client=192.0.2.7 tls=TLSv1.3 .*sni=one.example.test' cat log

said=$(py <<'END'
for name in "one.example.test", "two.example.test", "unknown.example.test":
    got = Job().tls(name).certificate()
    print(name, [n for n in ("one", "two") if pem(n + ".pem") == got])
END
)
is 'the server name chooses the certificate' "$said" "one.example.test ['one']
two.example.test ['two']
unknown.example.test ['one']"

said=$(py <<'END'
job = Job().tls()
text = os.urandom(3000000)
def feed(): job.clear.sendall(text); job.clear.shutdown(socket.SHUT_WR)
feeder = threading.Thread(target=feed)
feeder.start()
print("down", read_all(job.client) == text)
feeder.join()

job = Job().tls()
job.clear.shutdown(socket.SHUT_WR)
print("close_notify", read_all(job.client) == b"")
def up():
    job.client.sendall(text)
    job.client.unwrap()
sender = threading.Thread(target=up)
sender.start()
print("up after the end of down", read_all(job.clear) == text)
sender.join()

job = Job().tls()
job.client.settimeout(0)
try: job.client.unwrap()
except ssl.SSLWantReadError: pass
job.client.settimeout(30)
end = read_all(job.clear)
job.clear.sendall(b"250 late\r\n")
job.clear.shutdown(socket.SHUT_WR)
print("down after the end of up", end, job.client.recv(100))

job = Job().tls()
job.client.sendall(b"last words")
job.client.shutdown(socket.SHUT_WR)
print("end", read_all(job.clear))
job.clear.close()

job = Job().tls()
job.clear.sendall(b"221 bye\r\n")
job.clear.close()
print("then closed", read_all(job.client))
END
)
is 'much goes through, and each end of one way is an end at the other side' "$said" \
	"down True
close_notify True
up after the end of down True
down after the end of up b'' b'250 late\r\n'
end b'last words'
then closed b'221 bye\r\n'"

said=$(py <<'END'
job = Job(holds_client=True)
job.client.sendall(b"EHLO in the clear\r\n")
print("facts", job.facts())
print("clear", job.clear.recv(10))
got = b""
try:
    while more := job.client.recv(100): got += more
except ConnectionResetError: pass
print("only an alert", got[:1] in (b"", b"\x15"))
slow = Job()
slow.client.sendall(b"\x16\x03\x01")
quick = Job().tls()
print("meanwhile", quick.talks())
print("slow", slow.facts(), slow.clear.recv(10))
END
)
is 'TLS-15 TLS-16: a handshake that fails, or is too slow: no facts, the end of both sides' "$said" \
	"facts b''
clear b''
only an alert True
meanwhile True
slow b'' b''"
comes 'the log has its reason' 'handshake-failed conn=conn1 client=192.0.2.7 text=' cat log
comes 'and that of the slow one' 'text="the peer took too long"' cat log

said=$(py <<'END'
print("facts", Job(facts=b"no facts").facts())
print("fd 3 missing", Job(numbers=(0, 1, 4)).facts())
print("fd 4 missing", Job(numbers=(0, 1, 3)).clear.recv(1))
print("wrong numbers", Job(numbers=(0, 1, 3)).clear.recv(1))
print("next", Job().tls().talks())
END
)
like 'a job without its descriptors or facts ends' "$said" "^wrong numbers b''"
like 'and the next is served' "$said" '^next True$'

said=$(py <<'END'
jobs = [Job() for i in range(50)]
threads = [threading.Thread(target=job.tls) for job in jobs]
for t in threads: t.start()
for t in threads: t.join()
print(sum(job.talks(b"%d" % i) for i, job in enumerate(jobs)))
END
)
is '50 at once' "$said" 50

said=$(PARENT=$parent py <<'END'
import signal
def working(): # who waits has no fd 0
    children = open("/proc/%s/task/%s/children" % (2 * (os.environ["PARENT"],))).read().split()
    return {c for c in children if os.path.exists("/proc/%s/fd/0" % c)}
first = Job().tls()
before = working()
second = Job().tls()
for child in working() - before: os.kill(int(child), signal.SIGKILL)
print("its own", second.clear.recv(1))
print("the other", first.talks(), "the next", Job().tls().talks())
END
)
is 'a killed child costs its own connection only' "$said" "its own b''
the other True the next True"

said=$(py <<'END'
def server_random():
    job = Job()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context().wrap_bio(incoming, outgoing)
    try: tls.do_handshake()
    except ssl.SSLWantReadError: pass
    job.client.sendall(outgoing.read())
    return job.client.recv(43, socket.MSG_WAITALL)[11:]
print(len({server_random() for i in range(8)}))
END
)
is 'no two children say the same random bytes' "$said" 8

said=$(py <<'END'
for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    first = Job().tls(version=version)
    first.talks()
    again = Job()
    again.context = first.context
    again.tls(session=first.client.session)
    print(again.talks(), again.client.session_reused)
END
)
is 'no session is taken up again: each has keys of its own' "$said" "True False
True False"

# What changes under the parent.
cat >renew.py <<'END'
import os, shutil
def put(name, source):
    shutil.copyfile(source, name + ".new")
    os.rename(name + ".new", name)
END
said=$(py <<'END'
from renew import put
old = Job().tls()
put("live.pem", "next.pem")
half = Job().tls()
print("half renewed", half.certificate() == pem("one.pem"), half.talks(), Job().tls().talks())
put("live.key", "next.key")
new = Job().tls()
print("renewed", new.certificate() == pem("next.pem"), new.talks())
print("before", old.talks(), half.talks())
print("another", Job().tls("two.example.test").certificate() == pem("two.pem"))
END
)
is 'a renewed certificate is used at the next connection, and none is dropped' "$said" \
	'half renewed True True True
renewed True True
before True True
another True'
is 'a certificate that does not fit its key is logged once' "$(count 'those read before stay in use')" 1
comes 'with its reason' 'cannot use the certificates and keys: failed to load private key' cat log
is 'so is a renewal' "$(count '^tls-wrap: renewed certificate=live.pem$')" 1

said=$(py <<'END'
from renew import put
def still(): return Job().tls().certificate() == pem("next.pem") and Job().tls().talks()
open("live.pem", "w").write("this is no certificate\n")
print("broken", still())
os.remove("live.pem")
print("missing", still())
put("live.pem", "one.pem")
put("live.key", "one.key")
print("good", Job().tls().certificate() == pem("one.pem"))
END
)
is 'what cannot be read is not used' "$said" "broken True
missing True
good True"
is 'each change is logged once' "$(count 'those read before stay in use')" 3
is 'and what is right again is used' "$(count '^tls-wrap: renewed ')" 2

# Without a parent.
said=$(PARENT=$parent py <<'END'
import signal
job = Job().tls()
os.kill(int(os.environ["PARENT"]), signal.SIGTERM)
print(job.talks())
END
)
is 'when the parent is stopped, a session goes on' "$said" True

start few -j 1 -c live.pem -k live.key
said=$(py <<'END'
first = Job().tls()
second = Job()
second.client.settimeout(0.3)
try: second.tls(); print("at once")
except TimeoutError: print("waits")
first.clear.close(); first.client.close()
third = Job().tls()
print(third.talks())
END
)
is 'no more children than -j, and the next when one has ended' "$said" "waits
True"
kill "$parent"

start asks -c live.pem -k live.key -A
said=$(py <<'END'
for role in b"submission", b"mx":
    job = Job(facts=b"V1\0Lconn%d\0I192.0.2.7\0r" + role + b"\0\0")
    job.context = context()
    job.context.load_cert_chain("two.pem", "two.key")
    print(role.decode(), b"SSL_PEER_CERT_HASH=SHA256:" in job.tls().facts())
END
)
is 'with -A who may log in is asked for a certificate, and other mail servers are not' "$said" "submission True
mx False"
kill "$parent"

tls-wrap -S "unix:$WORK/none" -c live.pem -k two.key 2>bad
is 'keys that do not fit at the start: "later"' $? 111
like 'with the reason' "$(cat bad)" 'cannot use the certificates and keys: '
tls-wrap -S "unix:$WORK/none" -c gone.pem -k live.key 2>bad
is 'a certificate that is missing at the start: "later"' $? 111
like 'with its name' "$(cat bad)" 'cannot read gone.pem and live.key'
not_ok 'no socket is made then' test -e none
for wrong in "-u -c live.pem -k live.key" "-c live.pem -k live.key true" "-c live.pem" ""; do
	# shellcheck disable=SC2086
	tls-wrap -S "unix:$WORK/none" $wrong 2>bad
	like "-S with \"$wrong\" is a wrong use" "$? $(cat bad)" '^111 tls-wrap: usage'
done
